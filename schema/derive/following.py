"""The root subscriptions that tell of every event: `events`, and `changed` for one type or object."""

from graphql import GraphQLArgument, GraphQLField, GraphQLID, GraphQLList, GraphQLNonNull, GraphQLString

from resolvers.following import EventMessage
from schema.derive.fields import KEY, FollowingField, OneField
from schema.derive.finding import findable
from schema.derive.readings import AFTER
from schema.derive.registry import Registry
from schema.derive.views import view_type
from schema.execute import following, resolve

IN_ORDER = (
    "The first message says from where on you follow; then each event is one message, in order. With `after` you go on "
    "where you were: nothing is left out and nothing comes twice, or `gap` says what is not kept any more."
)


def following_fields(registry: Registry) -> dict[str, GraphQLField]:
    """Return the fields that tell of every event that the caller may read."""
    entities = {entity.name: (registry.module_of(entity), entity) for entity in registry.entities if not entity.is_log}
    followed = following.Followed(entities, resolve.one(OneField(None, None, None), findable(registry)))
    kind, told = GraphQLNonNull(view_type(registry, EventMessage)), following.message(followed)
    return {
        "events": GraphQLField(
            kind,
            args={"types": TYPES, "subject": SUBJECT, "after": AFTER},
            subscribe=following.events(followed),
            resolve=told,
            description=f"The company's events, of those types that you may read. {IN_ORDER} Needs the permission "
            f"`{following.EVENTS}`.",
            extensions={KEY: FollowingField(following.EVENTS, None)},
        ),
        "changed": GraphQLField(
            kind,
            args={"type": TYPE, "id": ID, "after": AFTER},
            subscribe=following.changed(followed),
            resolve=told,
            description=f"What is made, changed, moved and deleted of one type, or of one object. {IN_ORDER} Needs "
            "the permission to read the type.",
            extensions={KEY: FollowingField(None, None)},
        ),
    }


TYPES = GraphQLArgument(
    GraphQLList(GraphQLNonNull(GraphQLString)),
    description="Types to follow, at most 50: `onboarding.started`, or all of a domain as `onboarding.*`; all when "
    "left out.",
)
SUBJECT = GraphQLArgument(GraphQLID, description="Follow only what happens to this object.")
TYPE = GraphQLArgument(GraphQLNonNull(GraphQLString), description="Name of a type of the API, as `Flow`.")
ID = GraphQLArgument(GraphQLID, description="Follow only this object of the type.")
