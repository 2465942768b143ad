"""What the clock does with approvals: what nobody has decided in time goes up, and what nobody can decide any more.

Each request has a turn of its own (`resolvers.turns`). A turn that comes twice finds nothing to do the second time.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select

from db.catalog import Tenant
from db.models.approvals import ApprovalApprover, ApprovalRequest, ApprovalStatus, ApprovalStep, StepStatus
from db.models.identity import User
from resolvers.approvals.events import ApprovalEscalated
from resolvers.approvals.people import barred_by_duty
from resolvers.approvals.running import able, due_after, facts_of, pass_on, steps_of, tell
from resolvers.context import Context
from resolvers.emitter import job
from resolvers.jobs import Chore
from resolvers.turns import Round, Turns

ESCALATING: Final = job(
    "escalate_approvals",
    "approval.step.updated",
    "approval.approver.created",
    "email_message.created",
    "approval.escalated",
)


def late(now: datetime) -> Select[UUID]:
    """Select the requests that have waited too long at their step, or whose step has lost one who could decide it.

    They are lost who may not sign in any more, and whom a duty bars since.
    """
    lost = ~User.is_active | barred_by_duty(now, User.id)
    left = exists().where(ApprovalApprover.step_id == ApprovalStep.id, User.id == ApprovalApprover.user_id, lost)
    return (
        select(ApprovalRequest.id)
        .join(
            ApprovalStep,
            and_(ApprovalStep.request_id == ApprovalRequest.id, ApprovalStep.number == ApprovalRequest.step),
        )
        .where(ApprovalRequest.status == ApprovalStatus.PENDING, ApprovalStep.status == StepStatus.PENDING)
        .where(or_(ApprovalStep.due_at <= now, left, ApprovalStep.role_id.is_not(None)))
        .order_by(ApprovalRequest.id)
    )


async def escalate(context: Context, request: ApprovalRequest) -> bool:
    """Have a step go up that is due, or that nobody can decide; tell whether it did."""
    if request.status is not ApprovalStatus.PENDING:
        return False
    step = (await steps_of(context, request))[request.step]
    is_due = step.due_at is not None and step.due_at <= context.now
    before = set(await able(context, request, step))
    if before and not is_due:
        return False
    gone_up = await pass_on(context, request, step, late=is_due)
    if is_due:
        step.due_at = due_after(context, request) if gone_up else None
    if not gone_up:
        return False
    await tell(context, request, [user for user in await able(context, request, step) if user not in before])
    await context.publish(ApprovalEscalated(step=step.number, **facts_of(request)), request)
    return True


ESCALATION: Final[Any] = Round(ESCALATING.name, ApprovalRequest, late, escalate)


class ApprovalClock:
    """Has late steps go up, company by company."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    @property
    def chores(self) -> Sequence[Chore]:
        """What is done, and when."""
        return [Chore(ESCALATING.name, "*/5 * * * *", self.escalate)]

    async def escalate(self, tenants: Sequence[Tenant]) -> int:
        """Have go up what is late; return how many requests it was."""
        return sum([await self._turns.give(tenant, ESCALATION) for tenant in tenants])
