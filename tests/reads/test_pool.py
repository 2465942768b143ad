"""The pool: how many connections there are, what cancelled readers leave, and databases that go away and come back."""

import asyncio
import time
from typing import Any

import asyncpg
import pytest

from db.reads import Moment, MomentEnded, ReadPool, Unreachable, plain_url
from tests.reads.conftest import IDLE, PLAIN_STAGES, STAGES, NewPool, Two
from tests.reads.outage import a_way
from tests.world import CompanyWorld

MINE = "select pg_backend_pid() as pid, $1"
SLEEP = "select pg_sleep(60), $1 as sleeping_reader"
CONNECTED = "select count(*) from pg_stat_activity where usename = current_user and pid = any($1)"


async def running(aside: Any) -> int:
    return await aside.fetchval(IDLE, "%sleeping_reader%")


async def soon_none_runs(aside: Any) -> None:
    async with asyncio.timeout(5):
        while await running(aside):
            await asyncio.sleep(0.01)


async def pids_of(pool: ReadPool, company: CompanyWorld, *, readers: int) -> set[int]:
    """Which connections serve so many readers at once."""

    async def hold() -> int:
        async with pool.moment(company.tenant.id) as moment:
            [row] = await moment.fetch("select pg_backend_pid() as pid, pg_sleep(0.05)")
        return row["pid"]

    return set(await asyncio.gather(*(hold() for _ in range(readers))))


async def test_connections_are_opened_when_needed_and_never_more_than_allowed(two: Two, new_pool: NewPool) -> None:
    pool = new_pool(size=3)
    alone = {row["pid"] for _ in range(5) for row in await pool.one(two.first.tenant.id, MINE)}
    assert len(alone) == 1
    all_of_them = await pids_of(pool, two.first, readers=20)
    assert alone < all_of_them
    assert len(all_of_them) == 3
    assert await pids_of(pool, two.second, readers=20) == all_of_them


async def test_who_waits_too_long_for_a_connection_is_told(two: Two, new_pool: NewPool) -> None:
    pool = new_pool(size=1, patience=0.05)
    async with pool.moment(two.first.tenant.id):
        with pytest.raises(Unreachable):
            await pool.one(two.first.tenant.id, STAGES)
    assert len(await pool.one(two.first.tenant.id, STAGES)) == 4


async def test_a_moment_is_one_instant(two: Two, new_pool: NewPool) -> None:
    pool, company = new_pool(size=2), two.first
    async with pool.moment(company.tenant.id) as moment:
        before = await moment.fetch("select name from pool.onboarding_flows order by id")
        await company.rows("update pool.onboarding_flows set name = 'Other' where tenant_id = :tenant returning 1")
        assert await moment.fetch("select name from pool.onboarding_flows order by id") == before
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await moment.fetch("delete from pool.onboarding_flows")
    async with pool.moment(company.tenant.id) as moment:
        after = await moment.fetch("select name from pool.onboarding_flows order by id")
    assert {row["name"] for row in after} == {"Other"}


async def test_a_moment_runs_one_statement_at_a_time_and_none_after_its_end(two: Two, new_pool: NewPool) -> None:
    pool, kept = new_pool(size=1), list[Moment]()
    async with pool.moment(two.first.tenant.id) as moment:
        found = await asyncio.gather(*(moment.fetch(PLAIN_STAGES) for _ in range(5)))
        assert [len(rows) for rows in found] == [4] * 5
        assert moment.statements == 5
        kept.append(moment)
    with pytest.raises(MomentEnded):
        await kept[0].fetch(PLAIN_STAGES)


async def test_what_still_reads_when_its_moment_fails_is_waited_for(two: Two, new_pool: NewPool) -> None:
    pool, others = new_pool(size=1), list[asyncio.Task[object]]()

    async def failing() -> None:
        async with pool.moment(two.first.tenant.id) as moment:
            for _ in range(3):
                others.append(asyncio.ensure_future(moment.fetch(f"{PLAIN_STAGES}, pg_sleep(0.05)")))
            await asyncio.sleep(0.01)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert len(await pool.one(two.second.tenant.id, STAGES)) == 6
    ended = await asyncio.gather(*others, return_exceptions=True)
    assert [type(each) for each in ended] == [list, MomentEnded, MomentEnded]


