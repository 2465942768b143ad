"""Leave of a company in sums: who is away, what leave is worth that is not taken, and how much is missed.

Each takes the same number of statements, however many people there are.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, partial
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Label, Select, Subquery, and_, func, or_, select

from db.leave_choices import DayPart, LedgerKind
from db.models.hr import (
    CompensationRecord,
    Employee,
    EmployeeStatus,
    EmploymentContract,
    LeaveLedgerEntry,
    LeaveRequest,
    LeaveStatus,
    LeaveType,
    PayFrequency,
    WorkCalendar,
    WorkLocation,
)
from db.models.identity import Department
from resolvers.barred import BadInput
from resolvers.context import Looking
from resolvers.edge import lacking
from resolvers.hr.days import covers
from resolvers.hr.naming import NAME
from resolvers.leave.ledger import NOTHING
from resolvers.leave.working_days import Absence, HalfDay, WorkingCalendar
from resolvers.money import in_minor_units
from resolvers.operation import Names
from resolvers.reading import reading
from resolvers.time_off.calendars import DAYS_A_WEEK, FREE, WEEK, Kept, calendars
from resolvers.time_off.employments import last_days

MOST_DAYS: Final = 366
AWAY: Final = (LeaveStatus.APPROVED, LeaveStatus.TAKEN)
WEEKS: Final = 52
READ: Final = "leave.read"
SHOWN: Final = Decimal("0.01")
RATE: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class PersonAway:
    """Somebody who is away, from one day to another. Why is not said."""

    employee_id: Annotated[UUID, Names("Employee"), "The employee."]
    name: Annotated[str, "What the person is called."]
    department_id: Annotated[UUID | None, Names("Department"), "Where the person works."]
    request_id: Annotated[UUID, Names("LeaveRequest"), "The request."]
    from_date: Annotated[date, "First day of leave."]
    to_date: Annotated[date, "Last day of leave."]
    half_day_date: Annotated[date | None, "The day of which only one half is taken."]
    half_day_part: Annotated[DayPart | None, "Which half of that day is taken."]


@dataclass(frozen=True, slots=True)
class LeaveLiabilityOf:
    """What somebody's leave of a type is worth that is not taken."""

    employee_id: Annotated[UUID, Names("Employee"), "The employee."]
    employment: Annotated[int, "Of which employment, from 1, of who was hired again."]
    leave_type_id: Annotated[UUID, Names("LeaveType"), "The type of leave."]
    days: Annotated[Decimal, "Days that are there; of an employment that has ended, on its last day."]
    daily_rate: Annotated[
        Decimal | None, "Pay for a day: of a year, for 52 weeks of the contract's working days; null without pay."
    ]
    amount: Annotated[Decimal | None, "Days times the daily rate, rounded; null without pay."]
    currency: Annotated[str | None, "Currency of the pay, ISO 4217."]


@dataclass(frozen=True, slots=True)
class LeaveLiabilityIn:
    """What leave is worth in one currency; currencies are never added."""

    currency: Annotated[str, "The currency, ISO 4217."]
    amount: Annotated[Decimal, "Sum of the rounded amounts."]


@dataclass(frozen=True, slots=True)
class LeaveLiability:
    """What leave is worth that was earned and not taken, of limited types that are paid or can be paid out."""

    on: Annotated[date, "The day."]
    totals: Annotated[list[LeaveLiabilityIn], "The sum of each currency."]
    lines: Annotated[list[LeaveLiabilityOf], "Each employee, employment and type."]


@dataclass(frozen=True, slots=True)
class AbsenceRate:
    """How much of its working days a department was away."""

    department_id: Annotated[UUID | None, Names("Department"), "The department; null are those who are in none."]
    department: Annotated[str | None, "Name of the department."]
    working_days: Annotated[int, "Working days of all its people, as far as they were employed."]
    absent_days: Annotated[Decimal, "How many of these they were on leave."]
    percent: Annotated[Decimal, "Absent days, in percent of the working days, rounded to two decimals."]


@reading("leave.read")
async def who_is_away(
    looking: Looking,
    from_: Annotated[date, "First day."],
    to: Annotated[date, "Last day, at most a year later."],
    department_id: Annotated[UUID | None, Names("Department"), "Only who works in this department."] = None,
) -> list[PersonAway]:
    """Who is on leave on any day from one to another, by the first day of leave.

    That is what is approved, and what was taken; what still waits to be decided is not among it.
    """
    _expect_days(from_, to)
    asked = (
        select(
            Employee.id,
            NAME,
            Employee.department_id,
            LeaveRequest.id,
            LeaveRequest.from_date,
            LeaveRequest.to_date,
            LeaveRequest.half_day_date,
            LeaveRequest.half_day_part,
        )
        .join(Employee, Employee.id == LeaveRequest.employee_id)
        .where(LeaveRequest.status.in_(AWAY), LeaveRequest.from_date <= to, LeaveRequest.to_date >= from_)
        .order_by(LeaveRequest.from_date, LeaveRequest.id)
    )
    if department_id is not None:
        asked = asked.where(Employee.department_id == department_id)
    return [PersonAway(*row) for row in await looking.rows(asked)]


