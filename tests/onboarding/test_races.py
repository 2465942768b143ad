"""Publishing beside changing: whatever the order, nothing that is published is changed, and nobody meets a fault."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from resolvers.context import Context
from schema.execute import transacting
from tests.onboarding.flows import FlowWorld

ROUNDS = range(6)


def changes(flows: FlowWorld) -> list[tuple[str, dict[str, Any]]]:
    """Return one of each change that a draft allows."""
    return [
        ("addStage", {"flowId": flows.flow, "name": "Late"}),
        ("updateStage", {"id": flows.stages[0], "name": "Late"}),
        ("deleteStage", {"id": flows.stages[1]}),
        ("reorderStages", {"id": flows.flow, "ids": flows.stages[::-1]}),
        ("updateFlow", {"id": flows.flow, "name": "Late"}),
        ("addContentBlock", {"stageId": flows.stages[0], "type": "text_input"}),
        ("updateContentBlock", {"id": flows.blocks(0)[0], "content": "Late"}),
        ("deleteContentBlock", {"id": flows.blocks(2)[0]}),
        ("reorderContentBlocks", {"id": flows.stages[2], "ids": flows.blocks(2)[::-1]}),
    ]


@pytest.mark.parametrize("seed", ROUNDS)
async def test_what_is_published_is_changed_by_nobody(flows: FlowWorld, seed: int) -> None:
    chance = random.Random(seed)
    attempts = [*changes(flows), ("publishFlow", {"id": flows.flow})]
    chance.shuffle(attempts)
    outcomes = await asyncio.gather(*(flows.codes(name, **given) for name, given in attempts))
    refused = {code for codes in outcomes for code in codes}
    assert refused <= {"FLOW_NOT_DRAFT", "NOT_FOUND", "INVALID_ORDER", "EMPTY_STAGE"}
    log = await _log(flows)
    published = [place for place, (_, status) in enumerate(log) if status == "published"]
    if ("publishFlow", []) in [(name, codes) for (name, _), codes in zip(attempts, outcomes, strict=True)]:
        assert published == [len(log) - 1]
    else:
        assert published == []


async def _log(flows: FlowWorld) -> list[tuple[str, str | None]]:
    """Return what was written through the API, in the order in which the transactions were committed."""
    rows = await flows.company.rows(
        "select entity_type, new_values->>'status' from pool.audit_logs"
        " where tenant_id = :tenant and length(request_id) = 32 order by xmin::text::bigint, id"
    )
    return [(row[0], row[1]) for row in rows]


@pytest.mark.parametrize("seed", ROUNDS)
async def test_a_flow_is_deleted_whole_or_published_whole(flows: FlowWorld, seed: int) -> None:
    chance = random.Random(seed)
    attempts = [("deleteFlow", {"id": flows.flow}), ("publishFlow", {"id": flows.flow}), *changes(flows)]
    chance.shuffle(attempts)
    outcomes = await asyncio.gather(*(flows.codes(name, **given) for name, given in attempts))
    by_name = {name: codes for (name, _), codes in zip(attempts, outcomes, strict=True)}
    [(found,)] = await flows.company.rows(
        "select count(*) from pool.onboarding_flows where tenant_id = :tenant and id = :flow", flow=flows.ground.flow.id
    )
    [(stages,)] = await flows.company.rows("select count(*) from pool.stages where tenant_id = :tenant")
    [(blocks,)] = await flows.company.rows("select count(*) from pool.content_blocks where tenant_id = :tenant")
    if by_name["deleteFlow"] == []:
        assert (found, stages, blocks) == (0, 0, 0)
        assert by_name["publishFlow"] in (["NOT_FOUND"], ["EMPTY_STAGE"])
    else:
        assert (found, by_name["deleteFlow"], by_name["publishFlow"]) == (1, ["FLOW_NOT_DRAFT"], [])


async def test_a_stage_that_comes_while_its_flow_goes_is_recorded_too(flows: FlowWorld) -> None:
    """Somebody who adds it without a lock on the flow, as only a foreign key does, is waited for."""
    async with flows.company.world.owner.begin() as connection:
        await connection.exec_driver_sql(f"select set_config('app.tenant_id', '{flows.company.tenant.id}', true)")
        added = await connection.exec_driver_sql(
            "insert into pool.stages (tenant_id, flow_id, name, type, position, available_offset_days, lock,"
            " created_at, updated_at) select tenant_id, flow_id, 'Late', type, 3, 0, lock, created_at, updated_at"
            f" from pool.stages where id = '{flows.ground.stages[0].id}' returning id"
        )
        late = added.scalar_one()
        waiting = asyncio.create_task(flows.codes("deleteFlow", id=flows.flow))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    assert await waiting == []
    deleted = [entry.entity_id for entry in await flows.ground.audited("delete_flow")]
    assert late in deleted
    assert len(deleted) == len(set(deleted)) == 11


async def test_of_many_who_publish_one_does(flows: FlowWorld) -> None:
    outcomes = await asyncio.gather(*(flows.codes("publishFlow", id=flows.flow) for _ in range(8)))
    assert sorted(outcomes) == [[], *[["ILLEGAL_TRANSITION"]] * 7]
    events = await flows.company.rows(
        "select 1 from pool.event_outbox where tenant_id = :tenant and type = 'onboarding.flow.published'"
    )
    assert len(events) == 1


@pytest.fixture
def crossing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the order of locks, and let two mutations hold their first row each before either asks for another."""
    both, held = asyncio.Barrier(2), list[UUID]()
    one = Context.one

    async def hold_and_wait(context: Context, model: type[Any], entity_id: UUID, *reached: Any) -> Any:
        found = await one(context, model, entity_id, *reached)
        if len(held) < both.parties:
            held.append(entity_id)
            await both.wait()
        return found

    async def lock_nothing(*_given: object) -> None:
        pass

    monkeypatch.setattr(Context, "one", hold_and_wait)
    monkeypatch.setattr(Context, "_lock_parents", lock_nothing)


