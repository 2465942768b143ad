"""`where`: one comparison object per column, shared between entities, and related objects.

Encrypted columns, lists and the values of other rows cannot be compared, so they have no filter.
"""

from typing import Any, Final

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLNullableInputType,
    GraphQLScalarType,
    GraphQLString,
)
from sqlalchemy import ARRAY, Column

from db.columns import deprecation_of, holds_id, policy_of, reference_of
from schema.derive.declare import Entity
from schema.derive.names import camel
from schema.derive.registry import Registry, attribute_field, relation_name
from schema.derive.scalars import JSONScalar, scalar_of

EQUALITY: Final = {"eq": "Equal to this.", "ne": "Different from this; null counts as different."}
LISTS: Final = {"in": "Equal to one of these.", "not_in": "Different from all of these."}
RANGES: Final = {
    "lt": "Less than this.",
    "lte": "At most this.",
    "gt": "Greater than this.",
    "gte": "At least this.",
}
TEXTS: Final = {
    "contains": "Contains this.",
    "starts_with": "Starts with this.",
    "ends_with": "Ends with this.",
    "icontains": "Contains this, upper or lower case.",
    "istarts_with": "Starts with this, upper or lower case.",
    "iends_with": "Ends with this, upper or lower case.",
}
MATCHES: Final = {
    "some": "At least one matches.",
    "none": "None matches.",
    "every": "All match; true where there is none.",
}


def filter_type(registry: Registry, entity: Entity) -> GraphQLInputObjectType:
    """Return the filter of an entity."""
    return registry.once(
        f"{entity.name}Filter",
        lambda: GraphQLInputObjectType(
            f"{entity.name}Filter",
            lambda: _fields(registry, entity),
            description=f"Which {entity.plural_label}: every condition that is given must hold.",
        ),
    )


def filterable(column: Column[Any]) -> bool:
    """Tell whether a column can be compared."""
    policy = policy_of(column)
    return not policy.encrypted and not policy.values_of and not isinstance(column.type, ARRAY)


def _fields(registry: Registry, entity: Entity) -> dict[str, GraphQLInputField]:
    own = filter_type(registry, entity)
    every = GraphQLList(GraphQLNonNull(own))
    fields = {
        "and": GraphQLInputField(every, description="All of these hold."),
        "or": GraphQLInputField(every, description="At least one of these holds."),
        "not": GraphQLInputField(own, description="This does not hold."),
    }
    for column in registry.shown_columns(entity):
        if filterable(column):
            fields[attribute_field(column)] = GraphQLInputField(
                _comparison(registry, column),
                out_name=column.key,
                description=column.doc,
                deprecation_reason=deprecation_of(column),
            )
        _add_relation(registry, column, fields)
    for name, other, _ in registry.backs_of(entity):
        fields[camel(name)] = GraphQLInputField(
            _many_filter(registry, other), out_name=name, description=f"By its {other.plural_label}."
        )
    return fields


def _add_relation(registry: Registry, column: Column[Any], fields: dict[str, GraphQLInputField]) -> None:
    reference = reference_of(column)
    target = registry.entity(reference.target) if reference else None
    if target:
        name = relation_name(column)
        fields[camel(name)] = GraphQLInputField(
            filter_type(registry, target),
            out_name=name,
            description=f"By its {name.replace('_', ' ')}.",
            deprecation_reason=deprecation_of(column),
        )


def _many_filter(registry: Registry, entity: Entity) -> GraphQLInputObjectType:
    """Return the filter of a list of related entities."""
    called = registry.many_filter_name(entity)
    return registry.once(
        called,
        lambda: GraphQLInputObjectType(
            called,
            lambda: {
                name: GraphQLInputField(filter_type(registry, entity), description=meaning)
                for name, meaning in MATCHES.items()
            },
            description=f"By related {entity.plural_label}.",
        ),
    )


def _comparison(registry: Registry, column: Column[Any]) -> GraphQLInputObjectType:
    """Return the comparison object of a column's type; one per type, shared between entities."""
    if column.key == "id" or holds_id(column):
        return _compare(registry, GraphQLID, "ID", {**EQUALITY, **LISTS})
    kind: GraphQLEnumType | GraphQLScalarType = registry.enum_of(column) or scalar_of(column)
    if kind is JSONScalar:
        return _compare_json(registry)
    if isinstance(kind, GraphQLEnumType):
        return _compare(registry, kind, kind.name, {**EQUALITY, **LISTS})
    if kind is GraphQLBoolean:
        return _compare(registry, kind, kind.name, EQUALITY)
    texts = TEXTS if column.type.python_type is str else {}
    return _compare(registry, kind, kind.name, {**EQUALITY, **LISTS, **RANGES}, texts)


def _compare(
    registry: Registry,
    kind: GraphQLNullableInputType,
    name: str,
    operators: dict[str, str],
    texts: dict[str, str] | None = None,
) -> GraphQLInputObjectType:
    def fields() -> dict[str, GraphQLInputField]:
        made = {
            camel(operator): GraphQLInputField(
                GraphQLList(GraphQLNonNull(kind)) if operator in LISTS else kind,
                out_name=operator,
                description=meaning,
            )
            for operator, meaning in operators.items()
        }
        for operator, meaning in (texts or {}).items():
            made[camel(operator)] = GraphQLInputField(GraphQLString, out_name=operator, description=meaning)
        return made | _null_field()

    return registry.once(
        f"{name}Comparison",
        lambda: GraphQLInputObjectType(
            f"{name}Comparison", fields, description=f"Compares a value of type {name}; all that is given must hold."
        ),
    )


def _compare_json(registry: Registry) -> GraphQLInputObjectType:
    return registry.once(
        "JSONComparison",
        lambda: GraphQLInputObjectType(
            "JSONComparison",
            {
                "hasKey": GraphQLInputField(GraphQLString, out_name="has_key", description="Has this key."),
                "contains": GraphQLInputField(
                    JSONScalar, out_name="contains_json", description="Contains these keys with these values."
                ),
                **_null_field(),
            },
            description="Compares a JSON object; all that is given must hold.",
        ),
    )


def _null_field() -> dict[str, GraphQLInputField]:
    return {"isNull": GraphQLInputField(GraphQLBoolean, out_name="is_null", description="Is null, or (false) is not.")}
