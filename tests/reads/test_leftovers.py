"""What is left on a connection by reads of two tenants in turn: nothing that the next reader could notice."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import cycle
from random import Random
from typing import Any

import asyncpg
import pytest

from db.reads import STRAY, Connection, ReadPool, Rows
from tests.reads.conftest import PLAIN_STAGES, STAGES, NewPool, Two
from tests.world import CompanyWorld

ROUNDS = 1_050
CACHED = 12
LEFT = """
select current_setting('app.tenant_id', true) as tenant, pg_backend_pid() as pid,
  (select count(*) from pg_prepared_statements) as prepared,
  (select count(*) from pg_class where relpersistence = 't') as temporary,
  (select count(*) from pg_locks where pid = pg_backend_pid() and locktype = 'advisory') as advisory,
  (select count(*) from pg_cursors where name <> '') as cursors,
  (select coalesce(string_agg(name, ',' order by name), '') from pg_settings where source = 'session') as settings
where $1::text is not null
"""
STATE = "select state, backend_xid, backend_xmin from pg_stat_activity where pid = $1"
MODES = pytest.mark.parametrize("mode", ["auto", "force_generic_plan", "force_custom_plan"])


def left_in(mode: str) -> Callable[[Connection], Awaitable[None]]:
    async def greet(connection: Connection) -> None:
        await connection.execute(f"set plan_cache_mode = {mode}")

    return greet


async def one(pool: ReadPool, company: CompanyWorld, text: str = STAGES) -> Rows:
    return await pool.one(company.tenant.id, text)


async def several(pool: ReadPool, company: CompanyWorld, text: str = PLAIN_STAGES) -> Rows:
    async with pool.moment(company.tenant.id) as moment:
        first = await moment.fetch(PLAIN_STAGES)
        second = await moment.fetch(text)
    assert [dict(row) for row in first] == [dict(row) for row in second]
    return second


async def wrong(pool: ReadPool, company: CompanyWorld) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await one(pool, company, "select 1 / (length($1) - 36)")


async def wrong_later(pool: ReadPool, company: CompanyWorld) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await several(pool, company, "select 1 / (count(*) - count(*)) from pool.stages")


async def of_wrong_type(pool: ReadPool, company: CompanyWorld) -> None:
    with pytest.raises(asyncpg.DataError):
        await pool.one(company.tenant.id, "select $1::text, $2::int", ["no number"])


async def cut(pool: ReadPool, company: CompanyWorld) -> None:
    await cancelled(one(pool, company, STAGES + ", pg_sleep(length($1))"))


async def cut_later(pool: ReadPool, company: CompanyWorld) -> None:
    await cancelled(several(pool, company, "select pg_sleep(30)"))


async def cut_between(pool: ReadPool, company: CompanyWorld) -> None:
    async def dawdling() -> None:
        async with pool.moment(company.tenant.id) as moment:
            await moment.fetch(PLAIN_STAGES)
            await asyncio.sleep(30)

    await cancelled(dawdling())


async def cancelled(doing: Awaitable[object]) -> None:
    task = asyncio.ensure_future(doing)
    await asyncio.sleep(Random().choice((0, 0.0005, 0.004)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


MISHAPS: tuple[Callable[[ReadPool, CompanyWorld], Awaitable[None]], ...] = (
    wrong,
    wrong_later,
    of_wrong_type,
    cut,
    cut_later,
    cut_between,
)


@MODES
async def test_no_reader_notices_who_read_before(two: Two, new_pool: NewPool, aside: Connection, mode: str) -> None:
    pool, mishaps = new_pool(size=1, cached_statements=CACHED), cycle(MISHAPS)
    pool.greeters.append(left_in(mode))
    random, pids, readers = Random(mode), set[int](), tuple(two)
    for number in range(ROUNDS):
        company, stages = random.choice(readers)
        rows = await random.choice((one, several))(pool, company)
        assert (len(rows), {row["tenant_id"] for row in rows}) == (stages, {company.tenant.id})
        if number % 7 == 0:
            await next(mishaps)(pool, random.choice(readers)[0])
        if number % 10 == 0:
            pids.add(await nothing_is_left(pool, company, aside))
    assert len(pids) <= 5, "hardly any connection had to be thrown away"


async def nothing_is_left(pool: ReadPool, company: CompanyWorld, aside: Connection) -> int:
    """Look at the connection as its next user finds it; returns which one it is."""
    [left] = await pool.one(company.tenant.id, LEFT)
    assert left["tenant"] in {None, ""}
    assert left["prepared"] <= CACHED + STRAY + 1
    assert (left["temporary"], left["advisory"], left["cursors"]) == (0, 0, 0)
    assert left["settings"] == "plan_cache_mode"
    [state] = await aside.fetch(
        "select state, backend_xid, backend_xmin from pg_stat_activity where pid = $1", left["pid"]
    )
    assert tuple(state) == ("idle", None, None)
    return left["pid"]


@MODES
async def test_what_names_no_tenant_is_refused_whoever_read_before(two: Two, new_pool: NewPool, mode: str) -> None:
    pool = new_pool(size=1)
    pool.greeters.append(left_in(mode))
    for _ in range(8):
        for company, _stages in two:
            await one(pool, company)
            await several(pool, company)
            with pytest.raises(asyncpg.PostgresError, match=r"app\.tenant_id|invalid input syntax for type uuid"):
                await one(pool, company, f"{PLAIN_STAGES} where $1 <> ''")


@MODES
async def test_reads_hold_on_connections_left_with_another_tenant(two: Two, new_pool: NewPool, mode: str) -> None:
    async def poison(connection: Connection) -> None:
        await connection.execute(f"set app.tenant_id = '{two.first.tenant.id}'; set plan_cache_mode = {mode}")

    pool = new_pool(size=1)
    pool.greeters.append(poison)
    for _ in range(10):
        for company, stages in two:
            for read in (one, several):
                rows = await read(pool, company)
                assert (len(rows), {row["tenant_id"] for row in rows}) == (stages, {company.tenant.id})
    [left] = await pool.one(two.second.tenant.id, LEFT)
    assert left["tenant"] == str(two.first.tenant.id), "the connection is still poisoned"


@MODES
async def test_more_statements_than_are_kept_push_each_other_out(two: Two, new_pool: NewPool, mode: str) -> None:
    pool, company = new_pool(size=1, cached_statements=5), two.first
    pool.greeters.append(left_in(mode))
    for number in range(40):
        assert len(await one(pool, company, f"{STAGES} where {number} = {number}")) == 4
    [left] = await pool.one(company.tenant.id, LEFT)
    assert left["prepared"] <= 6


async def test_statements_that_are_lost_while_they_are_prepared_do_not_pile_up(two: Two, new_pool: NewPool) -> None:
    pool, company, most = new_pool(size=1, cached_statements=CACHED), two.first, 0
    for number in range(300):
        task = asyncio.ensure_future(one(pool, company, f"{STAGES} where {number} = {number}"))
        await asyncio.sleep(0.0002 * (number % 5))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if number % 10 == 0:
            most = max(most, (await pool.one(company.tenant.id, LEFT))[0]["prepared"])
    assert CACHED < most <= CACHED + STRAY + 11


async def test_with_no_cache_nothing_is_prepared_by_name(two: Two, new_pool: NewPool) -> None:
    pool, company = new_pool(size=1, cached_statements=0), two.first
    for _ in range(3):
        assert len(await one(pool, company)) == 4
        assert len(await several(pool, company)) == 4
    [left] = await pool.one(company.tenant.id, LEFT)
    assert left["prepared"] == 0


async def test_a_large_statement_is_kept_too(two: Two, new_pool: NewPool) -> None:
    pool, company = new_pool(size=1), two.first
    large: Any = STAGES + " where " + " and ".join(f"{number} = {number}" for number in range(6_000))
    assert len(large) > 60_000
    await one(pool, company, large)
    [row] = await pool.one(
        company.tenant.id, "select count(*) from pg_prepared_statements where length(statement) > 60000 and $1 <> ''"
    )
    assert row["count"] == 1
