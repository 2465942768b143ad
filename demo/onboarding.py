"""The onboarding flows of the demo company: one that is in use, one that is being written."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from db.models.onboarding import Assignee, ContentBlock, Flow, Stage, StageLock, StageType
from db.session import Database
from resolvers import plain
from resolvers.context import Asking, Context
from resolvers.onboarding import block_in_draft, flow_is_draft, has_flows, publish_flow, stage_in_draft
from resolvers.plain import Plain

CREATE_FLOW: Final = plain.create(Plain(Flow, "onboarding.edit", flow_is_draft))
ADD_STAGE: Final = plain.create(Plain(Stage, "onboarding.edit", stage_in_draft), "add")
ADD_BLOCK: Final = plain.create(Plain(ContentBlock, "onboarding.edit", block_in_draft), "add")


@dataclass(frozen=True, slots=True)
class Page:
    """A stage of a demo flow with its blocks."""

    name: str
    type: StageType
    blocks: Sequence[dict[str, Any]]
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


def block(kind: str, content: str, minutes: int = 2, **facts: Any) -> dict[str, Any]:
    """Describe a content block."""
    return {"type": kind, "content": content, "estimated_minutes": minutes, **facts}


ENGINEERS: Final = (
    Page(
        "Welcome aboard",
        StageType.MEDIA,
        [
            block("header", "Good to have you here", 1, required=False),
            block("video", "How we work, in four minutes", 4, config={"url": "https://example.com/welcome.mp4"}),
        ],
        {"available_offset_days": -14, "lock": StageLock.FREE},
    ),
    Page(
        "About you",
        StageType.FORM,
        [
            block("text_input", "Your full name", config={"maxLength": 120}),
            block("date", "Your date of birth"),
            block("file_upload", "A photo for your badge", 5, config={"accept": ["image/jpeg", "image/png"]}),
        ],
        {"available_offset_days": -7, "due_offset_days": 0},
    ),
    Page(
        "Your first day",
        StageType.MEETING,
        [
            block("checklist", "Laptop, badge and accounts", 30, assignee=Assignee.IT),
            block("meet_the_team", "Lunch with your team", 60, assignee=Assignee.BUDDY),
            block("acknowledge_policy", "Our security policy", 15),
        ],
        {"due_offset_days": 1},
    ),
    Page(
        "Your first month",
        StageType.TASK,
        [
            block("checklist", "Ship a small change", 240),
            block("text_area", "What surprised you?", 10, required=False),
        ],
        {"available_offset_days": 7, "due_offset_days": 30},
    ),
)

CONTRACTORS: Final = (
    Page("Read first", StageType.TEXT, [block("description", "How we work with contractors", 5)]),
    Page("Papers", StageType.FORM, [block("file_upload", "Proof of insurance", 5), block("signature", "Sign here", 1)]),
)


async def seed_onboarding(asking: Asking, database: Database) -> None:
    """Write the flows, all in one transaction, unless the company has flows already."""
    async with database.transacting(asking.tenant.placement) as session:
        context = Context(asking, session, "seed_demo_data")
        if await has_flows(context.looking):
            return
        engineers = await _write(context, "Engineers", 30, ENGINEERS)
        await publish_flow(context, engineers)
        await _write(context, "Contractors", 10, CONTRACTORS)


async def _write(context: Context, name: str, days: int, pages: Sequence[Page]) -> Flow:
    flow: Flow = await CREATE_FLOW(context, name=name, duration_days=days, reminder_after_days=[3, 7])
    for page in pages:
        stage: Stage = await ADD_STAGE(context, flow_id=flow.id, name=page.name, type=page.type, **page.facts)
        for given in page.blocks:
            await ADD_BLOCK(context, stage_id=stage.id, **given)
    return flow
