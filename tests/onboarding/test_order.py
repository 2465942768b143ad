"""Places: dense from 0, whatever is added, deleted and moved, and by however many at once."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from db.models import Stage
from resolvers.places import MOST_PLACES
from schema.derive import ids
from tests.commands.ground import unknown_id
from tests.onboarding.flows import FlowWorld, a_flow, positions
from tests.world import CompanyWorld

Change = Callable[[list[str]], list[str]]
WRONG: dict[str, Change] = {
    "missing": lambda ids: ids[:-1],
    "none": lambda _ids: [],
    "extra": lambda ids: [*ids, unknown_id(Stage)],
    "twice": lambda ids: [ids[0], ids[0], *ids[2:]],
    "doubled": lambda ids: [*ids, ids[0]],
    "exchanged for nothing": lambda ids: [*ids[:-1], unknown_id(Stage)],
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
async def test_an_order_names_each_exactly_once(flows: FlowWorld, change: Change) -> None:
    before = await flows.ground.everything()
    [refusal] = await flows.do("reorderStages", id=flows.flow, ids=change(flows.stages))
    assert (refusal["code"], refusal["path"]) == ("INVALID_ORDER", ["input", "ids"])
    assert await flows.ground.everything() == before


async def test_a_stage_of_another_flow_or_company_has_no_place_here(
    flows: FlowWorld, other_company: CompanyWorld
) -> None:
    made = await flows.hr.do("createFlow", {"name": "Other", "durationDays": 1}, "flow { id }")
    other = await flows.hr.do("addStage", {"flowId": made["flow"]["id"], "name": "There"}, "stage { id }")
    theirs = await a_flow(other_company)
    before = await flows.ground.everything()
    for foreign in (other["stage"]["id"], theirs.stages[0]):
        given = [foreign, *flows.stages[1:]]
        assert await flows.codes("reorderStages", id=flows.flow, ids=given) == ["INVALID_ORDER"]
    for nonsense in (flows.blocks(0)[0], "nonsense", flows.flow):
        given = [nonsense, *flows.stages[1:]]
        assert await flows.codes("reorderStages", id=flows.flow, ids=given) == ["NOT_FOUND"]
    assert await flows.ground.everything() == before


@pytest.mark.parametrize("order", [[2, 1, 0], [1, 2, 0], [2, 0, 1]])
async def test_every_permutation_is_an_order(flows: FlowWorld, order: list[int]) -> None:
    wanted = [flows.stages[each] for each in order]
    assert await flows.do("reorderStages", id=flows.flow, ids=wanted) == []
    nodes = (await flows.see())["stages"]["nodes"]
    assert ([node["id"] for node in nodes], positions(nodes)) == (wanted, [0, 1, 2])


async def test_deleting_the_first_closes_the_gap(flows: FlowWorld) -> None:
    assert await flows.do("deleteStage", id=flows.stages[0]) == []
    assert await flows.do("deleteContentBlock", id=flows.blocks(1)[0]) == []
    nodes = (await flows.see())["stages"]["nodes"]
    assert [(node["id"], node["position"]) for node in nodes] == [(flows.stages[1], 0), (flows.stages[2], 1)]
    assert nodes[0]["contentBlocks"]["nodes"] == [{"id": flows.blocks(1)[1], "position": 0}]


async def test_the_first_of_another_flow_stands_at_0_too(flows: FlowWorld) -> None:
    made = await flows.hr.do("createFlow", {"name": "Other", "durationDays": 1}, "flow { id }")
    stage = await flows.hr.do("addStage", {"flowId": made["flow"]["id"], "name": "First"}, "stage { position }")
    assert stage["stage"] == {"position": 0}


@pytest.mark.parametrize("seed", range(4))
async def test_places_stay_dense_when_many_change_them_at_once(flows: FlowWorld, seed: int) -> None:
    chance = random.Random(seed)
    attempts = [_attempt(flows, chance) for _ in range(24)]
    chance.shuffle(attempts)
    outcomes = await asyncio.gather(*(flows.codes(name, **given) for name, given in attempts))
    assert {code for codes in outcomes for code in codes} <= {"NOT_FOUND", "INVALID_ORDER"}
    nodes = (await flows.see())["stages"]["nodes"]
    assert positions(nodes) == list(range(len(nodes)))
    for node in nodes:
        blocks = node["contentBlocks"]["nodes"]
        assert positions(blocks) == list(range(len(blocks)))
    refused = sum(bool(codes) for codes in outcomes)
    assert len(await _requests(flows)) == len(attempts) - refused - await _idle(flows, attempts, outcomes)


def _attempt(flows: FlowWorld, chance: random.Random) -> tuple[str, dict[str, Any]]:
    """Choose one change of the order of stages or of blocks."""
    stage = chance.randrange(3)
    return chance.choice(
        [
            ("addStage", {"flowId": flows.flow, "name": "More"}),
            ("deleteStage", {"id": flows.stages[stage]}),
            ("reorderStages", {"id": flows.flow, "ids": chance.sample(flows.stages, 3)}),
            ("addContentBlock", {"stageId": flows.stages[stage], "type": "text_input"}),
            ("deleteContentBlock", {"id": flows.blocks(stage)[chance.randrange(2)]}),
            ("reorderContentBlocks", {"id": flows.stages[stage], "ids": chance.sample(flows.blocks(stage), 2)}),
            ("updateStage", {"id": flows.stages[stage], "description": f"{chance.random()}"}),
        ]
    )


async def _requests(flows: FlowWorld) -> set[str]:
    """Return the requests that wrote something, of those that came through the API."""
    rows = await flows.company.rows(
        "select distinct request_id from pool.audit_logs where tenant_id = :tenant and length(request_id) = 32"
    )
    return {row[0] for row in rows}


async def _idle(flows: FlowWorld, attempts: list[Any], outcomes: list[list[str]]) -> int:
    """Count the accepted reorders that asked for the order that was there already: they write nothing."""
    accepted = [name for (name, _), codes in zip(attempts, outcomes, strict=True) if not codes]
    wrote = await flows.company.rows(
        "select distinct request_id from pool.audit_logs where tenant_id = :tenant and operation like 'reorder%'"
    )
    return sum(name.startswith("reorder") for name in accepted) - len(wrote)


async def test_a_flow_has_as_many_stages_as_can_be_put_in_order(flows: FlowWorld) -> None:
    await flows.company.rows(
        "insert into pool.stages (tenant_id, flow_id, name, type, position, available_offset_days, lock, created_at,"
        " updated_at) select tenant_id, flow_id, name, type, place, 0, lock, created_at, updated_at"
        " from pool.stages, generate_series(3, :most - 2) place where tenant_id = :tenant and position = 0"
        " returning id",
        most=MOST_PLACES,
    )
    last = await flows.hr.do("addStage", {"flowId": flows.flow, "name": "Last"}, "stage { position }")
    assert last["stage"] == {"position": MOST_PLACES - 1}
    before = await flows.ground.everything()
    [refusal] = await flows.do("addStage", flowId=flows.flow, name="One more")
    assert (refusal["code"], refusal["path"]) == ("TOO_MANY", ["input", "flowId"])
    assert await flows.ground.everything() == before
    rows = await flows.company.rows("select id from pool.stages where tenant_id = :tenant order by position desc")
    backwards = [ids.encode("Stage", row.id) for row in rows]
    assert await flows.do("reorderStages", id=flows.flow, ids=backwards) == []
    assert await flows.do("deleteStage", id=flows.stages[0]) == []
    assert await flows.do("addStage", flowId=flows.flow, name="One more") == []


async def test_a_crowd_adds_and_everyone_gets_a_place(flows: FlowWorld) -> None:
    given = {"flowId": flows.flow, "name": "More"}
    payloads = await asyncio.gather(*(flows.hr.do("addStage", given, "stage { position }") for _ in range(20)))
    assert sorted(payload["stage"]["position"] for payload in payloads) == list(range(3, 23))


async def test_a_crowd_deletes_and_nothing_is_left(flows: FlowWorld) -> None:
    everything = [*flows.stages, *(block for stage in range(3) for block in flows.blocks(stage))]
    kinds = {"Stage": "deleteStage", "ContentBlock": "deleteContentBlock"}
    outcomes = await asyncio.gather(
        *(flows.codes(kinds[_kind(flows, each)], id=each) for each in [*everything, *reversed(everything)])
    )
    assert {code for codes in outcomes for code in codes} <= {"NOT_FOUND"}
    assert (await flows.see())["stages"]["nodes"] == []
    rows = await flows.company.rows("select count(*) from pool.content_blocks where tenant_id = :tenant")
    assert rows[0][0] == 0


def _kind(flows: FlowWorld, global_id: str) -> str:
    return "Stage" if global_id in flows.stages else "ContentBlock"


async def test_what_has_a_place_is_written_under_the_lock_of_its_root(flows: FlowWorld) -> None:
    """So that two who write into one flow, from whichever end, wait for each other and never in a circle."""
    tried = [
        ("deleteFlow", {"id": flows.flow}),
        ("updateContentBlock", {"id": flows.blocks(0)[0], "content": "x"}),
        ("deleteStage", {"id": flows.stages[0]}),
        ("reorderContentBlocks", {"id": flows.stages[0], "ids": flows.blocks(0)}),
    ]
    async with flows.company.world.owner.begin() as connection:
        await connection.exec_driver_sql(f"select set_config('app.tenant_id', '{flows.company.tenant.id}', true)")
        await connection.exec_driver_sql(
            f"select 1 from pool.onboarding_flows where id = '{flows.ground.flow.id}' for no key update"
        )
        waiting = [asyncio.create_task(flows.codes(name, **given)) for name, given in tried]
        await asyncio.sleep(0.3)
        assert not any(each.done() for each in waiting)
        free = await connection.exec_driver_sql(
            f"select id from pool.stages where tenant_id = '{flows.company.tenant.id}' for update nowait"
        )
        assert len(free.all()) == 3
    await asyncio.gather(*waiting)
