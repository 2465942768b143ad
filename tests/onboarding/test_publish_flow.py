"""The operations on flows, called as the domain calls them: no GraphQL, one transaction, nothing committed."""

from collections.abc import AsyncIterator

import pytest

from db.models.onboarding import FlowStatus
from resolvers.context import Context
from resolvers.onboarding.flows import (
    EmptyFlow,
    EmptyStage,
    FlowNotDraft,
    archive_flow,
    edit_flow,
    flow_is_draft,
    publish_flow,
)
from resolvers.operation import Operation
from resolvers.refusals import IllegalTransition, NotFound
from tests.onboarding.builders import a_flow, working
from tests.world import CompanyWorld


@pytest.fixture
async def context(company: CompanyWorld) -> AsyncIterator[Context]:
    async with working(company) as opened:
        yield opened


async def test_a_flow_with_a_block_in_each_stage_is_published(context: Context) -> None:
    flow = await a_flow(context, stages=2)
    assert await publish_flow(context, flow) is flow
    assert (flow.status, flow.published_at, flow.version) == (FlowStatus.PUBLISHED, context.now, 2)
    assert [(event.type, event.subject_id, event.subject_version) for event in context.published] == [
        ("onboarding.flow.published", flow.id, 2)
    ]


async def test_a_flow_without_a_stage_is_not_published(context: Context) -> None:
    flow = await a_flow(context, stages=0)
    with pytest.raises(EmptyFlow, match="Add a stage first"):
        await publish_flow(context, flow)
    assert (flow.status, flow.published_at, context.published) == (FlowStatus.DRAFT, None, [])


async def test_a_flow_with_an_empty_stage_is_not_published(context: Context) -> None:
    flow = await a_flow(context, stages=2, blocks=0)
    with pytest.raises(EmptyStage, match="'Stage 0'"):
        await publish_flow(context, flow)
    assert context.published == []


@pytest.mark.parametrize(
    ("status", "operation", "to", "allowed"),
    [
        (FlowStatus.PUBLISHED, publish_flow, "published", ["edit_flow", "archive_flow"]),
        (FlowStatus.ARCHIVED, publish_flow, "published", []),
        (FlowStatus.DRAFT, edit_flow, "draft", ["publish_flow"]),
        (FlowStatus.ARCHIVED, edit_flow, "draft", []),
        (FlowStatus.DRAFT, archive_flow, "archived", ["publish_flow"]),
        (FlowStatus.ARCHIVED, archive_flow, "archived", []),
    ],
)
async def test_no_other_move_is_made(
    context: Context, status: FlowStatus, operation: Operation, to: str, allowed: list[str]
) -> None:
    flow = await a_flow(context, status=status)
    with pytest.raises(IllegalTransition) as refused:
        await operation(context, flow)
    assert refused.value.data == {"from": status.value, "to": to, "allowed": allowed}
    assert (flow.status, flow.version, context.published) == (status, 1, [])


async def test_an_edited_flow_is_the_draft_of_the_next_revision(context: Context) -> None:
    flow = await a_flow(context)
    for operation in (publish_flow, edit_flow, publish_flow, archive_flow):
        await operation(context, flow)
    assert (flow.status, flow.revision, flow.archived_at) == (FlowStatus.ARCHIVED, 2, context.now)
    assert [event.type.rpartition(".")[2] for event in context.published] == [
        "published",
        "reopened",
        "published",
        "archived",
    ]


async def test_nothing_is_kept_unless_the_edge_commits(company: CompanyWorld) -> None:
    async with working(company) as context:
        flow = await a_flow(context)
        await publish_flow(context, flow)
    async with working(company) as later:
        with pytest.raises(NotFound, match="There is no such flow"):
            await later.one(type(flow), flow.id)


async def test_a_row_cannot_be_deleted_without_a_record(context: Context) -> None:
    flow = await a_flow(context)
    await context.session.unit.delete(flow)
    with pytest.raises(RuntimeError, match=r"delete through Context\.delete"):
        await context.flush()


async def test_the_guard_of_a_draft_looks_at_every_flow(context: Context) -> None:
    flows = [await a_flow(context), await a_flow(context, status=FlowStatus.PUBLISHED)]
    await flow_is_draft(context, flows[:1])
    with pytest.raises(FlowNotDraft, match="published"):
        await flow_is_draft(context, flows)


async def test_an_operation_by_a_person_is_recorded_as_theirs(company: CompanyWorld) -> None:
    person = await company.person("HR")
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        context = Context(person.asking, session, "publish")
        flow = await a_flow(context)
        await publish_flow(context, flow)
    [moved] = await company.rows(
        "select * from pool.audit_logs where tenant_id = :tenant and operation = 'publish' and action = 'transition'"
    )
    assert (moved.actor_id, moved.entity_id, moved.request_id) == (person.asking.principal.id, flow.id, "test")
    assert (moved.old_values["status"], moved.new_values["status"]) == ("draft", "published")
