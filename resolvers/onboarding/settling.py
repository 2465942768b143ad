"""Works out how a new hire stands: which stages and blocks are for them, what is complete, open and due.

Pure functions over the frozen flow, the facts of the person and what was done so far; nothing is read or written here.
The flow is walked once in its order, so that a condition sees only what comes before it: O(blocks).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from db.choices import Choice
from db.models.onboarding import StageLock
from resolvers.onboarding.frozen import FrozenBlock, FrozenFlow, FrozenStage

WHOLE: Final = 100


class StageStanding(Choice):
    """How a stage stands for a new hire."""

    LOCKED = "locked", "Opens when every earlier stage is complete."
    UPCOMING = "upcoming", "Opens on its day."
    OPEN = "open", "Can be worked on."
    COMPLETED = "completed", "Done."


@dataclass(frozen=True, slots=True)
class Person:
    """What decides which stages are for a new hire, and when."""

    start_date: date | None
    timezone: str
    department: str | None
    position: str | None
    country: str | None

    def today(self, now: datetime) -> date:
        """The day it is where the person works."""
        return now.astimezone(ZoneInfo(self.timezone)).date()

    def after(self, days: int | None) -> date | None:
        """The day that many days from the start; None without a start date or without a number."""
        return None if days is None or self.start_date is None else self.start_date + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Done:
    """What was done so far: completed blocks, the answers that conditions ask for, stages said to be done with."""

    completed: frozenset[UUID] = frozenset()
    answers: Mapping[UUID, Any] | None = None
    acknowledged: frozenset[UUID] = frozenset()

    def answer(self, block: UUID) -> Any:
        """The answer to a block; None where there is none."""
        return (self.answers or {}).get(block)


@dataclass(frozen=True, slots=True)
class SettledStage:
    """One stage as it stands: is it for the person, is it complete, what counts towards it, when it opens and is due.

    `counting` are the blocks that it waits for: the required ones that are there, else those that are only shown.
    """

    stage: FrozenStage
    visible: bool
    live: frozenset[UUID]
    counting: Sequence[UUID]
    missing: Sequence[UUID]
    required: int
    complete: bool
    standing: StageStanding
    opens_on: date | None
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Settled:
    """The whole flow as it stands for one person."""

    stages: Sequence[SettledStage]

    @property
    def visible(self) -> Sequence[SettledStage]:
        """The stages that are for the person, in order."""
        return [each for each in self.stages if each.visible]

    @property
    def complete(self) -> bool:
        """Whether every stage that is for the person is complete."""
        return all(each.complete for each in self.visible)

    @property
    def current(self) -> SettledStage | None:
        """The first stage that is not complete."""
        return next((each for each in self.visible if not each.complete), None)

    def stage(self, stage_id: UUID) -> SettledStage | None:
        """Return how one stage stands, if it is for the person."""
        return next((each for each in self.visible if each.stage.id == stage_id), None)


def settle(flow: FrozenFlow, person: Person, done: Done, now: datetime) -> Settled:
    """Work out how a person stands in a flow."""
    stages: list[SettledStage] = []
    there: set[UUID] = set()
    open_so_far = True
    for stage in flow.stages:
        visible = is_for(stage, person)
        live = _live(stage, done, there) if visible else []
        there.update(block.id for block in live)
        settled = _stage(stage, person, done, now, live, visible=visible, reachable=open_so_far)
        stages.append(settled)
        open_so_far = open_so_far and (settled.complete or not visible)
    return Settled(stages)


def is_for(stage: FrozenStage, person: Person) -> bool:
    """Tell whether a stage is for a person: of each fact that it names, one of the values is the person's."""
    return all(_matches(getattr(person, fact, None), wanted) for fact, wanted in (stage.visible_if or {}).items())


def _matches(fact: str | None, wanted: Any) -> bool:
    return fact is not None and _folded(fact) in {_folded(option) for option in _each(wanted)}


def _each(value: Any) -> Sequence[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _folded(text: object) -> str:
    return str(text).strip().casefold()


def _live(stage: FrozenStage, done: Done, there: set[UUID]) -> list[FrozenBlock]:
    """Return the blocks whose conditions hold; an answer counts when its block is there and completed."""
    live: list[FrozenBlock] = []
    for block in stage.blocks:
        source = block.depends_on
        before = there | {each.id for each in live}
        if source is None or (source in before & done.completed and _holds(block.condition or {}, done.answer(source))):
            live.append(block)
    return live


def _holds(condition: Mapping[str, Any], answer: Any) -> bool:
    given = _each(answer)
    if "equals" in condition:
        return same(answer, condition["equals"]) or any(same(each, condition["equals"]) for each in given)
    if "in" in condition:
        return any(same(each, option) for each in given for option in condition["in"])
    return (answer not in (None, "", [], {})) == bool(condition.get("answered", True))


def same(one: Any, other: Any) -> bool:
    """Tell whether two JSON values are equal: true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _stage(
    stage: FrozenStage,
    person: Person,
    done: Done,
    now: datetime,
    live: Sequence[FrozenBlock],
    *,
    visible: bool,
    reachable: bool,
) -> SettledStage:
    required = [block.id for block in live if block.required]
    counting = required or [block.id for block in live if block.display_only]
    missing = [block for block in counting if block not in done.completed]
    complete = visible and (not missing if counting else stage.id in done.acknowledged)
    opens_on = person.after(stage.available_offset_days)
    return SettledStage(
        stage=stage,
        visible=visible,
        live=frozenset(block.id for block in live),
        counting=counting,
        missing=missing,
        required=len(required),
        complete=complete,
        standing=_standing(stage, opens_on, person.today(now), complete=complete, reachable=reachable),
        opens_on=opens_on,
        due_on=person.after(stage.due_offset_days),
    )


def _standing(
    stage: FrozenStage, opens_on: date | None, today: date, *, complete: bool, reachable: bool
) -> StageStanding:
    if complete:
        return StageStanding.COMPLETED
    if stage.lock is StageLock.SEQUENTIAL and not reachable:
        return StageStanding.LOCKED
    return StageStanding.UPCOMING if opens_on and opens_on > today else StageStanding.OPEN


def percentage(part: int, whole: int) -> int:
    """Return a share of a whole in percent, half a percent rounded up; of nothing, everything is done."""
    return (2 * WHOLE * part + whole) // (2 * whole) if whole else WHOLE
