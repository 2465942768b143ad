"""Asking for leave, at once or by a draft that is submitted later."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Final

from uuid_utils.compat import uuid7

from db.leave_choices import DayPart
from db.models.hr import Employee, EmployeeDocument, LeaveRequest, LeaveStatus, LeaveType
from db.models.identity import User
from resolvers.context import Context
from resolvers.erased import PersonErased, expect_kept
from resolvers.leave.standing import LeaveProblemCode
from resolvers.operation import operation
from resolvers.places import table_of
from resolvers.plain import Also
from resolvers.refusals import IllegalTransition, InvalidInput, NotFound
from resolvers.time_off.assessing import MALFORMED, Case, case_of
from resolvers.time_off.refusals import ASSESSING, NotInPolicy
from resolvers.time_off.states import MANAGE, REQUEST, SUBMIT
from resolvers.values import check_values

EVERY: Final = frozenset(LeaveProblemCode)
SUBMITTED: Final = ("leave.request.moved", "leave.request.submitted")


@operation(
    "leave.request",
    refuses=[*ASSESSING, NotInPolicy, PersonErased],
    emits=["leave.request.created", *SUBMITTED],
)
async def request_leave(  # noqa: PLR0913 - all that a request is
    context: Context,
    employee: Employee,
    leave_type: Annotated[LeaveType, "The type of leave."],
    from_date: Annotated[date, "First day of leave."],
    to_date: Annotated[date, "Last day of leave."],
    half_day_date: Annotated[date | None, "The day of which only one half is taken."] = None,
    half_day_part: Annotated[DayPart | None, "Which half of that day is taken."] = None,
    *,
    reason: Annotated[str | None, "Why: up to 1,000 characters."] = None,
    contact_during: Annotated[str | None, "How the person can be reached meanwhile."] = None,
    document: Annotated[EmployeeDocument | None, "A paper of the employee that goes with it."] = None,
    as_draft: Annotated[bool, "Only write it down, to be submitted later. False when left out."] = False,
) -> LeaveRequest:
    """Ask for leave of an employee, from one day to another; somebody else decides.

    It is refused for all that stands against it: what accrues until then counts, and so does all that is asked for
    already. Who manages leave may also ask for what is too soon, or over.
    """
    texts = {"reason": reason, "contact_during": contact_during}
    check_values(dict(table_of(LeaveRequest).columns.items()), texts)
    if (half_day_date is None) != (half_day_part is None):
        raise InvalidInput("The half day and which half it is are said together.", path=("half_day_date",))
    if document is not None and document.employee_id != employee.id:
        raise NotFound("The employee has no such document.", path=("document_id",))
    expect_kept(await context.one(User, employee.user_id))
    request = LeaveRequest(
        id=uuid7(),
        employee_id=employee.id,
        user_id=employee.user_id,
        employment=employee.employment,
        leave_type_id=leave_type.id,
        from_date=from_date,
        to_date=to_date,
        half_day_date=half_day_date,
        half_day_part=half_day_part,
        document_id=document.id if document else None,
        **texts,
    )
    case = await case_of(context, request, employee, leave_type, as_given=True)
    request.days = _held(context, case, only=MALFORMED if as_draft else EVERY, as_given=True)
    context.add(request)
    await context.flush()
    if not as_draft:
        _asked_for(context, request)
        await SUBMIT.make(context, request)
    return request


@operation("leave.request", move=SUBMIT, refuses=[*ASSESSING, NotInPolicy])
async def submit_leave(context: Context, request: LeaveRequest) -> LeaveRequest:
    """Ask for the leave of a draft; it is held against the rules and the balance as they are now."""
    employee = await context.one(Employee, request.employee_id)
    leave_type = await context.one(LeaveType, request.leave_type_id)
    request.employment = employee.employment
    case = await case_of(context, request, employee, leave_type)
    request.days = _held(context, case)
    _asked_for(context, request)
    return request


def _asked_for(context: Context, request: LeaveRequest) -> None:
    """Note when it is asked for, and by whom: who has an API key asks by it."""
    asks = context.principal
    request.submitted_at, request.submitted_by_id = context.now, asks.user_id or asks.maker_id


async def expect_draft(_context: Context, request: LeaveRequest) -> None:
    """Refuse to throw away what was asked for: that is taken back instead."""
    if request.status is not LeaveStatus.DRAFT:
        raise REQUEST.illegal(request.status, LeaveStatus.DRAFT)


DISCARDED: Final = Also(before=expect_draft, refuses=(IllegalTransition,))


def _held(
    context: Context, case: Case, only: frozenset[LeaveProblemCode] = EVERY, *, as_given: bool = False
) -> Decimal:
    """Return how many days a request takes that nothing stands against, of `only` these."""
    first = case.request.from_date
    is_employed = case.record.employment.within(first, first) is not None
    if only is EVERY and is_employed and not case.record.has(case.leave_type, first):
        path = ("leave_type_id",) if as_given else ()
        raise NotInPolicy("The person has no such leave on that day.", path=path)
    too_soon = {LeaveProblemCode.TOO_SHORT_NOTICE} if context.principal.can(MANAGE) else set[LeaveProblemCode]()
    return case.assess(only - too_soon, as_given=as_given).days
