"""Where somebody works, as what, and for whom: it changes from a day on, at once or when that day has come."""

from datetime import date
from typing import Annotated, Any, Final

from sqlalchemy import select

from db.models.hr import (
    Employee,
    EmployeeEvent,
    EmployeeEventKind,
    EmployeeStatus,
    Position,
    WorkLocation,
)
from db.models.identity import Department
from resolvers.context import Context
from resolvers.hr.days import expect_near, today
from resolvers.hr.events import EmployeePromoted, EmployeeTransferred
from resolvers.hr.history import IN_ORDER, Placement, latest, place, placed_before, record
from resolvers.hr.refusals import NotTheLatest, OutsideEmployment, TooEarly
from resolvers.hr.terms import expect_employed
from resolvers.operation import operation
from resolvers.plain import Deleted, client_columns
from resolvers.refusals import AlreadyExists, IllegalTransition, InvalidInput
from resolvers.reporting import ReportsInCircle
from resolvers.values import check_value

TOLD: Final = {EmployeeEventKind.TRANSFER: EmployeeTransferred, EmployeeEventKind.PROMOTION: EmployeePromoted}
REFUSES: Final = (
    InvalidInput,
    IllegalTransition,
    AlreadyExists,
    OutsideEmployment,
    ReportsInCircle,
    TooEarly,
)
CHANGES: Final = ("employee.event.created", "employee.updated", "user.updated")
WHEN: Final = "First day on which it is so; in the future, it is carried out when that day has come."
WHY: Final = "Why, for the record: up to 1,000 characters."


@operation("people.edit", refuses=REFUSES, emits=[*CHANGES, "employee.transferred"])
async def transfer_employee(  # noqa: PLR0913 - all that a place of work is
    context: Context,
    employee: Employee,
    effective_on: Annotated[date, WHEN],
    department: Annotated[Department | None, "The other department."] = None,
    manager: Annotated[Employee | None, "Whom the person reports to from then on."] = None,
    location: Annotated[WorkLocation | None, "Where the person works from then on."] = None,
    *,
    position: Annotated[Position | None, "The seat that the person holds from then on."] = None,
    note: Annotated[str | None, WHY] = None,
) -> Employee:
    """Have somebody work elsewhere, or for somebody else; what is left out stays as it is."""
    given = {"department_id": department, "manager_id": manager, "location_id": location, "position_id": position}
    changes = {name: each.id for name, each in given.items() if each is not None}
    if not changes:
        raise InvalidInput("Say what is to be otherwise.", path=("department_id",))
    expect_at_work(manager, "manager_id")
    await _change(context, employee, EmployeeEventKind.TRANSFER, effective_on, changes, note)
    return employee


@operation("people.edit", refuses=REFUSES, emits=[*CHANGES, "employee.promoted"])
async def promote_employee(
    context: Context,
    employee: Employee,
    effective_on: Annotated[date, WHEN],
    job_title: Annotated[str, "Title of the other job."],
    grade: Annotated[str | None, "Grade of the other job; as before when left out."] = None,
    position: Annotated[Position | None, "The seat that the person holds from then on."] = None,
    note: Annotated[str | None, WHY] = None,
) -> Employee:
    """Give somebody another job from a day on."""
    changes = {"job_title": job_title, "grade": grade, "position_id": position.id if position else None}
    expect_title(job_title)
    if grade is not None:
        check_value(client_columns(Employee)["grade"], grade)
    await _change(context, employee, EmployeeEventKind.PROMOTION, effective_on, changes, note)
    return employee


@operation("people.edit", refuses=[NotTheLatest], emits=["employee.event.deleted"])
async def cancel_employee_change(context: Context, event: EmployeeEvent) -> Deleted:
    """Call off a transfer or a promotion whose day has not come; nothing later may build on it."""
    employee = await context.one(Employee, event.employee_id)
    last = await latest(context, employee)
    if event.applied_at is not None or last is None or last.id != event.id:
        raise NotTheLatest("It was carried out, or something later builds on it: call that off first.")
    await context.delete(EmployeeEvent, [event])
    return Deleted("EmployeeEvent", event.id)


def expect_at_work(manager: Employee | None, path: str) -> None:
    """Refuse a manager who has left."""
    if manager is not None and manager.status is EmployeeStatus.TERMINATED:
        raise InvalidInput("The manager does not work here any more; say who it is now.", path=(path,))


def expect_title(given: str) -> None:
    """Refuse what cannot be the title of a job."""
    check_value(client_columns(Employee)["job_title"], given)
    if not given.strip():
        raise InvalidInput("A title cannot be blank.", path=("job_title",))


async def _change(
    context: Context,
    employee: Employee,
    kind: EmployeeEventKind,
    effective_on: date,
    changes: dict[str, Any],
    said: str | None,
) -> None:
    if employee.status is EmployeeStatus.TERMINATED:
        raise OutsideEmployment("The person does not work here any more.", path=("effective_on",))
    if said is not None:
        check_value(EmployeeEvent.__table__.columns["note"], said)
    expect_near(context, effective_on=effective_on)
    expect_employed(employee, effective_on, "effective_on")
    placed = (await placed_before(context, employee, effective_on)).but(**changes)
    waits = effective_on > await today(context, employee)
    noted = record(context, employee, kind, effective_on, placed, waits=waits, said=said)
    await context.flush()
    if waits:
        known = select(EmployeeEvent.id).where(EmployeeEvent.employee_id == employee.id)
        after = await context.all(known.order_by(*IN_ORDER))
        context.rearranged(employee, "history", [each for each in after if each != noted.id], after)
    else:
        await carry_out(context, employee, noted)


async def carry_out(context: Context, employee: Employee, noted: EmployeeEvent) -> None:
    """Put an employee where a change puts them, and tell of it."""
    await place(context, employee, Placement.of(noted))
    noted.applied_at = context.now
    told = TOLD[noted.kind](
        effective_on=noted.effective_on,
        department_id=employee.department_id,
        manager_id=employee.manager_id,
        position_id=employee.position_id,
        user_id=employee.user_id,
    )
    await context.publish(told, employee)