def but_slow(logged: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Leave out that it took long: PostgreSQL looks for a deadlock after a second."""
    return [each for each in logged if each["event"] != "slow operation"]


@pytest.mark.usefixtures("crossing")
async def test_a_deadlock_is_run_again_and_told_to_nobody(flows: FlowWorld) -> None:
    with capture_logs() as logged:
        stage, flow = await asyncio.gather(
            flows.codes("deleteStage", id=flows.stages[0]), flows.codes("deleteFlow", id=flows.flow)
        )
    assert (stage in ([], ["NOT_FOUND"]), flow) == (True, [])
    assert but_slow(logged) == []
    deleted = [*await flows.ground.audited("delete_stage"), *await flows.ground.audited("delete_flow")]
    assert sorted(entry.entity_type for entry in deleted if entry.action == "delete") == [
        *["ContentBlock"] * 6,
        "Flow",
        *["Stage"] * 3,
    ]


@pytest.mark.usefixtures("crossing")
async def test_who_loses_every_deadlock_is_told_to_try_again(flows: FlowWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transacting, "ATTEMPTS", 1)
    before = await flows.ground.everything()
    query = "mutation($id: ID!) {{ {}(input: {{ id: $id, dryRun: true }}) {{ deletedId }} }}"
    attempts = {"deleteStage": flows.stages[0], "deleteFlow": flows.flow}
    with capture_logs() as logged:
        answers = await asyncio.gather(
            *(flows.hr.ask(query.format(name), {"id": global_id}) for name, global_id in attempts.items())
        )
    assert sorted(answer.codes for answer in answers) == [[], ["UNAVAILABLE"]]
    assert len(but_slow(logged)) == 1
    assert await flows.ground.everything() == before
