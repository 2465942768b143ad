"""What the clock does with leave: days accrue, days expire and are carried over, and leave that is over was taken.

Each employee has a turn (`resolvers.turns`) on the days on which something may fall due, once the day has turned where
they are, and whenever something has changed of their leave. What is posted is the difference to what stands in the
ledger, with the employee's row held: a turn that comes twice, in two workers or after one was killed, posts nothing
more. The run of a day notes that the ledger is up to date.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, Integer, Select, and_, case, cast, exists, extract, func, or_, select
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
from resolvers.leave.ledger import Entry
from resolvers.time_off.events import AccrualPosted, BalanceExpired
from resolvers.time_off.records import Record, closing, records_of, row_of
from resolvers.time_off.states import TAKE
from resolvers.turns import Round, Turns

MODULE: Final = "hr"
POSTING: Final = job(
    "post_leave",
    *("leave.ledger_entry.created", "leave.accrual_run.created", "leave.accrual_run.updated"),
    *("leave.accrual.posted", "leave.balance.expired", "leave.request.moved"),
)


def due(now: datetime) -> Select[UUID]:
    """Select the employees of whose leave something may be due."""
    day = func.least(today_of(now), func.coalesce(Employee.termination_date, today_of(now)))
    of_this_employment = and_(
        LeaveAccrualRun.employee_id == Employee.id, LeaveAccrualRun.employment == Employee.employment
    )
    through = select(func.max(LeaveAccrualRun.through)).where(of_this_employment).scalar_subquery()
    ran_at = select(func.max(LeaveAccrualRun.ran_at)).where(of_this_employment).scalar_subquery()
    whose = LeaveLedgerEntry.employee_id == Employee.id
    expired = exists().where(whose, LeaveLedgerEntry.expires_on >= through, LeaveLedgerEntry.expires_on < day)
    posted = exists().where(whose, LeaveLedgerEntry.created_at > ran_at)
    assigned = LeavePolicyAssignment.employee_id == Employee.id
    has_leave = exists().where(assigned, LeavePolicyAssignment.effective_from <= day)
    part = LeavePolicyType.policy_id == LeavePolicyAssignment.policy_id
    changed = or_(
        exists().where(assigned, LeavePolicyAssignment.updated_at > ran_at),
        exists().where(assigned, part, LeavePolicyType.created_at > ran_at),
        exists().where(assigned, part, LeaveType.id == LeavePolicyType.leave_type_id, LeaveType.updated_at > ran_at),
    )
    return (
        select(Employee.id)
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .where(Employee.status != EmployeeStatus.PREHIRE, or_(has_leave, exists().where(whose)))
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
    if day < employee.hire_date:
        return False
    [record] = await records_of(context.looking, [employee])
    posted = [
        row_of(employee, leave_type, entry) for leave_type in record.held for entry in _missing(record, leave_type, day)
    ]
    context.add(*posted)
    await _note_run(context, employee, day, len(posted))
    await context.flush()
    await context.publish_all([each for row in posted if (each := _news(row))], employee)
    return bool(posted)


def _missing(record: Record, leave_type: LeaveType, day: date) -> list[Entry]:
    """Return what is to be posted through a day: what accrued, and what closes the buckets that have ended."""
    accrued = [each.entry() for each in record.due(leave_type, day)]
    return [*accrued, *closing(leave_type, [*record.entries(leave_type), *accrued], day)]


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
    return (
        select(LeaveRequest.id)
        .join(Employee, Employee.id == LeaveRequest.employee_id)
        .join(WorkLocation, WorkLocation.id == Employee.location_id)
        .where(LeaveRequest.status == LeaveStatus.APPROVED, LeaveRequest.to_date < today_of(now))
        .where(or_(Employee.termination_date.is_(None), LeaveRequest.from_date <= Employee.termination_date))
        .order_by(LeaveRequest.id)
    )


async def finish(context: Context, request: LeaveRequest) -> bool:
    """Note that leave was taken; tell whether that is new."""
    if request.status is not LeaveStatus.APPROVED:
        return False
    await TAKE.make(context, request)
    return True


TAKE.bind(POSTING.name)
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
        rounds = [(tenant, each) for tenant in tenants if MODULE in tenant.modules for each in (POST, FINISH)]
        return sum([await self._turns.give(tenant, each) for tenant, each in rounds])
