"""What a new hire does in their own onboarding: begin, save, complete, upload, end. Their session is whose it is."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import select

from db.models.files import File, FilePurpose
from db.models.mail import MailTemplate
from db.models.onboarding import Assignee, NewHire, OnboardingUpload, ProgressStatus
from resolvers.context import Context, Looking
from resolvers.files import FileRefused, announce, ticket_of
from resolvers.mails import queue_mail
from resolvers.onboarding.answers import keep_answer
from resolvers.onboarding.completing import (
    COMPLETE_BLOCK,
    COMPLETING,
    SAVE,
    Work,
    complete,
    enter,
    must_be_open,
    not_active,
    seen,
    standing_under_lock,
    work_on,
)
from resolvers.onboarding.hire_refusals import (
    NotInvited,
    NotYours,
    OnboardingIncomplete,
    OnboardingNotActive,
    StageIncomplete,
    StageLocked,
)
from resolvers.onboarding.hires import COMPLETE, START, completed, make_move
from resolvers.onboarding.session import portal_session
from resolvers.onboarding.session_views import OnboardingSession
from resolvers.onboarding.standing import SETTLING, Standing, change, settled
from resolvers.onboarding.submitting import SUBMITTING, InvalidAnswer, drafted, submitted
from resolvers.operation import Names, operation
from resolvers.reading import reading
from resolvers.refusals import IllegalTransition, InvalidInput, NotFound
from resolvers.state import Move
from resolvers.views import JsonValue

PORTAL: Final = "onboarding.portal"
SESSION: Final = "session"
REFUSED_WORK: Final = (NotFound, NotYours, OnboardingNotActive, StageLocked, IllegalTransition, InvalidInput)
REFUSED_ANSWER: Final = (*REFUSED_WORK, InvalidAnswer, FileRefused)
WITH_FILES: Final = frozenset({"file_upload"})
COMPLETED_BLOCK: Final = ("onboarding.new_hire.updated", *COMPLETING, *SUBMITTING)


async def _session_of(context: Context) -> Standing:
    """Lock whose session it is, and read how they stand."""
    assert context.principal.id is not None
    return await standing_under_lock(context, context.principal.id)


async def _active_session(context: Context) -> Standing:
    standing = await _session_of(context)
    if refusal := not_active(standing.hire.status):
        raise refusal
    return standing


async def _own_work(context: Context, block_id: UUID, move: Move) -> Work:
    """Return a block that the new hire may work on now."""
    work = work_on(await _active_session(context), block_id)
    if work.block.assignee is not Assignee.NEW_HIRE:
        raise NotYours(f"{work.block.title!r} is for the {work.block.assignee.value.replace('_', ' ')}.")
    if work.row.status not in move.sources:
        raise move.machine.illegal(work.row.status, move.target)
    must_be_open(work.stage)
    return work


@reading(PORTAL)
async def onboarding_session(looking: Looking) -> OnboardingSession | None:
    """One's own onboarding: the link that was mailed says whose."""
    hires: Sequence[NewHire] = await looking.all(select(NewHire).where(NewHire.id == looking.asking.principal.id))
    return await portal_session(looking, hires[0]) if hires else None


@operation(
    PORTAL,
    refuses=[IllegalTransition, NotInvited],
    emits=["onboarding.new_hire.moved", "email_message.created", "onboarding.started"],
    shows=portal_session,
    shown_as=SESSION,
)
async def start_onboarding(context: Context) -> NewHire:
    """Begin one's onboarding, the first time that the link is used. A welcome is mailed."""
    hire = (await _session_of(context)).hire
    await make_move(context, START, hire, started_at=context.now, last_seen_at=context.now, reminders_sent=0)
    await queue_mail(context, MailTemplate.WELCOME, to=hire.email, locale=hire.locale, about=hire)
    return hire


