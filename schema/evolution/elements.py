"""What of a schema can be deprecated, by coordinate: fields, their arguments, input fields and values of enums."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
)

Element = GraphQLField | GraphQLArgument | GraphQLInputField | GraphQLEnumValue


@lru_cache(maxsize=4)
def elements_of(schema: GraphQLSchema) -> Mapping[str, Element]:
    """Return everything that can be deprecated, but for what every schema has."""
    return dict(each for name, kind in schema.type_map.items() if not name.startswith("__") for each in _elements(kind))


def _elements(kind: GraphQLNamedType) -> Iterator[tuple[str, Element]]:
    if isinstance(kind, GraphQLEnumType):
        yield from ((f"{kind.name}.{name}", value) for name, value in kind.values.items())
    if isinstance(kind, GraphQLInputObjectType):
        yield from ((f"{kind.name}.{name}", field) for name, field in kind.fields.items())
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            yield f"{kind.name}.{name}", field
            yield from ((f"{kind.name}.{name}({arg}:)", each) for arg, each in field.args.items())
