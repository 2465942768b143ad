"""The sequencer: one chain for each company, without a gap, nothing twice, whatever dies and whoever writes."""

import asyncio
from itertools import pairwise
from typing import Any

import httpx
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

import subscriptions.persevering
import subscriptions.sequencer
from db.auditing import HeldAuditing
from db.tenancy import set_tenant
from tests.audit.chains import (
    VERIFY,
    WRITE,
    all_placed,
    auditing_of,
    chain_of,
    drain,
    held,
    sequencing,
    verified,
    write,
)
from tests.conftest import Served
from tests.world import CompanyWorld, World

WAITING = "select id from pool.audit_waiting where tenant_id = :tenant"
LOGGED = "select id from pool.audit_logs where tenant_id = :tenant"


async def expect_whole(company: CompanyWorld) -> None:
    """Each entry stands in the chain once, at places 1, 2, 3 ..., each behind the one before."""
    chain = await all_placed(company)
    logged = await company.rows(LOGGED.replace("pool", company.tenant.placement.schema))
    assert [row.position for row in chain] == list(range(1, len(logged) + 1))
    assert {row.id for row in chain} == {row.id for row in logged}
    assert chain[0].prev_hash == bytes(32)
    assert all(before.hash == after.prev_hash for before, after in pairwise(chain))


async def test_companies_have_chains_of_their_own_whoever_writes_and_however_many_append(
    world: World, company: CompanyWorld, other_company: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions.sequencer, "BATCH", 7)
    monkeypatch.setattr(subscriptions.sequencer, "IDLE", 0.01)
    monkeypatch.setattr(subscriptions.persevering, "PAUSE", 0.01)
    apart = await world.company(own_schema=True)
    await drain(world)
    async with sequencing(world, count=2):
        writers = [write(each, *range(1, 21)) for each in (company, other_company) for _ in range(3)]
        await asyncio.gather(*writers, *(company.person() for _ in range(3)), *(apart.person() for _ in range(3)))
        for each in (company, other_company, apart):
            await expect_whole(each)
    for each in (company, other_company, apart):
        assert (await verified(await each.person()))["isIntact"]


async def test_one_appends_and_another_takes_over(world: World, company: CompanyWorld) -> None:
    async with sequencing(world, count=2):
        await write(company, 1)
        await all_placed(company)
        async with auditing_of(world) as auditing, auditing.held() as hands:
            assert hands is None
        await cut_off(world)
        await write(company, 2)
        begun = asyncio.get_running_loop().time()
        await all_placed(company)
        assert asyncio.get_running_loop().time() - begun < 5
    await expect_whole(company)


async def cut_off(world: World) -> None:
    """Have every sequencer lose its connection, as when PostgreSQL is started anew."""
    ended = "select pg_terminate_backend(pid) from pg_stat_activity where usename = current_user and pid <> "
    async with auditing_of(world) as auditing, auditing._engine.begin() as connection:
        assert (await connection.exec_driver_sql(ended + "pg_backend_pid()")).all()


