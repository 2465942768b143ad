"""The document of an export: one page of a type's connection, with the fields that are asked for.

So an export can show what a query can, and nothing else: it is the same question, asked page by page.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_required_argument,
    parse,
)

from schema.answering import Unacceptable
from schema.derive.declare import LARGEST_PAGE
from schema.derive.fields import ColumnField, ConnectionField, declaration_of
from schema.rest.problems import missing

MOST_FIELDS: Final = 100
DEEPEST: Final = 5
LONGEST_FIELD: Final = 200


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported: the field of the query, its document, and the path of each value."""

    plural: str
    text: str
    document: DocumentNode
    paths: Sequence[Sequence[str]]

    @property
    def names(self) -> Sequence[str]:
        """The values as they are called in a header."""
        return [".".join(path) for path in self.paths]


def export_of(schema: GraphQLSchema, plural: str, fields: str) -> Export:
    """Return the export of a type; every column of it, where no fields are named."""
    field = schema.query_type.fields.get(plural) if schema.query_type else None
    declared = declaration_of(field) if field else None
    if field is None or not isinstance(declared, ConnectionField):
        raise missing()
    node = schema.type_map[declared.entity.name]
    assert isinstance(node, GraphQLObjectType)
    paths = _named(node, fields) if fields else [[name] for name in _columns(node)]
    text = _written(field, plural, paths)
    return Export(plural, text, parse(text), paths)


def _named(node: GraphQLObjectType, fields: str) -> Sequence[Sequence[str]]:
    names = [each.strip() for each in fields.split(",")]
    if len(names) > MOST_FIELDS or len(set(names)) < len(names):
        raise Unacceptable(400, f"Name up to {MOST_FIELDS} fields, each once.")
    paths = [name.split(".") for name in names]
    for name, path in zip(names, paths, strict=True):
        if len(name) > LONGEST_FIELD or len(path) > DEEPEST or not _leads_to_a_value(node, path):
            raise Unacceptable(400, f"No value of this type is called `{name[:LONGEST_FIELD]}`.")
    return paths


def _leads_to_a_value(node: GraphQLObjectType, path: Sequence[str]) -> bool:
    """Tell whether fields that need no argument lead to one value, past objects and not past lists of them."""
    kind: Any = node
    for place, name in enumerate(path, 1):
        field = kind.fields.get(name) if isinstance(kind, GraphQLObjectType) else None
        if field is None or any(is_required_argument(each) for each in field.args.values()):
            return False
        if place == len(path):
            return is_leaf_type(get_named_type(field.type))
        if isinstance(get_nullable_type(field.type), GraphQLList):
            return False
        kind = get_named_type(field.type)
    return False


def _columns(node: GraphQLObjectType) -> Iterator[str]:
    """Name the fields of a type that show a column."""
    return (name for name, field in node.fields.items() if isinstance(declaration_of(field), ColumnField))


def _written(field: GraphQLField, plural: str, paths: Sequence[Sequence[str]]) -> str:
    where, order = field.args["where"].type, field.args["orderBy"].type
    page = f"first: {LARGEST_PAGE}, after: $after, where: $where, orderBy: $orderBy"
    return (
        f"query Export($after: String, $where: {where}, $orderBy: {order}) "
        f"{{ {plural}({page}) {{ nodes {_selection(paths)} pageInfo {{ hasNextPage endCursor }} }} }}"
    )


def _selection(paths: Sequence[Sequence[str]]) -> str:
    below: dict[str, list[Sequence[str]]] = {}
    for path in paths:
        below.setdefault(path[0], []).extend([path[1:]] if path[1:] else [])
    return "{ " + " ".join(f"{name} {_selection(rest)}" if rest else name for name, rest in below.items()) + " }"


def value_at(node: Mapping[str, Any], path: Sequence[str]) -> Any:
    """Return the value to which a path leads; none where there is nothing on its way."""
    value: Any = node
    for name in path:
        value = value.get(name) if value is not None else None
    return value
