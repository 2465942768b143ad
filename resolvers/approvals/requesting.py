"""Asking for approval, and asking again when the amount has changed."""

from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, exists, select
from uuid_utils.compat import uuid7

from auth.principal import Principal
from db.models.approvals import ApprovalPolicy, ApprovalRequest, ApprovalStatus, ApprovalStep
from resolvers.approvals.documents import Approvable, Facts
from resolvers.approvals.events import ApprovalRequested
from resolvers.approvals.people import APPROVE, Barred
from resolvers.approvals.policies import policies_for, policy_for
from resolvers.approvals.refusals import ApprovalPending, NoApprovalPolicy, NoApprover
from resolvers.approvals.running import (
    CANCELLING,
    RESETTING,
    STEP_BEGUN,
    STEPS_BEGUN,
    begin,
    end,
    facts_of,
    routed,
    steps_of,
    write_steps,
)
from resolvers.context import Context, Looking
from resolvers.duties import barred_from
from resolvers.emitter import Emitter

LONGEST_TITLE: Final = 200
SUPERSEDED: Final = "No policy asks for it any more, and it was done without an approval."
HUNDRED: Final = Decimal(100)
ASKING: Final = (ApprovalPending, NoApprovalPolicy, NoApprover)
"""Why asking for approval may be refused."""

ASKED: Final = (
    "approval.request.created",
    *STEPS_BEGUN,
    *STEP_BEGUN,
    "approval.requested",
)
"""What asking for approval emits."""

SUPERSEDING: Final = (*CANCELLING.emits, "approval.step.updated")
"""What is emitted where nobody has to approve any more what somebody was asked to approve."""


CHANGING: Final = Emitter(
    "reset_approvals",
    "a change of what an approved document is worth",
    ("approval.step.deleted", "approval.request.updated", "approval.request.moved", *ASKED[1:-1], "approval.reset"),
)
"""What `reset_if_changed` emits, whichever operation calls it."""


def requester_of(context: Context) -> UUID | None:
    """Return the person who asks: of an API key its maker; None for the system, which needs nobody's approval."""
    return context.principal.user_id or context.principal.maker_id


async def request_approval(context: Context, kind: Approvable, document: Any) -> ApprovalRequest | None:
    """Ask for the approval of a locked document; None where nobody has to approve it.

    Where its type has no policy and it waits for none, that is found out by one statement. Where it waits for an
    approval that nobody has to give any more, that request is over: whoever asks goes on.
    """
    requester, (is_followed, waiting) = requester_of(context), await _known(context.looking, kind.name, document.id)
    if requester is None or not is_followed:
        if waiting is not None:
            await _supersede(context, waiting)
        return None
    if waiting is not None:
        raise ApprovalPending("It waits for its approval already; take that back to ask again.")
    facts = await kind.facts(context.looking, document, requester)
    policy = policy_for(await policies_for(context.looking, kind.name), facts)
    if policy is None:
        return None
    return await _made(context, kind, document, requester, facts, policy)


async def _known(looking: Looking, document_type: str, document: UUID) -> tuple[bool, UUID | None]:
    """Tell whether a policy about a type is followed, and which request a document waits for: two looks at indexes."""
    followed = exists().where(ApprovalPolicy.active, ApprovalPolicy.document_type == document_type)
    waiting = _pending(document_type, document).with_only_columns(ApprovalRequest.id).scalar_subquery()
    [(is_followed, request)] = await looking.rows(select(followed, waiting))
    return is_followed, request


async def _supersede(context: Context, waiting: UUID) -> None:
    """End a request whose document is about to be carried out without it, unless it was decided meanwhile."""
    request = await context.one(ApprovalRequest, waiting)
    if request.status is ApprovalStatus.PENDING:
        async with context.acting_as(Principal("system", tenant_id=context.asking.tenant.id, name="approvals")):
            await end(context, request, CANCELLING, SUPERSEDED)


async def pending_of(looking: Looking, document_type: str, document: UUID) -> ApprovalRequest | None:
    """Return the request that a document waits for."""
    found = await looking.all(_pending(document_type, document))
    return found[0] if found else None


