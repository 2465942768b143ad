"""The root query fields: for each listed entity one by id and a connection of all, and Relay's `node` and `nodes`."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLArgument, GraphQLField, GraphQLID, GraphQLList, GraphQLNonNull

from schema.derive.connections import connection_field
from schema.derive.declare import Entity
from schema.derive.fields import KEY, OneField
from schema.derive.finding import findable
from schema.derive.objects import node_type, object_type
from schema.derive.registry import Registry
from schema.execute import resolve


def query_fields(registry: Registry) -> dict[str, GraphQLField]:
    """Return every derived query."""
    for entity in registry.entities:
        object_type(registry, entity)
    models = findable(registry)
    fields = _node_fields(registry, models)
    for entity in registry.entities:
        if entity.listed:
            fields[entity.field_name] = _one_field(registry, entity, models[entity.name])
            fields[entity.plural] = connection_field(registry, entity, via=None)
    return fields


def _one_field(registry: Registry, entity: Entity, found: tuple[Any, OneField]) -> GraphQLField:
    declared = found[1]
    return GraphQLField(
        object_type(registry, entity),
        args={"id": GraphQLArgument(GraphQLNonNull(GraphQLID), description="Its id.")},
        resolve=resolve.one(declared, {entity.name: found}),
        description=f"One {entity.label} by its id; null when there is none that you may see. "
        f"Needs the permission `{entity.read}`.",
        extensions={KEY: declared},
    )


def _node_fields(registry: Registry, models: Mapping[str, tuple[Any, OneField]]) -> dict[str, GraphQLField]:
    """Return `node` and `nodes`; what they find is guarded by each type's own permission."""
    node, declared = node_type(registry), OneField(None, None, None)
    ids = GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLID)))
    return {
        "node": GraphQLField(
            node,
            args={"id": GraphQLArgument(GraphQLNonNull(GraphQLID), description="The id of anything.")},
            resolve=resolve.one(declared, models),
            description="Anything by its id; null when there is none that you may see.",
            extensions={KEY: declared},
        ),
        "nodes": GraphQLField(
            GraphQLNonNull(GraphQLList(node)),
            args={"ids": GraphQLArgument(ids, description="At most 200 ids of anything.")},
            resolve=resolve.several(declared, models),
            description="Several by their ids, in that order, each null when there is none that you may see.",
            extensions={KEY: declared},
        ),
    }
