"""A request under way: its steps, whose turn it is, and who is told of it.

Whoever changes a request has its row locked: a decision, the clock and a change of the document come in turn.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from uuid_utils.compat import uuid7

from db.models.approvals import (
    ApprovalApprover,
    ApprovalDecision,
    ApprovalPolicy,
    ApprovalPolicyStep,
    ApprovalRequest,
    ApprovalStatus,
    ApprovalStep,
    ApproverKind,
    StepStatus,
    Verdict,
)
from db.models.identity import User
from db.models.mail import MailTemplate
from resolvers.approvals.events import ApprovalCancelled, ApprovalGiven, ApprovalRejected, ApprovalReset
from resolvers.approvals.people import (
    Barred,
    Lines,
    approving,
    authorities,
    barred_of,
    deputies_of,
    lines_of,
    meant_by,
    waits_for,
)
from resolvers.approvals.refusals import NoApprover, NotAnApprover
from resolvers.context import Context, Looking, any_of
from resolvers.mails import queue_mail
from resolvers.refusals import Refused
from resolvers.state import Move, StateMachine

MANAGE: Final = "approvals.manage"
MOST_TOLD: Final = 20
"""How many of those who may decide a step are written to."""

STEPS_BEGUN: Final = ("approval.step.created", "approval.approver.created", "email_message.created")
STEP_BEGUN: Final = ("approval.step.moved", "approval.approver.created", "email_message.created")
KINDS: Final = {
    ApproverKind.USER: "a person",
    ApproverKind.ROLE: "a role",
    ApproverKind.MANAGER: "the manager",
    ApproverKind.NTH_MANAGER: "a higher manager",
}


def facts_of(request: ApprovalRequest) -> dict[str, Any]:
    """Return what every event about a request tells."""
    return {"document_type": request.document_type, "requester_id": request.requester_id}


async def waiting_for_me(looking: Looking, requests: Sequence[ApprovalRequest]) -> Sequence[Refused | None]:
    """Refuse what does not wait for who asks."""
    me = looking.asking.principal.user_id
    found: set[UUID] = set()
    if me is not None:
        waiting = waits_for(me, await authorities(looking, me), looking.asking.now)
        asked = any_of([each.id for each in requests])
        found = set(await looking.all(select(ApprovalRequest.id).where(ApprovalRequest.id == asked, waiting)))
    return [None if each.id in found else NotAnApprover("It does not wait for you.") for each in requests]


async def mine_to_cancel(looking: Looking, requests: Sequence[ApprovalRequest]) -> Sequence[Refused | None]:
    """Refuse what somebody else has asked for, to who does not manage approvals."""
    me = looking.asking.principal
    theirs = NotAnApprover("Only who asked for it takes it back, or who manages approvals.")
    return [None if me.can(MANAGE) or each.requester_id == me.user_id else theirs for each in requests]


REQUEST = StateMachine(ApprovalRequest, facts=facts_of)
APPROVING = REQUEST.move(ApprovalStatus.PENDING, to=ApprovalStatus.APPROVED, event=ApprovalGiven, guard=waiting_for_me)
REJECTING = REQUEST.move(
    ApprovalStatus.PENDING, to=ApprovalStatus.REJECTED, event=ApprovalRejected, guard=waiting_for_me
)
CANCELLING = REQUEST.move(
    ApprovalStatus.PENDING, to=ApprovalStatus.CANCELLED, event=ApprovalCancelled, guard=mine_to_cancel
)
RESETTING = REQUEST.move(
    ApprovalStatus.PENDING,
    ApprovalStatus.APPROVED,
    to=ApprovalStatus.PENDING,
    event=ApprovalReset,
    by_clock=True,
)


@dataclass(frozen=True, slots=True)
class Routed:
    """A step of a policy, and who decides it beside the holders of its role: each with in whose place that is."""

    step: ApprovalPolicyStep
    approvers: dict[UUID, UUID | None]


async def routed(looking: Looking, policy: ApprovalPolicy, barred: Barred) -> Sequence[Routed]:
    """Find who decides each step of a policy; refuse where nobody is left."""
    steps: Sequence[ApprovalPolicyStep] = await looking.all(
        select(ApprovalPolicyStep)
        .where(ApprovalPolicyStep.policy_id == policy.id)
        .order_by(ApprovalPolicyStep.position)
    )
    named = [step.user_id for step in steps if step.user_id is not None]
    lines = await lines_of(looking, [barred.requester, *named], [step.role_id for step in steps])
    alone: set[UUID] = set()
    found: list[Routed] = []
    for step in steps:
        bars = barred.users | alone if policy.distinct_people else barred.users
        approvers, deciding = _route(step, barred.requester, lines, bars)
        if not deciding:
            who = KINDS[step.kind]
            raise NoApprover(f"Step {step.position + 1} asks {who}, and nobody is left who could approve it.")
        alone |= deciding if len(deciding) == 1 else set()
        found.append(Routed(step, approvers))
    return found


def _route(
    step: ApprovalPolicyStep, requester: UUID, lines: Lines, barred: Collection[UUID]
) -> tuple[dict[UUID, UUID | None], set[UUID]]:
    """Return who is written down for a step, and everybody who can decide it."""
    meant = meant_by(step, requester, lines)
    fit = lines.fit(meant, barred)
    if fit:
        return ({} if step.kind is ApproverKind.ROLE else dict.fromkeys(fit)), set(fit)
    up: dict[UUID, UUID | None] = {**lines.up(meant, barred)}
    return up, set(up)


async def write_steps(context: Context, request: ApprovalRequest, route: Sequence[Routed]) -> Sequence[ApprovalStep]:
    """Write down the steps of a request, as the policy has them now."""
    steps = [
        ApprovalStep(
            id=uuid7(),
            request_id=request.id,
            number=number,
            **{name: getattr(each.step, name) for name in ("kind", "user_id", "role_id", "level")},
        )
        for number, each in enumerate(route)
    ]
    context.add(*steps)
    await context.flush()
    for step, each in zip(steps, route, strict=True):
        context.add(*(_approver(step, user, place) for user, place in each.approvers.items()))
    await context.flush()
    return steps


def _approver(step: ApprovalStep, user: UUID, in_place_of: UUID | None) -> ApprovalApprover:
    return ApprovalApprover(id=uuid7(), step_id=step.id, user_id=user, in_place_of_id=in_place_of)


async def steps_of(context: Context, request: ApprovalRequest) -> Sequence[ApprovalStep]:
    """Return the steps of a locked request, in order."""
    of_request = select(ApprovalStep).where(ApprovalStep.request_id == request.id)
    return await context.all(of_request.order_by(ApprovalStep.number))


async def deciding(looking: Looking, request: ApprovalRequest, number: int) -> Sequence[UUID]:
    """Return who may decide a step of a request, whatever bars them."""
    who = approving()
    return await looking.all(
        select(who.c.user_id).where(who.c.request_id == request.id, who.c.number == number).order_by(who.c.user_id)
    )


async def approved_by(looking: Looking, request: ApprovalRequest) -> Sequence[ApprovalDecision]:
    """Return the approvals of a request since it began at its first step."""
    given = select(ApprovalDecision).where(
        ApprovalDecision.request_id == request.id, ApprovalDecision.round == request.round
    )
    return await looking.all(given.where(ApprovalDecision.verdict == Verdict.APPROVED).order_by(ApprovalDecision.id))


async def begin(context: Context, request: ApprovalRequest, step: ApprovalStep) -> None:
    """Let a step wait for whoever may decide it, and tell them."""
    request.step = step.number
    await context.flush()  # what is written by one flush is recorded in any order
    step.status = StepStatus.PENDING
    step.due_at = due_after(context, request)
    await context.flush()
    await pass_on(context, request, step)
    await tell(context, request, await able(context, request, step))


def due_after(context: Context, request: ApprovalRequest) -> Any:
    """Return when a step that begins to wait now goes up; None where it never does."""
    hours = request.escalate_after_hours
    return context.now + timedelta(hours=hours) if hours is not None else None


async def bars_of(looking: Looking, request: ApprovalRequest) -> frozenset[UUID]:
    """Return who cannot decide the step that a request is at."""
    barred = (await barred_of(looking, request)).users
    if not request.distinct_people:
        return barred
    given = await approved_by(looking, request)
    return barred | {who for each in given for who in (each.decided_by_id, each.on_behalf_of_id) if who is not None}


async def able(context: Context, request: ApprovalRequest, step: ApprovalStep) -> Sequence[UUID]:
    """Return who can decide a step now."""
    may = await deciding(context.looking, request, step.number)
    lines = await lines_of(context.looking, may)
    return lines.fit(may, await bars_of(context.looking, request))


async def pass_on(context: Context, request: ApprovalRequest, step: ApprovalStep, *, late: bool = False) -> bool:
    """Let the managers of a step's approvers decide it too, where none can or all are late; tell whether any does."""
    may = await deciding(context.looking, request, step.number)
    lines = await lines_of(context.looking, may, [step.role_id])
    bars = await bars_of(context.looking, request)
    if lines.fit(may, bars) and not late:
        return False
    meant = dict.fromkeys([*may, *(user for each in lines.holders.values() for user in each)])
    more = lines.up(meant, {*bars, *may})
    context.add(*(_approver(step, user, place) for user, place in more.items()))
    await context.flush()
    return bool(more)


