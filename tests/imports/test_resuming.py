import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from resolvers.ids import row_of
from resolvers.imports import running
from resolvers.imports.stepping import Step
from tests.imports.builders import Desk, counts
from tests.imports.test_rows import left

NAMED = {"Name": "name", "Part of": "parent.name"}


def table(rows: int) -> str:
    """So many departments, the first half of which are parts of one that comes last."""
    half = rows // 2
    lines = [f"D{number},{'Last' if number < half else ''}" for number in range(rows)]
    return "\n".join(["Name,Part of", *lines, "Last,"])


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("at", range(1, 8))
async def test_whenever_a_worker_dies_nothing_is_lost_and_nothing_is_made_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    import_id = await desk.begun("Department", table(500), NAMED)
    taken, take = 0, Step.take

    async def dying(step: Step, check: object) -> bool:
        nonlocal taken
        more = await take(step, check)  # pyright: ignore[reportArgumentType] - as it was given
        taken += 1
        if taken == at:
            raise Killed
        return more

    monkeypatch.setattr(Step, "take", dying)
    with pytest.raises(Killed):
        await desk.work(import_id)
    await desk.work(import_id)
    assert counts(await desk.state(import_id)) == ("COMPLETED", 501, 501, 0, 0)
    names = await desk.names()
    assert (len(names), len(set(names))) == (501, 501)
    assert await left(desk) == (0, 0)


async def test_a_process_that_is_killed_has_lost_nothing(desk: Desk) -> None:
    import_id = await desk.begun("Department", table(6000), NAMED)
    wiring, row = desk.company.world.wiring, row_of(import_id, "Import")
    assert isinstance(wiring.files, Path)
    told = [wiring.database_url, wiring.redis_url, str(wiring.files.parent), str(desk.company.tenant.id), str(row)]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.imports.worker", *told)
    async with asyncio.timeout(120):
        while not (read := (await desk.state(import_id))["rowsRead"]):
            await asyncio.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
    assert 0 < read < 6001
    state = await desk.state(import_id)
    assert state["status"] == "RUNNING"
    assert len(await desk.names()) == state["rowsMade"]
    await desk.work(import_id, jobs=3)
    assert counts(await desk.state(import_id)) == ("COMPLETED", 6001, 6001, 0, 0)
    assert len(set(await desk.names())) == 6001


async def test_two_workers_at_one_import_make_each_row_once(desk: Desk) -> None:
    import_id = await desk.begun("Department", table(1500), NAMED)
    await asyncio.gather(*(desk.work(import_id) for _ in range(3)))
    assert counts(await desk.state(import_id)) == ("COMPLETED", 1501, 1501, 0, 0)
    assert len(await desk.names()) == 1501


async def test_after_some_rows_a_job_lets_others_take_their_turn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "OF_A_JOB", 3)
    import_id = await desk.begun("Department", table(700), NAMED)
    await desk.work(import_id)
    assert counts(await desk.state(import_id)) == ("RUNNING", 400, 50, 0, 350)
    jobs = await waiting(desk)
    assert jobs == [str(row_of(import_id, "Import"))]


async def test_an_import_that_nothing_was_heard_of_is_put_in_again_once(desk: Desk) -> None:
    import_id = await desk.begun("Department", table(10), NAMED)
    imports, later = (
        desk.company.world.parts.imports,
        "update pool.imports set updated_at = now() - interval '5 minutes'",
    )
    assert await imports.resume([desk.company.tenant]) == 0
    await desk.company.rows(f"{later} where tenant_id = :tenant returning id")
    assert await imports.resume([desk.company.tenant]) == 1
    assert await imports.resume([desk.company.tenant]) == 1
    assert await waiting(desk) == [str(row_of(import_id, "Import"))]
    await desk.work(import_id)
    await desk.company.rows(f"{later} where tenant_id = :tenant returning id")
    assert await imports.resume([desk.company.tenant]) == 0


async def waiting(desk: Desk) -> list[str]:
    """The imports that jobs wait for."""
    found = await desk.company.rows(
        "select args ->> 'import_id' as id from queue.procrastinate_jobs "
        "where task_name = 'tenant.run_import' and status = 'todo' "
        "and args ->> 'tenant_id' = cast(cast(:tenant as uuid) as text)"
    )
    return [row.id for row in found]
