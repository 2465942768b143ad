"""What has become of an employee, and where they work and for whom from which day on."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Final, Self
from uuid import UUID

from sqlalchemy import ColumnElement, select
from uuid_utils.compat import uuid7

from db.models.hr import Employee, EmployeeEvent, EmployeeEventKind
from db.models.identity import User
from resolvers.context import Context
from resolvers.hr.refusals import TooEarly
from resolvers.reporting import ReportsInCircle
from resolvers.trees import closes_circle


@dataclass(frozen=True, slots=True)
class Placement:
    """Where somebody works, as what, and for whom."""

    department_id: UUID | None
    position_id: UUID | None
    location_id: UUID
    manager_id: UUID | None
    job_title: str
    grade: str | None

    @classmethod
    def of(cls, row: Employee | EmployeeEvent) -> Self:
        """Return where an employee stands, or stands from an event on."""
        return cls(row.department_id, row.position_id, row.location_id, row.manager_id, row.job_title, row.grade)

    def but(self, **given: Any) -> Self:
        """Return the same with what is given; what is None stays."""
        return replace(self, **{name: value for name, value in given.items() if value is not None})


IN_ORDER: Final = (EmployeeEvent.effective_on, EmployeeEvent.id)
"""In which order what has become of an employee did so."""

OF_PLACE: Final = frozenset(EmployeeEventKind) - {EmployeeEventKind.SALARY_CHANGE}
"""What says where somebody stands; what they are paid is agreed for other days."""


def of_place() -> ColumnElement[bool]:
    """Select what says where somebody stands, and counts: the employment did not end before."""
    return EmployeeEvent.kind.in_(OF_PLACE) & EmployeeEvent.superseded_at.is_(None)


def record(
    context: Context,
    employee: Employee,
    kind: EmployeeEventKind,
    effective_on: date,
    placed: Placement | None = None,
    *,
    waits: bool = False,
    said: str | None = None,
) -> EmployeeEvent:
    """Note what has become of an employee; where they stand from then on is where they stand now, unless said."""
    noted = EmployeeEvent(
        id=uuid7(),
        employee_id=employee.id,
        user_id=employee.user_id,
        kind=kind,
        effective_on=effective_on,
        applied_at=None if waits else context.now,
        note=said,
        **asdict(placed or Placement.of(employee)),
    )
    context.add(noted)
    return noted


async def latest(context: Context, employee: Employee) -> EmployeeEvent | None:
    """Return the newest of what says where a locked employee stands, carried out or still to come."""
    rows = select(EmployeeEvent).where(EmployeeEvent.employee_id == employee.id, of_place())
    found = await context.all(rows.order_by(EmployeeEvent.effective_on.desc(), EmployeeEvent.id.desc()).limit(1))
    return found[0] if found else None


async def placed_before(context: Context, employee: Employee, effective_on: date) -> Placement:
    """Return where an employee stands before a day on which that is to change; refuse a day before the last change."""
    last = await latest(context, employee)
    if last is None:
        return Placement.of(employee)
    if effective_on < last.effective_on:
        said = "Something was agreed for a later day already."
        raise TooEarly(said, path=("effective_on",), earliest=last.effective_on)
    return Placement.of(last)


async def place(context: Context, employee: Employee, placed: Placement) -> None:
    """Put an employee where they stand now; the user whom they are reports and belongs where the employee does."""
    await put(context, employee, placed)
    await context.flush()
    await mirror(context, employee)


async def put(context: Context, employee: Employee, placed: Placement) -> None:
    """Say of an employee where they stand now, and of nobody else yet; refuse a line that comes back to them."""
    for name, value in asdict(placed).items():
        if getattr(employee, name) != value:
            setattr(employee, name, value)
    if await closes_circle(context, employee, "manager_id"):
        raise ReportsInCircle("Nobody reports to themselves, directly or through others.", path=("manager_id",))


async def mirror(context: Context, employee: Employee) -> None:
    """Have a user report and belong where the employee does."""
    managers = select(Employee.user_id).where(Employee.id == employee.manager_id)
    manager_id = next(iter(await context.all(managers)), None) if employee.manager_id else None
    user = await context.one(User, employee.user_id)
    if (user.manager_id, user.home_department_id) != (manager_id, employee.department_id):
        user.manager_id, user.home_department_id = manager_id, employee.department_id
        await context.flush()
