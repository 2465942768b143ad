"""A model's object type.

Its columns, the entities it refers to, the connections that refer to it, what is computed, and which operations would
move it.

A column with a read policy is nullable even where the table's is not: without the permission it is null.
"""

from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLField,
    GraphQLFieldResolver,
    GraphQLID,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLNullableOutputType,
    GraphQLObjectType,
    GraphQLString,
)
from sqlalchemy import ARRAY, Column

from db.columns import deprecation_of, holds_id, named_by, policy_of, reference_of
from db.deprecation import text_of
from resolvers.computed import Computed
from schema.derive.connections import connection_field
from schema.derive.declare import Entity
from schema.derive.fields import KEY, AnyField, ColumnField, ComputedField, RelationField, TransitionsField
from schema.derive.finding import findable
from schema.derive.names import camel
from schema.derive.registry import Registry, attribute_field, first_paragraph, relation_name
from schema.derive.scalars import OF_PYTHON, scalar_of
from schema.derive.views import argument, output_type
from schema.execute import resolve, told

TRANSITIONS = "allowed_transitions"
OF_ANOTHER = " Names are those of the API; null where you may not see objects of that type."


def object_type(registry: Registry, entity: Entity) -> GraphQLObjectType:
    """Return the object type of an entity."""
    return registry.once(
        entity.name,
        lambda: GraphQLObjectType(
            entity.name,
            lambda: _fields(registry, entity),
            interfaces=lambda: [node_type(registry)],
            description=first_paragraph(entity.model.__doc__),
        ),
    )


def node_type(registry: Registry) -> GraphQLInterfaceType:
    """Return Relay's interface of everything that has an id."""
    return registry.once(
        "Node",
        lambda: GraphQLInterfaceType(
            "Node",
            {"id": GraphQLField(GraphQLNonNull(GraphQLID), description="Identifies the object in every query.")},
            resolve_type=lambda value, _info, _type: type(value).__name__,
            description="Anything that has an id, by which `node` finds it again.",
        ),
    )


def _fields(registry: Registry, entity: Entity) -> dict[str, GraphQLField]:
    columns = registry.shown_columns(entity)
    fields = {attribute_field(column): _column_field(registry, entity, column) for column in columns}
    for column in columns:
        field = _relation_field(registry, entity, column)
        if field:
            fields[camel(relation_name(column))] = field
        elif policy_of(column).named_in:
            fields[camel(relation_name(column))] = _any_field(registry, column)
    for name, other, column in registry.backs_of(entity):
        fields[camel(name)] = connection_field(registry, other, via=column, within=entity)
    for computed in registry.computed_of(entity):
        fields[camel(computed.name)] = _computed_field(registry, entity, computed)
    if registry.machine_of(entity.model):
        fields[camel(TRANSITIONS)] = _transitions_field(registry, entity)
    return fields


def value_type(registry: Registry, column: Column[Any]) -> GraphQLNullableOutputType:
    """Return the GraphQL type of a column's value, nullable."""
    if column.key == "id" or holds_id(column):
        return GraphQLID
    if isinstance(column.type, ARRAY):
        return GraphQLList(GraphQLNonNull(OF_PYTHON[column.type.item_type.python_type]))
    return registry.enum_of(column) or scalar_of(column)


def _column_field(registry: Registry, entity: Entity, column: Column[Any]) -> GraphQLField:
    policy = policy_of(column)
    needs = policy.readable_with
    kind = value_type(registry, column)
    always = not column.nullable and needs is None and not policy.values_of
    declared = ColumnField(needs, registry.module_of(entity), column)
    permission = f" Needs the permission `{needs}`; null without it." if needs else ""
    return GraphQLField(
        GraphQLNonNull(kind) if always else kind,
        resolve=_value(entity, declared),
        description=f"{column.doc}{permission}{OF_ANOTHER if policy.values_of else ''}",
        deprecation_reason=deprecation_of(column),
        extensions={KEY: declared},
    )