@reading("people.read_pay")
async def leave_liability(
    looking: Looking, on: Annotated[date | None, "The day, not in the future; today (UTC) when left out."] = None
) -> LeaveLiability:
    """What leave is worth that was earned and not taken, by what stands in the ledger.

    Of limited types that are paid, or can be paid out. A day is worth the pay of a year, for 52 weeks of the working
    days of the person's week; of who is paid by the hour, for the hours of the contract. What was left of an employment
    that has ended is worth the last pay of it, also of who was hired again. Needs `leave.read` as well.
    """
    principal, today = looking.asking.principal, looking.asking.now.date()
    if not principal.can(READ):
        raise lacking(principal, READ, f"This needs the permission {READ}.")
    day = on or today
    if day > today:
        raise BadInput("It is not in the future.", path=("on",))
    rows = await looking.rows(_worth(day))
    rate = cache(_daily_rate)
    lines = [_line(row, rate(row.base_amount, row.frequency, row.hours_per_week, row.days_a_week)) for row in rows]
    totals: dict[str, Decimal] = {}
    for line in lines:
        if line.currency is not None and line.amount is not None:
            totals[line.currency] = totals.get(line.currency, NOTHING) + line.amount
    return LeaveLiability(day, [LeaveLiabilityIn(*each) for each in sorted(totals.items())], lines)


def _worth(day: date) -> Any:
    """Select the days of each employee, employment and type, with what was agreed on pay and hours.

    Days, pay and hours are those of the day, or of the last day of an employment that ended before.
    """
    days, ends = _within(day).subquery(), last_days()
    beyond = _beyond(ends, day).subquery()
    last, left = func.least(day, ends.c.last_day), days.c.days - func.coalesce(beyond.c.days, 0)
    paid = and_(
        CompensationRecord.employee_id == days.c.employee_id,
        CompensationRecord.employment == days.c.employment,
        CompensationRecord.superseded_at.is_(None),
        covers(CompensationRecord.effective_from, CompensationRecord.effective_to, last),
    )
    agreed = and_(
        EmploymentContract.employee_id == days.c.employee_id,
        EmploymentContract.employment == days.c.employment,
        covers(EmploymentContract.effective_from, EmploymentContract.effective_to, last),
    )
    return (
        select(
            days.c.employee_id,
            days.c.employment,
            days.c.leave_type_id,
            left.label("days"),
            CompensationRecord.base_amount,
            CompensationRecord.currency,
            CompensationRecord.frequency,
            EmploymentContract.hours_per_week,
            DAYS_A_WEEK.label("days_a_week"),
        )
        .select_from(days)
        .join(LeaveType, LeaveType.id == days.c.leave_type_id)
        .join(Employee, Employee.id == days.c.employee_id)
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .outerjoin(WorkCalendar, WorkCalendar.id == WEEK)
        .outerjoin(ends, _alike(days, ends, "employee_id", "employment"))
        .outerjoin(beyond, _alike(days, beyond, "employee_id", "employment", "leave_type_id"))
        .outerjoin(CompensationRecord, paid)
        .outerjoin(EmploymentContract, agreed)
        .where(LeaveType.limited, LeaveType.paid | LeaveType.encashable, left != 0)
        .order_by(Employee.employee_no, days.c.employment, days.c.leave_type_id)
    )


WHOSE: Final = (LeaveLedgerEntry.employee_id, LeaveLedgerEntry.employment, LeaveLedgerEntry.leave_type_id)


def _within(day: date) -> Select[UUID, int, UUID, Decimal]:
    """Select the days that are there on a day of each employee, employment and type."""
    return select(*WHOSE, _days()).where(_counts(day)).group_by(*WHOSE)


def _beyond(ends: Subquery, day: date) -> Select[UUID, int, UUID, Decimal]:
    """Select the days that came or went until a day, and after the last day of the employment."""
    of_ended = and_(
        ends.c.employee_id == LeaveLedgerEntry.employee_id,
        ends.c.employment == LeaveLedgerEntry.employment,
        ends.c.last_day <= LeaveLedgerEntry.effective_date,
    )
    after = select(*WHOSE, _days()).join(ends, of_ended)
    return after.where(_counts(day), ~_counts(ends.c.last_day)).group_by(*WHOSE)


def _days() -> Label[Decimal]:
    return func.sum(LeaveLedgerEntry.days).label("days")


def _counts(day: Any) -> ColumnElement[bool]:
    """Select the entries that the balance of a day has: what expires on it, is there on it."""
    on = and_(LeaveLedgerEntry.effective_date == day, LeaveLedgerEntry.kind != LedgerKind.EXPIRY)
    return or_(LeaveLedgerEntry.effective_date < day, on)


def _alike(one: Subquery, other: Subquery, *names: str) -> ColumnElement[bool]:
    return and_(*(one.c[name] == other.c[name] for name in names))


