"""A new hire's session: what the portal shows, read in a handful of statements whatever the size of the flow."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from db.models.company import Company
from db.models.files import File
from db.models.onboarding import (
    Assignee,
    NewHire,
    NewHireStatus,
    OnboardingUpload,
    Progress,
)
from resolvers.context import Looking, any_of
from resolvers.files import StoredFile, view_of
from resolvers.onboarding.answers import answer_of
from resolvers.onboarding.content_types import public_config
from resolvers.onboarding.frozen import FrozenBlock
from resolvers.onboarding.session_views import (
    OnboardingSession,
    PortalBlock,
    PortalError,
    PortalStage,
    SessionCompany,
    SessionHire,
    SessionProgress,
    StageCompletion,
)
from resolvers.onboarding.settling import Settled, SettledStage, percentage
from resolvers.onboarding.standing import Standing, standing_of

Uploads = Mapping[UUID, Sequence[StoredFile]]


async def portal_session(looking: Looking, hire: NewHire) -> OnboardingSession:
    """Read what a new hire's portal shows."""
    standing = await standing_of(looking, hire)
    [company] = await looking.all(select(Company))
    begun = hire.started_at is not None
    uploads: Uploads = await uploads_of(looking, list(standing.blocks.values())) if begun else {}
    stages = [
        _stage(looking, standing, each, place, uploads, begun=begun)
        for place, each in enumerate(standing.settled.visible)
    ]
    current = standing.settled.current
    return OnboardingSession(
        new_hire=_hire(hire),
        company=_company(company),
        flow_name=standing.revision.name,
        language=standing.revision.language,
        progress=how_far(standing.settled, standing.completed),
        can_start=hire.status is NewHireStatus.PENDING,
        can_complete=hire.status is NewHireStatus.ACTIVE and standing.settled.complete,
        current_stage=next((each for each in stages if current and each.id == current.stage.id), None),
        stages=stages,
    )


def how_far(settled: Settled, completed: frozenset[UUID]) -> SessionProgress:
    """Count stages and required blocks."""
    required = [block for stage in settled.visible for block in required_of(stage)]
    done, stages = [block for block in required if block in completed], settled.visible
    complete = [stage for stage in stages if stage.complete]
    return SessionProgress(
        percentage=percentage(len(complete), len(stages)),
        blocks_pct=percentage(len(done), len(required)),
        completed_stages=len(complete),
        total_stages=len(stages),
        completed_blocks=len(done),
        required_blocks=len(required),
    )


def required_of(stage: SettledStage) -> Sequence[UUID]:
    """Return the required blocks of a stage that are there for the person."""
    return [block.id for block in stage.stage.blocks if block.required and block.id in stage.live]


def completion_of(stage: SettledStage, completed: frozenset[UUID]) -> StageCompletion:
    """Say whether a stage is complete, and what is missing."""
    required = required_of(stage)
    done = [block for block in required if block in completed]
    return StageCompletion(stage.complete, len(required), len(done), list(stage.missing))


async def uploads_of(looking: Looking, rows: Sequence[Progress]) -> Uploads:
    """Return the files that were uploaded for rows, by the row's id."""
    found = await looking.rows(
        select(OnboardingUpload.progress_id, File)
        .join(File, File.id == OnboardingUpload.file_id)
        .where(OnboardingUpload.progress_id == any_of([row.id for row in rows]))
        .order_by(OnboardingUpload.id)
    )
    shown = await view_of(looking, [file for _, file in found])
    uploads: dict[UUID, list[StoredFile]] = {}
    for (row, _), view in zip(found, shown, strict=True):
        uploads.setdefault(row, []).append(view)
    return uploads


def _stage(
    looking: Looking, standing: Standing, stage: SettledStage, place: int, uploads: Uploads, *, begun: bool
) -> PortalStage:
    frozen = stage.stage
    live = [block for block in frozen.blocks if block.id in stage.live] if begun else []
    return PortalStage(
        id=frozen.id,
        name=frozen.name,
        description=frozen.description,
        type=frozen.type,
        position=place,
        status=stage.standing,
        opens_on=stage.opens_on,
        due_on=stage.due_on,
        estimated_minutes=frozen.estimated_minutes,
        completion=completion_of(stage, standing.completed),
        blocks=[_block(looking, block, standing.blocks[block.id], uploads) for block in live],
    )


def _block(looking: Looking, block: FrozenBlock, row: Progress, uploads: Uploads) -> PortalBlock:
    mine = block.assignee is Assignee.NEW_HIRE
    return PortalBlock(
        id=block.id,
        type=block.type,
        base=block.base,
        title=block.title,
        content=block.content,
        config=public_config(block.base, block.config),
        required=block.required,
        display_only=block.display_only,
        assignee=block.assignee,
        mine=mine,
        estimated_minutes=block.estimated_minutes,
        status=row.status,
        value=answer_of(looking.asking.keyring, row) if mine else None,
        errors=errors_of(row),
        review_status=row.review_status,
        review_comment=row.review_comment if mine else None,
        completed_at=row.completed_at,
        uploads=list(uploads.get(row.id, ())) if mine else [],
    )


def errors_of(row: Progress) -> list[PortalError]:
    """Return what was wrong with what was saved last."""
    found = (row.validation_errors or {}).get("errors", [])
    return [PortalError(each["code"], each["message"], [str(key) for key in each["path"]]) for each in found]


def _hire(hire: NewHire) -> SessionHire:
    return SessionHire(
        hire.first_name,
        hire.last_name,
        hire.email,
        hire.position,
        hire.department,
        hire.start_date,
        hire.status,
        hire.started_at,
        hire.completed_at,
    )


def _company(company: Company) -> SessionCompany:
    return SessionCompany(
        company.name,
        company.description,
        company.primary_color,
        company.secondary_color,
        company.accent_color,
        company.logo_url,
    )
