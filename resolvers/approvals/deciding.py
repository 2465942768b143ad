"""Deciding: who may say yes or no to the step that a request is at, and what follows from it.

The request's row is locked before anything is asked, so that of two who decide at once the second sees what the first
has done. The last yes has what was asked for done in its own transaction, as the act of who asked.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import select
from uuid_utils.compat import uuid7

from auth.principal import Principal
from auth.roles import permissions_of
from db.base import TenantOwned
from db.models.approvals import ApprovalDecision, ApprovalRequest, ApprovalStatus, ApprovalStep, StepStatus, Verdict
from db.models.identity import User
from resolvers.approvals.documents import APPROVABLES, Approvable
from resolvers.approvals.events import ApprovalAdvanced
from resolvers.approvals.people import authorities, barred_of, concerns
from resolvers.approvals.refusals import AlreadyDecided, NotAnApprover, OwnDocument, RequesterMayNot, SamePerson
from resolvers.approvals.running import (
    APPROVING,
    CANCELLING,
    REJECTING,
    STEP_BEGUN,
    approved_by,
    begin,
    deciding,
    end,
    facts_of,
    steps_of,
    tell_requester,
)
from resolvers.context import Context
from resolvers.duties import SeparationOfDuties
from resolvers.operation import Operation, operation
from resolvers.refusals import IllegalTransition, InvalidInput, NotFound, Refused
from resolvers.standings import grants_of, held_throughout, roles_held
from resolvers.state import Move
from resolvers.values import check_value

DECIDE: Final = "approvals.decide"
READ: Final = "approvals.read"
MAY_NOT_DECIDE: Final = (OwnDocument, NotAnApprover, SamePerson, AlreadyDecided, SeparationOfDuties, InvalidInput)
DECIDED: Final = ("approval.decision.created", "approval.step.moved", "approval.request.updated")
Comment = Annotated[str | None, "What you want to say beside it: at most 1,000 characters."]


async def _done_by(context: Context, request: ApprovalRequest) -> Principal:
    """Return the requester as they would ask now; refuse where they could not do what they have asked for any more."""
    held = await context.looking.rows(select(roles_held()).where(User.id == request.requester_id, User.is_active))
    permissions = held_throughout([each for (roles,) in held for each in grants_of(roles, permissions_of)])
    needed = APPROVABLES[request.document_type].needs
    if needed not in permissions:
        raise RequesterMayNot(f"Whoever asked for it may not do it any more: that needs {needed}.")
    return Principal("user", request.requester_id, context.asking.tenant.id, permissions)


async def _document(context: Context, request: ApprovalRequest) -> TenantOwned:
    """Return what was to be approved, locked."""
    try:
        return await context.one(APPROVABLES[request.document_type].model, request.document_id)
    except NotFound as gone:
        raise NotFound("What was to be approved is gone; reject it, or have it taken back.") from gone


async def _seen(context: Context, request: ApprovalRequest, whom: Sequence[UUID]) -> None:
    """Refuse to know of a request that somebody has nothing to do with."""
    me = context.principal
    if me.can(READ):
        return
    assert me.id is not None
    if not await context.all(select(ApprovalRequest.id).where(ApprovalRequest.id == request.id, concerns(me.id, whom))):
        raise NotFound("There is no such approval request.", path=("id",))


async def _authority(context: Context, request: ApprovalRequest, move: Move) -> UUID:
    """Return in whose right somebody decides the step that a request is at: their own, or whose deputy they are.

    Whoever may not is told why, if they may know of the request at all.
    """
    me = context.principal.user_id
    if me is None:
        raise NotAnApprover("A person decides, who has signed in.")
    whom = await authorities(context.looking, me)
    await _seen(context, request, whom)
    if request.status not in move.sources:
        raise move.machine.illegal(request.status, move.target)
    if me == request.requester_id:
        raise OwnDocument("You asked for it yourself.")
    may = set(await deciding(context.looking, request, request.step))
    mine = [user for user in whom if user in may and user != request.requester_id]
    if not mine:
        raise await _not_mine(context, request, whom, may)
    bars = (await barred_of(context.looking, request)).by_duty
    fit = [user for user in mine if user not in bars]
    if me in bars or not fit:
        raise SeparationOfDuties(bars.get(me) or bars[mine[0]])
    return await _unspent(context, request, me, fit)


async def _not_mine(context: Context, request: ApprovalRequest, whom: Sequence[UUID], may: Iterable[UUID]) -> Refused:
    """Say why somebody cannot decide: for the requester, too late, or never."""
    if request.requester_id in whom and request.requester_id in set(may):
        return OwnDocument("It would be decided for the person who asked for it.")
    for number in range(request.step):
        if set(whom) & set(await deciding(context.looking, request, number)):
            return AlreadyDecided(f"Step {number + 1} was decided; it is at step {request.step + 1}.")
    return NotAnApprover(f"Step {request.step + 1} waits for somebody else.")


async def _unspent(context: Context, request: ApprovalRequest, me: UUID, fit: Sequence[UUID]) -> UUID:
    """Return the first of some rights that has not been used yet, where each step takes another person."""
    if not request.distinct_people:
        return fit[0]
    given = await approved_by(context.looking, request)
    spent = {who for each in given for who in (each.decided_by_id, each.on_behalf_of_id)}
    unspent = [user for user in fit if user not in spent]
    if me in spent or not unspent:
        raise SamePerson("Each step takes another person, and you have approved one.")
    return unspent[0]


async def _decide(
    context: Context, request: ApprovalRequest, move: Move, verdict: Verdict, comment: str | None
) -> ApprovalStep:
    """Write down what somebody says to the step that a request is at."""
    check_value(ApprovalDecision.__table__.columns["comment"], comment)
    authority, me = await _authority(context, request, move), context.principal.user_id
    decision = ApprovalDecision(
        id=uuid7(),
        request_id=request.id,
        step=request.step,
        round=request.round,
        verdict=verdict,
        decided_by_id=me,
        on_behalf_of_id=None if authority == me else authority,
        comment=comment,
    )
    context.add(decision)
    step = (await steps_of(context, request))[request.step]
    step.status = StepStatus.APPROVED if verdict is Verdict.APPROVED else StepStatus.REJECTED
    step.due_at = None
    await context.flush()
    return step


async def approve_request(context: Context, request: ApprovalRequest, comment: Comment = None) -> ApprovalRequest:
    """Approve the step that a request is at, for yourself or for whom you stand in.

    The last step has what was asked for done.
    Who asked for it cannot, nor anybody for them. Where one person may decide several steps, one yes counts for all of
    them, unless the policy wants another person for each.
    """
    step = await _decide(context, request, APPROVING, Verdict.APPROVED, comment)
    following = await _next(context, request, step)
    if following is not None:
        await begin(context, request, following)
        await context.publish(ApprovalAdvanced(step=following.number, **facts_of(request)), request)
        return request
    principal, document = await _done_by(context, request), await _document(context, request)
    request.decided_at = context.now
    await APPROVING.make(context, request)
    await tell_requester(context, request)
    async with context.acting_as(principal):
        await APPROVABLES[request.document_type].approved(context, document)
    return request


async def _next(context: Context, request: ApprovalRequest, decided: ApprovalStep) -> ApprovalStep | None:
    """Return the next step that is not decided by an approval that there is already; None after the last."""
    given = {each.on_behalf_of_id or each.decided_by_id for each in await approved_by(context.looking, request)}
    for step in (await steps_of(context, request))[decided.number + 1 :]:
        if request.distinct_people or not given & set(await deciding(context.looking, request, step.number)):
            return step
        step.status = StepStatus.COLLAPSED
    return None


async def reject_request(
    context: Context, request: ApprovalRequest, reason: Annotated[str, "Why: 1 to 1,000 characters."]
) -> ApprovalRequest:
    """Reject a request at the step that it is at: it is over, and what was asked for is not done."""
    kept = _said(reason)
    await _decide(context, request, REJECTING, Verdict.REJECTED, kept)
    await _end(context, request, REJECTING, kept)
    await tell_requester(context, request)
    return request


async def cancel_approval_request(
    context: Context,
    request: ApprovalRequest,
    reason: Annotated[str | None, "Why, if you want to say: at most 1,000 characters."] = None,
) -> ApprovalRequest:
    """Take back a request that you have made, or any as who manages approvals; nothing is done then."""
    me = context.principal.user_id
    if me is None:
        raise NotAnApprover("A person takes it back, who has signed in.")
    await _seen(context, request, await authorities(context.looking, me))
    kept = _said(reason) if reason is not None else None
    await CANCELLING.check(context, request)
    await _end(context, request, CANCELLING, kept)
    return request


def _said(reason: str) -> str:
    """Return a reason without blanks around it; refuse one that is nothing else."""
    check_value(ApprovalRequest.__table__.columns["reason"], reason)
    if not reason.strip():
        raise InvalidInput("A reason cannot be blank.", path=("reason",))
    return reason.strip()


async def _end(context: Context, request: ApprovalRequest, move: Move, reason: str | None) -> None:
    """Have a request be over without what was asked for being done, and tell its document."""
    await end(context, request, move, reason)
    kind = APPROVABLES[request.document_type]
    ended = kind.rejected if request.status is ApprovalStatus.REJECTED else kind.cancelled
    documents: Sequence[TenantOwned] = await context.all(select(kind.model).where(kind.model.id == request.document_id))
    for document in documents:
        await ended(context, document)


def decisions(kinds: Iterable[Approvable]) -> Sequence[Operation]:
    """Declare the operations by which requests are decided, which do what some types of documents say."""
    known = list(kinds)
    done = [event for kind in known for event in kind.emits]
    approving = operation(
        DECIDE,
        refuses=[*MAY_NOT_DECIDE, RequesterMayNot, IllegalTransition, *(why for kind in known for why in kind.refuses)],
        emits=[*DECIDED, *STEP_BEGUN, "approval.advanced", *APPROVING.emits, *done],
    )(approve_request)
    rejecting = operation(
        DECIDE,
        refuses=[*MAY_NOT_DECIDE, IllegalTransition],
        emits=[*DECIDED, *REJECTING.emits, "email_message.created"],
    )(reject_request)
    cancelling = operation(
        DECIDE,
        refuses=[NotAnApprover, InvalidInput, IllegalTransition],
        emits=[*CANCELLING.emits, "approval.step.updated"],
    )(cancel_approval_request)
    for move, declared in ((APPROVING, approving), (REJECTING, rejecting), (CANCELLING, cancelling)):
        move.bind(declared.name)
    return [approving, rejecting, cancelling]
