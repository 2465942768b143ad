"""What is told of API keys in the words of the business."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from db.models.keys import ApiKey
from resolvers.named import named
from resolvers.operation import Names


@named("apikey.revoked", about=ApiKey)
@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked:
    """A key was revoked: it is not accepted any more."""


@named("apikey.rotated", about=ApiKey)
@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotated:
    """Another key has taken the place of this one, which is accepted for a while yet."""

    successor_id: Annotated[UUID, Names("ApiKey"), "The key that has taken its place."]
    expires_at: Annotated[datetime, "From when on this one is refused."]


@named("apikey.expiring", about=ApiKey)
@dataclass(frozen=True, slots=True, kw_only=True)
class KeyExpiring:
    """A key runs out soon: told 14, 3 and 1 days before, each once."""

    days: Annotated[int, "Which notice it is: so many days before the key runs out."]
    expires_at: Annotated[datetime, "From when on it is refused."]


@named("apikey.expired", about=ApiKey)
@dataclass(frozen=True, slots=True, kw_only=True)
class KeyExpired:
    """A key has run out; told once, within an hour."""
