"""What the tests of reading build: rows put straight into the tables, so that hundreds of them take one statement."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from uuid_utils.compat import uuid7

from db.models.onboarding import Audience, ContentBlock, Flow, Stage, StageType
from tests.world import CompanyWorld

START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = (
    "adam",
    "Adam",
    "Zoe",
    "zoe",
    "Élan",
    "elan",
    "ELAN",
    "ßa",
    "Ässe",
    "asse",
    "Ὀδός",
    "名前",
    "z",
    "_",
    "%",
    "a/b",
)
Row = dict[str, Any]


async def put(company: CompanyWorld, model: Any, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Put rows into a table of the company in one statement, without operations; return them with their ids."""
    stamps = {"created_at": START, "updated_at": START}
    full = [{"id": uuid7(), **stamps, **row, "tenant_id": company.tenant.id} for row in rows]
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        await session.execute(insert(model).values(full))
    return full


async def put_flows(company: CompanyWorld, count: int, *, stages: int = 0, blocks: int = 0) -> list[Row]:
    """Put flows of as many stages each, and stages of as many blocks each."""
    flows = await put(company, Flow, [{"name": f"Flow {place}", "duration_days": 30} for place in range(count)])
    if stages:
        put_stages = await put(
            company,
            Stage,
            [
                {"flow_id": flow["id"], "name": f"Stage {place}", "position": place}
                for flow in flows
                for place in range(stages)
            ],
        )
        if blocks:
            await put(
                company, ContentBlock, [a_block(stage["id"], place) for stage in put_stages for place in range(blocks)]
            )
    return flows


def a_block(stage_id: UUID, place: int) -> Row:
    """Describe a block at a place of a stage."""
    return {"stage_id": stage_id, "type": "text_input", "position": place}


def a_random_flow(random: Random) -> Row:
    """Describe a flow whose values often equal those of others, and are often null."""
    return {
        "name": random.choice(NAMES),
        "duration_days": random.choice([1, 7, 30]),
        "audience": random.choice(list(Audience)),
        "published_at": random.choice([None, START, START + timedelta(days=random.randrange(3))]),
        "created_at": START + timedelta(microseconds=random.randrange(4)),
    }


def a_random_stage(random: Random, flow_id: UUID, place: int) -> Row:
    """Describe a stage whose values often equal those of others, and are often null."""
    return {
        "flow_id": flow_id,
        "name": random.choice(NAMES),
        "position": place,
        "type": random.choice(list(StageType)),
        "due_offset_days": random.choice([None, None, -3, 0, 7]),
        "available_offset_days": random.choice([-1, 0, 1]),
    }


async def put_random(company: CompanyWorld, random: Random, flows: int, stages: int) -> tuple[list[Row], list[Row]]:
    """Put flows and stages with random values; each stage belongs to a random flow."""
    put_them = await put(company, Flow, [a_random_flow(random) for _ in range(flows)])
    owners = [random.choice(put_them)["id"] for _ in range(stages)]
    rows = [a_random_stage(random, owner, owners[:place].count(owner)) for place, owner in enumerate(owners)]
    return put_them, await put(company, Stage, rows)
