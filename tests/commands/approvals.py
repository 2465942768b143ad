"""Approvals on the ground: a policy that is followed, a request that waits for the owner and then another, a deputy."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from uuid_utils.compat import uuid7

from auth.principal import Principal
from db.models.approvals import (
    ApprovalApprover,
    ApprovalPolicy,
    ApprovalPolicyStep,
    ApprovalRequest,
    ApprovalStep,
    ApproverKind,
    Delegation,
    StepStatus,
)
from resolvers.approvals.documents import APPROVABLES
from resolvers.context import Context
from tests.approvals.builders import TEAMS
from tests.commands.colleagues import Colleagues

NAMED: Final = {
    "approval.requested",
    "approval.advanced",
    "approval.approved",
    "approval.rejected",
    "approval.cancelled",
    "approval.delegated",
    "approval.delegation_revoked",
}
"""The events that mutations of these publish beside those of their rows."""


@dataclass(frozen=True)
class Approvals:
    """A policy with its steps, a request, and a delegation of the owner's."""

    policy: ApprovalPolicy
    steps: Sequence[ApprovalPolicyStep]
    request: ApprovalRequest
    delegation: Delegation

    @property
    def chosen(self) -> dict[tuple[str, str], Any]:
        """What a mutation of them is given."""
        steps = ("addApprovalPolicyStep", "updateApprovalPolicyStep")
        return {
            ("createApprovalPolicy", "document_type"): "Team",
            **{(name, "to_amount"): "20.0000" for name in ("createApprovalPolicy", "updateApprovalPolicy")},
            **{(name, refers): None for name in steps for refers in ("user_id", "role_id")},
            ("delegateApprovals", "from_date"): "2026-08-03",
            ("delegateApprovals", "to_date"): "2026-08-05",
        }


async def add_approvals(context: Context, owner: Principal, colleagues: Colleagues) -> Approvals:
    """Put them into a company."""
    APPROVABLES.setdefault(TEAMS.name, TEAMS)
    policy = ApprovalPolicy(id=uuid7(), name="Spending", document_type=TEAMS.name, active=True)
    used = ApprovalPolicy(id=uuid7(), name="Used", document_type=TEAMS.name)
    steps = [
        ApprovalPolicyStep(id=uuid7(), policy_id=policy.id, position=place, kind=ApproverKind.MANAGER)
        for place in range(2)
    ]
    request = ApprovalRequest(
        id=uuid7(),
        document_type=TEAMS.name,
        document_id=colleagues.team.id,
        title="Ground team",
        requester_id=colleagues.member.id,
        policy_id=used.id,
        policy_version=1,
        distinct_people=False,
        tolerance_pct=Decimal(0),
    )
    asked = [
        ApprovalStep(id=uuid7(), request_id=request.id, number=number, kind=ApproverKind.MANAGER, status=status)
        for number, status in enumerate((StepStatus.PENDING, StepStatus.WAITING))
    ]
    deputy = Delegation(
        id=uuid7(),
        from_user_id=owner.id,
        to_user_id=colleagues.member.id,
        from_date=context.now.date(),
        to_date=context.now.date(),
    )
    approvers = [
        ApprovalApprover(id=uuid7(), step_id=step.id, user_id=who)
        for step, who in zip(asked, (owner.id, colleagues.invited.id), strict=True)
    ]
    for level in ([policy, used, deputy], steps, [request], asked, approvers):
        context.add(*level)
        await context.flush()
    return Approvals(policy, steps, request, deputy)
