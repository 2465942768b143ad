"""Leave of the demo company: its rules, who was away, who is, and who asks to be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from db.leave_choices import AccrualMethod, AccrueOn, DayPart, LeaveRounding
from db.models.hr import (
    Employee,
    LeaveAccrualRun,
    LeavePolicy,
    LeavePolicyAssignment,
    LeavePolicyType,
    LeaveRequest,
    LeaveStatus,
    LeaveType,
)
from demo.staff import AWAY, BERLIN, LEFT, LISBON, WORKERS
from demo.stage import Stage
from resolvers import plain
from resolvers.context import Context
from resolvers.plain import Plain
from resolvers.time_off.asking import request_leave
from resolvers.time_off.deciding import approve_leave, cancel_leave, reject_leave
from resolvers.time_off.granting import adjust_leave, assign_leave_policy
from resolvers.time_off.posting import finish, post

MANAGE: Final = "leave.manage"
CREATE_TYPE: Final = plain.create(Plain(LeaveType, MANAGE))
CREATE_POLICY: Final = plain.create(Plain(LeavePolicy, MANAGE))
ADD_TYPE: Final = plain.create(Plain(LeavePolicyType, MANAGE), "add")

ANNUAL, FERIAS, SICK, UNPAID = "Annual leave", "Annual leave, Portugal", "Sick leave", "Unpaid leave"
TYPES: Final[Mapping[str, Mapping[str, Any]]] = {
    ANNUAL: {
        "accrual": AccrualMethod.ANNUAL_GRANT,
        "accrue_on": AccrueOn.FIRST_DAY,
        "annual_days": Decimal(28),
        "rounding": LeaveRounding.HALF,
        "carry_forward_max": Decimal(5),
        "carry_expiry_months": 3,
        "min_notice_days": 7,
        "encashable": True,
    },
    FERIAS: {
        "accrual": AccrualMethod.MONTHLY,
        "accrue_on": AccrueOn.LAST_DAY,
        "annual_days": Decimal(24),
        "carry_forward_max": Decimal(10),
        "allow_negative_to": Decimal(-12),
        "min_notice_days": 7,
    },
    SICK: {"limited": False, "min_notice_days": -14, "requires_document_after_days": Decimal(3)},
    UNPAID: {"limited": False, "paid": False, "min_notice_days": 7},
}
POLICIES: Final = {BERLIN: (ANNUAL, SICK, UNPAID), LISBON: (FERIAS, SICK, UNPAID)}
OF_SITE: Final = {BERLIN: ANNUAL, LISBON: FERIAS}
PROMISED: Final = {38: Decimal(3)}
"""Who was promised more days than others when they were hired."""

A_WEEK, TWO_WEEKS, TWO_DAYS = 6, 13, 1
ASKED_BEFORE: Final = 14
"""So many days before it begins leave is asked for; what is still to come was asked for so many days ago."""

EARNED_IN: Final = 26
"""Weeks after which everybody has earned two weeks, whenever in the year they were hired."""

ASKS: Final = frozenset({"leave.request"})
DECIDES: Final = frozenset({"leave.decide"})


@dataclass(frozen=True, slots=True)
class Off:
    """Leave of somebody by number: from a Monday, so many weeks ago, to so many days later; and what became of it."""

    number: int
    weeks_ago: int
    days: int = A_WEEK
    type: str = ""
    half: bool = False
    becomes: LeaveStatus = LeaveStatus.APPROVED

    @property
    def leave_type(self) -> str:
        """Which leave: annual leave of the site, unless it is another."""
        return self.type or OF_SITE[WORKERS[self.number].site]


def _over() -> Iterator[Off]:
    """Leave that is over: of everybody who was here, once or twice; some were ill."""
    for number, worker in enumerate(WORKERS):
        for weeks in (7 + number * 7 % 20, 40 + number * 5 % 30):
            if number not in {*LEFT, *AWAY} and worker.days_ago > (weeks + EARNED_IN) * 7:
                yield Off(number, weeks, TWO_WEEKS if number % 3 == 0 else A_WEEK)
        if number % 4 == 1 and number not in {*LEFT, *AWAY} and worker.days_ago > A_WEEK * 7:
            yield Off(number, 3 + number % 3, TWO_DAYS, SICK)


OFFS: Final = (
    *_over(),
    Off(7, 2, TWO_DAYS, half=True),
    *(Off(number, 0) for number in (8, 15, 27)),
    Off(5, -2),
    Off(13, -2, TWO_WEEKS),
    Off(21, -5, TWO_WEEKS, UNPAID),
    Off(16, -4, becomes=LeaveStatus.PENDING),
    Off(24, -6, TWO_WEEKS, becomes=LeaveStatus.PENDING),
    Off(12, -3, becomes=LeaveStatus.REJECTED),
    Off(10, -3, becomes=LeaveStatus.CANCELLED),
    Off(9, -8, becomes=LeaveStatus.DRAFT),
)
"""Each begins on a Monday and covers no holiday alone, whatever the day on which the demo data is written."""


async def seed_leave(stage: Stage) -> None:
    """Write the rules of leave, who has which, and what was asked for; what is there is left as it is."""
    async with stage.acting() as context:
        numbers = [f"D-{number + 1:03}" for number in range(len(WORKERS))]
        named = select(Employee).where(Employee.employee_no.in_(numbers)).order_by(Employee.employee_no)
        staff = list(await context.all(named))
        types = await _types(context)
        policies = await _policies(context, types)
        await _assign(context, staff, types, policies)
        there = {(each.employee_id, each.from_date): each.status for each in await context.all(select(LeaveRequest))}
    day = staff[0].hire_date + timedelta(days=WORKERS[0].days_ago)
    for off in OFFS:
        status = there.get((staff[off.number].id, _monday(day, off)), LeaveStatus.PENDING)
        if status is LeaveStatus.PENDING:
            await _ask(stage, off, day, staff, types)
            await _decide(stage, off, day, staff)
    await _post(stage, staff)


async def _types(context: Context) -> Mapping[str, UUID]:
    there = {each.name: each.id for each in await context.all(select(LeaveType))}
    for name, rules in TYPES.items():
        if name not in there:
            there[name] = (await CREATE_TYPE(context, name=name, **rules)).id
    return there


async def _policies(context: Context, types: Mapping[str, UUID]) -> Mapping[str, UUID]:
    there = {each.name: each.id for each in await context.all(select(LeavePolicy))}
    for name, parts in POLICIES.items():
        if name not in there:
            there[name] = (await CREATE_POLICY(context, name=name)).id
            for each in parts:
                await ADD_TYPE(context, policy_id=there[name], leave_type_id=types[each])
    return there


async def _assign(
    context: Context, staff: list[Employee], types: Mapping[str, UUID], policies: Mapping[str, UUID]
) -> None:
    """Give everybody the leave of their site, and some what they were promised."""
    assigned = set(await context.all(select(LeavePolicyAssignment.employee_id)))
    for number, employee in enumerate(staff):
        if employee.id not in assigned:
            site, since = WORKERS[number].site, employee.hire_date
            await assign_leave_policy(context, employee, await context.one(LeavePolicy, policies[site]), since)
            if number in PROMISED:
                annual = await context.one(LeaveType, types[OF_SITE[site]])
                await adjust_leave(context, employee, annual, PROMISED[number], since, "Agreed when she was hired.")


async def _request(context: Context, off: Off, day: date, staff: list[Employee]) -> LeaveRequest | None:
    employee, first = staff[off.number], _monday(day, off)
    asked = select(LeaveRequest).where(LeaveRequest.employee_id == employee.id, LeaveRequest.from_date == first)
    return next(iter(await context.all(asked)), None)


def _monday(day: date, off: Off) -> date:
    return day - timedelta(days=day.weekday() + 7 * off.weeks_ago)


def _asked(stage: Stage, off: Off, first: date) -> Stage:
    """The company when leave was asked for, that begins on a day."""
    ago = max((stage.now.date() - first).days, 0)
    return stage.ago(ago if off.type == SICK else ago + ASKED_BEFORE)


async def _ask(stage: Stage, off: Off, day: date, staff: list[Employee], types: Mapping[str, UUID]) -> None:
    first = _monday(day, off)
    async with _asked(stage, off, first).as_user(staff[off.number].user_id, ASKS).acting() as context:
        if await _request(context, off, day, staff):
            return
        half: dict[str, Any] = {"half_day_date": first, "half_day_part": DayPart.PM} if off.half else {}
        employee = await context.one(Employee, staff[off.number].id)
        of_type = await context.one(LeaveType, types[off.leave_type])
        last, is_draft = first + timedelta(days=off.days), off.becomes is LeaveStatus.DRAFT
        await request_leave(context, employee, of_type, first, last, as_draft=is_draft, **half)


async def _decide(stage: Stage, off: Off, day: date, staff: list[Employee]) -> None:
    """Have what was asked for decided by who leads the person, or by the head of people; a day later."""
    above = WORKERS[off.number].above
    decider, asker = staff[2 if above is None else above].user_id, staff[off.number].user_id
    takes_back = off.becomes is LeaveStatus.CANCELLED
    then = _asked(stage, off, _monday(day, off)).ago(-1)
    async with then.as_user(*((asker, ASKS) if takes_back else (decider, DECIDES))).acting() as context:
        request = await _request(context, off, day, staff)
        if request is None or request.status is not LeaveStatus.PENDING:
            return
        if takes_back:
            await cancel_leave(context, request)
        elif off.becomes is LeaveStatus.REJECTED:
            await reject_leave(context, request, note="Two others are away that week.")
        elif off.becomes is LeaveStatus.APPROVED:
            await approve_leave(context, request)


async def _post(stage: Stage, staff: list[Employee]) -> None:
    """Bring the ledgers up to date that never were, and note what was taken."""
    async with stage.acting() as context:
        posted = set(await context.all(select(LeaveAccrualRun.employee_id)))
        for each in staff:
            if each.id not in posted:
                await post(context, await context.one(Employee, each.id))
        over = LeaveRequest.to_date < stage.now.date()
        for request in await context.all(
            select(LeaveRequest).where(LeaveRequest.status == LeaveStatus.APPROVED, over).order_by(LeaveRequest.id)
        ):
            await finish(context, request)
