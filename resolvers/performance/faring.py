"""What is worked out of objectives and key results when they are read: health is as of a day, and stored nowhere."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select

from db.models.company import Company
from db.models.hr import Employee
from db.models.identity import Department, Team
from db.models.performance import KeyResult, Okr, OkrOwnerType, OkrStatus, PerformanceCycle
from db.okr_choices import OkrHealth
from resolvers.computed import computed
from resolvers.context import Looking, any_of
from resolvers.okrs.health import Span, health_of
from resolvers.okrs.numbers import in_percent
from resolvers.performance.days import today
from resolvers.performance.key_results import measure_of
from resolvers.performance.owning import READ

ON: Final = "As of which day; today, where the company is, when left out."


async def spans_of(looking: Looking, cycle_ids: Sequence[UUID], on: date | None) -> Mapping[UUID, Span]:
    """Return how much of some cycles is over on a day."""
    day = on or await today(looking)
    asked = select(PerformanceCycle.id, PerformanceCycle.starts_on, PerformanceCycle.ends_on)
    rows = await looking.rows(asked.where(PerformanceCycle.id == any_of(cycle_ids)))
    return {cycle: Span(first, last, day) for cycle, first, last in rows}


def fares(status: OkrStatus, progress: Decimal, span: Span) -> OkrHealth | None:
    """Tell how an objective fares; None of one that is not being worked on."""
    return health_of(progress, span) if status is OkrStatus.ACTIVE else None


@computed(Okr, needs=READ)
async def health(
    looking: Looking, okrs: Sequence[Okr], on: Annotated[date | None, ON] = None
) -> Sequence[OkrHealth | None]:
    """How it fares: progress for what can be expected by the time that is over; null unless it is active."""
    spans = await spans_of(looking, [each.cycle_id for each in okrs], on)
    return [fares(each.status, each.progress, spans[each.cycle_id]) for each in okrs]


@computed(Okr, needs=READ)
async def expected_progress(
    looking: Looking, okrs: Sequence[Okr], on: Annotated[date | None, ON] = None
) -> Sequence[Decimal]:
    """How many percent can be expected: as much as of the days of the cycle is over, none on the first."""
    spans = await spans_of(looking, [each.cycle_id for each in okrs], on)
    return [in_percent(spans[each.cycle_id].elapsed) for each in okrs]


@computed(Okr, needs=READ)
async def owner_name(looking: Looking, okrs: Sequence[Okr]) -> Sequence[str]:
    """What its owner is called; whoever sees an objective is told whose it is."""
    rows = await looking.rows(owned(Okr.id, named()).where(Okr.id == any_of([each.id for each in okrs])))
    names: Mapping[UUID, str] = dict(tuple(row) for row in rows)
    return [names[each.id] for each in okrs]


def owned(*columns: Any) -> Any:
    """Select from objectives with their owners."""
    return (
        select(*columns)
        .select_from(Okr)
        .outerjoin(Employee, Employee.id == Okr.employee_id)
        .outerjoin(Team, Team.id == Okr.team_id)
        .outerjoin(Department, Department.id == Okr.department_id)
    )


def named() -> ColumnElement[str]:
    """Select what the owner of an objective is called, of which the statement joins the owners."""
    person = func.coalesce(Employee.preferred_name, Employee.legal_first_name) + " " + Employee.legal_last_name
    return case(
        (Okr.owner_type == OkrOwnerType.EMPLOYEE, person),
        (Okr.owner_type == OkrOwnerType.TEAM, Team.name),
        (Okr.owner_type == OkrOwnerType.DEPARTMENT, Department.name),
        else_=select(Company.name).scalar_subquery(),
    )


@computed(KeyResult, needs=READ)
async def raw_progress(_looking: Looking, key_results: Sequence[KeyResult]) -> Sequence[Decimal]:
    """Progress in percent as it is: above 100 beyond the target, below 0 the other way."""
    return [measure_of(each).raw_progress for each in key_results]
