"""What the clock does with leave: days accrue, days expire and are carried over, and leave that is over was taken.

Leave that goes on after the last day of an employment that has ended is cut short there, or cancelled as a whole.

Each employee has a turn (`resolvers.turns`) on the days on which something may fall due, once the day has turned where
they are, and whenever something has changed of their leave. What is posted is the difference to what stands in the
ledger, with the employee's row held: a turn that comes twice, in two workers or after one was killed, posts nothing
more. The run of a day notes that the ledger is up to date.

What was written since the last run is told by its moment, which is that of the beginning of the transaction that wrote
it. One that began before the run may be committed after it: so what was written up to `LATE` before the run counts as
written since, and has the employee come twice. No transaction of an operation lasts longer: none has a later deadline.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, Integer, Select, Subquery, and_, case, cast, exists, extract, func, or_, select
from uuid_utils.compat import uuid7

from db.catalog import Tenant
from db.leave_choices import LedgerKind
from db.models.hr import (
    Employee,
    EmployeeStatus,
    LeaveAccrualRun,
    LeaveLedgerEntry,
    LeavePolicyAssignment,
    LeavePolicyType,
    LeaveRequest,
    LeaveStatus,
    LeaveType,
    WorkLocation,
)
from resolvers.context import Context
from resolvers.emitter import job
from resolvers.hr.days import today, today_of
from resolvers.jobs import Chore
from resolvers.leave.booking import shorten
from resolvers.leave.ledger import NOTHING
from resolvers.time_off.assessing import absence_of
from resolvers.time_off.calendars import calendars_of
from resolvers.time_off.deciding import give_back, post_for
from resolvers.time_off.employments import last_day_of, last_days
from resolvers.time_off.events import AccrualPosted, BalanceExpired
from resolvers.time_off.records import Record, every_record_of, record_of, row_of
from resolvers.time_off.states import LAPSE, TAKE
from resolvers.turns import Round, Turns

MODULE: Final = "hr"
LATE: Final = timedelta(seconds=3600)
"""How long after its beginning a transaction may commit: the latest deadline that the settings allow."""

BY_OTHERS: Final = (LedgerKind.TAKEN, LedgerKind.CANCELLED, LedgerKind.ENCASH, LedgerKind.ADJUSTMENT)
"""What is posted otherwise than by bringing a ledger up to date, after which it may have to be."""

OPEN: Final = (LeaveStatus.PENDING, LeaveStatus.APPROVED)
POSTING: Final = job(
    "post_leave",
    *("leave.ledger_entry.created", "leave.accrual_run.created", "leave.accrual_run.updated"),
    *("leave.accrual.posted", "leave.balance.expired"),
    *("leave.request.moved", "leave.request.updated", "leave.request.cancelled"),
)


def due(now: datetime) -> Select[UUID]:
    """Select the employees of whose leave something may be due."""
    day = func.least(today_of(now), func.coalesce(Employee.termination_date, today_of(now)))
    of_this_employment = and_(
        LeaveAccrualRun.employee_id == Employee.id, LeaveAccrualRun.employment == Employee.employment
    )
    through = select(func.max(LeaveAccrualRun.through)).where(of_this_employment).scalar_subquery()
    ran_at = select(func.max(LeaveAccrualRun.ran_at) - LATE).where(of_this_employment).scalar_subquery()
    whose = LeaveLedgerEntry.employee_id == Employee.id
    expired = exists().where(whose, LeaveLedgerEntry.expires_on >= through, LeaveLedgerEntry.expires_on < day)
    posted = exists().where(whose, LeaveLedgerEntry.kind.in_(BY_OTHERS), LeaveLedgerEntry.created_at > ran_at)
    assigned = LeavePolicyAssignment.employee_id == Employee.id
    has_leave = exists().where(assigned, LeavePolicyAssignment.effective_from <= day)
    part = LeavePolicyType.policy_id == LeavePolicyAssignment.policy_id
    changed = or_(
        Employee.updated_at > ran_at,
        exists().where(assigned, LeavePolicyAssignment.updated_at > ran_at),
        exists().where(assigned, part, LeavePolicyType.created_at > ran_at),
        exists().where(assigned, part, LeaveType.id == LeavePolicyType.leave_type_id, LeaveType.updated_at > ran_at),
    )
    return (
        select(Employee.id)
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .where(or_(Employee.status != EmployeeStatus.PREHIRE, Employee.employment > 1))
        .where(or_(has_leave, exists().where(whose)))
        .where(or_(through.is_(None), through < _last_due(day), expired, posted, changed))
        .order_by(Employee.id)
    )


def _last_due(day: Any) -> Any:
    """Select the last day on which days come or a year ends: a month's first or last, that of the hire, or the end."""
    first = cast(func.date_trunc("month", day), Date)
    last = cast(first + func.make_interval(0, 1) - func.make_interval(0, 0, 0, 1), Date)
    hired = func.least(first + cast(extract("day", Employee.hire_date), Integer) - 1, last)
    return func.greatest(
        first,
        case((last == day, day)),
        case((hired <= day, hired)),
        case((Employee.termination_date == day, day)),
    )


async def post(context: Context, employee: Employee) -> bool:
    """Bring the ledger of an employee up to date; tell whether anything was posted."""
    now = await today(context, employee)
    day = min(now, employee.termination_date or now)
    if day < employee.hire_date and employee.employment == 1:
        return False
    posted = [row for record in await every_record_of(context.looking, employee) for row in _missing(record, day)]
    context.add(*posted)
    await _note_run(context, employee, day, len(posted))
    await context.flush()
    await context.publish_all([each for row in posted if (each := _news(row))], employee)
    return bool(posted)