def _line(row: Any, rate: Decimal | None) -> LeaveLiabilityOf:
    whose = (row.employee_id, row.employment, row.leave_type_id, row.days)
    if rate is None:
        return LeaveLiabilityOf(*whose, None, None, row.currency)
    amount = in_minor_units(row.days * rate, row.currency)
    return LeaveLiabilityOf(*whose, rate.quantize(RATE, ROUND_HALF_UP), amount, row.currency)


def _daily_rate(
    base_amount: Decimal | None, frequency: PayFrequency | None, hours_per_week: Decimal | None, days_a_week: int
) -> Decimal | None:
    if base_amount is None or hours_per_week is None or not days_a_week:
        return None
    times = {PayFrequency.HOUR: hours_per_week * WEEKS, PayFrequency.MONTH: Decimal(12)}
    factor = times.get(frequency, Decimal(1)) if frequency else Decimal(1)
    return base_amount * factor / (WEEKS * days_a_week)


@reading("leave.read")
async def absence_rate(
    looking: Looking,
    from_: Annotated[date, "First day."],
    to: Annotated[date, "Last day, at most a year later."],
) -> list[AbsenceRate]:
    """How much of their working days people were on leave, by the department that they are in now."""
    _expect_days(from_, to)
    works, misses = defaultdict[UUID | None, int](int), defaultdict[UUID | None, Decimal](Decimal)
    people, away = await looking.rows(_employed(from_, to)), await looking.rows(_away(from_, to))
    known = await calendars(looking, {(each.week, each.free) for each in (*people, *away)})
    worked, missed = cache(partial(_worked, known)), cache(partial(_missed, known))
    for each in people:
        works[each.department_id] += each.people * worked((each.week, each.free), each.first, each.last)
    for each in away:
        misses[each.department_id] += missed((each.week, each.free), each.first, each.last, each.half_day_date)
    names = {each.department_id: each.name for each in people}
    return [_rate(each, name, works[each], misses[each]) for each, name in names.items()]


def _employed(first: date, last: date) -> Any:
    """Select how many were employed between two days, by department, working calendar, and from when to when."""
    employed = (
        select(
            Employee.department_id,
            Department.name,
            WEEK.label("week"),
            FREE.label("free"),
            func.greatest(Employee.hire_date, first).label("first"),
            func.least(Employee.termination_date, last).label("last"),
        )
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .outerjoin(Department, Department.id == Employee.department_id)
        .where(*_are_employed(first, last))
    ).subquery()
    counted = select(*employed.c, func.count().label("people")).group_by(*employed.c)
    return counted.order_by(employed.c.name.nulls_last(), employed.c.department_id)


def _away(first: date, last: date) -> Any:
    """Select the leave between two days, as far as it lies within them and in the employment."""
    return (
        select(
            Employee.department_id,
            WEEK.label("week"),
            FREE.label("free"),
            func.greatest(LeaveRequest.from_date, Employee.hire_date, first).label("first"),
            func.least(LeaveRequest.to_date, Employee.termination_date, last).label("last"),
            LeaveRequest.half_day_date,
        )
        .join(Employee, Employee.id == LeaveRequest.employee_id)
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .where(LeaveRequest.status.in_(AWAY), LeaveRequest.from_date <= last, LeaveRequest.to_date >= first)
        .where(*_are_employed(first, last))
    )


def _are_employed(first: date, last: date) -> Sequence[ColumnElement[bool]]:
    """Select who is or was employed on a day between two."""
    ends = or_(Employee.termination_date.is_(None), Employee.termination_date >= first)
    return Employee.status != EmployeeStatus.PREHIRE, Employee.hire_date <= last, ends


def _rate(department_id: UUID | None, name: str | None, works: int, misses: Decimal) -> AbsenceRate:
    percent = misses * 100 / works if works else NOTHING
    return AbsenceRate(department_id, name, works, misses, percent.quantize(SHOWN, ROUND_HALF_UP))


def _worked(known: Mapping[Kept, WorkingCalendar], kept: Kept, first: date, last: date) -> int:
    """Count the working days between two days, both inclusive: weeks at once, and the holidays off them."""
    calendar = known[kept]
    week = [hours > 0 for hours in calendar.hours]
    weeks, rest = divmod((last - first).days + 1, len(week))
    days = weeks * sum(week) + sum(week[(first.weekday() + number) % len(week)] for number in range(rest))
    return days - sum(1 for day in calendar.holidays if first <= day <= last and week[day.weekday()])


def _missed(known: Mapping[Kept, WorkingCalendar], kept: Kept, first: date, last: date, half: date | None) -> Decimal:
    """Count the working days of leave between two days, both inclusive; of one of them perhaps only a half."""
    return known[kept].days(Absence(first, last, HalfDay(half, DayPart.AM) if half else None))


def _expect_days(first: date, last: date) -> None:
    if not timedelta() <= last - first < timedelta(days=MOST_DAYS):
        raise BadInput(f"It is 1 to {MOST_DAYS} days, in their order.", path=("to",))
