"""The working week and the holidays of an employee: their own, else those of where they work, else Monday to Friday."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, case, cast, func, literal, select

from db.models.hr import Employee, Holiday, WorkCalendar, WorkLocation
from resolvers.context import Looking, any_of
from resolvers.hr.days import today_of
from resolvers.leave.working_days import WorkingCalendar

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
USUAL: Final = (*[Decimal(8)] * 5, Decimal(), Decimal())


Kept = tuple[UUID | None, UUID | None]
"""Which week somebody works, and whose holidays are theirs."""

WEEK: Final = func.coalesce(Employee.work_calendar_id, WorkLocation.work_calendar_id)
FREE: Final = func.coalesce(Employee.holiday_list_id, WorkLocation.holiday_list_id)
"""The two, of an employee; the statement joins where they work."""

DAYS_A_WEEK: Final = case(
    (WorkCalendar.id.is_(None), sum(1 for hours in USUAL if hours > 0)),
    else_=sum((cast(WorkCalendar.__table__.c[name] > 0, Integer) for name in WEEKDAYS), start=literal(0)),
)
"""How many days somebody works in a week; the statement outer joins the calendar of the week."""


async def calendars_of(looking: Looking, employee_ids: Sequence[UUID]) -> dict[UUID, WorkingCalendar]:
    """Return the calendars of some employees: three statements, however many."""
    asked = (
        select(Employee.id, WEEK, FREE)
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .where(Employee.id == any_of(employee_ids))
    )
    rows: Sequence[Any] = await looking.rows(asked)
    known = await calendars(looking, {(row[1], row[2]) for row in rows})
    return {row[0]: known[row[1], row[2]] for row in rows}


async def calendars(looking: Looking, kept: Collection[Kept]) -> dict[Kept, WorkingCalendar]:
    """Return the calendar of each week with its holidays: two statements, however many."""
    hours = [WorkCalendar.__table__.c[name] for name in WEEKDAYS]
    weeks = sorted({week for week, _ in kept if week})
    asked = select(WorkCalendar.id, *hours).where(WorkCalendar.id == any_of(weeks))
    worked = {row[0]: tuple(row[1:]) for row in await looking.rows(asked)}
    free: dict[UUID, set[date]] = {}
    lists = sorted({days for _, days in kept if days})
    listed = select(Holiday.holiday_list_id, Holiday.day).where(Holiday.holiday_list_id == any_of(lists))
    for list_id, day in await looking.rows(listed):
        free.setdefault(list_id, set()).add(day)
    return {
        (week, days): WorkingCalendar(
            worked.get(week, USUAL) if week else USUAL, frozenset(free.get(days, ()) if days else ())
        )
        for week, days in kept
    }


async def days_of(looking: Looking, employee_ids: Sequence[UUID]) -> dict[UUID, date]:
    """Return which day it is for some employees, in one statement."""
    asked = (
        select(Employee.id, today_of(looking.asking.now))
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .where(Employee.id == any_of(employee_ids))
    )
    return {row[0]: row[1] for row in await looking.rows(asked)}
