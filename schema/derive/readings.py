"""The root fields of readings and of watchings: questions of the business, asked once or watched."""

from graphql import GraphQLArgument, GraphQLField, GraphQLNonNull, GraphQLObjectType, GraphQLString

from db.deprecation import text_of
from resolvers.reading import Reading
from resolvers.watching import Watching
from schema.derive.declare import Domain
from schema.derive.fields import KEY, ReadingField, WatchingField
from schema.derive.names import camel, pascal
from schema.derive.registry import Registry
from schema.derive.views import argument, output_type
from schema.execute import worked_out

AFTER = GraphQLArgument(
    GraphQLString, description="The cursor of the last message received: nothing is sent until there is news."
)


def reading_fields(registry: Registry) -> dict[str, GraphQLField]:
    """Return the query field of every declared reading."""
    return {
        camel(reading.name): reading_field(registry, domain.module, reading)
        for domain in registry.domains
        for reading in domain.readings
    }


def reading_field(registry: Registry, module: str, reading: Reading) -> GraphQLField:
    """Return the query field of a reading that belongs to a module of the plan."""
    declared = ReadingField(reading.needs, module, reading)
    kind, nullable = output_type(registry, reading.kind)
    permission = f"Needs the permission `{reading.needs}`." if reading.needs else "Anyone may ask."
    return GraphQLField(
        kind if nullable else GraphQLNonNull(kind),
        args={camel(each.name): argument(registry, each) for each in reading.parameters},
        resolve=worked_out.reading(declared),
        description=f"{reading.description} {permission}",
        deprecation_reason=text_of(reading.deprecated),
        extensions={KEY: declared},
    )


def subscription_fields(registry: Registry) -> dict[str, GraphQLField]:
    """Return the subscription field of every declared watching."""
    return {
        camel(each.name): _watching(registry, domain, each) for domain in registry.domains for each in domain.watchings
    }


def _watching(registry: Registry, domain: Domain, watching: Watching) -> GraphQLField:
    declared = WatchingField(watching.needs, domain.module, watching)
    return GraphQLField(
        _message_type(registry, watching),
        args={**{camel(each.name): argument(registry, each) for each in watching.parameters}, "after": AFTER},
        subscribe=worked_out.watch(declared),
        resolve=worked_out.watching(declared),
        description=f"{watching.description} Sent at once, and again after every change; null, and the end, when there "
        f"is none that you may see. Needs the permission `{watching.needs}`{_or_own(watching)}.",
        deprecation_reason=text_of(watching.deprecated),
        extensions={KEY: declared},
    )


def _or_own(watching: Watching) -> str:
    return f", or for what is one's own `{watching.own.permission}`" if watching.own else ""


def _message_type(registry: Registry, watching: Watching) -> GraphQLObjectType:
    name, (kind, _) = f"{pascal(watching.name)}Message", output_type(registry, watching.kind)
    cursor = GraphQLField(
        GraphQLNonNull(GraphQLString),
        resolve=worked_out.cursor,
        description="Marks the place in the log; give it to `after` when you subscribe again.",
    )
    state = GraphQLField(GraphQLNonNull(kind), resolve=worked_out.state, description="How it is now.")
    return registry.once(
        name,
        lambda: GraphQLObjectType(
            name, {"cursor": cursor, "state": state}, description=f"What `{camel(watching.name)}` sends."
        ),
    )