async def test_what_dies_between_appending_and_taking_leaves_nothing_behind(
    world: World, company: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await drain(world)
    before = await chain_of(company)
    await write(company, 1, 2)
    do = HeldAuditing._do

    async def dies(self: HeldAuditing, schema: str, statement: Any, **values: Any) -> None:
        if statement.is_delete:
            await cut_off(world)
        await do(self, schema, statement, **values)

    with monkeypatch.context() as patched:
        patched.setattr(HeldAuditing, "_do", dies)
        async with held(world) as hands:
            with pytest.raises(DBAPIError):
                await hands.append("pool", 500)
    assert await chain_of(company) == before
    assert len(await company.rows(WAITING)) == 2
    await drain(world)
    assert len(await chain_of(company)) == len(before) + 2
    await expect_whole(company)


async def test_what_is_rolled_back_never_waits(world: World, company: CompanyWorld) -> None:
    await drain(world)
    async with world.owner.connect() as connection, connection.begin() as transaction:
        await connection.execute(set_tenant(company.tenant.id))
        await connection.execute(text(WRITE), {"tenant": company.tenant.id, "id": uuid7(), "number": 1})
        await transaction.rollback()
    assert await company.rows(WAITING) == []
    before = len(await chain_of(company))
    await write(company, 2)
    await drain(world)
    assert [row.entity_version for row in (await chain_of(company))[before:]] == [2]
    await expect_whole(company)


async def test_what_commits_late_comes_behind_what_was_written_after_it(world: World, company: CompanyWorld) -> None:
    """The chain waits for nobody: places are given in the order of writing among what is committed."""
    await drain(world)
    before = len(await chain_of(company))
    async with world.owner.connect() as connection, connection.begin():
        await connection.execute(set_tenant(company.tenant.id))
        await connection.execute(text(WRITE), {"tenant": company.tenant.id, "id": uuid7(), "number": 1})
        await write(company, 2, 3)
        await drain(world)
    # Left without an error: the transaction commits here.
    await drain(world)
    assert [row.entity_version for row in (await chain_of(company))[before:]] == [2, 3, 1]
    await expect_whole(company)


async def test_what_names_no_new_entry_is_dropped(world: World, company: CompanyWorld) -> None:
    """The application may put ids in the queue: one of nothing, or one that has its place, must not stop the chain."""
    await drain(world)
    [first, *_] = await chain_of(company)
    async with world.owner.begin() as connection:
        await connection.execute(set_tenant(company.tenant.id))
        put = text("insert into pool.audit_waiting (tenant_id, id) values (:tenant, :id)")
        for entry_id in (first.id, uuid7()):
            await connection.execute(put, {"tenant": company.tenant.id, "id": entry_id})
    await write(company, 1)
    await drain(world)
    assert await company.rows(WAITING) == []
    await expect_whole(company)


async def test_the_number_of_statements_is_that_of_batches(
    world: World, company: CompanyWorld, other_company: CompanyWorld
) -> None:
    await drain(world)
    counts: list[int] = []
    async with held(world) as hands:
        sent: list[str] = []
        engine = hands._connection.sync_connection
        assert engine is not None
        event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
        for numbers in ([1], range(1, 31)):
            await write(company, *numbers)
            await write(other_company, *numbers)
            sent.clear()
            assert await hands.append("pool", 500) == 2 * len(numbers)
            counts.append(len(sent))
    assert counts == [4, 4]


@pytest.mark.parametrize(
    "change",
    [
        "insert into pool.audit_chain (tenant_id, id, position) values (:tenant, :id, 1)",
        "update pool.audit_chain set hash = '' where id = :id and tenant_id = :tenant",
        "delete from pool.audit_chain where id = :id and tenant_id = :tenant",
        "delete from pool.audit_waiting where id = :id and tenant_id = :tenant",
    ],
)
async def test_the_application_writes_no_chain(world: World, company: CompanyWorld, change: str) -> None:
    async with world.parts.database.writing(company.tenant.placement) as session:
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(text(change).bindparams(tenant=company.tenant.id, id=uuid7()))


async def test_nobody_changes_the_chain(world: World, company: CompanyWorld) -> None:
    await drain(world)
    for change in ("update pool.audit_chain set position = 0", "delete from pool.audit_chain"):
        with pytest.raises(DBAPIError, match="audit_chain is append-only"):
            await company.rows(change)


async def test_serve_appends(server: Served) -> None:
    """A server as a user runs it, with what its company's founding wrote."""
    headers = {"authorization": f"Bearer {server.token}"}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as http, asyncio.timeout(10):
        while True:
            answer = await http.post("/graphql", json={"query": VERIFY})
            found = answer.json()["data"]["verifyAudit"]
            if found["waiting"] == 0:
                break
            await asyncio.sleep(0.1)
    assert found["isIntact"]
    assert found["checked"] == found["lastPosition"] > 0
