"""New hires: adding one puts the flow as it is published in place for them; what becomes of them is a state machine."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import inspect, select
from uuid_utils.compat import uuid7

from db.models.identity import User
from db.models.mail import MailTemplate
from db.models.onboarding import (
    Flow,
    FlowRevision,
    FlowStatus,
    NewHire,
    NewHireStatus,
    OnboardingInvitation,
    Progress,
    StageProgress,
)
from resolvers.context import Context, Looking, any_of
from resolvers.erased import PersonErased, expect_kept, kept
from resolvers.mails import queue_mail
from resolvers.onboarding.events import (
    InvitationExpired,
    InvitationResent,
    InvitationSent,
    OnboardingCancelled,
    OnboardingCompleted,
    OnboardingReopened,
    OnboardingStarted,
)
from resolvers.onboarding.frozen import FrozenBlock, thawed
from resolvers.onboarding.hire_refusals import (
    AlreadyInvited,
    FlowNotPublished,
    NotInvited,
    OnboardingBegun,
    OnboardingIncomplete,
    written,
)
from resolvers.onboarding.settling import Done, SettledStage, settle
from resolvers.onboarding.standing import SETTLING, UNDER_WAY, change, person_of, settled, told_of
from resolvers.operation import operation
from resolvers.plain import Also
from resolvers.refusals import AlreadyExists, IllegalTransition, NotFound, Refused
from resolvers.state import Move, StateMachine

LONGEST_REASON: Final = 1000
COLLEAGUES: Final = ("manager_id", "buddy_id", "hr_owner_id")


async def not_invited(_looking: Looking, hires: Sequence[NewHire]) -> Sequence[Refused | None]:
    """Refuse those who were invited already."""
    return [
        AlreadyInvited("This person was invited already; send it again.") if each.invited_at else None for each in hires
    ]


async def invited(_looking: Looking, hires: Sequence[NewHire]) -> Sequence[Refused | None]:
    """Refuse those who were never invited."""
    return [None if each.invited_at else NotInvited("This person was not invited yet.") for each in hires]


async def invited_and_kept(looking: Looking, hires: Sequence[NewHire]) -> Sequence[Refused | None]:
    """Refuse those who were never invited, and those whose data was erased."""
    return [one or other for one, other in zip(await invited(looking, hires), await kept(looking, hires), strict=True)]


async def all_stages_complete(looking: Looking, hires: Sequence[NewHire]) -> Sequence[Refused | None]:
    """Refuse those who have stages that are not complete."""
    rows = await looking.rows(
        select(StageProgress.new_hire_id, StageProgress.name)
        .where(StageProgress.new_hire_id == any_of([each.id for each in hires]))
        .where(StageProgress.visible, StageProgress.completed_at.is_(None))
        .order_by(StageProgress.position.desc())
    )
    first: dict[Any, str] = dict(tuple(row) for row in rows)
    return [_incomplete(first[each.id]) if each.id in first else None for each in hires]


def _incomplete(stage: str) -> Refused:
    return OnboardingIncomplete(f"The stage {stage!r} is not complete yet.")


HIRE = StateMachine(NewHire, facts=told_of)
SEND = HIRE.move(NewHireStatus.PENDING, to=NewHireStatus.PENDING, event=InvitationSent, guard=not_invited)
RESEND = HIRE.move(
    NewHireStatus.PENDING,
    NewHireStatus.EXPIRED,
    to=NewHireStatus.PENDING,
    event=InvitationResent,
    guard=invited_and_kept,
)
START = HIRE.move(NewHireStatus.PENDING, to=NewHireStatus.ACTIVE, event=OnboardingStarted, guard=invited)
COMPLETE = HIRE.move(
    NewHireStatus.ACTIVE, to=NewHireStatus.COMPLETED, event=OnboardingCompleted, guard=all_stages_complete
)
CANCEL = HIRE.move(NewHireStatus.PENDING, NewHireStatus.ACTIVE, to=NewHireStatus.CANCELLED, event=OnboardingCancelled)
REOPEN = HIRE.move(NewHireStatus.COMPLETED, to=NewHireStatus.ACTIVE, event=OnboardingReopened, guard=kept)
EXPIRE = HIRE.move(NewHireStatus.PENDING, to=NewHireStatus.EXPIRED, event=InvitationExpired, by_clock=True)


async def make_move(context: Context, move: Move, hire: NewHire, **values: Any) -> None:
    """Move a new hire, and set what goes with it, as one change."""
    await move.check(context, hire)
    change(hire, **values)
    await move.make(context, hire)


async def prepare(context: Context, hire: NewHire) -> None:
    """Refuse colleagues who are not there, and a flow that takes nobody; else give the newest revision."""
    named: dict[str, UUID] = {name: user for name in COLLEAGUES if (user := getattr(hire, name)) is not None}
    known: Sequence[UUID] = await context.all(select(User.id).where(User.id == any_of([*named.values()])))
    missing = next((name for name, user in named.items() if user not in known), None)
    if missing:
        raise NotFound("There is no such user.", path=(missing,))
    await take_newest_revision(context, hire)


async def take_newest_revision(context: Context, hire: NewHire) -> None:
    """Give a new hire the newest revision of the flow, which must be published and stays so until this is written."""
    flows: Sequence[Flow] = await context.all(select(Flow).where(Flow.id == hire.flow_id).with_for_update(read=True))
    if not flows:
        raise NotFound("There is no such flow.", path=("flow_id",))
    if flows[0].status is not FlowStatus.PUBLISHED:
        raise FlowNotPublished(f"The flow is {flows[0].status.value}; publish it first.", path=("flow_id",))
    newest = select(FlowRevision).where(FlowRevision.flow_id == hire.flow_id).order_by(FlowRevision.number.desc())
    [revision] = await context.all(newest.limit(1))
    hire.revision_id = revision.id


async def lay_out(context: Context, hire: NewHire) -> None:
    """Write a row for each stage and each block of the revision, as they stand for this person."""
    [revision] = await context.all(select(FlowRevision).where(FlowRevision.id == hire.revision_id))
    found = settle(thawed(revision.content), person_of(hire), Done(), context.now)
    for stage in found.stages:
        context.add(_stage_row(hire, stage))
        context.add(*(_block_row(hire, revision.number, stage, block) for block in stage.stage.blocks))
    await context.flush()


def _stage_row(hire: NewHire, stage: SettledStage) -> StageProgress:
    return StageProgress(
        id=uuid7(),
        new_hire_id=hire.id,
        stage_id=stage.stage.id,
        name=stage.stage.name,
        position=stage.stage.position,
        visible=stage.visible,
        due_on=stage.due_on,
    )


def _block_row(hire: NewHire, revision: int, stage: SettledStage, block: FrozenBlock) -> Progress:
    return Progress(
        id=uuid7(),
        new_hire_id=hire.id,
        stage_id=stage.stage.id,
        content_block_id=block.id,
        block_revision=revision,
        stage_position=stage.stage.position,
        position=block.position,
        type=block.type,
        title=block.title,
        assignee=block.assignee,
        required=block.required,
        display_only=block.display_only,
        live=block.id in stage.live,
        due_on=stage.due_on,
    )


async def end_link_to_old_address(context: Context, hire: NewHire) -> None:
    """End the link that went to another address, before anybody has begun with it; refuse whose data was erased."""
    expect_kept(hire)
    if inspect(hire).attrs.email.history.has_changes() and hire.status is NewHireStatus.PENDING:
        await void_invitations(context, hire)


async def settle_again(context: Context, hire: NewHire) -> None:
    """Work out anew what is for the person, and when, while they are under way."""
    if hire.status in UNDER_WAY:
        await settled(context, hire)


async def never_begun(_context: Context, hire: NewHire) -> None:
    """Refuse to delete somebody who has begun."""
    if hire.started_at:
        raise OnboardingBegun("This person has begun; cancel the onboarding instead.")


CREATED: Final = Also(
    lay_out,
    before=prepare,
    refuses=(FlowNotPublished,),
    emits=("onboarding.stage_progress.created", "onboarding.progress.created"),
)
UPDATED: Final = Also(
    settle_again,
    before=end_link_to_old_address,
    refuses=(PersonErased,),
    emits=("onboarding.invitation.updated", *SETTLING),
)
DELETED: Final = Also(before=never_begun, refuses=(OnboardingBegun,))


async def void_invitations(context: Context, hire: NewHire) -> None:
    """End every link of a new hire."""
    alive = select(OnboardingInvitation).where(OnboardingInvitation.new_hire_id == hire.id)
    for invitation in await context.all(alive.where(OnboardingInvitation.voided_at.is_(None))):
        invitation.voided_at = context.now
    await context.flush()


@operation("onboarding.edit_hires", move=CANCEL, emits=["onboarding.invitation.updated"])
async def cancel_new_hire(
    context: Context, hire: NewHire, reason: Annotated[str, "Why it is called off, up to 1,000 characters."]
) -> NewHire:
    """Call an onboarding off: the link is dead at once, and what was done is kept."""
    because = written(reason, "reason", longest=LONGEST_REASON)
    await void_invitations(context, hire)
    return change(hire, cancel_reason=because, cancelled_at=context.now)


@operation(
    "onboarding.edit_hires",
    refuses=[IllegalTransition, AlreadyExists, PersonErased],
    emits=["onboarding.new_hire.moved", "onboarding.reopened", *SETTLING],
)
async def reopen_onboarding(
    context: Context, hire: NewHire, reason: Annotated[str, "Why it is opened again, up to 1,000 characters."]
) -> NewHire:
    """Open a completed onboarding again, so that something can be returned or done anew; the link works as before."""
    await REOPEN.check(context, hire)
    because = written(reason, "reason", longest=LONGEST_REASON)
    change(hire, completed_at=None, reminders_sent=0)
    await REOPEN.make(context, hire, reason=because)
    await settled(context, hire)
    return hire


async def completed(context: Context, hire: NewHire) -> NewHire:
    """End an onboarding whose stages are complete, and congratulate."""
    await make_move(context, COMPLETE, hire, completed_at=context.now)
    await queue_mail(context, MailTemplate.COMPLETION, to=hire.email, locale=hire.locale, about=hire)
    return hire


def last_active(hire: NewHire) -> datetime | None:
    """When a new hire last did something, or was last asked to."""
    return hire.last_seen_at or hire.started_at or hire.invited_at


REOPEN.bind(reopen_onboarding.name)
