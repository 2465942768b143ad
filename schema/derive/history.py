"""The root query of what was: any entity as it was at an instant, rebuilt from its audit entries."""

from graphql import GraphQLArgument, GraphQLField, GraphQLID, GraphQLNonNull

from resolvers.audit.as_of import EntityAsOf
from schema.derive.fields import KEY, OneField
from schema.derive.registry import Registry
from schema.derive.scalars import DateTime
from schema.derive.views import view_type
from schema.execute import as_of

ID = GraphQLArgument(GraphQLNonNull(GraphQLID), description="The id of anything that has an audit trail.")
AT = GraphQLArgument(GraphQLNonNull(DateTime), description="The instant.")


def history_fields(registry: Registry) -> dict[str, GraphQLField]:
    """Return the fields that tell how things were."""
    declared = OneField(as_of.NEEDS, as_of.MODULE, None)
    return {
        "entityAsOf": GraphQLField(
            view_type(registry, EntityAsOf),
            args={"id": ID, "at": AT},
            resolve=as_of.entity_as_of(declared),
            description="Anything as it was at an instant, rebuilt from its audit entries; null when there never was "
            f"one that you may see. Needs the permission `{as_of.NEEDS}`, and that to read the type.",
            extensions={KEY: declared},
        )
    }
