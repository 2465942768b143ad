"""A ticket is used once; the row and the object agree, whatever fails between them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app import now
from db.catalog import TenantStatus, set_status
from gateways.files import FileStore, StoreAway
from gateways.images import Images
from resolvers.files import Files, Sent, TooSlow
from resolvers.tenants import Tenants
from tests.files.depot import Depot, statuses, tenant_and_ticket
from tests.files.samples import A_PDF, PDF, picture
from tests.world import CompanyWorld, Person


def files_of(company: CompanyWorld, store: FileStore, *, late: timedelta = timedelta(), idle: float = 30) -> Files:
    world = company.world
    tenants = Tenants(world.parts.catalog, world.wiring.master_key)
    return Files(world.parts.database, tenants, store, Images(), clock=lambda: now() + late, idle=idle)


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def take(files: Files, ticket: dict[str, Any], content: bytes, mime: str = PDF) -> None:
    tenant, text = tenant_and_ticket(ticket["url"])
    await files.take(UUID(tenant), text, Sent(mime, len(content), pieces(content)))


async def test_a_ticket_is_used_once(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    ticket = await depot.announce(hr, A_PDF, PDF)
    assert (await depot.send(ticket, A_PDF)).status_code == 200
    again = await depot.send(ticket, A_PDF)
    assert (again.status_code, again.json()["code"]) == (409, "ALREADY_UPLOADED")
    assert len(depot.kept(company)) == 1


async def test_of_many_uploads_at_the_same_moment_one_wins(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    contents = [A_PDF.replace(b"9", str(number).encode()) for number in range(8)]
    ticket = await depot.announce(hr, A_PDF, PDF)
    answers = await asyncio.gather(*(depot.send(ticket, content) for content in contents))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    [winner] = [content for content, answer in zip(contents, answers, strict=True) if answer.status_code == 200]
    [name] = depot.kept(company)
    assert await depot.store.read(f"{company.tenant.id}/{name}") == winner
    told = await company.rows(
        "select count(*) from pool.event_outbox where tenant_id = :tenant and type = 'file.moved'"
    )
    assert told[0][0] == 1


class Failing(FileStore):
    """A store that writes, and then says that it did not."""

    async def put(self, key: str, content: bytes, mime: str) -> None:
        await super().put(key, content, mime)
        raise StoreAway


async def test_when_the_store_fails_nothing_is_left_and_the_ticket_still_holds(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    assert depot.folder is not None
    ticket = await depot.announce(hr, A_PDF, PDF)
    with pytest.raises(StoreAway):
        await take(files_of(company, Failing(depot.folder)), ticket, A_PDF)
    assert (await statuses(company), depot.kept(company)) == (["pending"], [])
    assert (await depot.send(ticket, A_PDF)).status_code == 200


async def test_when_the_row_cannot_be_written_the_object_goes_too(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    """The table refuses widths for a moment, so that the transaction fails after the object was written."""
    content = picture()
    ticket = await depot.announce(hr, content)
    async with company.world.owner.begin() as connection:
        await connection.exec_driver_sql(
            f"alter table pool.files add constraint broken check (tenant_id <> '{company.tenant.id}' or width is null)"
        )
    try:
        answer = await depot.send(ticket, content)
        assert answer.status_code == 500
        assert "broken" not in answer.text
        assert (await statuses(company), depot.kept(company)) == (["pending"], [])
    finally:
        async with company.world.owner.begin() as connection:
            await connection.exec_driver_sql("alter table pool.files drop constraint broken")
    assert (await depot.send(ticket, content)).status_code == 200


async def test_a_ticket_that_runs_out_on_the_way_takes_nothing(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    ticket = await depot.announce(hr, A_PDF, PDF)
    shift = timedelta()

    async def slowly() -> AsyncIterator[bytes]:
        nonlocal shift
        yield A_PDF[:10]
        shift = timedelta(minutes=15)
        yield A_PDF[10:]

    world = company.world
    tenants = Tenants(world.parts.catalog, world.wiring.master_key)
    files = Files(world.parts.database, tenants, depot.store, Images(), clock=lambda: now() + shift)
    tenant, text = tenant_and_ticket(ticket["url"])
    answer = await caught(files.take(UUID(tenant), text, Sent(PDF, None, slowly())))
    assert getattr(answer, "code", None) == "NOT_FOUND"
    assert (await statuses(company), depot.kept(company)) == (["pending"], [])


async def caught(doing: Any) -> Exception | None:
    try:
        await doing
    except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
        return error
    return None


async def test_who_sends_nothing_for_too_long_is_not_waited_for(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    ticket = await depot.announce(hr, A_PDF, PDF)

    async def stuck() -> AsyncIterator[bytes]:
        yield A_PDF[:10]
        await asyncio.sleep(60)

    tenant, text = tenant_and_ticket(ticket["url"])
    files = files_of(company, depot.store, idle=0.05)
    with pytest.raises(TooSlow):
        await files.take(UUID(tenant), text, Sent(PDF, None, stuck()))
    assert await statuses(company) == ["pending"]


async def test_a_company_that_is_suspended_takes_no_files(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    ticket = await depot.announce(hr, A_PDF, PDF)
    async with company.world.parts.catalog.begin() as connection:
        await set_status(connection, company.tenant.id, TenantStatus.SUSPENDED)
    error = await caught(take(files_of(company, depot.store), ticket, A_PDF))
    assert getattr(error, "code", None) == "TENANT_SUSPENDED"
    assert depot.kept(company) == []


async def test_a_store_that_is_away_is_said_and_nothing_of_it(
    company: CompanyWorld, hr: Person, tmp_path: Path, depot: Depot
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    store = FileStore(blocked / "files")
    error = await caught(take(files_of(company, store), await depot.announce(hr, A_PDF, PDF), A_PDF))
    assert isinstance(error, StoreAway)
    assert str(error) == ""
