"""Balances of leave, and how each came to be: what is posted, with what is due by then and not posted yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import func, select

from db.leave_choices import AccrualMethod, LeaveRounding, LedgerKind
from db.models.hr import Employee, LeaveRequest, LeaveStatus, LeaveType
from resolvers.barred import BadInput
from resolvers.computed import computed
from resolvers.context import Looking, any_of
from resolvers.leave.accrual import Accrual
from resolvers.leave.ledger import NOTHING, Entry, buckets, total
from resolvers.leave.requesting import REACH
from resolvers.leave.years import CALENDAR_YEAR
from resolvers.operation import Names
from resolvers.reading import reading
from resolvers.time_off.calendars import days_of
from resolvers.time_off.records import STORED, Record, records_of

ON: Final = (
    "The day; in the future, with what accrues until then. Today, where the person is, when left out. Of who has left "
    "by then, it is their last day."
)
ACCRUED: Final = (LedgerKind.ACCRUAL, LedgerKind.GRANT)


@dataclass(frozen=True, slots=True)
class LeaveBucket:
    """Days of leave that can be used until the same day."""

    days: Annotated[Decimal, "How many days are left of it."]
    usable_until: Annotated[date, "Last day on which they can be used."]
    expires: Annotated[
        bool, "Whether the rest lapses then; else the leave year ends then, and the rules say what is carried over."
    ]


@dataclass(frozen=True, slots=True)
class LeaveReckoning:
    """How days that accrued came to be, by the rules as they are now."""

    method: Annotated[AccrualMethod, "How days of this type come about."]
    period_first: Annotated[date, "First day of the period."]
    period_last: Annotated[date, "Last day of the period."]
    full_days: Annotated[Decimal, "Days of the whole period."]
    days_in_period: Annotated[int, "How many days the period has."]
    days_employed: Annotated[int, "On how many of them the person is employed."]
    before_rounding: Annotated[Decimal, "What that comes to."]
    rounding: Annotated[LeaveRounding, "To which multiple that is rounded."]


@dataclass(frozen=True, slots=True)
class LeaveStep:
    """An entry of the ledger, and the balance after it."""

    kind: Annotated[LedgerKind, "What it is."]
    counts_from: Annotated[date, "First day whose balance it is part of."]
    days: Annotated[Decimal, "How many days came; below 0, how many went."]
    balance: Annotated[Decimal, "The balance after it."]
    bucket: Annotated[str, "What it is counted in: a leave year, or days that expire by themselves."]
    expires_on: Annotated[date | None, "Last day on which the days of its bucket can be used, where they expire."]
    posted: Annotated[bool, "Whether it stands in the ledger; else it will, by that day."]
    reckoning: Annotated[
        LeaveReckoning | None, "How it came to be, of what accrued by the rules as they are now and was not set right."
    ]


@dataclass(frozen=True, slots=True)
class LeaveBalance:
    """How many days of a type of leave somebody has on a day. What came and went is of that day's leave year."""

    leave_type_id: Annotated[UUID, Names("LeaveType"), "The type of leave."]
    leave_type: Annotated[str, "Name of the type."]
    on: Annotated[date, "The day; of who has left by then, their last day."]
    carried_in: Annotated[Decimal, "Days that came from the year before."]
    accrued: Annotated[Decimal, "Days that accrued or were granted."]
    taken: Annotated[Decimal, "Days that were taken, without what was cancelled."]
    expired: Annotated[Decimal, "Days that lapsed."]
    adjusted: Annotated[
        Decimal,
        "Days given by hand, without those taken away by hand; and what sets right days that had accrued "
        "before the last day of work became known, or changed.",
    ]
    encashed: Annotated[Decimal, "Days that were paid out."]
    balance: Annotated[Decimal, "Days that are there: the sum of the ledger."]
    pending: Annotated[Decimal, "Days that are asked for, for whenever, and wait to be decided."]
    buckets: Annotated[list[LeaveBucket], "Where the days are, those that are to be used first at the front."]
    steps: Annotated[list[LeaveStep], "Each entry of the ledger until that day, in order."]


RECKONED: Final = tuple(each.name for each in fields(LeaveReckoning))


@computed(Employee, needs="leave.read")
async def leave_balances(
    looking: Looking, employees: Sequence[Employee], on: Annotated[date | None, ON] = None
) -> Sequence[list[LeaveBalance]]:
    """How many days of each type of leave the person has on a day, by the name of the type."""
    return await balances_of(looking, employees, on)


@reading(None, because="it is about whoever asks; nobody is told of others")
async def my_leave_balances(looking: Looking, on: Annotated[date | None, ON] = None) -> list[LeaveBalance]:
    """How many days of each type of leave you have on a day; none if you are no employee."""
    user_id = looking.asking.principal.user_id
    if user_id is None:
        return []
    mine = await looking.all(select(Employee).where(Employee.user_id == user_id))
    return [each for balances in await balances_of(looking, mine, on) for each in balances]


