"""What is told of the company's people in the words of the business."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from db.models.identity import User
from resolvers.named import named


@named("user.invited", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class UserInvited:
    """A person was mailed a link with which they choose their first password."""


@named("user.activated", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class UserActivated:
    """A person can sign in from now on: they have accepted their invitation, or were let in again."""


@named("user.deactivated", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeactivated:
    """A person was shut out: their sessions and links have ended."""


@named("user.role_changed", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged:
    """A person was given a role, or one was taken from them, or one of theirs allows something else now."""

    given: Annotated[str | None, "Name of the role that was given."] = None
    taken: Annotated[str | None, "Name of the role that was taken."] = None
    changed: Annotated[str | None, "Name of the role that was changed."] = None


@named("user.login_failed_locked", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailedLocked:
    """So many wrong passwords were tried that no password is accepted for a while."""

    locked_until: Annotated[datetime, "From when on passwords are accepted again."]


@named("user.email_verified", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class EmailVerified:
    """A person proved to receive mail at their address."""


@named("user.email_changed", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChanged:
    """A person has another address from now on, and proved to receive mail there."""


@named("user.mfa_enabled", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class MfaEnabled:
    """A person turned their second factor on: signing in takes a code from now on."""


@named("user.mfa_disabled", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class MfaDisabled:
    """The second factor of a person was turned off, by themselves or by who manages users."""


@named("user.recovery_code_used", about=User)
@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeUsed:
    """A recovery code stood in for a person's authenticator."""
