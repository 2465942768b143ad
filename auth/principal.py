"""Who asks: the one thing that every check of permission, every audit entry and every event looks at."""

from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: nobody who is known, a user of one tenant, a new hire in their onboarding, or the system itself.

    The permissions are settled once, when the request arrives. The name is for people to read and is not printed.
    """

    kind: Literal["anonymous", "user", "new_hire", "system"]
    id: UUID | None = None
    tenant_id: UUID | None = None
    permissions: frozenset[str] = frozenset()
    name: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse a principal that is half known: it would pass one check and confuse the next."""
        if self.kind == "anonymous" and (self.id or self.tenant_id or self.permissions):
            message = "anonymous has no id, no tenant and no permission; what is public asks for none"
            raise ValueError(message)
        if self.kind != "anonymous" and self.tenant_id is None:
            message = f"a {self.kind} acts in one tenant"
            raise ValueError(message)
        if self.kind in {"user", "new_hire"} and self.id is None:
            message = f"a {self.kind} has an id"
            raise ValueError(message)

    def can(self, permission: str) -> bool:
        """Tell whether the principal holds a permission."""
        return permission in self.permissions


ANONYMOUS: Final = Principal("anonymous")
