"""What the clock does with employees: who begins today works here, who has worked for the last day leaves.

Each employee has a turn of their own (`resolvers.turns`), once the day has turned where they are, and before that each
change that waits for the day has: one that cannot be carried out goes on waiting, and keeps nobody from leaving. A turn
that comes twice finds nothing to do the second time.
"""

from collections.abc import Sequence
from datetime import date, datetime
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
from resolvers.hr.history import IN_ORDER
from resolvers.hr.moving import CHANGES, carry_out, expect_at_work
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
        .where(or_(begins, leaves, other_terms))
        .order_by(Employee.id)
    )


async def advance(context: Context, employee: Employee) -> bool:
    """Do for an employee what their day has brought; tell whether it brought anything."""
    return any(
        [await begin(context, employee), await follow_contract(context, employee), await leave(context, employee)]
    )


def changes_due(now: datetime) -> Select[UUID]:
    """Select the changes whose day has come where the employee is, of each employee in their order."""
    return (
        select(EmployeeEvent.id)
        .join(Employee, Employee.id == EmployeeEvent.employee_id)
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .where(EmployeeEvent.applied_at.is_(None), EmployeeEvent.effective_on <= today_of(now))
        .where(Employee.status != EmployeeStatus.TERMINATED)
        .where(or_(Employee.termination_date.is_(None), EmployeeEvent.effective_on <= Employee.termination_date))
        .order_by(EmployeeEvent.employee_id, *IN_ORDER)
    )


async def lock_people(context: Context, change: UUID) -> None:
    """Lock the employee whom a change is about together with whom they would report to, who cannot leave meanwhile."""
    named = select(EmployeeEvent.employee_id, EmployeeEvent.manager_id).where(EmployeeEvent.id == change)
    people = {each for row in await context.looking.rows(named) for each in row if each is not None}
    await context.many(Employee, list(people))


async def change_places(context: Context, noted: EmployeeEvent) -> bool:
    """Carry out a change whose day has come; tell whether it was to be: none before it waits, none is after the end."""
    employee = await context.one(Employee, noted.employee_id)
    waiting = select(EmployeeEvent.id).where(
        EmployeeEvent.employee_id == employee.id, EmployeeEvent.applied_at.is_(None)
    )
    next_one = await context.all(waiting.order_by(*IN_ORDER).limit(1))
    if list(next_one) != [noted.id] or noted.effective_on > await today(context, employee):
        return False
    if not _is_employed(employee, noted.effective_on):
        return False
    if noted.manager_id is not None and noted.manager_id != employee.manager_id:
        expect_at_work(await context.one(Employee, noted.manager_id), "manager_id")
    await carry_out(context, employee, noted)
    return True


def _is_employed(employee: Employee, day: date) -> bool:
    if employee.status is EmployeeStatus.TERMINATED:
        return False
    return employee.termination_date is None or day <= employee.termination_date


HIRE.bind(ADVANCING.name)
CHANGE: Final = Round(ADVANCING.name, EmployeeEvent, changes_due, change_places, lock_people)
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
        """Do what the days have brought, changes first; return how many things that was."""
        served = [tenant for tenant in tenants if MODULE in tenant.modules]
        return sum([await self._turns.give(tenant, of) for tenant in served for of in (CHANGE, ADVANCE)])
