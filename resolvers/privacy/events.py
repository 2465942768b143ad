"""What is told of erasing, without a word of what was erased."""

from dataclasses import dataclass

from db.models.identity import User
from db.models.onboarding import NewHire
from resolvers.named import named
from resolvers.onboarding.events import OfHire


@named("user.erased", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class UserErased:
    """The personal data of a person who could sign in was erased, for good. Erase what you keep of them too."""


@named("onboarding.erased", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class HireErased(OfHire):
    """The personal data of a new hire was erased, for good. Erase what you keep of them too."""
