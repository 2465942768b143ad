"""Relay connections: a page of entities with edges, the shortcut `nodes`, page information and a total on request."""

from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
)
from sqlalchemy import Column

from schema.derive.aggregates import aggregate_fields
from schema.derive.declare import DEFAULT_PAGE, LARGEST_PAGE, Entity
from schema.derive.fields import KEY, ConnectionField
from schema.derive.filters import filter_type
from schema.derive.orders import order_type
from schema.derive.registry import Registry
from schema.execute import resolve

PAGING: Final = {
    "first": GraphQLArgument(
        GraphQLInt, description=f"How many from the start, at most {LARGEST_PAGE}; {DEFAULT_PAGE} when left out."
    ),
    "after": GraphQLArgument(GraphQLString, description="Begin after this cursor."),
    "last": GraphQLArgument(GraphQLInt, description=f"How many from the end, at most {LARGEST_PAGE}."),
    "before": GraphQLArgument(GraphQLString, description="End before this cursor."),
}


def connection_field(
    registry: Registry, entity: Entity, *, via: Column[Any] | None, within: Entity | None = None
) -> GraphQLField:
    """Return a field that pages through entities: all of the tenant's, or those that refer to the parent."""
    declared = ConnectionField(entity.read, registry.module_of(entity), entity, via)
    kind = connection_type(registry, entity)
    always = (
        within is not None and within.read == entity.read and registry.module_of(within) == registry.module_of(entity)
    )
    order = "their place" if via is not None else "the time they were made"
    return GraphQLField(
        GraphQLNonNull(kind) if always else kind,
        args=_arguments(registry, entity, order),
        resolve=resolve.connection(declared),
        description=_description(entity, within),
        extensions={KEY: declared},
    )


def _description(entity: Entity, within: Entity | None) -> str:
    if within is not None:
        return f"The {entity.plural_label} of the {within.label}, in pages."
    return f"All {entity.plural_label}, in pages. Needs the permission `{entity.read}`."


def _arguments(registry: Registry, entity: Entity, order: str) -> dict[str, GraphQLArgument]:
    orders = GraphQLList(GraphQLNonNull(order_type(registry, entity)))
    return {
        **PAGING,
        "where": GraphQLArgument(filter_type(registry, entity), description="Only those that match."),
        "orderBy": GraphQLArgument(
            orders, out_name="order_by", description=f"In which order; by {order} when left out."
        ),
    }


def connection_type(registry: Registry, entity: Entity) -> GraphQLObjectType:
    """Return the connection type of an entity."""
    return registry.once(
        f"{entity.name}Connection",
        lambda: GraphQLObjectType(
            f"{entity.name}Connection",
            lambda: _connection_fields(registry, entity),
            description=f"A page of {entity.plural_label}.",
        ),
    )


def _connection_fields(registry: Registry, entity: Entity) -> dict[str, GraphQLField]:
    node: Any = registry.types[entity.name]
    edge = registry.once(
        f"{entity.name}Edge",
        lambda: GraphQLObjectType(
            f"{entity.name}Edge",
            {
                "cursor": GraphQLField(
                    GraphQLNonNull(GraphQLString),
                    resolve=resolve.edge_cursor,
                    description="Marks this place in the list; give it to `after` or `before`.",
                ),
                "node": GraphQLField(
                    GraphQLNonNull(node), resolve=resolve.edge_node, description="The object at this place."
                ),
            },
            description="One place in a list.",
        ),
    )
    return {
        "edges": GraphQLField(
            GraphQLNonNull(GraphQLList(GraphQLNonNull(edge))),
            resolve=resolve.edges,
            description="The places of the page, each with its cursor.",
        ),
        "nodes": GraphQLField(
            GraphQLNonNull(GraphQLList(GraphQLNonNull(node))),
            resolve=resolve.nodes,
            description="The objects of the page, without their cursors.",
        ),
        "pageInfo": GraphQLField(
            GraphQLNonNull(page_info_type(registry)),
            resolve=resolve.page_info,
            description="Whether there is more, and where this page begins and ends.",
        ),
        "totalCount": GraphQLField(
            GraphQLNonNull(GraphQLInt),
            resolve=resolve.total_count,
            description="How many match in all, on every page together.",
        ),
        **aggregate_fields(registry, entity),
    }


def page_info_type(registry: Registry) -> GraphQLObjectType:
    """Return Relay's type that says where a page begins and ends."""
    flag = GraphQLNonNull(GraphQLBoolean)

    def make() -> GraphQLObjectType:
        return GraphQLObjectType(
            "PageInfo",
            {
                "hasNextPage": GraphQLField(
                    flag,
                    resolve=lambda page, _info: page.has_next,
                    description="Whether there is more after this page.",
                ),
                "hasPreviousPage": GraphQLField(
                    flag,
                    resolve=lambda page, _info: page.has_previous,
                    description="Whether there is more before this page.",
                ),
                "startCursor": GraphQLField(
                    GraphQLString,
                    resolve=resolve.start_cursor,
                    description="Marks the first place of the page; null on an empty page.",
                ),
                "endCursor": GraphQLField(
                    GraphQLString,
                    resolve=resolve.end_cursor,
                    description="Marks the last place of the page; null on an empty page.",
                ),
            },
            description="Where a page begins and ends, and whether there is more on either side.",
        )

    return registry.once("PageInfo", make)
