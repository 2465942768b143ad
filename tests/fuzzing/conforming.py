"""Whether an answer is what the schema and the document say that it is: each field there, of its type, and no other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    SelectionSetNode,
    get_operation_ast,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
    parse,
    validate,
)

KEYS: Final = {"data", "errors", "extensions"}
FAULTS: Final = frozenset({"INTERNAL", "UNAVAILABLE", "TIMEOUT"})
Fields = dict[str, list[FieldNode]]


def wrong_with(schema: GraphQLSchema, text: str, body: Any) -> list[str]:
    """Say what is wrong with the answer to a document."""
    if not isinstance(body, dict) or not body.keys() <= KEYS or not body.keys() & {"data", "errors"}:
        return [f"an answer is not of this form: {str(body)[:200]}"]
    found = list(_wrong_errors(body.get("errors", ())))
    document = _valid(schema, text)
    if document is None:
        return found if "data" not in body and "errors" in body else [*found, "a wrong document was answered with data"]
    if body.get("data") is None:
        return found if body.get("errors") else [*found, "there is neither data nor an error"]
    operation = get_operation_ast(document)
    assert operation is not None
    root = schema.get_root_type(operation.operation)
    assert root is not None
    walk = Walk(schema, document)
    return [*found, *walk.wrong(root, [operation.selection_set], body["data"], operation.operation.value)]


def _valid(schema: GraphQLSchema, text: str) -> DocumentNode | None:
    try:
        document = parse(text)
    except GraphQLError:
        return None
    return None if validate(schema, document) else document


def _wrong_errors(errors: Any) -> Iterator[str]:
    """Say what is wrong with the errors of an answer; a fault is."""
    for error in errors:
        if not isinstance(error, dict) or not isinstance(error.get("message"), str):
            yield f"an error is not of this form: {error}"
            continue
        code = error.get("extensions", {}).get("code")
        if not isinstance(code, str) or code in FAULTS:
            yield f"{code}: {error['message']}"
        if "path" in error and not all(isinstance(each, str | int) for each in error["path"]):
            yield f"a path is not of this form: {error['path']}"


class Walk:
    """Goes along a document and its data."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        definitions = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
        self._fragments = {each.name.value: each for each in definitions}

    def wrong(self, kind: GraphQLType, below: Sequence[SelectionSetNode], value: Any, where: str) -> list[str]:
        """Say what is wrong with a value; one of an abstract type has to be right as one of its types."""
        if isinstance(kind, GraphQLNonNull):
            return [f"{where} is null"] if value is None else self.wrong(kind.of_type, below, value, where)
        if value is None:
            return []
        if isinstance(kind, GraphQLList):
            if not isinstance(value, list):
                return [f"{where} is not a list"]
            each = enumerate(value)
            return [line for at, one in each for line in self.wrong(kind.of_type, below, one, f"{where}[{at}]")]
        if is_leaf_type(kind):
            return _wrong_leaf(kind, value, where)
        tried = [self._wrong_object(each, below, value, where) for each in self._types(kind)]
        return min(tried, key=len)

    def _types(self, kind: GraphQLType) -> Sequence[GraphQLObjectType]:
        if is_abstract_type(kind):
            return self._schema.get_possible_types(kind)
        assert is_object_type(kind)
        return [kind]

    def _wrong_object(
        self, kind: GraphQLObjectType, below: Sequence[SelectionSetNode], value: Any, where: str
    ) -> list[str]:
        if not isinstance(value, dict):
            return [f"{where} is no {kind.name}"]
        fields: Fields = {}
        for each in below:
            self._collect(kind, each, fields)
        if list(fields) != list(value):
            return [f"{where} has {list(value)}, and {list(fields)} were asked for"]
        return [line for key in fields for line in self._wrong_field(kind, fields[key], value[key], f"{where}.{key}")]

    def _wrong_field(self, kind: GraphQLObjectType, nodes: Sequence[FieldNode], value: Any, where: str) -> list[str]:
        name = nodes[0].name.value
        if name == "__typename":
            return [] if value == kind.name else [f"{where} is {value}, and not {kind.name}"]
        declared = self._schema.get_field(kind, name)
        assert declared is not None
        below = [each.selection_set for each in nodes if each.selection_set]
        return self.wrong(declared.type, below, value, where)

    def _collect(self, kind: GraphQLObjectType, selections: SelectionSetNode, into: Fields) -> None:
        for each in selections.selections:
            if isinstance(each, FieldNode):
                into.setdefault((each.alias or each.name).value, []).append(each)
                continue
            fragment = self._fragments[each.name.value] if isinstance(each, FragmentSpreadNode) else each
            assert isinstance(fragment, InlineFragmentNode | FragmentDefinitionNode)
            if self._is_of(kind, fragment):
                self._collect(kind, fragment.selection_set, into)

    def _is_of(self, kind: GraphQLObjectType, fragment: InlineFragmentNode | FragmentDefinitionNode) -> bool:
        if fragment.type_condition is None:
            return True
        named = self._schema.get_type(fragment.type_condition.name.value)
        return named is kind or (isinstance(named, GraphQLAbstractType) and self._schema.is_sub_type(named, kind))


OWN: Final[Mapping[str, tuple[type, ...]]] = {
    "String": (str,),
    "ID": (str,),
    "Int": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}


def _wrong_leaf(kind: Any, value: Any, where: str) -> list[str]:
    """What a scalar of our own answers it takes, too; the built-in ones are looked at more strictly."""
    if kind.name in OWN:
        right = isinstance(value, OWN[kind.name]) and (kind.name == "Boolean" or not isinstance(value, bool))
        return [] if right else [f"{where} is no {kind.name}: {value!r}"]
    try:
        kind.parse_value(value)
    except Exception as error:  # noqa: BLE001 - whatever it says, it does not take what it gave
        return [f"{where} is no {kind.name}: {error}"]
    return []
