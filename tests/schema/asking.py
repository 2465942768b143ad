"""Writes a small valid request for each root field of the schema."""

from typing import Any, cast
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
)

from schema.derive import ids
from schema.root import make_schema

SCHEMA: GraphQLSchema = make_schema().core
NOBODY = ids.encode("Flow", UUID(int=7))
VALUES: dict[str, Any] = {
    "ID": NOBODY,
    "String": "x",
    "Int": 1,
    "Float": 1.0,
    "URL": "https://example.com/",
    "EmailAddress": "ada@example.com",
    "Boolean": True,
    "JSON": {},
    "Date": "2026-06-30",
    "Decimal": "1",
    "TimeZone": "UTC",
    "CountryCode": "DE",
    "CurrencyCode": "EUR",
    "DateTime": "2026-06-30T12:00:00Z",
}


def root_fields(kind: str) -> dict[str, GraphQLField]:
    """Return the fields of Query or Mutation."""
    root = SCHEMA.query_type if kind == "Query" else SCHEMA.mutation_type
    assert root is not None
    return root.fields


def value_for(kind: Any) -> Any:
    """Return the smallest value of an input type."""
    if isinstance(kind, GraphQLNonNull):
        return value_for(cast("Any", kind).of_type)
    if isinstance(kind, GraphQLList):
        return [value_for(cast("Any", kind).of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return {
            name: value_for(field.type) for name, field in kind.fields.items() if isinstance(field.type, GraphQLNonNull)
        }
    return VALUES[kind.name]


def request_for(kind: str, name: str) -> tuple[str, dict[str, Any]]:
    """Return a document that asks for one root field, and its variables."""
    field = root_fields(kind)[name]
    required = {each: arg.type for each, arg in field.args.items() if isinstance(arg.type, GraphQLNonNull)}
    declared = ", ".join(f"${each}: {kind_of}" for each, kind_of in required.items())
    given = ", ".join(f"{each}: ${each}" for each in required)
    selection = "" if is_leaf_type(get_named_type(field.type)) else " { __typename }"
    document = (
        f"{kind.lower()}{f'({declared})' if declared else ''} {{ {name}{f'({given})' if given else ''}{selection} }}"
    )
    return document, {each: value_for(kind_of) for each, kind_of in required.items()}