async def test_three_hundred_readers_who_leave_leave_nothing(two: Two, new_pool: NewPool, aside: Any) -> None:
    pool = new_pool(size=5)
    before = await pids_of(pool, two.first, readers=10)

    async def in_a_moment() -> None:
        async with pool.moment(two.first.tenant.id) as moment:
            await moment.fetch("select pg_sleep(60), $1::text as sleeping_reader", ["x"])

    for wave in range(10):
        tasks = [
            asyncio.ensure_future(in_a_moment() if number % 2 else pool.one(two.first.tenant.id, SLEEP))
            for number in range(30)
        ]
        await asyncio.sleep(0.003 * wave)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(each) for each in ended} == {asyncio.CancelledError}
    await soon_none_runs(aside)
    assert await pids_of(pool, two.second, readers=10) == before, "every connection was kept"
    assert len(await pool.one(two.second.tenant.id, STAGES)) == 6


async def test_a_deadline_ends_the_statement_in_postgresql_too(two: Two, new_pool: NewPool, aside: Any) -> None:
    pool, begun = new_pool(size=1), time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await pool.one(two.first.tenant.id, SLEEP)
    assert len(await pool.one(two.first.tenant.id, STAGES)) == 4
    assert await running(aside) == 0
    assert time.monotonic() - begun < 5


async def test_connections_that_were_ended_are_replaced(two: Two, new_pool: NewPool, aside: Any) -> None:
    pool, company = new_pool(size=4), two.first
    for read_first in ("one", "moment"):
        pids = await pids_of(pool, company, readers=4)
        await aside.fetch("select pg_terminate_backend(pid) from unnest($1::int[]) pid", pids)
        if read_first == "one":
            assert len(await pool.one(company.tenant.id, STAGES)) == 4
        async with pool.moment(company.tenant.id) as moment:
            assert len(await moment.fetch(PLAIN_STAGES)) == 4
        assert not pids & await pids_of(pool, company, readers=4)


async def test_a_connection_that_ends_within_a_moment_is_told(two: Two, new_pool: NewPool, aside: Any) -> None:
    pool = new_pool(size=1)
    async with pool.moment(two.first.tenant.id) as moment:
        [row] = await moment.fetch("select pg_backend_pid() as pid")
        await aside.fetch("select pg_terminate_backend($1)", row["pid"])
        with pytest.raises(Unreachable):
            await moment.fetch(PLAIN_STAGES)
    assert len(await pool.one(two.first.tenant.id, STAGES)) == 4


async def test_a_database_that_is_away_is_told_and_found_again(two: Two, new_pool: NewPool, app_url: str) -> None:
    async with a_way(app_url) as way:
        pool = new_pool(plain_url(way.url), size=3)
        await pids_of(pool, two.first, readers=3)
        reading = asyncio.ensure_future(pool.one(two.first.tenant.id, SLEEP))
        await asyncio.sleep(0.05)
        await way.close()
        for attempt in (reading, pool.one(two.first.tenant.id, STAGES), pids_of(pool, two.first, readers=2)):
            with pytest.raises(Unreachable):
                await attempt
        await way.open()
        assert len(await pool.one(two.first.tenant.id, STAGES)) == 4
        assert len(await pids_of(pool, two.first, readers=6)) == 3


async def test_closing_leaves_no_connection(two: Two, app_url: str, aside: Any) -> None:
    pool = ReadPool(app_url, size=4)
    pids = await pids_of(pool, two.first, readers=4)
    cut = asyncio.ensure_future(pool.one(two.first.tenant.id, SLEEP))
    await asyncio.sleep(0.02)
    cut.cancel()
    await asyncio.gather(cut, return_exceptions=True)
    await pool.close()
    async with asyncio.timeout(5):
        while await aside.fetchval(CONNECTED, pids):
            await asyncio.sleep(0.01)
    with pytest.raises(Unreachable):
        await pool.one(two.first.tenant.id, STAGES)


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (
            "postgresql+asyncpg://a:b%40c@host:5432/name?ssl=require",
            "postgresql://a:b%40c@host:5432/name?sslmode=require",
        ),
        ("postgresql://a:b@host/name?sslmode=verify-full", "postgresql://a:b@host/name?sslmode=verify-full"),
    ],
)
def test_an_address_is_written_as_postgresql_has_it(given: str, plain: str) -> None:
    assert plain_url(given) == plain
