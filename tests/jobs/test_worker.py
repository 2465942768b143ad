import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator

import pytest
from procrastinate import App

from db.queue import defer
from db.queue.tasks import TRIES
from db.queue.upkeep import forget_jobs, revive_jobs
from db.queue.working import conninfo, opened
from db.roles import DatabaseRole
from resolvers.jobs import Work, run_worker
from tests.jobs.station import Doing, Station, url, working


@pytest.fixture
async def app(station: Station) -> AsyncGenerator[App]:
    """The queue as a worker has it, without a worker."""
    async with opened(url(station.owner_url, DatabaseRole.WORKER), []) as app:
        yield app


async def seconds_to_stop(work: Work, when: asyncio.Event | None = None) -> float:
    """Run a worker, tell it to stop once something has happened, and say how long that took."""
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(work, stop))
    await (when.wait() if when else asyncio.sleep(0.5))
    begin = time.monotonic()
    stop.set()
    await worker
    return time.monotonic() - begin


async def defer_mail(station: Station, number: int = 0) -> None:
    async with station.database.transacting((await station.tenant()).placement) as session:
        await defer(session, "mail", number=number)


async def test_an_idle_worker_stops_in_time_and_signs_off(station: Station) -> None:
    assert await seconds_to_stop(station.work()) < 3
    assert await station.rows("select id from queue.procrastinate_workers") == []


async def test_a_job_that_does_not_end_is_cancelled_and_put_back(station: Station) -> None:
    mail = Doing(seconds=60)
    await defer_mail(station)
    assert 0.7 < await seconds_to_stop(station.work(mail=mail), mail.begun) < 3
    assert mail.done == []
    assert await station.jobs() == [("tenant.mail", "todo")]


async def test_a_short_job_may_end(station: Station) -> None:
    mail = Doing(seconds=0.3)
    await defer_mail(station)
    assert await seconds_to_stop(station.work(mail=mail), mail.begun) < 3
    assert len(mail.done) == 1
    assert await station.jobs() == []


async def test_it_stops_in_time_when_it_cannot_reach_the_database(station: Station) -> None:
    work = station.work()
    nowhere = Work("postgresql://worker@127.0.0.1:1/none", work.database, work.catalog, work.resume, work.clock)
    assert await seconds_to_stop(nowhere) < 3


async def test_a_worker_whose_task_is_cancelled_ends_in_order(station: Station) -> None:
    worker = asyncio.create_task(run_worker(station.work(), asyncio.Event()))
    await asyncio.sleep(0.5)
    worker.cancel()
    async with asyncio.timeout(3):
        with pytest.raises(asyncio.CancelledError):
            await worker
    assert await station.rows("select id from queue.procrastinate_workers") == []


async def test_two_workers_do_each_job_once(station: Station) -> None:
    mail = Doing()
    async with working(station.work(mail=mail), station.work(mail=mail)):
        for number in range(20):
            await defer_mail(station, number=number)
        await mail.until(20)
    assert sorted(ids["number"] for _, ids in mail.done) == list(range(20))


async def test_a_worker_survives_that_the_database_is_killed_and_comes_back(station: Station) -> None:
    mail = Doing()
    async with working(station.work(mail=mail)):
        await defer_mail(station, number=1)
        await mail.until(1)
        os.kill(int(station.pid_file.read_text("utf-8").split()[0]), signal.SIGQUIT)
        await _back(station)
        await defer_mail(station, number=2)
        await mail.until(2)
    assert [ids for _, ids in mail.done] == [{"number": 1}, {"number": 2}]


async def _back(station: Station) -> None:
    async with asyncio.timeout(10):
        while True:
            await asyncio.sleep(0.2)
            try:
                await station.rows("select 1")
            except Exception:  # noqa: BLE001, S112 - it is on its way
                continue
            return


async def test_a_job_whose_worker_died_is_done_again(station: Station, app: App) -> None:
    await defer_mail(station, number=1)
    await _die_at_every_job(station, attempts=1)
    await revive_jobs(app)
    mail = Doing()
    async with working(station.work(mail=mail)):
        await mail.until(1)


async def test_a_job_of_a_living_worker_is_left_to_it(station: Station, app: App) -> None:
    await defer_mail(station)
    await station.rows("insert into queue.procrastinate_workers default values")
    await station.rows(
        "update queue.procrastinate_jobs set status = 'doing', worker_id = (select id from queue.procrastinate_workers)"
    )
    await revive_jobs(app)
    assert await station.jobs() == [("tenant.mail", "doing")]
    await station.rows("update queue.procrastinate_workers set last_heartbeat = now() - interval '31 seconds'")
    await revive_jobs(app)
    assert await station.jobs() == [("tenant.mail", "todo")]


async def test_a_job_that_kills_every_worker_is_given_up(station: Station, app: App) -> None:
    await defer_mail(station)
    await _die_at_every_job(station, attempts=TRIES)
    await revive_jobs(app)
    assert await station.jobs() == [("tenant.mail", "failed")]


async def test_of_two_jobs_under_one_lock_the_waiting_one_is_enough(station: Station, app: App) -> None:
    tenant = await station.tenant()
    for _ in range(2):
        async with station.database.transacting(tenant.placement) as session:
            await defer(session, "mail", once="digest")
        if len(await station.jobs()) == 1:
            await _die_at_every_job(station, attempts=0)
    assert await station.jobs() == [("tenant.mail", "doing"), ("tenant.mail", "todo")]
    await revive_jobs(app)
    assert await station.jobs() == [("tenant.mail", "todo")]


async def test_a_job_by_the_clock_is_left_to_the_next_tick(station: Station, app: App) -> None:
    columns = "queue_name, task_name, status"
    await station.rows(f"insert into queue.procrastinate_jobs ({columns}) values ('platform', 'platform.x', 'doing')")
    await revive_jobs(app)
    assert await station.rows("select id from queue.procrastinate_jobs") == []


async def _die_at_every_job(station: Station, attempts: int) -> None:
    """What a worker leaves that is killed while it does the jobs."""
    await station.rows("update queue.procrastinate_jobs set status = 'doing', attempts = :attempts", attempts=attempts)


async def test_jobs_that_ended_badly_are_forgotten_after_a_week(station: Station, app: App) -> None:
    for days in (6, 8):
        await defer_mail(station)
        await station.rows(
            "update queue.procrastinate_events set at = now() - make_interval(days => :days) where job_id in "
            "(select id from queue.procrastinate_jobs where status = 'todo')",
            days=days,
        )
        await station.rows("alter table queue.procrastinate_jobs disable trigger user")
        await station.rows("update queue.procrastinate_jobs set status = 'failed' where status = 'todo'")
        await station.rows("alter table queue.procrastinate_jobs enable trigger user")
    await forget_jobs(app)
    assert await station.jobs() == [("tenant.mail", "failed")]


def test_the_address_is_one_that_the_driver_takes() -> None:
    given = "postgresql+asyncpg://ada:p%40ss@db.example:6000/workgraph?ssl=require"
    expected = "postgresql://ada:p%40ss@db.example:6000/workgraph?sslmode=require"
    assert conninfo(given) == expected
