"""Leave on the ground: a type in a policy that somebody has, and a request in each state that some mutation needs."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from uuid_utils.compat import uuid7

from db.base import TenantOwned
from db.leave_choices import LedgerKind
from db.models.hr import (
    Employee,
    LeaveAccrualRun,
    LeaveLedgerEntry,
    LeavePolicy,
    LeavePolicyAssignment,
    LeavePolicyType,
    LeaveRequest,
    LeaveStatus,
    LeaveType,
)
from resolvers.context import Context
from tests.commands.staff import FIRST, Staff

NAMED: Final = {
    *("leave.request.submitted", "leave.request.approved", "leave.request.rejected", "leave.request.cancelled"),
    "leave.encashed",
}
"""The events that mutations of these publish beside those of their rows."""

ENTRIES: Final = {
    **{f"create{name}": [("create", name, 1)] for name in ("LeaveType", "LeavePolicy")},
    **{f"update{name}": [("update", name, 2)] for name in ("LeaveType", "LeavePolicy")},
    "addLeavePolicyType": [("create", "LeavePolicyType", 1)],
    "deleteLeavePolicyType": [("delete", "LeavePolicyType", 1)],
    "assignLeavePolicy": [("update", "LeavePolicyAssignment", 2), ("create", "LeavePolicyAssignment", 1)],
    "requestLeave": [("create", "LeaveRequest", 1), ("transition", "LeaveRequest", 2)],
    "submitLeave": [("transition", "LeaveRequest", 2)],
    "deleteLeaveRequest": [("delete", "LeaveRequest", 1)],
    "approveLeave": [("create", "LeaveLedgerEntry", 1), ("transition", "LeaveRequest", 2)],
    "rejectLeave": [("transition", "LeaveRequest", 2)],
    "cancelLeave": [("create", "LeaveLedgerEntry", 1), ("transition", "LeaveRequest", 2)],
    "adjustLeave": [("create", "LeaveLedgerEntry", 1)],
    "encashLeave": [("create", "LeaveLedgerEntry", 1)],
}
"""What the trail says of each mutation of these."""

SUBJECTS: Final = {
    "LeaveType": "leave.type",
    "LeavePolicy": "leave.policy",
    "LeavePolicyType": "leave.policy_type",
    "LeavePolicyAssignment": "leave.assignment",
    "LeaveRequest": "leave.request",
    "LeaveLedgerEntry": "leave.ledger_entry",
}


@dataclass(frozen=True)
class Leaves:
    """A type in a policy that somebody has, another policy, and requests by where they stand."""

    rows: dict[type[TenantOwned], TenantOwned]
    other_policy: LeavePolicy
    draft: LeaveRequest
    approved: LeaveRequest

    @property
    def chosen(self) -> dict[tuple[str, str], Any]:
        """What a mutation of them is given."""
        low = {(name, "allow_negative_to"): "-2.5000" for name in ("createLeaveType", "updateLeaveType")}
        return low | {("encashLeave", "employment"): 1}

    @property
    def subjects(self) -> dict[tuple[str, str], TenantOwned]:
        """Which of them a mutation is about that needs one in another state."""
        return {
            ("addLeavePolicyType", "policy_id"): self.other_policy,
            ("submitLeave", "id"): self.draft,
            ("deleteLeaveRequest", "id"): self.draft,
            ("cancelLeave", "id"): self.approved,
        }


async def add_leaves(context: Context, staff: Staff) -> Leaves:
    """Put them into a company, for an employee of it."""
    worker = staff.rows[Employee]
    assert isinstance(worker, Employee)
    annual = LeaveType(id=uuid7(), name="Annual", limited=False, encashable=True)
    policy, other = LeavePolicy(id=uuid7(), name="Everybody"), LeavePolicy(id=uuid7(), name="Others")
    context.add(annual, policy, other)
    await context.flush()
    part = LeavePolicyType(id=uuid7(), policy_id=policy.id, leave_type_id=annual.id)
    whose = {"employee_id": worker.id, "user_id": worker.user_id}
    assigned = LeavePolicyAssignment(id=uuid7(), policy_id=policy.id, effective_from=FIRST, **whose)
    context.add(part, assigned)
    days = {LeaveStatus.PENDING: 7, LeaveStatus.APPROVED: 8, LeaveStatus.DRAFT: 9}
    requests = {
        status: LeaveRequest(
            id=uuid7(),
            leave_type_id=annual.id,
            from_date=date(2026, 9, day),
            to_date=date(2026, 9, day),
            days=Decimal(1),
            status=status,
            **whose,
        )
        for status, day in days.items()
    }
    context.add(*requests.values())
    await context.flush()
    approved = requests[LeaveStatus.APPROVED]
    taken = LeaveLedgerEntry(
        id=uuid7(),
        leave_type_id=annual.id,
        kind=LedgerKind.TAKEN,
        days=Decimal(-1),
        effective_date=approved.from_date,
        bucket="2026",
        source=str(approved.id),
        request_id=approved.id,
        **whose,
    )
    run = LeaveAccrualRun(id=uuid7(), through=FIRST, ran_at=context.now, **whose)
    context.add(taken, run)
    await context.flush()
    rows: list[TenantOwned] = [annual, policy, part, assigned, requests[LeaveStatus.PENDING], taken]
    return Leaves({type(row): row for row in rows}, other, requests[LeaveStatus.DRAFT], approved)
