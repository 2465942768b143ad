"""What is told of providers in the words of the business."""

from dataclasses import dataclass
from typing import Annotated

from db.models.sso import SsoProvider, SsoStatus
from resolvers.named import named


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMoved:
    """What every move of a provider tells."""

    from_: Annotated[SsoStatus, "Where the provider stood."]
    to: Annotated[SsoStatus, "Where it stands now."]


@named("sso.provider.paused", about=SsoProvider)
@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPaused(ProviderMoved):
    """Nobody signs in through the provider from now on; what it enforced, it enforces no more."""


@named("sso.provider.resumed", about=SsoProvider)
@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderResumed(ProviderMoved):
    """People sign in through the provider again."""