def _value(entity: Entity, declared: ColumnField) -> GraphQLFieldResolver:
    """Return how the value of a column is shown."""
    policy = policy_of(declared.column)
    if policy.values_of:
        return told.values(declared, policy.values_of)
    if policy.named_in:
        return resolve.any_id(declared, policy.named_in)
    return resolve.column(declared, _id_type(entity, declared.column))


def _id_type(entity: Entity, column: Column[Any]) -> str | None:
    """Return the type that an id names: the entity's own, or the one referred to."""
    return entity.name if column.key == "id" else named_by(column)


def _relation_field(registry: Registry, entity: Entity, column: Column[Any]) -> GraphQLField | None:
    reference = reference_of(column)
    target = registry.entity(reference.target) if reference else None
    if target is None:
        return None
    declared = RelationField(target.read, registry.module_of(target), column, target)
    kind = object_type(registry, target)
    always = not column.nullable and same_access(registry, entity, target)
    return GraphQLField(
        GraphQLNonNull(kind) if always else kind,
        resolve=resolve.relation(declared),
        description=column.doc,
        deprecation_reason=deprecation_of(column),
        extensions={KEY: declared},
    )


def _any_field(registry: Registry, column: Column[Any]) -> GraphQLField:
    """Return the field of what an id of any type names, as it is now."""
    named = policy_of(column).named_in
    assert named is not None
    declared = AnyField(None, None, column)
    return GraphQLField(
        node_type(registry),
        resolve=resolve.any_object(declared, named, findable(registry)),
        description=f"What `{attribute_field(column)}` names, as it is now; null when there is none that you may see.",
        extensions={KEY: declared},
    )


def same_access(registry: Registry, one: Entity, other: Entity) -> bool:
    """Tell whether whoever sees one entity always may see the other."""
    if one.name in registry.shown_otherwise:
        return False
    return one.read == other.read and registry.module_of(one) == registry.module_of(other)


def _computed_field(registry: Registry, entity: Entity, computed: Computed) -> GraphQLField:
    declared = ComputedField(computed.needs, registry.module_of(entity), computed)
    kind, nullable = output_type(registry, computed.kind)
    always = not nullable and computed.needs == entity.read and entity.name not in registry.shown_otherwise
    return GraphQLField(
        GraphQLNonNull(kind) if always else kind,
        args={camel(each.name): argument(registry, each) for each in computed.parameters},
        resolve=resolve.computed(declared),
        description=computed.description,
        deprecation_reason=text_of(computed.deprecated),
        extensions={KEY: declared},
    )


def _transitions_field(registry: Registry, entity: Entity) -> GraphQLField:
    machine = registry.machine_of(entity.model)
    assert machine is not None
    declared = TransitionsField(entity.read, registry.module_of(entity), machine)
    kind = GraphQLList(GraphQLNonNull(_transition_type(registry)))
    return GraphQLField(
        kind if entity.name in registry.shown_otherwise else GraphQLNonNull(kind),
        resolve=resolve.transitions(declared),
        description="The operations that move it from where it stands, and whether each would succeed now.",
        extensions={KEY: declared},
    )


def _transition_type(registry: Registry) -> GraphQLObjectType:
    text, flag = GraphQLNonNull(GraphQLString), GraphQLNonNull(GraphQLBoolean)
    return registry.once(
        "Transition",
        lambda: GraphQLObjectType(
            "Transition",
            {
                "name": GraphQLField(
                    text, resolve=lambda value, _info: camel(value.name), description="The mutation that moves it."
                ),
                "allowed": GraphQLField(
                    flag, resolve=lambda value, _info: value.allowed, description="Whether it would succeed now."
                ),
                "reasonDenied": GraphQLField(
                    GraphQLString,
                    resolve=lambda value, _info: value.reason_denied,
                    description="Why it would be refused; null where it is allowed.",
                ),
            },
            description="One operation that moves an object's status.",
        ),
    )
