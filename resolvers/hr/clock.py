"""What the clock does with employees: who begins today works here, who has worked for the last day leaves.

Each employee has a turn of their own (`resolvers.turns`), once the day has turned where they are. A turn that comes
twice finds nothing to do the second time.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, exists, or_, select

from db.catalog import Tenant
from db.models.hr import (
    CompensationRecord,
    Employee,
    EmployeeEvent,
    EmployeeStatus,
    EmploymentContract,
    WorkLocation,
)
from resolvers.context import Context
from resolvers.emitter import job
from resolvers.hr.days import covers, today, today_of
from resolvers.hr.employing import AT_WORK, ENDING, HIRE, begin, leave
from resolvers.hr.moving import CHANGES, carry_out
from resolvers.hr.terms import follow_contract
from resolvers.jobs import Chore
from resolvers.turns import Round, Turns

MODULE: Final = "hr"
ADVANCING: Final = job(
    "advance_employees",
    *CHANGES,
    *ENDING,
    "employee.event.updated",
    "employee.hired",
    "employee.transferred",
    "employee.promoted",
)


def due(now: datetime) -> Select[UUID]:
    """Select the employees of whom something is to be otherwise since their day has begun."""
    day = today_of(now)
    waits = exists().where(
        EmployeeEvent.employee_id == Employee.id, EmployeeEvent.applied_at.is_(None), EmployeeEvent.effective_on <= day
    )
    paid = exists().where(
        CompensationRecord.employee_id == Employee.id,
        CompensationRecord.superseded_at.is_(None),
        covers(CompensationRecord.effective_from, CompensationRecord.effective_to, Employee.hire_date),
    )
    begins = (Employee.status == EmployeeStatus.PREHIRE) & (Employee.hire_date <= day) & paid
    leaves = Employee.status.in_(AT_WORK) & (Employee.termination_date < day)
    other_terms = exists().where(
        EmploymentContract.employee_id == Employee.id,
        covers(EmploymentContract.effective_from, EmploymentContract.effective_to, day),
        or_(EmploymentContract.fte != Employee.fte, EmploymentContract.employment_type != Employee.employment_type),
        Employee.status.in_(AT_WORK),
    )
    return (
        select(Employee.id)
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .where(or_(begins, leaves, waits, other_terms))
        .order_by(Employee.id)
    )


async def advance(context: Context, employee: Employee) -> bool:
    """Do for an employee what their day has brought; tell whether it brought anything."""
    day = await today(context, employee)
    waiting = select(EmployeeEvent).where(
        EmployeeEvent.employee_id == employee.id, EmployeeEvent.applied_at.is_(None), EmployeeEvent.effective_on <= day
    )
    changes: Sequence[EmployeeEvent] = await context.all(
        waiting.order_by(EmployeeEvent.effective_on, EmployeeEvent.id).with_for_update()
    )
    for each in changes:
        await carry_out(context, employee, each)
    done = [await begin(context, employee), await follow_contract(context, employee), await leave(context, employee)]
    return bool(changes) or any(done)


HIRE.bind(ADVANCING.name)
ADVANCE: Final = Round(ADVANCING.name, Employee, due, advance)


class EmployeeClock:
    """Has the days of all employees come, company by company."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    @property
    def chores(self) -> Sequence[Chore]:
        """What is done, and when."""
        return [Chore(ADVANCING.name, "*/5 * * * *", self.advance)]

    async def advance(self, tenants: Sequence[Tenant]) -> int:
        """Do what the days have brought; return for how many employees that was something."""
        return sum([await self._turns.give(tenant, ADVANCE) for tenant in tenants if MODULE in tenant.modules])