def _missing(record: Record, day: date) -> list[LeaveLedgerEntry]:
    """Return what is to be posted through a day, of an employment that has ended too."""
    return [
        row_of(record.employee, leave_type, entry, employment=record.number)
        for leave_type in record.held
        for entry in record.missing(leave_type, day)
    ]


async def _note_run(context: Context, employee: Employee, day: date, entries: int) -> None:
    asked = select(LeaveAccrualRun).where(LeaveAccrualRun.employee_id == employee.id, LeaveAccrualRun.through == day)
    [*found] = await context.all(asked)
    if found:
        found[0].ran_at, found[0].entries = max(context.now, found[0].ran_at), found[0].entries + entries
        return
    run = LeaveAccrualRun(
        id=uuid7(),
        employee_id=employee.id,
        user_id=employee.user_id,
        employment=employee.employment,
        through=day,
        ran_at=context.now,
        entries=entries,
    )
    context.add(run)


def _news(row: LeaveLedgerEntry) -> AccrualPosted | BalanceExpired | None:
    about: dict[str, Any] = {"user_id": row.user_id, "leave_type_id": row.leave_type_id}
    about["effective_on"] = row.effective_date
    if row.kind in (LedgerKind.ACCRUAL, LedgerKind.GRANT):
        return AccrualPosted(days=row.days, period=row.source, **about)
    if row.kind is LedgerKind.EXPIRY and row.days < 0:
        return BalanceExpired(days=-row.days, **about)
    return None


def over(now: datetime) -> Select[UUID]:
    """Select approved leave whose last day has passed where the person is; who had left by then did not take it."""
    ends = last_days()
    last = last_day_of(LeaveRequest.employment, ends)
    return (
        _requests(ends)
        .where(LeaveRequest.status == LeaveStatus.APPROVED, LeaveRequest.to_date < today_of(now))
        .where(or_(last.is_(None), LeaveRequest.from_date <= last))
    )


def beyond(_now: datetime) -> Select[UUID]:
    """Select leave that goes on after the last day of an employment that has ended."""
    ends = last_days()
    last = last_day_of(LeaveRequest.employment, ends)
    was_begun = and_(LeaveRequest.status == LeaveStatus.TAKEN, LeaveRequest.from_date <= last)
    has_ended = or_(Employee.status == EmployeeStatus.TERMINATED, LeaveRequest.employment < Employee.employment)
    return _requests(ends).where(or_(LeaveRequest.status.in_(OPEN), was_begun), has_ended, LeaveRequest.to_date > last)


def _requests(ends: Subquery) -> Select[UUID]:
    of_employment = and_(ends.c.employee_id == LeaveRequest.employee_id, ends.c.employment == LeaveRequest.employment)
    return (
        select(LeaveRequest.id)
        .join(Employee, Employee.id == LeaveRequest.employee_id)
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .outerjoin(ends, of_employment)
        .order_by(LeaveRequest.id)
    )


async def curtail(context: Context, request: LeaveRequest) -> bool:
    """Have leave end with the employment, and give back the rest of its days; tell whether it went on after it.

    What has no day left of it is cancelled; what was taken stays so.
    """
    employee = await context.one(Employee, request.employee_id)
    record = await record_of(context.looking, employee, request.employment)
    has_ended = employee.status is EmployeeStatus.TERMINATED or request.employment < employee.employment
    last = record.employment.ended_on if record else None
    if record is None or last is None or not has_ended or request.to_date <= last:
        return False
    if request.status not in (*OPEN, LeaveStatus.TAKEN):
        return False
    days = await _days_until(context, request, record, last)
    if request.status in OPEN and not days:
        await give_back(context, request, employee)
        await LAPSE.make(context, request)
        return True
    if request.from_date > last:
        return False
    entries = record.entries(record.types[request.leave_type_id])
    post_for(context, request, record, shorten(entries, str(request.id), days))
    request.to_date, request.days = last, days
    if request.half_day_date is not None and request.half_day_date > last:
        request.half_day_date = request.half_day_part = None
    return True


async def _days_until(context: Context, request: LeaveRequest, record: Record, last: date) -> Decimal:
    """Return how many of its days leave takes until a day."""
    if request.from_date > last:
        return NOTHING
    calendar = (await calendars_of(context.looking, [record.employee.id]))[record.employee.id]
    counts_holidays = record.types[request.leave_type_id].counts_holidays
    days = calendar.days(absence_of(request).between(request.from_date, last), counts_holidays=counts_holidays)
    return min(days, request.days)


async def finish(context: Context, request: LeaveRequest) -> bool:
    """Note that leave was taken; tell whether that is new."""
    if request.status is not LeaveStatus.APPROVED:
        return False
    await TAKE.make(context, request)
    return True


LAPSE.bind(POSTING.name)
TAKE.bind(POSTING.name)
CURTAIL: Final = Round(POSTING.name, LeaveRequest, beyond, curtail)
POST: Final = Round(POSTING.name, Employee, due, post)
FINISH: Final = Round(POSTING.name, LeaveRequest, over, finish)


class LeaveClock:
    """Keeps the ledgers of leave up to date, company by company."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    @property
    def chores(self) -> Sequence[Chore]:
        """What is done, and when: days begin at other hours elsewhere."""
        return [Chore(POSTING.name, "7 * * * *", self.post)]

    async def post(self, tenants: Sequence[Tenant]) -> int:
        """Post what is due; return for how many employees and requests that was something."""
        rounds = [(tenant, each) for tenant in tenants if MODULE in tenant.modules for each in (CURTAIL, POST, FINISH)]
        return sum([await self._turns.give(tenant, each) for tenant, each in rounds])
