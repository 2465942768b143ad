"""Who asks: the one thing that every check of permission, every audit entry and every event looks at."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from auth.scopes import Held, Scope


@dataclass(frozen=True, slots=True)
class Impersonator:
    """Who of the platform acts for a user: with which role, in which session, until when, and whether they may write.

    The id is that of a user of another company. It is for the audit trail, and is shown to nobody.
    """

    id: UUID
    name: str = field(repr=False)
    role: str
    session_id: UUID
    writes: bool
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: nobody who is known, a user of one tenant, a new hire in their onboarding, an API key, or the system.

    The permissions are settled once, when the request arrives: `permissions` are held throughout the company, `scoped`
    are those that are held for the rows of some people only. The name is for people to read and is not printed.
    An API key has a client, which pays for what it asks, and a maker, without whom it counts no more. For a user,
    somebody of the platform may act: then there is an impersonator, and id, permissions and scopes are the user's.
    """

    kind: Literal["anonymous", "user", "new_hire", "api_key", "system"]
    id: UUID | None = None
    tenant_id: UUID | None = None
    permissions: frozenset[str] = frozenset()
    name: str = field(default="", repr=False)
    client_id: UUID | None = None
    maker_id: UUID | None = None
    scoped: frozenset[Held] = frozenset()
    impersonator: Impersonator | None = None

    def __post_init__(self) -> None:
        """Refuse a principal that is half known: it would pass one check and confuse the next."""
        if self.kind == "anonymous" and (self.id or self.tenant_id or self.permissions):
            message = "anonymous has no id, no tenant and no permission; what is public asks for none"
            raise ValueError(message)
        if self.scoped and self.kind != "user":
            message = "only a user holds anything within a scope"
            raise ValueError(message)
        if self.impersonator and self.kind != "user":
            message = "one acts for a user, and for nobody else"
            raise ValueError(message)
        if self.kind != "anonymous" and self.tenant_id is None:
            message = f"a {self.kind} acts in one tenant"
            raise ValueError(message)
        if self.kind in {"user", "new_hire", "api_key"} and self.id is None:
            message = f"a {self.kind} has an id"
            raise ValueError(message)
        if (self.kind == "api_key") != (self.client_id is not None and self.maker_id is not None):
            message = "an api_key has a client and a maker, and nobody else has"
            raise ValueError(message)

    @property
    def user_id(self) -> UUID | None:
        """The user who asks, for columns that name one; None for anybody else, an API key too."""
        return self.id if self.kind == "user" else None

    @property
    def apart(self) -> UUID | None:
        """By what the principal is told from everybody else in what is kept: who acts for a user is not that user."""
        return self.impersonator.session_id if self.impersonator else self.id

    def can(self, permission: str) -> bool:
        """Tell whether the principal holds a permission throughout the company."""
        return permission in self.permissions

    def within(self, permission: str) -> Scope | None:
        """Return within what a permission is held that is not held throughout the company; None where it is not."""
        return next((scope for held, scope in self.scoped if held == permission), None) if self.scoped else None

    def holds_wherever(self, permission: str, other: str) -> bool:
        """Tell whether a permission is held for all rows that another one reaches."""
        scope, reached = self.within(permission), self.within(other)
        return self.can(permission) or (scope is not None and reached is not None and scope >= reached)

    @property
    def may(self) -> tuple[object, ...]:
        """All that decides what the principal may: answers to two who differ in it may differ.

        Whom a scope reaches depends on who asks, so that nobody else has what a principal with scopes has. Who acts for
        a user shares nothing with them.
        """
        if self.impersonator:
            return (self.permissions, self.scoped, self.id, self.impersonator.session_id)
        return (self.permissions, self.scoped, self.id) if self.scoped else (self.permissions,)


ANONYMOUS: Final = Principal("anonymous")