def _pending(document_type: str, document: UUID) -> Select[Any]:
    of_document = select(ApprovalRequest).where(ApprovalRequest.document_type == document_type)
    return of_document.where(ApprovalRequest.document_id == document, ApprovalRequest.status == ApprovalStatus.PENDING)


async def _made(
    context: Context, kind: Approvable, document: Any, requester: UUID, facts: Facts, policy: ApprovalPolicy
) -> ApprovalRequest:
    duties = await barred_from(context.looking, APPROVE, {kind.model: document.id, ApprovalPolicy: policy.id})
    route = await routed(context.looking, policy, Barred(requester, duties))
    request = ApprovalRequest(
        id=uuid7(),
        document_type=kind.name,
        document_id=document.id,
        title=kind.title(document)[:LONGEST_TITLE],
        requester_id=requester,
        department=facts.department,
        amount=facts.amount,
        currency=facts.currency,
        policy_id=policy.id,
        policy_version=policy.version,
        distinct_people=policy.distinct_people,
        tolerance_pct=policy.tolerance_pct,
        escalate_after_hours=policy.escalate_after_hours,
    )
    context.add(request)
    await context.flush()
    steps = await write_steps(context, request, route)
    await begin(context, request, steps[0])
    await context.publish(ApprovalRequested(**facts_of(request)), request)
    return request


async def reset_if_changed(context: Context, kind: Approvable, document: Any) -> ApprovalRequest | None:
    """Begin at the first step again where a locked document's amount has changed by more than its policy tolerates.

    It is for whoever changes a document that was approved, or waits for it; the policy is the one of the new amount.
    Returns the request that waits then; None where the approval stands, or there was none.
    """
    request = await _last_of(context, kind.name, document.id)
    if request is None:
        return None
    facts = await kind.facts(context.looking, document, request.requester_id)
    if not beyond(request, facts):
        return None
    policy = policy_for(await policies_for(context.looking, kind.name), facts)
    followed = policy or await context.one(ApprovalPolicy, request.policy_id)
    duties = await barred_from(context.looking, APPROVE, {kind.model: document.id, ApprovalPolicy: followed.id})
    route = await routed(context.looking, followed, Barred(request.requester_id, duties))
    await context.delete(ApprovalStep, await steps_of(context, request))
    _follow(request, followed, facts)
    steps = await write_steps(context, request, route)
    await RESETTING.make(context, request)
    await begin(context, request, steps[0])
    await context.flush()
    return request


def beyond(request: ApprovalRequest, facts: Facts) -> bool:
    """Tell whether an amount is further from the one that was asked for than is tolerated, or in another currency."""
    if facts.currency != request.currency or (facts.amount is None) != (request.amount is None):
        return True
    if facts.amount is None or request.amount is None:
        return False
    return abs(facts.amount - request.amount) * HUNDRED > request.tolerance_pct * abs(request.amount)


def _follow(request: ApprovalRequest, policy: ApprovalPolicy, facts: Facts) -> None:
    """Have a request follow a policy as it is now, from the first step."""
    request.amount, request.currency, request.department = facts.amount, facts.currency, facts.department
    request.policy_id, request.policy_version = policy.id, policy.version
    request.distinct_people, request.tolerance_pct = policy.distinct_people, policy.tolerance_pct
    request.escalate_after_hours = policy.escalate_after_hours
    request.round, request.decided_at, request.step = request.round + 1, None, 0


async def _last_of(context: Context, document_type: str, document: UUID) -> ApprovalRequest | None:
    """Return the last request of a document, locked, if it was approved or waits."""
    of_document = select(ApprovalRequest.id).where(
        ApprovalRequest.document_type == document_type, ApprovalRequest.document_id == document
    )
    found = await context.all(of_document.order_by(ApprovalRequest.id.desc()).limit(1))
    if not found:
        return None
    request = await context.one(ApprovalRequest, found[0])
    return request if request.status in RESETTING.sources else None
