"""Documents that can need approval: how a domain says so, and what is done once they are approved.

A domain declares a type once. Either it has an operation held back: `requires_approval(...)` is the operation's `gate`,
and the operation is carried out as the requester's when the last step is approved. Or it has a state of its own for
what waits: it declares the type with `approvable(...)`, asks with `request_approval`, and is told how it ended.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from db.base import TenantOwned
from db.models.identity import User
from resolvers.context import Context, Looking
from resolvers.refusals import Refused


@dataclass(frozen=True, slots=True)
class Facts:
    """By what the policy of a document is found: its amount and department, as far as it has them."""

    amount: Decimal | None = None
    currency: str | None = None
    department: str | None = None


Reads = Callable[[Looking, Any, UUID], Awaitable[Facts]]
"""Reads the facts of a document that a requester asks for."""

Done = Callable[[Context, Any], Awaitable[Any]]


async def of_requester(looking: Looking, _document: Any, requester: UUID) -> Facts:
    """Return the facts of a document without an amount: the department is that of who asks."""
    [department] = await looking.all(select(User.department).where(User.id == requester))
    return Facts(department=department)


async def nothing(_context: Context, _document: Any) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Approvable:
    """A type of document that can need approval.

    `approved` is done in the transaction of the last decision, as the requester, who must hold `needs` still;
    `rejected` and `cancelled` in that of the decision or the cancelling, as who decides or cancels.
    """

    model: type[TenantOwned]
    needs: str
    title: Callable[[Any], str]
    facts: Reads = of_requester
    has_amount: bool = False
    approved: Done = nothing
    rejected: Done = nothing
    cancelled: Done = nothing
    refuses: Sequence[type[Refused]] = field(default_factory=tuple)
    emits: Sequence[str] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        """The name of the type, as policies have it."""
        return self.model.__name__


APPROVABLES: Final[dict[str, Approvable]] = {}


def approvable(declared: Approvable) -> Approvable:
    """Declare a type of document."""
    if declared.name in APPROVABLES:
        message = f"{declared.name} is declared already"
        raise ValueError(message)
    APPROVABLES[declared.name] = declared
    return declared


def approvables() -> Mapping[str, Approvable]:
    """Return every type of document that is declared, by its name."""
    return APPROVABLES
