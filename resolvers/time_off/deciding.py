"""Deciding requests for leave, and taking them back: days go out of the ledger, and come back into it."""

from collections.abc import Iterable
from typing import Annotated, Final

from db.models.hr import Employee, LeaveRequest, LeaveStatus, LeaveType
from resolvers.context import Context
from resolvers.hr.refusals import OutsideEmployment
from resolvers.leave.booking import cancel
from resolvers.leave.ledger import Entry
from resolvers.leave.requesting import book
from resolvers.leave.years import CALENDAR_YEAR
from resolvers.operation import operation
from resolvers.places import table_of
from resolvers.refusals import InvalidInput
from resolvers.time_off.assessing import COME_ABOUT, case_of
from resolvers.time_off.records import Record, record_of, row_of
from resolvers.time_off.refusals import InsufficientLeave, LeaveHasBegun, NotYours, OwnLeave
from resolvers.time_off.states import APPROVE, CANCEL, REJECT
from resolvers.values import check_values

POSTED: Final = "leave.ledger_entry.created"
WHY: Final = "Why, for the person to read: up to 1,000 characters."


@operation(
    "leave.decide",
    move=APPROVE,
    refuses=[OwnLeave, InsufficientLeave, OutsideEmployment, InvalidInput],
    emits=[POSTED],
)
async def approve_leave(
    context: Context, request: LeaveRequest, note: Annotated[str | None, WHY] = None
) -> LeaveRequest:
    """Approve leave that somebody else asks for: its days are taken, from what expires soonest first.

    It is refused if there are too few days by now.
    """
    employee = await context.one(Employee, request.employee_id)
    leave_type = await context.one(LeaveType, request.leave_type_id)
    case = await case_of(context, request, employee, leave_type)
    held = case.against_what_is_booked().assess(COME_ABOUT)
    rules, entries = case.standing.rules, case.standing.entries
    for booking in book(rules, entries, held.parts, str(request.id), CALENDAR_YEAR):
        post_for(context, request, case.record, booking.entries)
    request.days = held.days
    _decided(context, request, note)
    return request


@operation("leave.decide", move=REJECT, refuses=[OwnLeave, InvalidInput])
async def reject_leave(
    context: Context, request: LeaveRequest, note: Annotated[str | None, WHY] = None
) -> LeaveRequest:
    """Reject leave that somebody else asks for."""
    _decided(context, request, note)
    return request


@operation("leave.request", move=CANCEL, refuses=[NotYours, LeaveHasBegun], emits=[POSTED])
async def cancel_leave(context: Context, request: LeaveRequest) -> LeaveRequest:
    """Take leave back: what waits to be decided, and one's own that has not begun. Days that it took come back.

    Who manages leave takes back what was approved of others, also when it has begun.
    """
    if request.status is LeaveStatus.APPROVED:
        await give_back(context, request, await context.one(Employee, request.employee_id))
    return request


async def give_back(context: Context, request: LeaveRequest, employee: Employee) -> None:
    """Give back what a request has taken, to the employment that it is of."""
    record = await record_of(context.looking, employee, request.employment)
    if record is not None:
        leave_type = record.types[request.leave_type_id]
        post_for(context, request, record, cancel(record.entries(leave_type), str(request.id)))


def post_for(context: Context, request: LeaveRequest, record: Record, entries: Iterable[Entry]) -> None:
    """Post what a request takes or gives back."""
    leave_type, number = record.types[request.leave_type_id], record.number
    rows = [row_of(record.employee, leave_type, each, employment=number, request_id=request.id) for each in entries]
    context.add(*rows)


def _decided(context: Context, request: LeaveRequest, note: str | None) -> None:
    check_values({"decision_note": table_of(LeaveRequest).columns["decision_note"]}, {"decision_note": note})
    request.approver_id, request.decided_at, request.decision_note = context.principal.user_id, context.now, note
