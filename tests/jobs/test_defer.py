import json
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from db.catalog import Tenant
from db.queue import defer
from db.roles import DatabaseRole
from tests.jobs.station import Doing, Station, working

FETCH = "select id from queue.procrastinate_fetch_job_v2(null, null)"


async def test_a_job_runs_for_its_tenant_once_its_transaction_has_committed(station: Station) -> None:
    tenant, flow, mail = await station.tenant(), uuid4(), Doing()
    async with working(station.work(mail=mail)):
        async with station.database.writing(tenant.placement) as session:
            await defer(session, "mail", flow_id=flow, number=3)
            assert mail.done == []
            await session.commit()
        await mail.until(1)
    assert mail.done == [(tenant.id, {"flow_id": str(flow), "number": 3})]
    assert await station.jobs() == []


async def test_a_job_of_a_transaction_that_was_rolled_back_never_runs(station: Station) -> None:
    tenant, mail = await station.tenant(), Doing()
    async with working(station.work(mail=mail)):
        async with station.database.writing(tenant.placement) as session:
            await defer(session, "mail", number=1)
            await session.rollback()
        with pytest.raises(ZeroDivisionError):
            await _defer_and_fail(station, tenant)
        async with station.database.transacting(tenant.placement) as session:
            await defer(session, "mail", number=3)
        await mail.until(1)
    assert mail.done == [(tenant.id, {"number": 3})]
    assert await station.jobs() == []


async def _defer_and_fail(station: Station, tenant: Tenant) -> None:
    async with station.database.transacting(tenant.placement) as session:
        await defer(session, "mail", number=2)
        raise ZeroDivisionError


async def test_a_task_that_raises_is_tried_again_later(station: Station) -> None:
    tenant, mail = await station.tenant(), Doing()
    mail.done = None  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue] - so that it raises
    async with station.database.transacting(tenant.placement) as session:
        await defer(session, "mail", number=1)
    async with working(station.work(mail=mail)):
        await mail.begun.wait()
    found = (
        "select status::text, attempts, scheduled_at > now() from queue.procrastinate_jobs where queue_name = 'tenant'"
    )
    assert await station.rows(found) == [("todo", 1, True)]


async def test_with_a_lock_one_waiting_job_is_enough_for_a_tenant_and_task(station: Station) -> None:
    one, other = await station.tenant(), await station.tenant()
    for tenant, task, made in ((one, "mail", True), (one, "mail", False), (other, "mail", True), (one, "post", True)):
        async with station.database.transacting(tenant.placement) as session:
            job = await defer(session, task, once="digest", number=1)
            assert (job is not None) is made, (tenant.slug, task)
    assert [name for name, _ in await station.jobs()] == ["tenant.mail", "tenant.mail", "tenant.post"]


async def test_a_waiting_job_does_not_start_before_the_transaction_that_relied_on_it_has_ended(
    station: Station,
) -> None:
    tenant = await station.tenant()
    async with station.database.transacting(tenant.placement) as session:
        job = await defer(session, "mail", once="digest")
    worker = await station.connect(DatabaseRole.WORKER)
    await worker.execute("set search_path = queue")
    async with station.database.writing(tenant.placement) as session:
        assert await defer(session, "mail", once="digest") is None
        assert await worker.fetchval(FETCH) is None
        await session.commit()
    assert await worker.fetchval(FETCH) == job
    await worker.close()


async def test_a_waiting_job_that_this_transaction_cannot_see_is_not_relied_on(station: Station) -> None:
    tenant = await station.tenant()
    app = await station.connect(DatabaseRole.APP)
    async with app.transaction(isolation="repeatable_read"):
        await app.execute(f"set local app.tenant_id = '{tenant.id}'; select 1")
        async with station.database.transacting(tenant.placement) as session:
            await defer(session, "mail", once="digest")
        with pytest.raises(asyncpg.SerializationError):
            await app.fetchval("select queue.defer('mail', '{}', 'digest')")
    await app.close()


@pytest.mark.parametrize(
    "arguments",
    [
        {"tenant_id": "00000000-0000-4000-8000-000000000001"},
        {"ids": ["a"]},
        {"employee": {"salary": 1}},
        {"flag": True},
        {"nothing": None},
        {"text": "x" * 101},
        {"number": 10**101},
        {"Name": "x"},
        {"": "x"},
        {f"n{number}": number for number in range(21)},
        ["a"],
        "a",
        1,
        None,
    ],
    ids=str,
)
async def test_arguments_are_ids_and_never_the_tenant(station: Station, arguments: Any) -> None:
    tenant = await station.tenant()
    app = await station.connect(DatabaseRole.APP)
    await app.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
    await app.execute(f"set app.tenant_id = '{tenant.id}'")
    with pytest.raises(asyncpg.InvalidParameterValueError):
        await app.fetchval("select queue.defer('mail', $1)", arguments)
    await app.close()
    assert await station.jobs() == []


@pytest.mark.parametrize("task", ["", "Mail", "platform.purge_idempotency_keys", "a b", "x" * 65])
async def test_a_tenant_names_only_tasks_of_tenants(station: Station, task: str) -> None:
    tenant = await station.tenant()
    with pytest.raises(DBAPIError, match="named in lower case"):
        async with station.database.transacting(tenant.placement) as session:
            await defer(session, task)
    assert await station.jobs() == []


async def test_nothing_is_deferred_without_a_tenant(station: Station) -> None:
    app = station.database.engine((await station.tenant()).placement)
    async with app.connect() as connection:
        with pytest.raises(DBAPIError):
            await connection.execute(select(func.queue.defer("mail", text("'{}'::jsonb"), None)))
    assert await station.jobs() == []
