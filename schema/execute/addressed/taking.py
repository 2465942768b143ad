"""What an endpoint takes: which of its document's variables come from the path, the query, the body and headers.

A document with one variable that is an input object, beside those of its path, takes the fields of that object; any
other takes its variables. A variable segment of the path is the variable of its name, or a field of the input: the one
of its name in camelCase, else, for the last one that is no variable, `id`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    get_nullable_type,
    type_from_ast,
    value_from_ast,
)

from db.models.clients import RestMethod
from resolvers.paths import Address
from schema.derive.names import camel

IN_QUERY: Final = frozenset({RestMethod.GET, RestMethod.DELETE})
KEY: Final = ("idempotencyKey", "idempotency-key")
VERSION: Final = ("expectedVersion", "if-match")
UNUSED: Final = "clientMutationId"
COMPANY: Final = "company_id"
"""The variable of a path that names the company that is asked, whether or not the document uses it."""

SESSION: Final = "session_token"
"""The variable of a path that brings the token of a new hire, in the documents of the product."""

Target = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """One thing that is given: its name, its type, what it means, and where among the variables it goes."""

    name: str
    type: GraphQLInputType
    target: Target
    description: str | None = None
    default: Any = Undefined

    @property
    def is_required(self) -> bool:
        """Whether it must be given."""
        return isinstance(self.type, GraphQLNonNull) and self.default is Undefined


@dataclass(frozen=True, slots=True)
class Takes:
    """What an endpoint takes. `left` are variables of the path that the document does not use."""

    in_path: Mapping[str, Argument]
    given: Mapping[str, Argument]
    by_query: bool
    body: str | None = None
    key: Argument | None = None
    version: Argument | None = None
    left: Sequence[str] = field(default_factory=tuple)


def takes_of(schema: GraphQLSchema, address: Address, operation: OperationDefinitionNode) -> Takes:
    """Work out what a document at an address takes."""
    variables = _variables(schema, operation)
    in_path = {name: variables[name] for name in address.names if name in variables}
    others = {name: each for name, each in variables.items() if name not in in_path}
    objects = [each for each in others.values() if isinstance(get_nullable_type(each.type), GraphQLInputObjectType)]
    by_query = address.method in IN_QUERY
    if len(objects) == 1 and len(others) == 1 and address.method is not RestMethod.GET:
        return _of_input(address, in_path, objects[0], by_query=by_query)
    return _taken(address, in_path, others, by_query=by_query, body=None)


def _of_input(address: Address, in_path: Mapping[str, Argument], body: Argument, *, by_query: bool) -> Takes:
    kind = get_nullable_type(body.type)
    assert isinstance(kind, GraphQLInputObjectType)
    fields = {
        name: Argument(name, each.type, (body.name, name), each.description, each.default_value)
        for name, each in kind.fields.items()
        if name != UNUSED
    }
    filled = dict(in_path)
    for name in _of_fields(address, in_path, fields):
        filled[name] = fields.pop(camel(name) if camel(name) in fields else "id")
    return _taken(address, filled, fields, by_query=by_query, body=body.name)


def _of_fields(address: Address, in_path: Mapping[str, Argument], fields: Mapping[str, Argument]) -> list[str]:
    """Return the variables of the path that are fields of the input."""
    free = [name for name in address.names if name not in in_path and name != SESSION]
    named = [name for name in free if camel(name) in fields]
    return named if named or not free or "id" not in fields else [free[-1]]


def _taken(
    address: Address,
    in_path: Mapping[str, Argument],
    given: Mapping[str, Argument],
    *,
    by_query: bool,
    body: str | None,
) -> Takes:
    left = [name for name in address.names if name not in in_path]
    by_header = {KEY[0], VERSION[0]}
    return Takes(
        {name: in_path[name] for name in address.names if name in in_path},
        {name: each for name, each in given.items() if name not in by_header},
        by_query=by_query,
        body=body,
        key=given.get(KEY[0]),
        version=given.get(VERSION[0]),
        left=left,
    )


def _variables(schema: GraphQLSchema, operation: OperationDefinitionNode) -> dict[str, Argument]:
    found = dict[str, Argument]()
    for each in operation.variable_definitions or ():
        name, kind = each.variable.name.value, type_from_ast(schema, each.type)
        if kind is None:
            raise GraphQLError(f"There is no type of the variable ${name}.", each)
        default = value_from_ast(each.default_value, kind) if each.default_value else Undefined  # type: ignore[arg-type]
        found[name] = Argument(name, kind, (name,), None, default)  # type: ignore[arg-type]
    return found
