"""State machines: which status moves where, by which operation, under which guard, telling whom.

A machine is data: it drives the check of an operation, `allowedTransitions` in the API, the documentation and the
model-based tests. A guard is given all the entities at once and answers with a refusal or None for each.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from db.base import TenantOwned
from db.choices import Choice
from resolvers.context import Context, Looking
from resolvers.named import named_as
from resolvers.refusals import IllegalTransition, Refused

Guard = Callable[[Looking, Sequence[Any]], Awaitable[Sequence[Refused | None]]]
Facts = Callable[[Any], Mapping[str, Any]]


@dataclass(eq=False)
class Move:
    """One row of a state machine: from which statuses, to which, by which operation, if the guard allows.

    `event` is the named event that tells of it (`resolvers.named`): it is given `from_`, `to` and the machine's facts.
    One that is made `by_clock` is nobody's to make: it is not among what is allowed.
    """

    machine: "StateMachine"
    sources: tuple[Choice, ...]
    target: Choice
    event: type[Any] | None
    guard: Guard | None
    operation: str = ""
    by_clock: bool = False

    @property
    def emits(self) -> tuple[str, ...]:
        """The types of the events of making it."""
        moved = f"{self.machine.model.event_subject()}.moved"
        return (moved, named_as(self.event).name) if self.event else (moved,)

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

    async def make(self, context: Context, entity: TenantOwned, **more: Any) -> None:
        """Set the status and publish the event of the move, which says `more` beside it."""
        before = getattr(entity, self.machine.attribute)
        setattr(entity, self.machine.attribute, self.target)
        if self.event:
            facts: Mapping[str, Any] = self.machine.facts(entity) if self.machine.facts else {}
            await context.publish(self.event(from_=before, to=self.target, **facts, **more), entity)


@dataclass(eq=False)
class StateMachine:
    """The moves of one status column of one model; `facts` are what the event of each move says beside it."""

    model: type[TenantOwned]
    attribute: str = "status"
    moves: list[Move] = field(default_factory=list[Move])
    facts: Facts | None = None

    def move(
        self,
        *sources: Choice,
        to: Choice,
        event: type[Any] | None = None,
        guard: Guard | None = None,
        by_clock: bool = False,
    ) -> Move:
        """Declare a move; hand it to the operation that makes it, or to the job that does so by the clock."""
        made = Move(self, sources, to, event, guard, by_clock=by_clock)
        self.moves.append(made)
        return made

    def allowed_from(self, status: Choice) -> list[str]:
        """Name the operations that move an entity from a status, guards aside."""
        return [move.operation for move in self.moves if status in move.sources and not move.by_clock]

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
    for move in (move for move in machine.moves if not move.by_clock):
        here = [entity for entity in entities if getattr(entity, machine.attribute) in move.sources]
        refusals = await move.guard(looking, here) if move.guard and here else [None] * len(here)
        for entity, refusal in zip(here, refusals, strict=True):
            reason = refusal.message if refusal else None
            found[id(entity)].append(Transition(move.operation, refusal is None, reason))
    return [found[id(entity)] for entity in entities]