async def end(context: Context, request: ApprovalRequest, move: Move, reason: str | None) -> None:
    """Have a locked request be over without what was asked for being done by it."""
    request.decided_at, request.reason = context.now, reason
    await move.make(context, request)
    for step in await steps_of(context, request):
        step.due_at = None


async def tell(context: Context, request: ApprovalRequest, users: Sequence[UUID]) -> None:
    """Write to those who can decide a step, and to those who decide for them."""
    bars = await bars_of(context.looking, request)
    deputies = await deputies_of(context.looking, users)
    wanted = {*users, *(each for each in deputies if each not in bars)}
    people = select(User).where(User.id == any_of(sorted(wanted)), User.is_active).order_by(User.id).limit(MOST_TOLD)
    for user in await context.all(people):
        facts = {"approval_request_id": request.id, "step": request.step, "round": request.round}
        await queue_mail(
            context, MailTemplate.APPROVAL_REQUESTED, to=user.email, locale=user.locale, about=user, **facts
        )


async def tell_requester(context: Context, request: ApprovalRequest) -> None:
    """Write to the requester how it ended."""
    for user in await context.all(select(User).where(User.id == request.requester_id, User.is_active)):
        facts = {"approval_request_id": request.id}
        await queue_mail(context, MailTemplate.APPROVAL_DECIDED, to=user.email, locale=user.locale, about=user, **facts)
