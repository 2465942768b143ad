"""The approvals of the demo company: what its people publish waits for two colleagues, one of whom is the owner.

It is about flows of the department that looks after people, so that the owner publishes flows of their own at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from auth.roles import permissions_of
from db.models.approvals import (
    ApprovalDecision,
    ApprovalPolicy,
    ApprovalPolicyStep,
    ApprovalRequest,
    ApproverKind,
    Delegation,
)
from db.models.identity import Role, User
from db.models.onboarding import Flow, StageType
from demo.flows import Page, Plan, block
from demo.onboarding import write_flow
from demo.people import HR, MANAGER, Colleague
from demo.stage import Stage
from resolvers import plain
from resolvers.approvals.deciding import approve_request, reject_request
from resolvers.approvals.delegating import delegate_approvals
from resolvers.approvals.policies import POLICY, STEP
from resolvers.approvals.running import MANAGE
from resolvers.context import Context
from resolvers.founding import OWNER
from resolvers.onboarding.flows import publish_flow
from resolvers.plain import Plain

CREATE_POLICY: Final = plain.create(Plain(ApprovalPolicy, MANAGE, created=POLICY))
UPDATE_POLICY: Final = plain.update(Plain(ApprovalPolicy, MANAGE, updated=POLICY))
ADD_STEP: Final = plain.create(Plain(ApprovalPolicyStep, MANAGE, created=STEP), "add")
STOOD_IN_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said to a request; the owner, where nobody is named. It was no, where there is a `reason`."""

    by: Colleague | None = None
    reason: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A flow that somebody asked to have published, how many days ago, and what was said to it, a day apart."""

    plan: Plan
    days_ago: int
    said: Sequence[Said]


def _flow(name: str, description: str) -> Plan:
    welcome = Page("Welcome", StageType.TEXT, [block("header", f"{name}, welcome", 1, required=False)])
    return Plan(name, {"description": description, "duration_days": 30}, (welcome,))


ASKED: Final = (
    Asked(
        _flow("Working students", "Students who work with us beside their studies."),
        20,
        (Said(MANAGER, comment="Short and good."), Said()),
    ),
    Asked(
        _flow("Sales", "Everyone who joins sales."), 12, (Said(MANAGER, reason="A page about the product is missing."),)
    ),
    Asked(_flow("Apprentices", "Everyone who begins an apprenticeship."), 3, (Said(MANAGER),)),
)
"""One was approved, one rejected, and one waits for the owner."""


async def seed_approvals(stage: Stage) -> None:
    """Write a policy, what was asked for under it, and who stands in for whom; what is there is left as it is."""
    async with stage.acting() as context:
        people = {user.email: user.id for user in await context.all(select(User))}
    await _follow_policy(stage.ago(45), people[MANAGER.email])
    for asked in ASKED:
        await _ask(stage, asked, people)
    await _delegate(_as(stage, MANAGER, people), stage.asking.principal.id)


def _as(stage: Stage, colleague: Colleague | None, people: dict[str, UUID]) -> Stage:
    """The same company, with a colleague acting; the owner, where nobody is named."""
    return stage.as_user(people[colleague.email], permissions_of([colleague.role])) if colleague else stage


async def _follow_policy(stage: Stage, manager: UUID) -> None:
    async with stage.acting() as context:
        if await context.all(select(ApprovalPolicy.id).limit(1)):
            return
        named = {"name": "Flows of the people team", "document_type": "Flow", "department": HR.department}
        policy = await CREATE_POLICY(context, **named)
        [owners] = await context.all(select(Role.id).where(Role.name == OWNER, Role.built_in))
        await ADD_STEP(context, policy_id=policy.id, kind=ApproverKind.USER, user_id=manager)
        await ADD_STEP(context, policy_id=policy.id, kind=ApproverKind.ROLE, role_id=owners)
        await UPDATE_POLICY(context, policy, active=True)


async def _ask(stage: Stage, asked: Asked, people: dict[str, UUID]) -> None:
    """Have a flow written and its publishing asked for, unless it is there, and say what was not said yet."""
    async with _as(stage.ago(asked.days_ago), HR, people).acting() as context:
        if not await context.all(select(Flow.id).where(Flow.name == asked.plan.name)):
            await publish_flow(context, await write_flow(context, asked.plan))
    for number, said in enumerate(asked.said):
        async with _as(stage.ago(asked.days_ago - number - 1), said.by, people).acting() as context:
            await _say(context, asked.plan.name, number, said)


async def _say(context: Context, title: str, number: int, said: Said) -> None:
    [request_id] = await context.all(select(ApprovalRequest.id).where(ApprovalRequest.title == title))
    decided: Any = select(func.count()).where(ApprovalDecision.request_id == request_id)
    [done] = await context.all(decided)
    if done > number:
        return
    request = await context.one(ApprovalRequest, request_id)
    if said.reason:
        await reject_request(context, request, said.reason)
    else:
        await approve_request(context, request, said.comment)
    await context.flush()


async def _delegate(stage: Stage, to: UUID | None) -> None:
    """Let the owner stand in for who acts."""
    today = stage.now.date()
    async with stage.acting() as context:
        if to is None or await context.all(select(Delegation.id).limit(1)):
            return
        await delegate_approvals(context, today, today + STOOD_IN_FOR, await context.one(User, to))
