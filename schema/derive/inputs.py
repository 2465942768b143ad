"""A mutation's input: its operation's arguments, and the contract that every mutation has.

An argument that is an entity is an id; a column's argument has the column's type and description.
"""

import inspect
from collections.abc import Mapping
from typing import Any, Final, get_args, get_origin
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLNullableInputType,
    GraphQLString,
)
from sqlalchemy import Column

from db.base import TenantOwned
from db.choices import Choice
from db.columns import named_by
from resolvers.context import words
from resolvers.operation import Operation, Parameter
from resolvers.places import MOST_PLACES
from resolvers.refusals import InvalidInput, NotFound
from resolvers.views import fields_of, is_view
from schema.derive import ids
from schema.derive.names import camel, pascal
from schema.derive.objects import value_type
from schema.derive.registry import Registry
from schema.derive.scalars import OF_PYTHON

CONTRACT: Final = ("idempotency_key", "expected_version", "dry_run", "client_mutation_id")
MOST_IDS: Final = MOST_PLACES


def input_type(registry: Registry, operation: Operation) -> GraphQLInputObjectType:
    """Return the input type of a mutation."""
    name = f"{pascal(operation.name)}Input"
    return registry.once(
        name,
        lambda: GraphQLInputObjectType(
            name,
            lambda: _argument_fields(registry, operation) | _contract_fields(operation),
            description=f"What `{camel(operation.name)}` is given.",
        ),
    )


def _argument_fields(registry: Registry, operation: Operation) -> dict[str, GraphQLInputField]:
    fields = {}
    for name, parameter in operation.inputs.items():
        kind = _parameter_type(registry, parameter)
        fields[camel(name)] = GraphQLInputField(
            GraphQLNonNull(kind) if parameter.required else kind,
            out_name=name,
            description=parameter.meaning or _meaning(parameter),
            deprecation_reason=parameter.deprecation,
        )
    return fields


def _meaning(parameter: Parameter) -> str:
    return f"The {words(parameter.model.__name__)} that it is about." if parameter.model else ""


def _parameter_type(registry: Registry, parameter: Parameter) -> GraphQLNullableInputType:
    kind = parameter.kind
    if isinstance(kind, Column):
        return value_type(registry, kind)  # pyright: ignore[reportReturnType] - scalars, enums and lists are both
    if parameter.model:
        return GraphQLID
    if get_origin(kind) is list:
        return GraphQLList(GraphQLNonNull(_plain_type(registry, get_args(kind)[0])))
    options = [each for each in get_args(kind) if each is not type(None)] or [kind]
    return _plain_type(registry, options[0])


def _plain_type(registry: Registry, kind: Any) -> GraphQLNullableInputType:
    if inspect.isclass(kind) and issubclass(kind, TenantOwned):
        return GraphQLID
    if inspect.isclass(kind) and issubclass(kind, Choice):
        return registry.enum(kind)
    return _object_type(registry, kind) if is_view(kind) else OF_PYTHON[kind]


def _object_type(registry: Registry, kind: type[Any]) -> GraphQLInputObjectType:
    """Return the input type of a frozen dataclass, which is handed on as one; what may be None has a default."""
    return registry.once(
        kind.__name__,
        lambda: GraphQLInputObjectType(
            kind.__name__,
            lambda: {
                camel(each.name): GraphQLInputField(
                    _field_type(registry, each.kind), out_name=each.name, description=each.meaning
                )
                for each in fields_of(kind)
            },
            description=inspect.cleandoc(kind.__doc__ or ""),
            out_type=lambda given: kind(**given),
        ),
    )


def _field_type(registry: Registry, kind: Any) -> GraphQLInputType:
    options = [each for each in get_args(kind) if each is not type(None)]
    return _plain_type(registry, options[0]) if options else GraphQLNonNull(_plain_type(registry, kind))


def _contract_fields(operation: Operation) -> dict[str, GraphQLInputField]:
    fields = {
        "idempotencyKey": GraphQLInputField(
            GraphQLString,
            out_name="idempotency_key",
            description="Your key for this command: given again within 24 hours, it is answered and not done again.",
        ),
        "dryRun": GraphQLInputField(
            GraphQLBoolean,
            out_name="dry_run",
            description="Answer what it would do, and do nothing. An idempotency key with it is neither read nor kept.",
        ),
        "clientMutationId": GraphQLInputField(
            GraphQLString, out_name="client_mutation_id", description="A mark of your own that comes back."
        ),
    }
    if operation.subject:
        fields["expectedVersion"] = GraphQLInputField(
            GraphQLInt,
            out_name="expected_version",
            description="Refuse with VERSION_CONFLICT if the object has changed since this version.",
        )
    return fields


def rows_of(operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return an operation's arguments with ids turned into rows; an id of another type names nothing here.

    A null that an argument does not take is left out, so that its default counts; what null does to a column is for
    the operation to say.
    """
    return {
        name: _row_value(name, parameter, value)
        for name, value in given.items()
        if (parameter := operation.inputs.get(name))
        and (value is not None or parameter.takes_null or parameter.column is not None)
    }


def _row_value(name: str, parameter: Parameter, value: Any) -> Any:
    if isinstance(value, list):
        if len(value) > MOST_IDS:
            raise InvalidInput(f"At most {MOST_IDS} entries.", path=(name,))
        return [_row_value(name, parameter, each) for each in value]
    type_name = _type_named(parameter)
    return value if type_name is None or value is None else _row(name, type_name, value)


def _type_named(parameter: Parameter) -> str | None:
    """Return the type that an argument's ids must name, if it takes ids."""
    if parameter.names:
        return parameter.names
    kind = get_args(parameter.kind)[0] if get_origin(parameter.kind) is list else parameter.model or parameter.kind
    if inspect.isclass(kind) and issubclass(kind, TenantOwned):
        return kind.__name__
    return named_by(kind) if isinstance(kind, Column) else None


def _row(name: str, type_name: str, value: str) -> UUID:
    row = ids.row_of(value, type_name)
    if row is None:
        raise NotFound(f"There is no such {type_name}.", path=(name,))
    return row
