"""`orderBy`: a list of terms, each naming exactly one column of the entity or of one that it refers to.

Nulls come last in both directions. A name is ordered without regard to case and accents.
"""

from enum import Enum
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLEnumValue, GraphQLInputField, GraphQLInputObjectType
from sqlalchemy import Column, String

from db.columns import deprecation_of, holds_id, reference_of
from schema.derive.declare import Entity
from schema.derive.filters import filterable
from schema.derive.names import camel
from schema.derive.registry import Registry, attribute_field, relation_name
from schema.derive.scalars import JSONScalar, scalar_of

LONGEST_TEXT: Final = 500


class Direction(Enum):
    """Which way a list is ordered."""

    ASC = "asc"
    DESC = "desc"


def order_type(registry: Registry, entity: Entity) -> GraphQLInputObjectType:
    """Return one term of an entity's order."""
    return registry.once(
        f"{entity.name}Order",
        lambda: GraphQLInputObjectType(
            f"{entity.name}Order",
            lambda: _fields(registry, entity),
            is_one_of=True,
            description=f"One term of an order of {entity.plural_label}: exactly one field.",
        ),
    )


def orderable(registry: Registry, column: Column[Any]) -> bool:
    """Tell whether a column has an order; prose has none, because a cursor carries the values that it stands at."""
    if not filterable(column) or holds_id(column):
        return False
    if column.key == "id" or registry.enum_of(column):
        return True
    return scalar_of(column) is not JSONScalar and not _is_prose(column)


def _is_prose(column: Column[Any]) -> bool:
    return isinstance(column.type, String) and (column.type.length is None or column.type.length > LONGEST_TEXT)


def _fields(registry: Registry, entity: Entity) -> dict[str, GraphQLInputField]:
    direction = _direction_type(registry)
    fields = {
        attribute_field(column): GraphQLInputField(
            direction, out_name=column.key, description=column.doc, deprecation_reason=deprecation_of(column)
        )
        for column in registry.shown_columns(entity)
        if orderable(registry, column)
    }
    for column in registry.shown_columns(entity):
        reference = reference_of(column)
        target = registry.entity(reference.target) if reference else None
        if target:
            name = relation_name(column)
            fields[camel(name)] = GraphQLInputField(
                order_type(registry, target),
                out_name=name,
                description=f"By its {name.replace('_', ' ')}.",
                deprecation_reason=deprecation_of(column),
            )
    return fields


def _direction_type(registry: Registry) -> GraphQLEnumType:
    return registry.once(
        "Direction",
        lambda: GraphQLEnumType(
            "Direction",
            {
                "ASC": GraphQLEnumValue(Direction.ASC, description="Smallest, earliest, first; nulls last."),
                "DESC": GraphQLEnumValue(Direction.DESC, description="Greatest, latest, last; nulls last."),
            },
            description="Which way a list is ordered.",
        ),
    )
