"""What is told of erasing and of handing out, without a word of what it was."""

from dataclasses import dataclass

from db.models.identity import User
from db.models.onboarding import NewHire
from resolvers.named import named
from resolvers.onboarding.events import OfHire


@named("user.erased", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class UserErased:
    """The personal data of a person who could sign in was erased, for good. Erase what you keep of them too."""


@named("user.data_exported", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class UserDataExported:
    """What is kept of a person who can sign in was handed out, to them or for them."""


@named("onboarding.data_exported", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class HireDataExported(OfHire):
    """What is kept of a new hire was handed out, for them."""


@named("onboarding.erased", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class HireErased(OfHire):
    """The personal data of a new hire was erased, for good. Erase what you keep of them too."""
