"""State machines: which status moves where, by which operation, under which guard, telling whom.

A machine is data: it drives the check of an operation, `allowedTransitions` in the API, the documentation and the
model-based tests. A guard is given all the entities at once and answers with a refusal or None for each.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from db.base import TenantOwned
from db.choices import Choice
from resolvers.context import Context, Looking
from resolvers.refusals import IllegalTransition, Refused

Guard = Callable[[Looking, Sequence[Any]], Awaitable[Sequence[Refused | None]]]


@dataclass(eq=False)
class Move:
    """One row of a state machine: from which statuses, to which, by which operation, if the guard allows."""

    machine: "StateMachine"
    sources: tuple[Choice, ...]
    target: Choice
    event: str
    guard: Guard | None
    operation: str = ""

    def bind(self, operation: str) -> None:
        """Name the operation that makes the move."""
        self.operation = operation

    async def check(self, context: Context, entity: TenantOwned) -> None:
        """Refuse when the entity does not stand where the move begins, or when the guard refuses."""
        status = getattr(entity, self.machine.attribute)
        if status not in self.sources:
            raise self.machine.illegal(status, self.target)
        if self.guard:
            [refusal] = await self.guard(context.looking, [entity])
            if refusal:
                raise refusal

    async def make(self, context: Context, entity: TenantOwned) -> None:
        """Set the status and publish the event of the move."""
        before = getattr(entity, self.machine.attribute)
        setattr(entity, self.machine.attribute, self.target)
        await context.publish(self.event, entity, **{"from": before, "to": self.target})


@dataclass(eq=False)
class StateMachine:
    """The moves of one status column of one model."""

    model: type[TenantOwned]
    attribute: str = "status"
    moves: list[Move] = field(default_factory=list[Move])

    def move(self, *sources: Choice, to: Choice, event: str, guard: Guard | None = None) -> Move:
        """Declare a move; hand it to the operation that makes it."""
        made = Move(self, sources, to, event, guard)
        self.moves.append(made)
        return made

    def allowed_from(self, status: Choice) -> list[str]:
        """Name the operations that move an entity from a status, guards aside."""
        return [move.operation for move in self.moves if status in move.sources]

    def illegal(self, status: Choice, target: Choice) -> IllegalTransition:
        """Say that a status does not move there, and what would move it."""
        allowed = self.allowed_from(status)
        return IllegalTransition(
            f"It is {status.value}, and does not move from there to {target.value}.",
            **{"from": status.value, "to": target.value, "allowed": allowed},
        )


@dataclass(frozen=True, slots=True)
class Transition:
    """One operation that moves an entity, whether it would now, and if not, why not."""

    name: str
    allowed: bool
    reason_denied: str | None


async def transitions(
    looking: Looking, machine: StateMachine, entities: Sequence[TenantOwned]
) -> Sequence[Sequence[Transition]]:
    """Tell for each entity which operations would move it now: one round of guards, however many entities."""
    found: dict[int, list[Transition]] = {id(entity): [] for entity in entities}
    for move in machine.moves:
        here = [entity for entity in entities if getattr(entity, machine.attribute) in move.sources]
        refusals = await move.guard(looking, here) if move.guard and here else [None] * len(here)
        for entity, refusal in zip(here, refusals, strict=True):
            reason = refusal.message if refusal else None
            found[id(entity)].append(Transition(move.operation, refusal is None, reason))
    return [found[id(entity)] for entity in entities]
