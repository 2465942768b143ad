"""Objectives as a whole: whose fare how, what is aligned to what, and of which nothing was told for long.

Each shows what who asks may see, and nothing of what they may not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Date, cast, func, true

from db.models.performance import KeyResult, Okr, OkrOwnerType, OkrStatus, PerformanceCycle
from db.okr_choices import OkrHealth
from resolvers.context import Looking
from resolvers.operation import Names
from resolvers.performance.days import today
from resolvers.performance.faring import ON, fares, named, owned, spans_of
from resolvers.performance.owning import READ
from resolvers.performance.rolling import COUNTING
from resolvers.performance.states import REPORTED_ON
from resolvers.reading import reading
from resolvers.scopes import within

OWNERS: Final = (OkrOwnerType.COMPANY, OkrOwnerType.DEPARTMENT, OkrOwnerType.TEAM, OkrOwnerType.EMPLOYEE)
"""The order in which owners are shown."""


@dataclass(frozen=True, slots=True)
class OkrHeatMapCell:
    """How one objective fares."""

    okr_id: Annotated[UUID, Names("Okr"), "The objective."]
    objective: Annotated[str, "What is to be achieved."]
    status: Annotated[OkrStatus, "Where it stands."]
    progress: Annotated[Decimal, "Its progress in percent."]
    health: Annotated[OkrHealth | None, "How it fares; null unless it is active."]


@dataclass(frozen=True, slots=True)
class OkrHeatMapRow:
    """The objectives of one owner."""

    owner_type: Annotated[OkrOwnerType, "What the owner is."]
    employee_id: Annotated[UUID | None, Names("Employee"), "The employee, of an employee's."]
    team_id: Annotated[UUID | None, Names("Team"), "The team, of a team's."]
    department_id: Annotated[UUID | None, Names("Department"), "The department, of a department's."]
    owner_name: Annotated[str, "What the owner is called."]
    cells: Annotated[list[OkrHeatMapCell], "The objectives, in the order in which they were set."]


@dataclass(frozen=True, slots=True)
class AlignedOkr:
    """An objective where it stands in what is aligned to what."""

    okr_id: Annotated[UUID, Names("Okr"), "The objective."]
    above_id: Annotated[
        UUID | None, Names("Okr"), "The nearest that it adds to, of those of the cycle that you may see."
    ]
    depth: Annotated[int, "How many of these are above it."]
    objective: Annotated[str, "What is to be achieved."]
    owner_type: Annotated[OkrOwnerType, "What the owner is."]
    owner_name: Annotated[str, "What the owner is called."]
    status: Annotated[OkrStatus, "Where it stands."]
    weight: Annotated[Decimal, "How much it counts for what it is aligned to."]
    counts: Annotated[bool, "Whether it counts there; drafts and what was cancelled does not."]
    progress: Annotated[Decimal, "Its progress in percent."]
    health: Annotated[OkrHealth | None, "How it fares; null unless it is active."]


@dataclass(frozen=True, slots=True)
class OverdueCheckIn:
    """A key result of which nothing was told for longer than its cycle asks for."""

    key_result_id: Annotated[UUID, Names("KeyResult"), "The key result."]
    title: Annotated[str, "What is measured."]
    okr_id: Annotated[UUID, Names("Okr"), "The objective."]
    objective: Annotated[str, "What is to be achieved."]
    owner_name: Annotated[str, "What the owner of the objective is called."]
    reporter_id: Annotated[UUID | None, Names("User"), "Who reports on the key result, where that is said."]
    last_checked_in_on: Annotated[date | None, "The day of the last check-in; null where there is none."]
    due_on: Annotated[date, "The day by which something was to be told."]
    days: Annotated[int, "How many days ago that was."]


def _seen(looking: Looking) -> ColumnElement[bool]:
    reached = within(looking.asking.principal, READ, Okr, Okr)
    return true() if reached is None else reached


@reading(READ, scoped=True)
async def okr_heat_map(
    looking: Looking,
    cycle_id: Annotated[UUID, Names("PerformanceCycle"), "The cycle."],
    on: Annotated[date | None, ON] = None,
) -> list[OkrHeatMapRow]:
    """How the objectives of a cycle fare, owner by owner: of the company, departments, teams, people, by their names.

    That is what is active and what is completed, of what you may see.
    """
    whose = (Okr.owner_type, Okr.employee_id, Okr.team_id, Okr.department_id)
    asked = owned(*whose, named().label("owner_name"), Okr.id, Okr.objective, Okr.status, Okr.progress)
    rows = await looking.rows(asked.where(Okr.cycle_id == cycle_id, Okr.status.in_(COUNTING), _seen(looking)))
    span = (await spans_of(looking, [cycle_id], on)).get(cycle_id)
    if span is None:
        return []

    def key(row: Any) -> tuple[Any, ...]:
        return (OWNERS.index(row.owner_type), row.owner_name, *(str(each) for each in row[1:4]))

    return [
        OkrHeatMapRow(
            *first[:5],
            cells=[
                OkrHeatMapCell(row.id, row.objective, row.status, row.progress, fares(row.status, row.progress, span))
                for row in cells
            ],
        )
        for first, cells in _grouped(sorted(rows, key=lambda row: (key(row), row.id)), key)
    ]


def _grouped(rows: Sequence[Any], key: Any) -> list[tuple[Any, list[Any]]]:
    groups = [list(each) for _, each in groupby(rows, key)]
    return [(each[0], each) for each in groups]


@reading(READ, scoped=True)
async def okr_alignment_tree(
    looking: Looking,
    cycle_id: Annotated[UUID, Names("PerformanceCycle"), "The cycle."],
    on: Annotated[date | None, ON] = None,
) -> list[AlignedOkr]:
    """What of a cycle is aligned to what: each objective that you may see, before those that add to it.

    What stands below one that you may not see is shown below the nearest above it that you may see.
    """
    asked = owned(
        Okr.id,
        Okr.parent_id,
        Okr.objective,
        Okr.owner_type,
        named().label("owner_name"),
        Okr.status,
        Okr.weight,
        Okr.progress,
        _seen(looking).label("seen"),
    )
    rows = await looking.rows(asked.where(Okr.cycle_id == cycle_id).order_by(Okr.objective, Okr.id))
    span = (await spans_of(looking, [cycle_id], on)).get(cycle_id)
    if span is None:
        return []
    above = _nearest({row.id: row.parent_id for row in rows}, {row.id for row in rows if row.seen})
    below: dict[UUID | None, list[Any]] = {}
    for row in rows:
        if row.seen:
            below.setdefault(above[row.id], []).append(row)
    return [
        AlignedOkr(
            row.id,
            above[row.id],
            depth,
            row.objective,
            row.owner_type,
            row.owner_name,
            row.status,
            row.weight,
            row.status in COUNTING,
            row.progress,
            fares(row.status, row.progress, span),
        )
        for row, depth in _in_order(below)
    ]


def _nearest(parents: Mapping[UUID, UUID | None], seen: set[UUID]) -> Mapping[UUID, UUID | None]:
    """Return for each the nearest above it that is seen, of those that are known."""
    found: dict[UUID, UUID | None] = {}
    for each in parents:
        above = parents[each]
        while above is not None and above not in seen:
            above = parents.get(above)
        found[each] = above
    return found


def _in_order(below: Mapping[UUID | None, Sequence[Any]]) -> list[tuple[Any, int]]:
    """Return each before those below it, with how many are above it."""
    waiting, found = [(row, 0) for row in reversed(below.get(None, ()))], list[tuple[Any, int]]()
    while waiting:
        row, depth = waiting.pop()
        found.append((row, depth))
        waiting += [(each, depth + 1) for each in reversed(below.get(row.id, ()))]
    return found


@reading(READ, scoped=True)
async def overdue_check_ins(
    looking: Looking,
    cycle_id: Annotated[UUID | None, Names("PerformanceCycle"), "Only of this cycle."] = None,
    on: Annotated[date | None, ON] = None,
) -> list[OverdueCheckIn]:
    """Key results of active objectives of which nothing was told for longer than their cycles ask for.

    Days count from the last check-in, or from the day on which the objective became active, whichever is later. Cycles
    that are released or closed ask for nothing any more. What is overdue for longest comes first.
    """
    day = on or await today(looking)
    since = func.greatest(KeyResult.last_checked_in_on, Okr.activated_on)
    due = cast(since + PerformanceCycle.check_in_days, Date)
    asked = (
        owned(
            KeyResult.id,
            KeyResult.title,
            Okr.id,
            Okr.objective,
            named(),
            KeyResult.owner_id,
            KeyResult.last_checked_in_on,
            due,
        )
        .join(KeyResult, KeyResult.okr_id == Okr.id)
        .join(PerformanceCycle, PerformanceCycle.id == Okr.cycle_id)
        .where(Okr.status == OkrStatus.ACTIVE, PerformanceCycle.status.in_(REPORTED_ON), due < day, _seen(looking))
        .order_by(due, KeyResult.id)
    )
    if cycle_id is not None:
        asked = asked.where(Okr.cycle_id == cycle_id)
    return [OverdueCheckIn(*row, days=(day - row[-1]).days) for row in await looking.rows(asked)]
