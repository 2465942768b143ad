"""Whose day it is: an employee's own time zone, else that of where they work."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, cast, func, select

from db.models.hr import Employee, WorkLocation
from resolvers.context import Context
from resolvers.refusals import InvalidInput

DAY = timedelta(days=1)
FARTHEST: Final = timedelta(days=36_525)
"""How far from today a day may lie that somebody gives: a hundred years."""


def expect_near(context: Context, **days: date | None) -> None:
    """Refuse days, each by the name of its argument, that lie further away: they are slips, and none to count from."""
    for name, day in days.items():
        if day is not None and abs(day - context.now.date()) > FARTHEST:
            raise InvalidInput("It is more than a hundred years away.", path=(name,))


def today_of(now: datetime) -> ColumnElement[date]:
    """Select the day that it is for an employee; the statement joins where they work."""
    return cast(func.timezone(func.coalesce(Employee.timezone, WorkLocation.timezone), now), Date)


async def zone_of(context: Context, employee: Employee) -> ZoneInfo:
    """Return the time zone in which the days of an employee begin and end."""
    if employee.timezone is not None:
        return ZoneInfo(employee.timezone)
    [zone] = await context.all(select(WorkLocation.timezone).where(WorkLocation.id == employee.location_id))
    return ZoneInfo(zone)


async def today(context: Context, employee: Employee) -> date:
    """Return the day that it is for an employee."""
    return context.now.astimezone(await zone_of(context, employee)).date()


async def end_of(context: Context, employee: Employee, day: date) -> datetime:
    """Return the instant at which a day ends for an employee."""
    return datetime.combine(day + DAY, time(), await zone_of(context, employee))


def covers(begin: Any, end: Any, day: Any) -> ColumnElement[bool]:
    """Select what holds on a day, of what holds from one day to another, or for good."""
    return (begin <= day) & ((end >= day) | end.is_(None))
