"""The terms of work, from which day on: contracts and pay. What was agreed before holds until the day before.

History is never overwritten: the days of a record are cut short by what was agreed later, and one whose days were all
taken is kept as superseded. Of an employment no day is left out and none is covered twice; the database refuses both.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from sqlalchemy import select
from uuid_utils.compat import uuid7

from db.base import TenantOwned
from db.models.hr import (
    CompensationRecord,
    Employee,
    EmployeeEventKind,
    EmployeeStatus,
    EmploymentContract,
    EmploymentType,
    PayFrequency,
)
from resolvers.context import Context
from resolvers.hr.days import DAY, covers, expect_near, today
from resolvers.hr.events import CompensationChanged
from resolvers.hr.history import record
from resolvers.hr.refusals import OutsideEmployment, TooEarly
from resolvers.operation import operation
from resolvers.places import table_of
from resolvers.refusals import InvalidInput
from resolvers.values import check_values


def check_terms(model: type[TenantOwned], **values: Any) -> None:
    """Refuse terms that their columns do not allow."""
    check_values(dict(table_of(model).columns.items()), values)


def expect_employed(employee: Employee, day: date, path: str) -> None:
    """Refuse a day on which somebody is not employed."""
    if day < employee.hire_date or (employee.termination_date is not None and day > employee.termination_date):
        raise OutsideEmployment("The person is not employed on that day.", path=(path,))


def _until(employee: Employee, day: date | None) -> date | None:
    """Return until when something holds: of an employment that has ended, until its last day at most.

    A last day that is only agreed cuts nothing short, as it may be agreed otherwise; that is done when it has passed.
    """
    if employee.status is not EmployeeStatus.TERMINATED or employee.termination_date is None:
        return day
    return employee.termination_date if day is None else min(day, employee.termination_date)


@operation(
    "people.edit",
    refuses=[InvalidInput, OutsideEmployment, TooEarly],
    emits=["employee.contract.created", "employee.contract.updated", "employee.updated"],
)
async def start_contract(
    context: Context,
    employee: Employee,
    effective_from: Annotated[date, "First day on which it holds; the one before holds until the day before."],
    employment_type: Annotated[EmploymentType, "How the person is employed."],
    fte: Annotated[Decimal, "Share of full time: above 0, up to 1."],
    hours_per_week: Annotated[Decimal, "Hours of work in a week."],
    effective_to: Annotated[date | None, "Last day on which it holds; without an end when left out."] = None,
) -> Employee:
    """Agree another contract, which holds from a day on: after the day on which the newest one began to hold."""
    check_terms(EmploymentContract, fte=fte, hours_per_week=hours_per_week)
    if effective_to is not None and effective_to < effective_from:
        raise InvalidInput("It ends after it has begun.", path=("effective_to",))
    expect_near(context, effective_from=effective_from, effective_to=effective_to)
    expect_employed(employee, effective_from, "effective_from")
    held = await _of(context, EmploymentContract, employee)
    newest = held[-1]
    if effective_from <= newest.effective_from:
        raise TooEarly(
            "The newest contract begins then or later.",
            path=("effective_from",),
            earliest=newest.effective_from + DAY,
        )
    if newest.effective_to is not None and newest.effective_to + DAY < effective_from:
        raise InvalidInput("There would be days without a contract before it.", path=("effective_from",))
    newest.effective_to = effective_from - DAY
    await context.flush()
    contract = EmploymentContract(
        id=uuid7(),
        effective_from=effective_from,
        effective_to=_until(employee, effective_to),
        employment_type=employment_type,
        fte=fte,
        hours_per_week=hours_per_week,
        **about(employee),
    )
    context.add(contract)
    await context.flush()
    await follow_contract(context, employee)
    context.rearranged(employee, "contracts", [row.id for row in held], [*(row.id for row in held), contract.id])
    return employee


def about(employee: Employee) -> dict[str, Any]:
    """Return what a row of somebody's terms says of whom it is about."""
    return {"employee_id": employee.id, "user_id": employee.user_id, "employment": employee.employment}


async def follow_contract(context: Context, employee: Employee) -> bool:
    """Have an employee say what the contract of today says; tell whether that was something else."""
    said = select(EmploymentContract.employment_type, EmploymentContract.fte)
    held = said.where(EmploymentContract.employee_id == employee.id)
    day = max(await today(context, employee), employee.hire_date)
    covering = covers(EmploymentContract.effective_from, EmploymentContract.effective_to, day)
    for employment_type, fte in await context.looking.rows(held.where(covering)):
        if (employment_type, fte) != (employee.employment_type, employee.fte):
            employee.employment_type, employee.fte = employment_type, fte
            return True
    return False


@operation(
    "people.edit_pay",
    refuses=[InvalidInput, OutsideEmployment],
    emits=[
        "employee.compensation.created",
        "employee.compensation.updated",
        "employee.event.created",
        "employee.updated",
        "employee.compensation.changed",
    ],
)
async def change_compensation(
    context: Context,
    employee: Employee,
    effective_from: Annotated[date, "First day for which it is paid, in the past too."],
    base_amount: Annotated[Decimal, "Base pay, of the frequency."],
    currency: Annotated[str, "Currency of the pay, ISO 4217."],
    frequency: Annotated[PayFrequency, "For how long the base pay is paid."],
    reason: Annotated[str, "Why it was agreed: 1 to 500 characters."],
) -> Employee:
    """Agree what somebody is paid from a day on, until the day from which something else is agreed already.

    What was agreed for that day holds until the day before; what began on just that day is superseded. For a day in the
    past it changes no payroll that was completed: the difference is paid with the next.
    """
    check_terms(CompensationRecord, base_amount=base_amount, currency=currency, reason=reason)
    if not reason.strip():
        raise InvalidInput("Say why.", path=("reason",))
    expect_near(context, effective_from=effective_from)
    expect_employed(employee, effective_from, "effective_from")
    rows = await _of(context, CompensationRecord, employee, CompensationRecord.superseded_at.is_(None))
    if not rows and effective_from != employee.hire_date:
        raise InvalidInput("The first pay is agreed for the first day of the employment.", path=("effective_from",))
    until = _until(employee, None)
    for row in rows:
        if row.effective_from == effective_from:
            row.superseded_at, until = context.now, row.effective_to
        elif row.effective_from < effective_from and (row.effective_to is None or row.effective_to >= effective_from):
            until, row.effective_to = row.effective_to, effective_from - DAY
    await context.flush()
    agreed = CompensationRecord(
        id=uuid7(),
        effective_from=effective_from,
        effective_to=until,
        base_amount=base_amount,
        currency=currency,
        frequency=frequency,
        reason=reason.strip(),
        **about(employee),
    )
    context.add(agreed)
    record(context, employee, EmployeeEventKind.SALARY_CHANGE, effective_from)
    await context.flush()
    before = [row.id for row in rows]
    context.rearranged(employee, "compensation", before, [*before, agreed.id])
    await context.publish(CompensationChanged(effective_from=effective_from, user_id=employee.user_id), employee)
    return employee


async def _of(context: Context, model: type[Any], employee: Employee, *further: Any) -> Sequence[Any]:
    """Return what was agreed in the employment of a locked employee, in the order of its days."""
    rows = select(model).where(model.employee_id == employee.id, model.employment == employee.employment, *further)
    return await context.all(rows.order_by(model.effective_from))
