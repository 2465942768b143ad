"""HR's review of what new hires have answered: accepted, or returned to be done again."""

from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import select

from db.models.onboarding import NewHire, Progress, ProgressStatus, ReviewStatus
from resolvers.context import Context
from resolvers.onboarding.completing import RETURN, not_active
from resolvers.onboarding.events import BlockReturned
from resolvers.onboarding.hire_refusals import OnboardingNotActive, written
from resolvers.onboarding.standing import SETTLING, change, settled, told_of
from resolvers.operation import Names, operation
from resolvers.refusals import IllegalTransition, NotFound

LONGEST_COMMENT: Final = 2000


async def _reviewed(context: Context, progress_id: UUID) -> tuple[NewHire, Progress]:
    """Return a completed block and its new hire, both locked, the new hire first."""
    hires = await context.all(select(Progress.new_hire_id).where(Progress.id == progress_id))
    if not hires:
        raise NotFound("There is no such progress.", path=("id",))
    hire = await context.one(NewHire, hires[0])
    row = await context.one(Progress, progress_id)
    if refusal := not_active(hire.status):
        raise refusal
    if row.status not in RETURN.sources:
        raise RETURN.machine.illegal(row.status, RETURN.target)
    return hire, row


@operation(
    "onboarding.review",
    refuses=[OnboardingNotActive, IllegalTransition],
    emits=["onboarding.progress.moved", "onboarding.block.returned", *SETTLING],
)
async def return_block(
    context: Context,
    id: Annotated[UUID, Names("Progress"), "The progress of the block."],
    comment: Annotated[str, "What the person is to do differently, up to 2,000 characters."],
) -> Progress:
    """Return a completed block, to be done again while the onboarding is active. Its stage is open again."""
    hire, row = await _reviewed(context, id)
    change(
        row,
        status=ProgressStatus.IN_PROGRESS,
        completed_at=None,
        review_status=ReviewStatus.RETURNED,
        review_comment=written(comment, "comment", longest=LONGEST_COMMENT),
        reviewed_by_id=context.principal.user_id,
    )
    facts = {"content_block_id": row.content_block_id, "stage_id": row.stage_id}
    await context.publish(BlockReturned(**told_of(hire), **facts), hire)
    await settled(context, hire)
    return row


@operation("onboarding.review", refuses=[OnboardingNotActive, IllegalTransition], emits=["onboarding.progress.updated"])
async def accept_block(
    context: Context,
    id: Annotated[UUID, Names("Progress"), "The progress of the block."],
) -> Progress:
    """Say that the answer of a completed block is in order."""
    _, row = await _reviewed(context, id)
    change(row, review_status=ReviewStatus.ACCEPTED, review_comment=None, reviewed_by_id=context.principal.user_id)
    return row


RETURN.bind(return_block.name)
