"""Plain SQL within the ORM's sessions: the same connection, the same transaction, the same tenant."""

import asyncio
import time
from ipaddress import ip_address
from typing import Any

import asyncpg
import pytest
from sqlalchemy import func, select, update

from db.models.onboarding import Flow, Stage
from db.reads import Unreachable, plain_url
from db.roles import DatabaseRole, url_as
from db.session import SessionClosed
from tests.reads.conftest import PLAIN_STAGES, Two
from tests.reads.test_pool import running, soon_none_runs

PID = "select pg_backend_pid() as pid, pg_current_xact_id_if_assigned() as written"


@pytest.mark.parametrize("kind", ["reading", "writing"])
async def test_plain_sql_runs_where_the_session_does(two: Two, kind: str) -> None:
    for company, stages in two:
        async with getattr(company.world.parts.database, kind)(company.tenant.placement) as session:
            rows = await session.fetch(PLAIN_STAGES)
            assert (len(rows), {row["tenant_id"] for row in rows}) == (stages, {company.tenant.id})
            [[pid]] = await session.rows(select(func.pg_backend_pid()))
            [row] = await session.fetch(PID)
            assert row["pid"] == pid
            assert session.statements == 3


async def test_plain_sql_sees_what_its_own_transaction_wrote_and_is_undone_with_it(two: Two) -> None:
    company, names = two.first, "select name from pool.onboarding_flows where name = $1"
    async with company.world.parts.database.writing(company.tenant.placement) as session:
        await session.execute(update(Flow).values(name="Renamed"))
        assert len(await session.fetch(names, ["Renamed"])) == 2
        await session.rollback()
        assert await session.fetch(names, ["Renamed"]) == []
        async with session.savepoint():
            await session.execute(update(Flow).values(name="Kept"))
            assert len(await session.fetch(names, ["Kept"])) == 2
        await session.commit()
        assert len(await session.fetch(names, ["Kept"])) == 2


async def test_plain_sql_and_the_orm_see_one_instant(two: Two) -> None:
    company = two.first
    async with company.world.parts.database.reading(company.tenant.placement) as session:
        assert len(await session.fetch(PLAIN_STAGES)) == 4
        await company.rows("delete from pool.stages where tenant_id = :tenant and position = 1 returning 1")
        assert len(await session.scalars(select(Stage.id))) == 4
        assert len(await session.fetch(PLAIN_STAGES)) == 4


@pytest.mark.parametrize("kind", ["reading", "writing", "moment"])
async def test_values_are_the_same_as_in_a_moment(two: Two, kind: str) -> None:
    """SQLAlchemy would have JSON decoded, and addresses as text."""
    text = "select '{\"a\": [1]}'::jsonb, '\"b\"'::json, '10.0.0.1'::inet, $1::jsonb, $2::uuid, $3::text[]"
    company, values = two.first, ['{"c": 1}', two.first.tenant.id, ["x"]]
    async with getattr(company.world.parts.database, kind)(company.tenant.placement) as session:
        [row] = await session.fetch(text, values)
    assert tuple(row) == ('{"a": [1]}', '"b"', ip_address("10.0.0.1"), '{"c": 1}', two.first.tenant.id, ["x"])


async def test_statements_of_both_kinds_wait_for_each_other(two: Two) -> None:
    company = two.first
    async with company.world.parts.database.reading(company.tenant.placement) as session:
        asked: list[Any] = [session.fetch(PLAIN_STAGES), session.scalars(select(Stage.id))] * 1
        found = await asyncio.gather(*asked)
    assert [len(rows) for rows in found] == [4, 4]
    with pytest.raises(SessionClosed):
        await session.fetch(PLAIN_STAGES)


@pytest.mark.parametrize("kind", ["reading", "writing"])
async def test_a_reader_who_leaves_leaves_nothing_running(two: Two, aside: Any, kind: str) -> None:
    company, begun = two.first, time.monotonic()

    async def sleeping() -> None:
        async with getattr(company.world.parts.database, kind)(company.tenant.placement) as session:
            await session.fetch("select pg_sleep(60), 1 as sleeping_reader")

    for pause in (0.001, 0.01, 0.02, 0.05) * 3:
        task = asyncio.ensure_future(sleeping())
        await asyncio.sleep(pause)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
    await soon_none_runs(aside)
    assert time.monotonic() - begun < 10
    pool: Any = company.world.parts.database.engine(company.tenant.placement).sync_engine.pool
    assert pool.checkedout() == 0


async def test_what_is_left_without_a_word_ends_soon(two: Two, aside: Any) -> None:
    wiring = two.first.world.wiring
    url = url_as(wiring.database_url, DatabaseRole.APP, prefix=wiring.role_prefix, master_key=wiring.master_key)
    connection = await asyncpg.connect(plain_url(url))
    asking = asyncio.ensure_future(connection.fetch("select pg_sleep(60), 1 as sleeping_reader"))
    while not await running(aside):
        await asyncio.sleep(0.01)
    connection.terminate()
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await asking
    await soon_none_runs(aside)


async def test_a_connection_that_ends_is_told_and_replaced(two: Two, aside: Any) -> None:
    company = two.first
    database = company.world.parts.database
    async with database.reading(company.tenant.placement) as session:
        [row] = await session.fetch(PID)
        await aside.fetch("select pg_terminate_backend($1)", row["pid"])
        with pytest.raises(Unreachable):
            await session.fetch(PLAIN_STAGES)
    async with database.reading(company.tenant.placement) as session:
        assert len(await session.fetch(PLAIN_STAGES)) == 4
