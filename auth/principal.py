"""Who asks: the one thing that every check of permission, every audit entry and every event looks at."""

from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: nobody who is known, a user of one tenant, a new hire in their onboarding, an API key, or the system.

    The permissions are settled once, when the request arrives. The name is for people to read and is not printed.
    An API key has a client, which pays for what it asks, and a maker, without whom it counts no more.
    """

    kind: Literal["anonymous", "user", "new_hire", "api_key", "system"]
    id: UUID | None = None
    tenant_id: UUID | None = None
    permissions: frozenset[str] = frozenset()
    name: str = field(default="", repr=False)
    client_id: UUID | None = None
    maker_id: UUID | None = None

    def __post_init__(self) -> None:
        """Refuse a principal that is half known: it would pass one check and confuse the next."""
        if self.kind == "anonymous" and (self.id or self.tenant_id or self.permissions):
            message = "anonymous has no id, no tenant and no permission; what is public asks for none"
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

    def can(self, permission: str) -> bool:
        """Tell whether the principal holds a permission."""
        return permission in self.permissions


ANONYMOUS: Final = Principal("anonymous")
