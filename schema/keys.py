"""API keys, as they are public: made and revoked, never shown again."""

from db.models.keys import ApiKey
from resolvers.keys.making import create_api_key
from resolvers.keys.revoking import revoke_api_key
from resolvers.keys.shown import status
from schema.derive.declare import Domain, entity

keys = Domain(
    module="company",
    entities=[entity(ApiKey, read="keys.read")],
    operations=[create_api_key, revoke_api_key],
    computed=[status],
)
