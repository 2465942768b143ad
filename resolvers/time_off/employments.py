"""From when to when somebody was employed before, of who was hired again: by their history."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Date, Subquery, case, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute

from db.models.hr import Employee, EmployeeEvent, EmployeeEventKind
from resolvers.context import Looking
from resolvers.hr.days import DAY
from resolvers.leave.rules import Employment

IN_ORDER = (EmployeeEvent.effective_on, EmployeeEvent.id)
BEGINS = (EmployeeEventKind.HIRE, EmployeeEventKind.REHIRE)


async def former_employments(looking: Looking, employee: Employee) -> Mapping[int, Employment]:
    """Return the employments of an employee before the present one, by their numbers."""
    noted = select(EmployeeEvent.kind, EmployeeEvent.effective_on).where(
        EmployeeEvent.employee_id == employee.id, EmployeeEvent.kind.in_((*BEGINS, EmployeeEventKind.TERMINATION))
    )
    rows = await looking.rows(noted.order_by(*IN_ORDER))
    firsts = [day for kind, day in rows if kind in BEGINS]
    lasts = [day - DAY for kind, day in rows if kind is EmployeeEventKind.TERMINATION]
    lasted = [Employment(*each) for each in zip(firsts, lasts, strict=False)]
    return {number: each for number, each in enumerate(lasted, start=1) if number < employee.employment}


def last_days() -> Subquery:
    """Select the last day of each employment that has ended, by its number."""
    number = func.row_number().over(partition_by=EmployeeEvent.employee_id, order_by=IN_ORDER)
    return (
        select(
            EmployeeEvent.employee_id,
            number.label("employment"),
            cast(EmployeeEvent.effective_on - 1, Date).label("last_day"),
        )
        .where(EmployeeEvent.kind == EmployeeEventKind.TERMINATION)
        .subquery()
    )


def last_day_of(employment: InstrumentedAttribute[int], ends: Subquery) -> Any:
    """Select the last day of an employment by its number, where it is known; `ends` are `last_days`, outer joined."""
    return case((employment == Employee.employment, Employee.termination_date), else_=ends.c.last_day)
