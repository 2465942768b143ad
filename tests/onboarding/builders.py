"""Flows made without the API, for tests that call operations directly."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from uuid_utils.compat import uuid7

from db.models import ContentBlock, Flow, Stage
from resolvers.context import Context
from tests.world import CompanyWorld


@asynccontextmanager
async def working(company: CompanyWorld, role: str = "HR") -> AsyncGenerator[Context]:
    """Work in a transaction of the company, which is undone at the end."""
    person = await company.person(role)
    async with company.world.parts.database.writing(company.tenant.placement) as session:
        yield Context(person.asking, session, "test")


async def a_flow(
    context: Context, *, stages: int = 1, blocks: int = 1, minutes: int | None = None, **facts: Any
) -> Flow:
    """Add a flow, with stages that have blocks."""
    flow = Flow(id=uuid7(), name="Engineers", duration_days=30, **facts)
    made = [Stage(id=uuid7(), flow_id=flow.id, name=f"Stage {place}", position=place) for place in range(stages)]
    context.add(flow)
    await context.flush()
    context.add(*made)
    await context.flush()
    context.add(
        *(
            ContentBlock(stage_id=stage.id, type="text_input", position=place, estimated_minutes=minutes)
            for stage in made
            for place in range(blocks)
        )
    )
    await context.flush()
    return flow
