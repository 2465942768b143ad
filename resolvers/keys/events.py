"""What is told of API keys in the words of the business."""

from dataclasses import dataclass

from db.models.keys import ApiKey
from resolvers.named import named


@named("apikey.revoked", about=ApiKey)
@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked:
    """A key was revoked: it is not accepted any more."""
