"""What stands in a calendar of leave: which requests, and in which words.

That is what its user may see at the moment, by the permission `leave.read` and the rows that it reaches for them. One
statement reads it, however many requests there are.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select

from db.models.calendars import CalendarFeedKind
from db.models.hr import Employee, LeaveRequest, LeaveStatus, LeaveType
from gateways.calendars import Entry
from resolvers.context import Asking, Looking
from resolvers.hr.naming import NAME
from resolvers.mailing.wording import Wording
from resolvers.scopes import within

READ: Final = "leave.read"
BEHIND: Final = timedelta(days=90)
"""How far back a calendar goes: leave that ended before that is left out."""

AHEAD: Final = timedelta(days=400)
"""How far a calendar goes ahead: leave that begins after that is left out."""

MOST: Final = 2_000
"""Requests that a calendar has at most: what is under way or to come first, by when it begins."""

AWAY: Final = (LeaveStatus.APPROVED, LeaveStatus.TAKEN)
OF_ONESELF: Final = (*AWAY, LeaveStatus.PENDING)


async def entries_of(looking: Looking, kind: CalendarFeedKind, words: Wording) -> Sequence[Entry]:
    """Return the entries of a calendar of whoever asks, in order; none for who may see nobody's leave."""
    asking = looking.asking
    if not asking.principal.can(READ) and asking.principal.within(READ) is None:
        return []
    asked = _requests(asking.now.date()).where(*_whose(asking, kind)).limit(MOST)
    make = _own if kind is CalendarFeedKind.OWN else _others
    return [make(asking, row, words) for row in await looking.rows(asked)]


def _requests(today: date) -> Any:
    days = (LeaveRequest.from_date, LeaveRequest.to_date, LeaveRequest.half_day_date, LeaveRequest.half_day_part)
    revised = (LeaveRequest.status, LeaveRequest.version, LeaveRequest.updated_at)
    return (
        select(LeaveRequest.id, *days, *revised, NAME.label("name"), LeaveType.name.label("type"))
        .join(Employee, Employee.id == LeaveRequest.employee_id)
        .join(LeaveType, LeaveType.id == LeaveRequest.leave_type_id)
        .where(LeaveRequest.to_date >= today - BEHIND, LeaveRequest.from_date <= today + AHEAD)
        .order_by(LeaveRequest.to_date < today, LeaveRequest.from_date, LeaveRequest.id)
    )


def _whose(asking: Asking, kind: CalendarFeedKind) -> Sequence[ColumnElement[bool]]:
    """Return the conditions that a request belongs into a calendar, and may be seen by whose calendar it is."""
    me, reached = asking.principal.user_id, within(asking.principal, READ, LeaveRequest, LeaveRequest)
    if kind is CalendarFeedKind.OWN:
        whose = (LeaveRequest.user_id == me, LeaveRequest.status.in_(OF_ONESELF))
    else:
        whose = (LeaveRequest.user_id != me, LeaveRequest.status.in_(AWAY))
    return whose if reached is None else (*whose, reached)


def _own(asking: Asking, row: Any, words: Wording) -> Entry:
    return _entry(asking, row, _summary(row, row.type, words), busy=True)


def _others(asking: Asking, row: Any, words: Wording) -> Entry:
    return _entry(asking, row, _summary(row, words.one("away", {"name": row.name}), words), busy=False)


def _entry(asking: Asking, row: Any, summary: str, *, busy: bool) -> Entry:
    return Entry(
        uid=f"{row.id}@{asking.tenant.id}",
        first=row.from_date,
        last=row.to_date,
        summary=summary,
        version=row.version,
        revised_at=row.updated_at,
        tentative=row.status is LeaveStatus.PENDING,
        busy=busy,
    )


def _summary(row: Any, what: str, words: Wording) -> str:
    """Say of a half day which half it is; of several days, on which of them."""
    if row.half_day_date is None:
        return words.line("{what}", {"what": what}) or ""
    facts = {"what": what, "part": words.one(row.half_day_part.value, {}), "day": row.half_day_date}
    return words.one("half" if row.from_date == row.to_date else "half_of", facts)
