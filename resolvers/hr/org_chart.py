"""Who reports to whom, and how many work where: as it is, as it was, and as it is agreed to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import Date, Integer, cast, func, literal, select, union_all

from db.models.hr import Employee, EmployeeEvent, EmployeeEventKind
from db.models.identity import Department
from resolvers.barred import BadInput
from resolvers.computed import computed
from resolvers.context import Looking
from resolvers.hr.history import IN_ORDER, of_place
from resolvers.hr.naming import NAME
from resolvers.operation import Names
from resolvers.reading import reading

MOST_MONTHS: Final = 240


@dataclass(frozen=True, slots=True)
class OrgChartPlace:
    """Somebody's place in the company on a day."""

    employee_id: Annotated[UUID, Names("Employee"), "The employee."]
    employee_no: Annotated[str, "Number of the employee."]
    name: Annotated[str, "What the person is called."]
    manager_id: Annotated[UUID | None, Names("Employee"), "Whom the person reported to on that day."]
    department_id: Annotated[UUID | None, Names("Department"), "Where the person worked on that day."]
    job_title: Annotated[str, "Title of the job on that day."]


@dataclass(frozen=True, slots=True)
class HeadcountMonth:
    """How many worked in a department at the end of a month."""

    month: Annotated[date, "First day of the month."]
    department_id: Annotated[UUID | None, Names("Department"), "The department; null are those who are in none."]
    department: Annotated[str | None, "Name of the department."]
    count: Annotated[int, "How many were employed there at the end of the month's last day."]
    joined: Annotated[int, "How many began there in the month: were hired, rehired, or came from another department."]
    left: Annotated[int, "How many left the department in the month, or the company from there."]


@computed(Employee, needs="people.read")
async def full_name(_looking: Looking, employees: Sequence[Employee]) -> Sequence[str]:
    """What the person is called: the preferred name, if there is one, before the family name."""
    return [f"{each.preferred_name or each.legal_first_name} {each.legal_last_name}" for each in employees]


@reading("people.read")
async def org_chart(
    looking: Looking,
    on: Annotated[date | None, "The day; in the future it is what is agreed. Today (UTC) when left out."] = None,
    department_id: Annotated[
        UUID | None, Names("Department"), "Only who works in this department, without its parts."
    ] = None,
) -> list[OrgChartPlace]:
    """Who worked here on a day, where, and for whom, in the order of their names."""
    held = _placements().subquery()
    day = on or looking.asking.now.date()
    statement = (
        select(Employee.id, Employee.employee_no, NAME, held.c.manager_id, held.c.department_id, held.c.job_title)
        .join(held, held.c.employee_id == Employee.id)
        .where(held.c.effective_on <= day, (held.c.until > day) | held.c.until.is_(None))
        .where(held.c.kind != EmployeeEventKind.TERMINATION)
        .order_by(Employee.__table__.c.legal_last_name_sort, Employee.__table__.c.legal_first_name_sort, Employee.id)
    )
    if department_id is not None:
        statement = statement.where(held.c.department_id == department_id)
    return [OrgChartPlace(*row) for row in await looking.rows(statement)]


def _placements() -> Any:
    """Select what is said of where people stand, each until the next is said of the same employee."""
    until = func.lead(EmployeeEvent.effective_on).over(partition_by=EmployeeEvent.employee_id, order_by=IN_ORDER)
    return select(
        EmployeeEvent.employee_id,
        EmployeeEvent.kind,
        EmployeeEvent.manager_id,
        EmployeeEvent.department_id,
        EmployeeEvent.job_title,
        EmployeeEvent.effective_on,
        until.label("until"),
    ).where(of_place())


@reading("people.read")
async def headcount(
    looking: Looking,
    from_: Annotated[date, "Any day of the first month."],
    to: Annotated[date, "Any day of the last month."],
) -> list[HeadcountMonth]:
    """How many worked in each department at the end of each month, and how many came and went.

    Each month has every department in which somebody works or did in that month.
    """
    months = (to.year - from_.year) * 12 + to.month - from_.month + 1
    if not 0 < months <= MOST_MONTHS:
        raise BadInput(f"It is 1 to {MOST_MONTHS} months, in their order.", path=("to",))
    rows = await looking.rows(_headcount(from_.replace(day=1), to.replace(day=1)))
    return [HeadcountMonth(*row) for row in rows]


def _headcount(first: date, last: date) -> Any:
    """Count who came and went, per month and department, and add that up over the months."""
    came_and_went = _came_and_went().subquery()
    month = cast(func.greatest(func.date_trunc("month", came_and_went.c.day), literal(first, Date())), Date)
    within = came_and_went.c.day >= first
    changes = (
        select(
            month.label("month"),
            came_and_went.c.department_id,
            _number(func.sum(came_and_went.c.change)).label("change"),
            _number(func.count().filter(within, came_and_went.c.change > 0)).label("joined"),
            _number(func.count().filter(within, came_and_went.c.change < 0)).label("left"),
        )
        .where(month <= last)
        .group_by(month, came_and_went.c.department_id)
    ).cte("changes")
    step = func.make_interval(0, 1)
    months = select(cast(func.generate_series(first, last, step), Date).label("month")).subquery()
    departments = select(changes.c.department_id).distinct().subquery()
    none = literal(0)
    every = select(months.c.month, departments.c.department_id, none, none, none)
    either = union_all(select(changes), every.select_from(months.join(departments, literal(value=True)))).subquery()
    changed = _number(func.sum(either.c.change))
    counted = func.sum(changed).over(partition_by=either.c.department_id, order_by=either.c.month)
    table = (
        select(
            either.c.month,
            either.c.department_id,
            counted.label("count"),
            func.sum(either.c.joined).label("joined"),
            func.sum(either.c.left).label("left"),
        ).group_by(either.c.month, either.c.department_id)
    ).subquery()
    return (
        select(table.c.month, table.c.department_id, Department.name, table.c.count, table.c.joined, table.c.left)
        .outerjoin(Department, Department.id == table.c.department_id)
        .where((table.c.count > 0) | (table.c.joined > 0) | (table.c.left > 0))
        .order_by(table.c.month, Department.name.nulls_last(), table.c.department_id)
    )


def _number(total: Any) -> Any:
    """Select a sum as a number of the machine: PostgreSQL sums large ones up as decimals, which takes its time."""
    return cast(total, Integer)


def _came_and_went() -> Any:
    """Select 1 for each who came into a department on a day, and -1 for each who left it.

    Who stays in the department, in whatever job, has neither come nor gone.
    """
    held = _placements().cte("held")
    works = held.c.kind != EmployeeEventKind.TERMINATION
    came = select(
        held.c.employee_id, held.c.department_id, held.c.effective_on.label("day"), literal(1).label("change")
    )
    went = select(held.c.employee_id, held.c.department_id, held.c.until, literal(-1))
    both = union_all(came.where(works), went.where(works, held.c.until.is_not(None))).subquery()
    change = _number(func.sum(both.c.change))
    of_each = (both.c.employee_id, both.c.department_id, both.c.day)
    return select(both.c.department_id, both.c.day, change.label("change")).group_by(*of_each).having(change != 0)
