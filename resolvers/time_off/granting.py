"""Saying who has which leave, setting balances right by hand, and paying days out."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final

from sqlalchemy import select
from uuid_utils.compat import uuid7

from db.leave_choices import LedgerKind
from db.models.hr import Employee, LeaveLedgerEntry, LeavePolicy, LeavePolicyAssignment, LeaveType
from resolvers.context import Context
from resolvers.hr.days import DAY, today
from resolvers.hr.refusals import OutsideEmployment, TooEarly
from resolvers.hr.terms import expect_employed
from resolvers.leave.booking import give, take
from resolvers.leave.ledger import NOTHING
from resolvers.leave.requesting import REACH
from resolvers.operation import operation
from resolvers.places import table_of
from resolvers.refusals import InvalidInput
from resolvers.time_off.deciding import POSTED
from resolvers.time_off.events import LeaveEncashed
from resolvers.time_off.records import STORED, record_of, row_of, rules_of
from resolvers.time_off.refusals import InsufficientLeave, NotEncashable
from resolvers.values import check_values

MOST_DAYS: Final = Decimal(1000)


@operation(
    "leave.manage",
    refuses=[InvalidInput, OutsideEmployment, TooEarly],
    emits=["leave.assignment.updated", "leave.assignment.created"],
)
async def assign_leave_policy(
    context: Context,
    employee: Employee,
    policy: Annotated[LeavePolicy, "The policy."],
    effective_from: Annotated[date, "First day on which it holds; the one before holds until the day before."],
) -> LeavePolicyAssignment:
    """Give an employee a policy of leave from a day on, in the past too, or in five years at most. What accrued stays.

    For the day from which the present one holds, this one takes its place.
    """
    await _expect_within_reach(context, employee, effective_from=max(effective_from, await today(context, employee)))
    expect_employed(employee, effective_from, "effective_from")
    assigned = select(LeavePolicyAssignment).where(LeavePolicyAssignment.employee_id == employee.id)
    rows = await context.all(assigned.order_by(LeavePolicyAssignment.effective_from).with_for_update())
    newest: LeavePolicyAssignment | None = rows[-1] if rows else None
    if newest and newest.effective_from == effective_from:
        newest.policy_id = policy.id
        return newest
    if newest and newest.effective_from > effective_from:
        said = "A policy was assigned for a later day already."
        raise TooEarly(said, path=("effective_from",), earliest=newest.effective_from)
    if newest:
        newest.effective_to = effective_from - DAY
        await context.flush()
    assignment = LeavePolicyAssignment(
        id=uuid7(),
        employee_id=employee.id,
        user_id=employee.user_id,
        policy_id=policy.id,
        effective_from=effective_from,
    )
    context.add(assignment)
    return assignment


@operation("leave.manage", refuses=[InvalidInput, OutsideEmployment], emits=[POSTED])
async def adjust_leave(
    context: Context,
    employee: Employee,
    leave_type: Annotated[LeaveType, "The type of leave."],
    days: Annotated[Decimal, "How many days to give; below 0, how many to take away."],
    effective_on: Annotated[date, "From which day on they count."],
    reason: Annotated[str, "Why, for the record: 1 to 1,000 characters."],
    expires_on: Annotated[date | None, "Last day on which they can be used; that of the year when left out."] = None,
) -> LeaveLedgerEntry:
    """Set a balance right by hand; the entry says why, and stays."""
    _expect_days(days)
    await _expect_within_reach(context, employee, effective_on=effective_on, expires_on=expires_on)
    expect_employed(employee, effective_on, "effective_on")
    if expires_on is not None and (days < 0 or expires_on < effective_on):
        raise InvalidInput("Only days that come expire, and not before they come.", path=("expires_on",))
    entry_id = uuid7()
    entry = give(LedgerKind.ADJUSTMENT, days, effective_on, ref=str(entry_id), expires_on=expires_on)
    row = row_of(employee, leave_type, entry, note=_written(reason))
    context.add(row)
    return row


@operation(
    "leave.manage",
    refuses=[InvalidInput, OutsideEmployment, NotEncashable, InsufficientLeave],
    emits=[POSTED, "leave.encashed"],
)
async def encash_leave(
    context: Context,
    employee: Employee,
    leave_type: Annotated[LeaveType, "The type of leave."],
    days: Annotated[Decimal, "How many days."],
    effective_on: Annotated[
        date | None, "The day on which they go; when left out, today, or the last day of who has left."
    ] = None,
    employment: Annotated[
        int | None, "Of which employment, from 1, of who was hired again; the present one when left out."
    ] = None,
) -> LeaveLedgerEntry:
    """Have days of leave paid out: they leave the balance, and are for payroll to pay.

    What was left on the last day of a former employment is paid out by its number. The answer is the entry of the days
    that expire soonest; there is one for each day on which some of them expire.
    """
    _expect_days(days)
    if days < 0:
        raise InvalidInput("It is more than nothing.", path=("days",))
    if not leave_type.encashable:
        raise NotEncashable("Days of this type are not paid out.", path=("leave_type_id",))
    await _expect_within_reach(context, employee, effective_on=effective_on)
    number = employee.employment if employment is None else employment
    record = await record_of(context.looking, employee, number)
    if record is None:
        raise InvalidInput("There was no such employment.", path=("employment",))
    day = effective_on or record.until(await today(context, employee))
    if record.employment.within(day, day) is None:
        raise OutsideEmployment("The person is not employed on that day.", path=("effective_on",))
    rules, source = rules_of(leave_type), str(uuid7())
    horizon = max([day, *(each.counts_from for each in record.entries(leave_type))])
    booking = take(rules, record.expected(leave_type, horizon), days, day, ref=source, kind=LedgerKind.ENCASH)
    if booking.short > 0:
        balance = sum((each.days for each in record.closed(leave_type, day) if each.counts_from <= day), NOTHING)
        facts: dict[str, Any] = {"balance": balance, "pending": NOTHING, "asked": days}
        left = max(days - booking.short, NOTHING)
        raise InsufficientLeave(f"Of {days} days there are {left}.", path=("days",), available=left, **facts)
    rows = [row_of(employee, leave_type, entry, employment=record.number) for entry in booking.entries]
    context.add(*rows)
    about: dict[str, Any] = {"user_id": employee.user_id, "leave_type_id": leave_type.id, "effective_on": day}
    await context.publish(LeaveEncashed(days=days.quantize(STORED), **about), employee)
    return rows[0]


async def _expect_within_reach(context: Context, employee: Employee, **days: date | None) -> None:
    """Refuse days, each by the name of its argument, too far from today for anything to be worked out until then."""
    now = await today(context, employee)
    for name, day in days.items():
        if day is not None and abs(day - now) > REACH:
            raise InvalidInput(f"It lies within {REACH.days:,} days.", path=(name,))


def _expect_days(days: Decimal) -> None:
    check_values({"days": table_of(LeaveLedgerEntry).columns["days"]}, {"days": days})
    if not days or abs(days) > MOST_DAYS:
        raise InvalidInput(f"It is up to {MOST_DAYS:,} days, and not none.", path=("days",))


def _written(reason: str) -> str:
    check_values({"reason": table_of(LeaveLedgerEntry).columns["note"]}, {"reason": reason})
    if not reason.strip():
        raise InvalidInput("Say why.", path=("reason",))
    return reason.strip()
