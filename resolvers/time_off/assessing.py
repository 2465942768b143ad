"""Holds a request for leave against the rules, the ledger and all other leave of the person.

Whoever calls this has locked the employee, so that two requests cannot take the same days.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Self

from sqlalchemy import select

from db.models.hr import Employee, LeaveRequest, LeaveStatus, LeaveType
from resolvers.context import Context
from resolvers.hr.days import today
from resolvers.hr.refusals import OutsideEmployment
from resolvers.leave.requesting import assess, malformed
from resolvers.leave.standing import Asked, Assessment, LeaveProblemCode, OtherLeave, Standing
from resolvers.leave.working_days import Absence, HalfDay
from resolvers.time_off.calendars import calendars_of
from resolvers.time_off.records import Record, record_of, rules_of
from resolvers.time_off.refusals import refusal_of

COUNTING: Final = (LeaveStatus.PENDING, LeaveStatus.APPROVED, LeaveStatus.TAKEN)
"""Where requests stand that keep others from the same days."""

MALFORMED: Final = frozenset(
    {
        LeaveProblemCode.ENDS_BEFORE_IT_BEGINS,
        LeaveProblemCode.OUT_OF_REACH,
        LeaveProblemCode.HALF_DAY_OUTSIDE,
    }
)
"""What no draft can have either."""

COME_ABOUT: Final = MALFORMED | {LeaveProblemCode.OUTSIDE_EMPLOYMENT, LeaveProblemCode.INSUFFICIENT_BALANCE}
"""What can stand against a request that did not when it was asked for."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request, the leave of the person who asks, and what it is held against."""

    request: LeaveRequest
    leave_type: LeaveType
    record: Record
    standing: Standing
    asked: Asked

    def assess(self, only: Collection[LeaveProblemCode], *, as_given: bool = False) -> Assessment:
        """Return how many days the request takes; refuse it for what stands against it, of `only` these.

        `as_given` says that it is the input that says from when to when it is.
        """
        found = assess(self.asked, self.standing)
        refusal = refusal_of([each for each in found.problems if each.code in only], as_given=as_given)
        if refusal:
            raise refusal
        return found

    def against_what_is_booked(self) -> Self:
        """Return the same without what else waits to be decided: that was held against this one."""
        return replace(self, standing=replace(self.standing, others=()))


def absence_of(request: LeaveRequest) -> Absence:
    """Return from when to when a request is about."""
    day, part = request.half_day_date, request.half_day_part
    return Absence(request.from_date, request.to_date, HalfDay(day, part) if day and part else None)


async def case_of(
    context: Context, request: LeaveRequest, employee: Employee, leave_type: LeaveType, *, as_given: bool = False
) -> Case:
    """Read all that a request is held against; the employee is locked.

    What makes no sense is refused before anything is worked out for its days; `as_given` as for `Case.assess`.
    """
    asked = Asked(absence_of(request), await today(context, employee), request.document_id is not None)
    if refusal := refusal_of(malformed(asked), as_given=as_given):
        raise refusal
    record = await record_of(context.looking, employee, request.employment)
    if record is None:
        raise OutsideEmployment("It is of no employment that is known of the person.")
    calendar = (await calendars_of(context.looking, [employee.id]))[employee.id]
    others = await _others(context, request)
    standing = Standing(
        rules=rules_of(leave_type),
        employment=record.employment,
        calendar=calendar,
        entries=record.expected(leave_type, _horizon(record, leave_type, asked.absence, others)),
        others=others,
    )
    return Case(request, leave_type, record, standing, asked)


async def _others(context: Context, request: LeaveRequest) -> Sequence[OtherLeave]:
    asked = select(LeaveRequest).where(
        LeaveRequest.employee_id == request.employee_id,
        LeaveRequest.id != request.id,
        LeaveRequest.status.in_(COUNTING),
    )
    return [
        OtherLeave(
            str(each.id),
            absence_of(each),
            same_type=each.leave_type_id == request.leave_type_id and each.employment == request.employment,
            pending=each.status is LeaveStatus.PENDING,
        )
        for each in await context.all(asked.order_by(LeaveRequest.from_date, LeaveRequest.id))
    ]


def _horizon(record: Record, leave_type: LeaveType, absence: Absence, others: Sequence[OtherLeave]) -> date:
    """Return the last day that anything speaks of: what accrues until then counts."""
    booked = [each.counts_from for each in record.entries(leave_type)]
    return max([absence.last, *booked, *(each.absence.last for each in others)])
