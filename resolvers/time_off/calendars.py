"""The working week and the holidays of an employee: their own, else those of where they work, else Monday to Friday."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from db.models.hr import Employee, Holiday, WorkCalendar, WorkLocation
from resolvers.context import Looking, any_of
from resolvers.hr.days import today_of
from resolvers.leave.working_days import WorkingCalendar

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
USUAL: Final = (*[Decimal(8)] * 5, Decimal(), Decimal())


async def calendars_of(looking: Looking, employee_ids: Sequence[UUID]) -> dict[UUID, WorkingCalendar]:
    """Return the calendars of some employees: two statements, however many."""
    week = func.coalesce(Employee.work_calendar_id, WorkLocation.work_calendar_id)
    days = func.coalesce(Employee.holiday_list_id, WorkLocation.holiday_list_id)
    hours = [WorkCalendar.__table__.c[name] for name in WEEKDAYS]
    asked = (
        select(Employee.id, days, WorkCalendar.id, *hours)
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .outerjoin(WorkCalendar, WorkCalendar.id == week)
        .where(Employee.id == any_of(employee_ids))
    )
    rows: Sequence[Any] = await looking.rows(asked)
    free: dict[UUID, set[date]] = {}
    lists = sorted({row[1] for row in rows if row[1]})
    listed = select(Holiday.holiday_list_id, Holiday.day).where(Holiday.holiday_list_id == any_of(lists))
    for list_id, day in await looking.rows(listed):
        free.setdefault(list_id, set()).add(day)
    return {
        row[0]: WorkingCalendar(tuple(row[3:]) if row[2] else USUAL, frozenset(free.get(row[1], ()))) for row in rows
    }


async def days_of(looking: Looking, employee_ids: Sequence[UUID]) -> dict[UUID, date]:
    """Return which day it is for some employees, in one statement."""
    asked = (
        select(Employee.id, today_of(looking.asking.now))
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .where(Employee.id == any_of(employee_ids))
    )
    return {row[0]: row[1] for row in await looking.rows(asked)}
