"""API keys, as they are public: made, changed, rotated and revoked, never shown again; and how much each is used."""

from db.models.keys import ApiKey, ApiKeyUsage
from resolvers.keys.changing import update_api_key
from resolvers.keys.clock import ANNOUNCING
from resolvers.keys.making import create_api_key
from resolvers.keys.revoking import revoke_api_key
from resolvers.keys.rotating import rotate_api_key
from resolvers.keys.shown import status
from resolvers.keys.usage import usage
from schema.derive.declare import Domain, entity

keys = Domain(
    module="company",
    entities=[entity(ApiKey, read="keys.read")],
    operations=[create_api_key, update_api_key, rotate_api_key, revoke_api_key],
    computed=[status, usage],
    emitters=[ANNOUNCING],
    internal=[(ApiKeyUsage, "shown as the days of its key; nobody changes a count")],
)
