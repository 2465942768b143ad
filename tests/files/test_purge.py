import os
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from app import now
from db.catalog import Tenant
from db.models.files import File
from gateways.files import FileStore, StoreAway
from gateways.images import Images
from resolvers.context import Context
from resolvers.files import Upkeep, attach
from resolvers.tenants import Tenants
from schema.derive import ids
from tests.files.depot import Depot, statuses
from tests.files.samples import A_PDF, PDF, picture
from tests.world import CompanyWorld, Person

HOUR = timedelta(hours=1)


def upkeep(company: CompanyWorld, store: FileStore, later: timedelta) -> Upkeep:
    world = company.world
    tenants = Tenants(world.parts.catalog, world.wiring.master_key)
    return Upkeep(world.parts.database, tenants, store, Images(), clock=lambda: now() + later)


async def purge(company: CompanyWorld, store: FileStore, later: timedelta, *others: Tenant) -> int:
    return await upkeep(company, store, later).purge_orphans([company.tenant, *others])


async def use(company: CompanyWorld, person: Person, *texts: str, **given: Any) -> Sequence[File]:
    """Have something use files, as an operation does."""
    rows = [ids.row_of(text, "StoredFile") for text in texts]
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        context = Context(person.asking, session, "test")
        limits: dict[str, Any] = {"accept": None, "max_bytes": None, **given}
        named = [row for row in rows if isinstance(row, UUID)]
        return await attach(context, named, uploader=person.asking.principal, **limits)


async def test_a_file_that_nothing_uses_is_removed_after_a_day_with_its_objects(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    content = picture(size=(600, 400))
    await depot.upload(hr, content)
    [row] = await company.rows("select id from pool.files where tenant_id = :tenant")
    await company.world.parts.upkeep.make_thumbnails(company.tenant, {"file_id": str(row.id)})
    assert len(depot.kept(company)) == 3
    assert await purge(company, depot.store, 23 * HOUR) == 0
    assert len(depot.kept(company)) == 3
    assert await purge(company, depot.store, 24 * HOUR) == 1
    assert (depot.kept(company), await statuses(company)) == ([], [])
    told = await company.rows(
        "select operation, actor_type from pool.audit_logs where tenant_id = :tenant and action = 'delete'"
    )
    assert [tuple(each) for each in told] == [("purge_orphans", "system")]


async def test_what_is_used_stays(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    await use(company, hr, await depot.upload(hr, A_PDF, PDF))
    assert await purge(company, depot.store, 1000 * HOUR) == 0
    assert len(depot.kept(company)) == 1


async def test_what_never_came_or_was_rejected_goes_when_the_ticket_has_run_out(
    depot: Depot, company: CompanyWorld, hr: Person
) -> None:
    await depot.announce(hr, 10)
    await depot.send(await depot.announce(hr, b"no picture"), b"no picture")
    assert await statuses(company) == ["pending", "rejected"]
    assert await purge(company, depot.store, timedelta(minutes=14)) == 0
    assert await purge(company, depot.store, timedelta(minutes=15)) == 2
    assert await statuses(company) == []


async def test_what_a_killed_process_has_left_is_removed(depot: Depot, company: CompanyWorld, hr: Person) -> None:
    """The object was written and the row was not; a thumbnail was written and not noted; a write was cut short."""
    assert depot.folder is not None
    ticket = await depot.announce(hr, A_PDF, PDF)
    key = f"{company.tenant.id}/{ids.row_of(ticket['id'], 'StoredFile')}"
    await depot.store.put(key, A_PDF, PDF)
    await depot.store.put(f"{key}.128", A_PDF, PDF)
    cut, fresh = (depot.folder / f"{company.tenant.id}/{uuid7()}#{number}" for number in (1, 2))
    cut.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(cut, (time.time() - 7200, time.time() - 7200))
    assert await purge(company, depot.store, timedelta(minutes=15)) == 1
    assert depot.kept(company) == [fresh.name]


class Away(FileStore):
    """A store that cannot be reached for one company."""

    def __init__(self, place: Any, tenant_id: UUID) -> None:
        super().__init__(place)
        self._unreachable = str(tenant_id)

    async def remove(self, keys: Sequence[str]) -> None:
        if any(key.startswith(self._unreachable) for key in keys):
            raise StoreAway
        await super().remove(keys)


async def test_one_company_whose_files_cannot_be_removed_does_not_keep_the_others(
    depot: Depot, company: CompanyWorld, other_company: CompanyWorld, hr: Person
) -> None:
    theirs = await other_company.person("HR")
    await depot.upload(hr, A_PDF, PDF)
    await depot.upload(theirs, A_PDF, PDF)
    away = Away(depot.folder, company.tenant.id)
    assert await purge(company, away, 24 * HOUR, other_company.tenant) == 1
    assert (await statuses(company), await statuses(other_company)) == (["stored"], [])
    assert (len(depot.kept(company)), depot.kept(other_company)) == (1, [])


async def test_more_files_than_one_batch_are_all_removed(depot: Depot, company: CompanyWorld) -> None:
    people = [await company.person("HR") for _ in range(3)]
    for person in people:
        for _ in range(45):
            await depot.announce(person, 10)
    assert await purge(company, depot.store, HOUR) == 135
