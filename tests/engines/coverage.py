"""Counts what was used: which fields were answered, with which arguments, filters, comparators and variables.

A field counts where it stands in the answer. Its arguments count where it was answered with something, so that what is
refused, or never reached, was not used.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    parse,
    value_from_ast_untyped,
)

from tests.engines.ground import Operation
from tests.engines.paging import Cursors, cursors_in, is_connection
from tests.engines.values import Word

FEW_LEAVES: Final = 0.8
LONG_LISTS: Final = 0.5


@dataclass
class Coverage:
    """What was used so far, and how good the operations were."""

    schema: GraphQLSchema
    used: Counter[str] = field(default_factory=Counter[str])
    cursors: Cursors = field(default_factory=Cursors)
    operations: int = 0
    ran: int = 0
    with_leaf: int = 0
    with_list: int = 0
    with_errors: int = 0
    with_hidden: int = 0
    codes: Counter[str] = field(default_factory=Counter[str])
    principals: Counter[str] = field(default_factory=Counter[str])
    features: Counter[str] = field(default_factory=Counter[str])

    def note(self, operation: Operation, body: Mapping[str, Any]) -> None:
        """Count one operation by its answer."""
        self.operations += 1
        self.principals[operation.principal] += 1
        self.codes.update(each["extensions"]["code"] for each in body.get("errors", ()))
        self.with_errors += "errors" in body
        self.with_hidden += "hidden" in body.get("extensions", {})
        if "data" not in body:
            return
        self.ran += 1
        self.with_leaf += any(True for _ in leaves(body["data"]))
        self.with_list += has_list(body["data"])
        self.features.update(features_of(operation.document))
        if body["data"] is not None:
            Answered(self, operation).walk(body["data"])

    @property
    def leafy(self) -> float:
        """The share of operations that answered with something."""
        return self.with_leaf / max(1, self.operations)

    @property
    def listing(self) -> float:
        """The share of operations with a list of two or more."""
        return self.with_list / max(1, self.operations)


def leaves(value: Any) -> Iterator[Any]:
    """Every value of an answer that is no object, no list and not null; the name of a type is none."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from () if name.startswith("__typename") else leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    elif value is not None:
        yield value


def has_list(value: Any) -> bool:
    """Whether a list of two or more stands anywhere in an answer."""
    if isinstance(value, dict):
        return any(map(has_list, value.values()))
    return isinstance(value, list) and (len(value) > 1 or any(map(has_list, value)))


FEATURES: Final[Mapping[str, str]] = {
    "named fragment": "...F",
    "fragment with a type": "... on ",
    "interface": "... on Node",
    "@skip": "@skip",
    "@include": "@include",
    "alias": ": ",
    "variable": "($v",
    "introspection": "{ name",
    "several operations": "query Other",
}


def features_of(document: str) -> Iterable[str]:
    """What of the language a document uses."""
    return [name for name, text in FEATURES.items() if text in document]


class Answered:
    """Walks one operation beside its answer."""

    def __init__(self, coverage: Coverage, operation: Operation) -> None:
        self._coverage, self._schema = coverage, coverage.schema
        self._given = operation.variables
        document: DocumentNode = parse(operation.document)
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))

    def walk(self, data: Mapping[str, Any]) -> None:
        """Count everything that was answered."""
        root = self._schema.query_type
        assert root is not None
        self._selected(self._operation.selection_set, root, data)

    def _selected(self, selections: SelectionSetNode, kind: GraphQLNamedType, value: Mapping[str, Any]) -> None:
        for each in selections.selections:
            if isinstance(each, FieldNode):
                self._field(each, kind, value)
            elif isinstance(each, InlineFragmentNode):
                on = self._schema.type_map[each.type_condition.name.value] if each.type_condition else kind
                self._selected(each.selection_set, on, value)
            elif isinstance(each, FragmentSpreadNode):
                found = self._fragments[each.name.value]
                self._selected(found.selection_set, self._schema.type_map[found.type_condition.name.value], value)

    def _field(self, node: FieldNode, kind: Any, value: Mapping[str, Any]) -> None:
        response = (node.alias or node.name).value
        declared = kind.fields.get(node.name.value) if response in value else None
        if declared is None:
            return
        self._coverage.used[f"{kind.name}.{node.name.value}"] += 1
        if value[response] is not None:
            self._arguments(node, f"{kind.name}.{node.name.value}", declared, value[response])
        for each in _objects(value[response]):
            if node.selection_set:
                self._selected(node.selection_set, get_named_type(declared.type), each)

    def _arguments(self, node: FieldNode, coordinate: str, declared: Any, value: Any) -> None:
        for each in node.arguments or ():
            given = self._value(each.value)
            if given is not ...:
                self._coverage.used[f"{coordinate}({each.name.value}:)"] += 1
                self._inside(get_named_type(declared.args[each.name.value].type), given)
        if is_connection(get_named_type(declared.type)) and isinstance(value, dict):
            self._keep(node, coordinate, value)

    def _keep(self, node: FieldNode, coordinate: str, value: dict[str, Any]) -> None:
        order = next((each.value for each in node.arguments or () if each.name.value == "orderBy"), None)
        literal = None if order is None else _literal(order)
        if literal is not ...:
            self._coverage.cursors.add(coordinate, literal, cursors_in(value))

    def _value(self, node: Any) -> Any:
        """What an argument was given; `...` where that was nothing."""
        if isinstance(node, VariableNode):
            return self._of_variable(node.name.value)
        if isinstance(node, ObjectValueNode):
            return {each.name.value: self._value(each.value) for each in node.fields}
        if isinstance(node, ListValueNode):
            return [self._value(each) for each in node.values]
        return value_from_ast_untyped(node)

    def _of_variable(self, name: str) -> Any:
        if name in self._given:
            return self._given[name]
        declared = next(each for each in self._operation.variable_definitions or () if each.variable.name.value == name)
        return ... if declared.default_value is None else value_from_ast_untyped(declared.default_value)

    def _inside(self, kind: Any, value: Any) -> None:
        """Count the fields of input objects."""
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict) and isinstance(kind, GraphQLInputObjectType):
                for name, inner in each.items():
                    if inner is not ... and name in kind.fields:
                        self._coverage.used[f"{kind.name}.{name}"] += 1
                        self._inside(get_named_type(kind.fields[name].type), inner)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)


def _literal(node: Any) -> Any:
    """An order as it is written in the document, or `...` where a variable is in it."""
    if isinstance(node, VariableNode):
        return ...
    if isinstance(node, ListValueNode):
        inner = [_literal(each) for each in node.values]
        return ... if ... in inner else inner
    if isinstance(node, ObjectValueNode):
        fields = {each.name.value: _literal(each.value) for each in node.fields}
        return ... if ... in fields.values() else fields
    return Word(node.value) if isinstance(node, EnumValueNode) else ...
