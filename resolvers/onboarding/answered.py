"""What new hires have answered, for those who may read it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from db.models.onboarding import FlowRevision, NewHire, Progress, ProgressStatus
from resolvers.computed import computed
from resolvers.context import Looking, any_of
from resolvers.files import StoredFile
from resolvers.onboarding.answers import answer_of
from resolvers.onboarding.frozen import thawed
from resolvers.onboarding.session import uploads_of
from resolvers.views import JsonValue

READ: Final = "onboarding.read_answers"


@computed(Progress, needs=READ)
async def value(looking: Looking, rows: Sequence[Progress]) -> Sequence[JsonValue | None]:
    """The answer, saved or completed."""
    return [answer_of(looking.asking.keyring, row) for row in rows]


@computed(Progress, needs=READ)
async def files(looking: Looking, rows: Sequence[Progress]) -> Sequence[list[StoredFile]]:
    """Files that were uploaded for the block."""
    uploads = await uploads_of(looking, rows)
    return [list(uploads.get(row.id, ())) for row in rows]


@computed(NewHire, needs=READ)
async def mapped_answers(looking: Looking, hires: Sequence[NewHire]) -> Sequence[dict[str, Any]]:
    """Completed answers by the field of the employee that they are for, such as `employee.bank_account`."""
    fields = await _fields(looking, hires)
    rows: Sequence[Progress] = await looking.all(
        select(Progress)
        .where(Progress.new_hire_id == any_of([hire.id for hire in hires]))
        .where(Progress.content_block_id == any_of(list({block for each in fields.values() for block in each})))
        .where(Progress.live, Progress.status == ProgressStatus.COMPLETED)
        .order_by(Progress.stage_position, Progress.position)
        .execution_options(populate_existing=True)
    )
    revisions = {hire.id: hire.revision_id for hire in hires}
    found: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        field = fields[revisions[row.new_hire_id]].get(row.content_block_id)
        if field:
            found.setdefault(row.new_hire_id, {})[field] = answer_of(looking.asking.keyring, row)
    return [found.get(hire.id, {}) for hire in hires]


async def _fields(looking: Looking, hires: Sequence[NewHire]) -> Mapping[UUID, Mapping[UUID, str]]:
    """Return, for each revision, its blocks that are for a field of the employee."""
    wanted = any_of(list({hire.revision_id for hire in hires}))
    revisions: Sequence[FlowRevision] = await looking.all(select(FlowRevision).where(FlowRevision.id == wanted))
    return {
        revision.id: {block.id: block.maps_to for _, block in thawed(revision.content).blocks if block.maps_to}
        for revision in revisions
    }
