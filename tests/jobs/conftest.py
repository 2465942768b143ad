"""One database with a queue for all of these tests; the queue is empty when a test begins."""

import shutil
from collections.abc import AsyncGenerator

import pytest

from db.embedded import embedded_servers
from db.migrate import migrate
from db.queue import install_queue
from tests.embedded.places import an_open_folder
from tests.jobs.station import MASTER_KEY, PREFIX, Station, open_station


@pytest.fixture(scope="session")
async def made_station() -> AsyncGenerator[Station]:
    parent = an_open_folder()
    async with embedded_servers(parent / "data", valkey=False) as servers:
        report = await migrate(servers.database_url, prefix=PREFIX, master_key=MASTER_KEY)
        assert report.complete, report.stragglers
        station = open_station(servers.database_url, parent / "data")
        async with station.owner.begin() as connection:
            await install_queue(connection, PREFIX)
        yield station
        await station.database.close()
        await station.catalog.dispose()
        await station.owner.dispose()
    shutil.rmtree(parent)


@pytest.fixture
async def station(made_station: Station) -> Station:
    await made_station.rows("truncate queue.procrastinate_jobs, queue.procrastinate_periodic_defers cascade")
    await made_station.rows("truncate queue.procrastinate_workers cascade")
    return made_station
