"""The root query that explains who sees what, and why."""

from graphql import GraphQLArgument, GraphQLField, GraphQLID, GraphQLNonNull, GraphQLString

from resolvers.access import AccessExplanation
from schema.derive.fields import KEY, AccessField
from schema.derive.registry import Registry
from schema.derive.views import view_type
from schema.execute import access

ID = GraphQLArgument(GraphQLNonNull(GraphQLID), description="The id of anything that you see.")
FIELD = GraphQLArgument(
    GraphQLString, description="The name of a field of it, such as `taxId`; without one it is about the whole object."
)
USER_ID = GraphQLArgument(
    GraphQLID,
    out_name="user_id",
    description="Whom it is about; without one it is about you. Of somebody else it needs the permissions "
    "`users.manage` and `users.read`, throughout the company.",
)
BECAUSE = "everyone may know why they see what they see; of what they do not see, nobody is told"


def access_fields(registry: Registry) -> dict[str, GraphQLField]:
    """Return the field that explains access."""
    return {
        "explainAccess": GraphQLField(
            view_type(registry, AccessExplanation),
            args={"id": ID, "field": FIELD, "userId": USER_ID},
            resolve=access.explain_access,
            description="Why somebody sees an object, or a field of it, or does not: as `node` and the fields of the "
            "object would answer them, by which permission, which of their roles, and which rule. Null when there is "
            "no such object or field that you may see, and no such user. Anyone may ask about themselves.",
            extensions={KEY: AccessField(None, None, BECAUSE)},
        )
    }