@operation(
    PORTAL,
    refuses=REFUSED_WORK,
    emits=[
        *("onboarding.progress.moved", "onboarding.progress.updated"),
        *("onboarding.stage_progress.updated", "onboarding.new_hire.updated"),
    ],
    shows=portal_session,
    shown_as=SESSION,
)
async def save_content_block(
    context: Context,
    content_block_id: Annotated[UUID, Names("ContentBlock"), "The block."],
    value: Annotated[JsonValue | None, "The answer so far; null empties it."] = None,
) -> NewHire:
    """Keep an answer as a draft, in order or not; what is wrong with it is in the block's `errors`."""
    work = await _own_work(context, content_block_id, SAVE)
    if work.block.display_only:
        raise InvalidInput("This block takes no answer; complete it once it was seen.", path=("value",))
    problems = await drafted(context, work, value)
    keep_answer(context, work.row, value)
    change(
        work.row,
        status=ProgressStatus.IN_PROGRESS,
        started_at=work.row.started_at or context.now,
        validation_errors=problems,
    )
    enter(context, work)
    seen(context, work.hire)
    await context.flush()
    return work.hire


@operation(PORTAL, refuses=REFUSED_ANSWER, emits=COMPLETED_BLOCK, shows=portal_session, shown_as=SESSION)
async def complete_content_block(
    context: Context,
    content_block_id: Annotated[UUID, Names("ContentBlock"), "The block."],
    value: Annotated[JsonValue | None, "The answer; left out where the block takes none."] = None,
) -> NewHire:
    """Complete a block with its answer, which its content type checks. What is only shown is completed without one."""
    work = await _own_work(context, content_block_id, COMPLETE_BLOCK)
    given = await submitted(context, work, value)
    seen(context, work.hire)
    await complete(context, work, given)
    return work.hire


@operation(
    PORTAL,
    refuses=[NotFound, OnboardingNotActive, StageLocked, StageIncomplete],
    emits=["onboarding.new_hire.updated", *SETTLING],
    shows=portal_session,
    shown_as=SESSION,
)
async def complete_stage(context: Context, stage_id: Annotated[UUID, Names("Stage"), "The stage."]) -> NewHire:
    """Say to be done with a stage. One that waits for blocks is refused; one without any becomes complete by this."""
    standing = await _active_session(context)
    stage = standing.settled.stage(stage_id)
    if stage is None:
        raise NotFound("There is no such stage.", path=("stage_id",))
    must_be_open(stage)
    if stage.missing:
        raise StageIncomplete(f"{len(stage.missing)} of {len(stage.counting)} blocks are not completed yet.")
    row = standing.stages[stage_id]
    change(row, acknowledged_at=context.now, entered_at=row.entered_at or context.now)
    seen(context, standing.hire)
    await settled(context, standing.hire)
    return standing.hire


@operation(
    PORTAL,
    refuses=[IllegalTransition, OnboardingIncomplete],
    emits=["onboarding.new_hire.moved", "email_message.created", "onboarding.completed"],
    shows=portal_session,
    shown_as=SESSION,
)
async def complete_onboarding(context: Context) -> NewHire:
    """End one's onboarding once every stage is complete. It can be read from then on."""
    hire = (await _session_of(context)).hire
    return await completed(context, hire)


@operation(
    PORTAL,
    refuses=[*REFUSED_WORK, FileRefused],
    emits=["file.created", "onboarding.upload.created"],
    shows=ticket_of,
    shown_as="upload",
)
async def upload_onboarding_file(
    context: Context,
    content_block_id: Annotated[UUID, Names("ContentBlock"), "The block that asks for the file."],
    filename: Annotated[str, "Name of the file, without a path."],
    mime: Annotated[str, "Media type of the file, such as image/png."],
    size: Annotated[float, "Bytes of the file."],
) -> File:
    """Announce a file for a block. Its bytes are then sent to the address that is returned, with the headers given."""
    work = await _own_work(context, content_block_id, COMPLETE_BLOCK)
    if work.block.base not in WITH_FILES:
        raise InvalidInput("This block asks for no file.", path=("content_block_id",))
    file = await announce(context, FilePurpose.ONBOARDING_ANSWER, filename, mime, size)
    context.add(OnboardingUpload(progress_id=work.row.id, file_id=file.id))
    return file


SAVE.bind(save_content_block.name)
COMPLETE_BLOCK.bind(complete_content_block.name)
START.bind(start_onboarding.name)
COMPLETE.bind(complete_onboarding.name)
