"""Where a request for leave stands, who moves it from there, and what keeps them from it."""

from collections.abc import Sequence
from typing import Any, Final

from db.models.hr import LeaveRequest, LeaveStatus
from resolvers.approvals.people import deputised
from resolvers.context import Looking
from resolvers.refusals import Refused
from resolvers.state import StateMachine
from resolvers.time_off.calendars import days_of
from resolvers.time_off.events import LeaveApproved, LeaveCancelled, LeaveRejected, LeaveSubmitted
from resolvers.time_off.refusals import LeaveHasBegun, NotYours, OwnLeave

MANAGE: Final = "leave.manage"


async def by_another(looking: Looking, requests: Sequence[LeaveRequest]) -> Sequence[Refused | None]:
    """Refuse those that are one's own, or that one wrote or asked for, or of whom one stands in for."""
    me = looking.asking.principal
    stands_in_for = await looking.all(deputised(me.user_id, looking.asking.now)) if me.user_id else ()
    whose = {me.id, me.maker_id, *stands_in_for} - {None}
    return [
        OwnLeave("Somebody else decides this.")
        if whose & {each.user_id, each.created_by, each.submitted_by_id}
        else None
        for each in requests
    ]


async def may_take_back(looking: Looking, requests: Sequence[LeaveRequest]) -> Sequence[Refused | None]:
    """Refuse what is not one's own to take back, and what has begun; whoever manages leave, takes back of others."""
    me = looking.asking.principal
    today = await days_of(looking, [each.employee_id for each in requests])

    def refusal(request: LeaveRequest) -> Refused | None:
        is_mine = me.user_id is not None and request.user_id == me.user_id
        if request.status is LeaveStatus.PENDING:
            asked = me.id is not None and me.id in {request.created_by, request.submitted_by_id}
            return None if is_mine or asked else NotYours("Who asked for it takes it back; you can reject it.")
        if not is_mine:
            return None if me.can(MANAGE) else NotYours("Who asked for it takes it back, or who manages leave.")
        if request.from_date <= today[request.employee_id]:
            return LeaveHasBegun("It has begun; ask HR to take it back.")
        return None

    return [refusal(each) for each in requests]


def _facts(request: LeaveRequest) -> dict[str, Any]:
    return {
        "user_id": request.user_id,
        "leave_type_id": request.leave_type_id,
        "first_day": request.from_date,
        "last_day": request.to_date,
        "days": request.days,
    }


REQUEST: Final = StateMachine(LeaveRequest, facts=_facts)
SUBMIT: Final = REQUEST.move(LeaveStatus.DRAFT, to=LeaveStatus.PENDING, event=LeaveSubmitted)
APPROVE: Final = REQUEST.move(LeaveStatus.PENDING, to=LeaveStatus.APPROVED, event=LeaveApproved, guard=by_another)
REJECT: Final = REQUEST.move(LeaveStatus.PENDING, to=LeaveStatus.REJECTED, event=LeaveRejected, guard=by_another)
CANCEL: Final = REQUEST.move(
    LeaveStatus.PENDING,
    LeaveStatus.APPROVED,
    to=LeaveStatus.CANCELLED,
    event=LeaveCancelled,
    guard=may_take_back,
)
LAPSE: Final = REQUEST.move(
    LeaveStatus.PENDING, LeaveStatus.APPROVED, to=LeaveStatus.CANCELLED, event=LeaveCancelled, by_clock=True
)
TAKE: Final = REQUEST.move(LeaveStatus.APPROVED, to=LeaveStatus.TAKEN, by_clock=True)
