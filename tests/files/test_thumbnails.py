import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from uuid_utils.compat import uuid7

from app import connected, make_app
from cli.serving import work_of
from db.embedded import embedded_servers
from db.migrate import migrate
from db.queue import install_queue
from gateways.files import FileStore
from resolvers.files import PURGE, THUMBNAILS, StoredFile
from resolvers.jobs import run_worker, tasks_of
from tests.conftest import a_folder
from tests.files.depot import Depot
from tests.files.samples import A_PDF, JPEG, PDF, PNG, WEBP, opened, picture
from tests.files.test_addresses import views
from tests.wiring import MASTER_KEY, PREFIX, wiring_over
from tests.world import CompanyWorld, Person, World, owner_engine


@pytest.fixture(scope="module")
async def working() -> AsyncIterator[World]:
    """An application of its own, so that its worker does only the jobs of this test."""
    async with a_folder() as folder, embedded_servers(folder) as servers:
        await migrate(servers.database_url, prefix=PREFIX, master_key=MASTER_KEY)
        owner = owner_engine(servers.database_url)
        async with owner.begin() as connection:
            await install_queue(connection, PREFIX)
        wiring = wiring_over(servers.database_url, servers.redis_url, folder)
        async with connected(wiring) as parts:
            app = make_app(wiring, parts)
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
                yield World(wiring, parts, app, owner, http)
        await owner.dispose()


async def with_thumbnails(company: CompanyWorld, person: Person) -> StoredFile:
    """Wait for a worker to be done with the company's one picture."""
    async with asyncio.timeout(20):
        while True:
            [view] = await views(company, person)
            if view.preview_url:
                return view
            await asyncio.sleep(0.05)


async def test_a_worker_makes_the_smaller_forms_of_a_picture(working: World) -> None:
    company = await working.company()
    hr, place = await company.person("HR"), working.wiring.files
    assert isinstance(place, Path)
    depot, stop = Depot(working.http, FileStore(place), place), asyncio.Event()
    await depot.upload(hr, picture("JPEG", (1000, 500)), JPEG)
    worker = asyncio.create_task(run_worker(work_of(working.wiring, working.parts), stop))
    view = await with_thumbnails(company, hr)
    stop.set()
    await worker
    for address, size in ((view.preview_url, (512, 256)), (view.thumbnail_url, (128, 64))):
        assert address is not None
        answer = await depot.http.get(address)
        assert (answer.headers["content-type"], opened(answer.content).size) == (JPEG, size)


async def test_the_worker_knows_the_jobs_of_files(working: World) -> None:
    assert {THUMBNAILS, PURGE} <= {task.name for task in tasks_of(work_of(working.wiring, working.parts))}


async def the_file(company: CompanyWorld) -> str:
    [row] = await company.rows("select id from pool.files where tenant_id = :tenant")
    return str(row.id)


@pytest.mark.parametrize(("kind", "mime"), [("PNG", PNG), ("WEBP", WEBP)])
async def test_a_small_picture_is_not_blown_up(
    depot: Depot, company: CompanyWorld, hr: Person, kind: str, mime: str
) -> None:
    await depot.upload(hr, picture(kind, (200, 100)), mime)
    for _ in ("once", "and again"):
        await company.world.parts.upkeep.make_thumbnails(company.tenant, {"file_id": await the_file(company)})
    [view] = await views(company, hr)
    sizes = [opened((await depot.http.get(str(each))).content).size for each in (view.preview_url, view.thumbnail_url)]
    assert sizes == [(200, 100), (128, 64)]
    changes = await company.rows(
        "select count(*) from pool.audit_logs where tenant_id = :tenant and operation = 'make_thumbnails'"
    )
    assert changes[0][0] == 1


async def test_nothing_is_made_of_what_is_no_picture_or_is_gone(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    make = company.world.parts.upkeep.make_thumbnails
    await depot.upload(hr, A_PDF, PDF)
    await make(company.tenant, {"file_id": await the_file(company)})
    await make(company.tenant, {"file_id": str(uuid7())})
    assert len(depot.kept(company)) == 1


async def test_the_object_of_a_picture_is_gone_and_the_job_ends(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    await depot.upload(hr, picture())
    await depot.store.remove([f"{company.tenant.id}/{await the_file(company)}"])
    await company.world.parts.upkeep.make_thumbnails(company.tenant, {"file_id": await the_file(company)})
    assert depot.kept(company) == []


async def test_thumbnails_of_a_file_that_is_removed_meanwhile_go_with_it(
    depot: Depot, company: CompanyWorld, hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await depot.upload(hr, picture())
    upkeep, file_id = company.world.parts.upkeep, await the_file(company)
    put = FileStore.put

    async def put_and_lose(self: FileStore, key: str, content: bytes, mime: str) -> None:
        await put(self, key, content, mime)
        await company.rows("delete from pool.files where tenant_id = :tenant returning id")

    monkeypatch.setattr(FileStore, "put", put_and_lose)
    await upkeep.make_thumbnails(company.tenant, {"file_id": file_id})
    assert depot.kept(company) == [file_id]