@reading("leave.read")
async def explain_leave_balance(
    looking: Looking,
    employee_id: Annotated[UUID, Names("Employee"), "The employee."],
    leave_type_id: Annotated[UUID, Names("LeaveType"), "The type of leave."],
    on: Annotated[date | None, ON] = None,
) -> LeaveBalance | None:
    """How the balance of a type of leave came to be; null for who has none of it."""
    found = await looking.all(select(Employee).where(Employee.id == employee_id))
    balances = [each for one in await balances_of(looking, found, on) for each in one]
    return next((each for each in balances if each.leave_type_id == leave_type_id), None)


async def balances_of(
    looking: Looking, employees: Sequence[Employee], on: date | None = None
) -> Sequence[list[LeaveBalance]]:
    """Work out the balances of some employees: five statements, however many."""
    ids = [each.id for each in employees]
    today = await days_of(looking, ids)
    if on is not None and any(abs(on - day) > REACH for day in today.values()):
        raise BadInput(f"It lies within {REACH.days:,} days.", path=("on",))
    pending = await _pending(looking, ids)
    records = await records_of(looking, employees)
    return [
        [
            _balance(record, leave_type, record.until(on or today[record.employee.id]), pending)
            for leave_type in record.held
            if record.employee.id in today
        ]
        for record in records
    ]


async def _pending(looking: Looking, ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], Decimal]:
    waiting = (
        select(LeaveRequest.employee_id, LeaveRequest.leave_type_id, func.sum(LeaveRequest.days))
        .join(Employee, Employee.id == LeaveRequest.employee_id)
        .where(LeaveRequest.employment == Employee.employment)
        .where(LeaveRequest.employee_id == any_of(ids), LeaveRequest.status == LeaveStatus.PENDING)
        .group_by(LeaveRequest.employee_id, LeaveRequest.leave_type_id)
    )
    return {(row[0], row[1]): row[2] for row in await looking.rows(waiting)}


def _balance(
    record: Record, leave_type: LeaveType, day: date, pending: dict[tuple[UUID, UUID], Decimal]
) -> LeaveBalance:
    posted = record.entries(leave_type)
    known = [(entry, place < len(posted)) for place, entry in enumerate(record.closed(leave_type, day))]
    counted = sorted(((e, p) for e, p in known if e.counts_from <= day), key=lambda each: each[0].counts_from)
    entries = [entry for entry, _ in counted]
    first = CALENDAR_YEAR.first_day(day)
    of_year = [entry for entry in entries if entry.effective_date >= first]
    return LeaveBalance(
        leave_type_id=leave_type.id,
        leave_type=leave_type.name,
        on=day,
        carried_in=_total(_carried_in(of_year)),
        accrued=_sum(of_year, *ACCRUED),
        taken=-_sum(of_year, LedgerKind.TAKEN, LedgerKind.CANCELLED),
        expired=-_sum(of_year, LedgerKind.EXPIRY),
        adjusted=_sum(of_year, LedgerKind.ADJUSTMENT),
        encashed=-_sum(of_year, LedgerKind.ENCASH),
        balance=_total(entries),
        pending=pending.get((record.employee.id, leave_type.id), NOTHING).quantize(STORED),
        buckets=_buckets(entries, day),
        steps=_steps(record, leave_type, counted, day),
    )


def _carried_in(entries: Iterable[Entry]) -> Iterable[Entry]:
    """Return what came into a bucket by carrying over, without what went out of one that ended."""
    moved = [entry for entry in entries if entry.kind is LedgerKind.CARRY_IN]
    return [each for each in moved if each.expires_on or each.bucket == CALENDAR_YEAR.bucket(each.effective_date)]


def _sum(entries: Iterable[Entry], *kinds: LedgerKind) -> Decimal:
    return _total(entry for entry in entries if entry.kind in kinds)


def _total(entries: Iterable[Entry]) -> Decimal:
    return total(entries).quantize(STORED)


def _buckets(entries: Sequence[Entry], day: date) -> list[LeaveBucket]:
    known = buckets(entries, CALENDAR_YEAR).values()
    return [
        LeaveBucket(_total(each.entries), each.last_day, each.expires_on is not None)
        for each in sorted(known, key=lambda each: (each.expires_on is None, each.last_day, each.key))
        if each.last_day >= day and total(each.entries)
    ]


def _steps(record: Record, leave_type: LeaveType, counted: Sequence[tuple[Entry, bool]], day: date) -> list[LeaveStep]:
    reckoned = {each.period: each for each in record.due(leave_type, day, anew=True)}
    balances = accumulate(entry.days for entry, _ in counted)
    return [
        LeaveStep(
            kind=entry.kind,
            counts_from=entry.counts_from,
            days=entry.days.quantize(STORED),
            balance=after.quantize(STORED),
            bucket=entry.bucket,
            expires_on=entry.expires_on,
            posted=posted,
            reckoning=_reckoning(entry, reckoned.get(entry.ref)),
        )
        for (entry, posted), after in zip(counted, balances, strict=True)
    ]


def _reckoning(entry: Entry, accrual: Accrual | None) -> LeaveReckoning | None:
    """Say how an entry accrued; nothing of one that came otherwise, or by rules that are others by now."""
    if entry.kind not in ACCRUED or accrual is None or accrual.days != entry.days:
        return None
    by = accrual.reckoning
    return LeaveReckoning(**{name: getattr(by, name) for name in RECKONED})
