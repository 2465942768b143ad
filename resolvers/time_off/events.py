"""What is told of leave in the words of the business; why somebody is away is in none of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from db.models.hr import Employee, LeaveRequest, LeaveStatus
from resolvers.named import named
from resolvers.operation import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveMoved:
    """What every move of a request tells."""

    from_: Annotated[LeaveStatus, "Where the request stood."]
    to: Annotated[LeaveStatus, "Where the request stands now."]
    user_id: Annotated[UUID, Names("User"), "The user that the employee is."]
    leave_type_id: Annotated[UUID, Names("LeaveType"), "The type of leave."]
    first_day: Annotated[date, "First day of leave."]
    last_day: Annotated[date, "Last day of leave."]
    days: Annotated[Decimal, "How many days of leave it takes."]


@named("leave.request.submitted", about=LeaveRequest)
@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveSubmitted(LeaveMoved):
    """Somebody asks for leave; it waits to be decided."""


@named("leave.request.approved", about=LeaveRequest)
@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveApproved(LeaveMoved):
    """Somebody will be away; the days were taken from the balance."""


@named("leave.request.rejected", about=LeaveRequest)
@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveRejected(LeaveMoved):
    """Somebody is not to be away."""


@named("leave.request.cancelled", about=LeaveRequest)
@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveCancelled(LeaveMoved):
    """Leave was taken back; days that it had taken were given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfBalance:
    """What every event about a balance tells."""

    user_id: Annotated[UUID, Names("User"), "The user that the employee is."]
    leave_type_id: Annotated[UUID, Names("LeaveType"), "The type of leave."]
    days: Annotated[Decimal, "How many days it is about."]
    effective_on: Annotated[date, "The day on which they came or went."]


@named("leave.accrual.posted", about=Employee)
@dataclass(frozen=True, slots=True, kw_only=True)
class AccrualPosted(OfBalance):
    """Somebody has earned days of leave."""

    period: Annotated[str, "For what: a month such as `2026-03`, a leave year, or a pay period."]


@named("leave.balance.expired", about=Employee)
@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceExpired(OfBalance):
    """Days of leave lapsed, at the end of the day."""


@named("leave.encashed", about=Employee)
@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveEncashed(OfBalance):
    """Days of leave are paid out."""
