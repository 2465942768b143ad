"""The onboarding of the demo company: flows that are in use, and new hires who have come differently far with them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from db.models.identity import User
from db.models.onboarding import (
    Assignee,
    ContentBlock,
    Flow,
    FlowRevision,
    NewHire,
    StageTemplate,
)
from db.models.onboarding import Stage as FlowStage
from demo.flows import CONTRACTORS, ENGINEERS, GOODBYE, Plan
from demo.people import BUDDY, HIRES, HR, MANAGER, Hire
from demo.pictures import portrait
from demo.stage import Stage
from resolvers import ids, plain
from resolvers.context import Context
from resolvers.onboarding.flows import block_in_draft, flow_is_draft, has_flows, publish_flow, stage_in_draft
from resolvers.onboarding.frozen import FrozenBlock, FrozenStage, thawed
from resolvers.onboarding.hires import CREATED, cancel_new_hire
from resolvers.onboarding.invitations import expire, send_invitation
from resolvers.onboarding.portal import (
    complete_content_block,
    complete_onboarding,
    start_onboarding,
    upload_onboarding_file,
)
from resolvers.onboarding.tasks import complete_onboarding_task
from resolvers.plain import Plain

EDIT: Final = "onboarding.edit"
CREATE_FLOW: Final = plain.create(Plain(Flow, EDIT, flow_is_draft))
ADD_STAGE: Final = plain.create(Plain(FlowStage, EDIT, stage_in_draft), "add")
ADD_BLOCK: Final = plain.create(Plain(ContentBlock, EDIT, block_in_draft), "add")
CREATE_TEMPLATE: Final = plain.create(Plain(StageTemplate, EDIT))
CREATE_HIRE: Final = plain.create(Plain(NewHire, "onboarding.edit_hires", created=CREATED))
PACE: Final = 1.5
"""Days that a new hire takes for a stage."""

IBAN: Final = "DE89370400440532013000"
Answer = Callable[[Hire, FrozenBlock], Any]
ANSWERS: Final[Mapping[str, Answer]] = {
    "text_input": lambda hire, block: (
        IBAN if block.maps_to == "employee.bank_account" else f"{hire.first_name} {hire.last_name}"
    ),
    "text_area": lambda _hire, _block: "How quickly one gets an answer here.",
    "date": lambda hire, _block: f"19{80 + len(hire.last_name)}-03-{10 + len(hire.first_name):02}",
    "time": lambda _hire, _block: "09:00",
    "number": lambda _hire, _block: 85,
    "select": lambda _hire, block: block.config["options"][0]["value"],
    "checklist": lambda _hire, block: {"checked": [item["id"] for item in block.config["items"]]},
    "acknowledge_policy": lambda _hire, _block: {"acknowledged": True},
    "quiz": lambda _hire, block: {"answers": {each["id"]: each["correct"] for each in block.config["questions"]}},
    "signature": lambda hire, _block: {"name": f"{hire.first_name} {hire.last_name}", "agreed": True},
}


async def seed_onboarding(stage: Stage) -> None:
    """Write the flows in one transaction, and then each new hire step by step, unless the company has flows already."""
    async with stage.ago(60).acting() as context:
        if await has_flows(context.looking):
            return
        flows = {plan.name: await _publish(context, plan) for plan in (ENGINEERS, CONTRACTORS)}
        await CREATE_TEMPLATE(context, **GOODBYE)
        people = {user.email: user.id for user in await context.all(select(User))}
    for hire in HIRES:
        await _go_through(stage, hire, flows[hire.flow], people)


async def _publish(context: Context, plan: Plan) -> UUID:
    flow = await write_flow(context, plan)
    await publish_flow(context, flow)
    return flow.id


async def write_flow(context: Context, plan: Plan) -> Flow:
    """Write a flow with its stages and blocks."""
    flow: Flow = await CREATE_FLOW(context, name=plan.name, **plan.facts)
    for page in plan.pages:
        made: FlowStage = await ADD_STAGE(context, flow_id=flow.id, name=page.name, type=page.type, **page.facts)
        for given in page.blocks:
            await ADD_BLOCK(context, stage_id=made.id, **given)
    return flow


async def _go_through(stage: Stage, hire: Hire, flow: UUID, people: Mapping[str, UUID]) -> None:
    """Let one new hire come as far as they have."""
    invited = stage.ago(hire.invited_days_ago or 0)
    row: NewHire = await invited.do(
        CREATE_HIRE,
        flow_id=flow,
        email=hire.email,
        first_name=hire.first_name,
        last_name=hire.last_name,
        position=hire.position,
        department="Engineering",
        country=hire.country,
        timezone="Europe/Berlin",
        start_date=(invited.now + timedelta(days=14)).date(),
        manager_id=people[MANAGER.email],
        buddy_id=people[BUDDY.email],
        hr_owner_id=people[HR.email],
    )
    if hire.invited_days_ago is not None:
        await _with(invited, row.id, send_invitation)
    if hire.begun:
        await invited.ago(-0.1).as_hire(row.id).do(start_onboarding)
        await _complete(stage, hire, row.id)
    await _end(stage, hire, row.id)


async def _with(stage: Stage, hire_id: UUID, operation: Any, **named: Any) -> None:
    async with stage.acting() as context:
        await operation(context, await context.one(NewHire, hire_id), **named)


async def _complete(stage: Stage, hire: Hire, hire_id: UUID) -> None:
    """Complete the first stages, one after the other, some days apart."""
    async with stage.acting() as context:
        revision = select(FlowRevision).join(NewHire, NewHire.revision_id == FlowRevision.id)
        [found] = await context.all(revision.where(NewHire.id == hire_id))
    began = hire.invited_days_ago or 0
    for place, each in enumerate(thawed(found.content).stages[: hire.stages]):
        moment = stage.ago(max(0.1, began - PACE * (place + 1)))
        await _complete_stage(moment, stage, hire, hire_id, each)


async def _complete_stage(moment: Stage, today: Stage, hire: Hire, hire_id: UUID, stage: FrozenStage) -> None:
    for block in stage.blocks:
        if block.assignee is not Assignee.NEW_HIRE:
            value = ANSWERS[block.base](hire, block)
            await moment.do(complete_onboarding_task, new_hire_id=hire_id, content_block_id=block.id, value=value)
            continue
        value = None if block.display_only else await _answer(today.as_hire(hire_id), hire, block)
        await moment.as_hire(hire_id).do(complete_content_block, content_block_id=block.id, value=value)


async def _answer(stage: Stage, hire: Hire, block: FrozenBlock) -> Any:
    if block.base != "file_upload":
        return ANSWERS[block.base](hire, block)
    name = f"{hire.first_name} {hire.last_name}"
    picture = portrait(name)
    file = await stage.upload(upload_onboarding_file, f"{name}.png", "image/png", picture, content_block_id=block.id)
    return {"fileIds": [ids.encode("StoredFile", file.id)]}


async def _end(stage: Stage, hire: Hire, hire_id: UUID) -> None:
    match hire.ending:
        case "completed":
            last = stage.ago(max(0.05, (hire.invited_days_ago or 0) - PACE * (hire.stages + 1)))
            await last.as_hire(hire_id).do(complete_onboarding)
        case "cancelled":
            await _with(stage.ago(3), hire_id, cancel_new_hire, reason="Took another offer.")
        case "expired":
            await _with(stage.ago(10), hire_id, expire)
        case _:
            pass
