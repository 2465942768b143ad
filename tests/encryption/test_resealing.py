"""Another data key while a company is used: nothing that was sealed is lost, and nothing is ever unreadable."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from db.catalog import find_tenant, wrapped_keys
from db.encryption import DataKey
from resolvers.resealing import Done, Resealing, sealed_tables
from resolvers.tenants import FRESH_FOR
from tests.audit.test_trail import of
from tests.onboarding.hires.builders import Published, a_block, a_flow, a_stage, complete
from tests.wall.parties import a_mark
from tests.world import CompanyWorld

SOON = timedelta(seconds=2.5)
TAX = "{ company { taxId } }"
PHONE = "query($id: ID!) { newHire(id: $id) { personalPhone } }"


@pytest.fixture
def resealing(company: CompanyWorld) -> Resealing:
    parts = company.world.parts
    return Resealing(parts.database, parts.catalog, company.world.wiring.master_key)


@pytest.fixture
async def flow(company: CompanyWorld) -> Published:
    return await a_flow(company, a_stage(a_block(), a_block()))


async def headers(company: CompanyWorld) -> set[bytes]:
    """How the sealed values of a company begin."""
    found = set[bytes]()
    for table in sealed_tables():
        for name in table.columns:
            rows = await company.rows(
                f"select substring({name}, 1, 5) from pool.{table.model.__tablename__}"
                f" where tenant_id = :tenant and {name} is not null"
            )
            found |= {bytes(row[0]) for row in rows}
    return found


async def rotated(resealing: Resealing, company: CompanyWorld, after: timedelta = SOON) -> dict[str, Done]:
    await resealing.begin(company.tenant, after=after)
    await asyncio.sleep(after.total_seconds() + FRESH_FOR + 0.5)
    return {done.table: done async for done in resealing.go_on(company.tenant)}


async def test_everything_is_sealed_anew_and_read_as_before(
    company: CompanyWorld, flow: Published, resealing: Resealing
) -> None:
    owner, mark = await company.person(), a_mark()
    [profile] = (await owner.ask("{ company { id } }")).data.values()
    assert (await owner.do("updateCompany", {"id": profile["id"], "taxId": mark}))["refusals"] == []
    hire, portal = await flow.begun(personalPhone="0170-1")
    assert await complete(portal, flow.block(0, 0), "Yes") == []
    [before] = await headers(company)
    done = await rotated(resealing, company)
    [after] = await headers(company)
    assert after != before
    assert {name for name, each in done.items() if each.number} >= {"companies", "new_hires", "progress"}
    assert not any(each.unreadable for each in done.values())
    assert done["data_subject_keys"].number >= 1
    versions = await company.rows("select version from pool.companies where tenant_id = :tenant")
    await forget_key(company, before)
    assert (await owner.ask(TAX)).data == {"company": {"taxId": mark}}
    assert (await owner.ask(PHONE, {"id": hire})).data == {"newHire": {"personalPhone": "0170-1"}}
    created = (await of(owner, hire))[0]
    assert created["newValues"]["firstName"], "what the trail says of a person is read with their key, sealed anew"
    assert versions == await company.rows("select version from pool.companies where tenant_id = :tenant")


async def forget_key(company: CompanyWorld, header: bytes) -> None:
    """Remove the older key, so that what it had sealed could not be read; and what this process knows of keys."""
    owner: Any = company.world.owner
    async with owner.begin() as connection:
        gone = await connection.execute(
            text("delete from catalog.tenant_keys where tenant_id = :tenant and key_id = :key"),
            {"tenant": company.tenant.id, "key": header[1:].hex()},
        )
    assert gone.rowcount == 1
    company.world.parts.identity.key_usage.tenants.forget()
    await company.world.parts.identity.key_usage.tenants.read_keys()


async def test_who_reads_and_writes_meanwhile_loses_nothing(
    company: CompanyWorld, flow: Published, resealing: Resealing
) -> None:
    owner = await company.person()
    hires = [await flow.hire(email=f"p{number}@x.example", personalPhone=f"{number}") for number in range(8)]
    said = dict(zip(hires, map(str, range(8)), strict=True))
    stop = asyncio.Event()

    async def write(mine: list[str]) -> int:
        number = 0
        while not stop.is_set():
            for hire in mine:
                number += 1
                phone = f"{hire[-4:]}-{number}"
                given = {"id": hire, "personalPhone": phone}
                assert (await owner.do("updateNewHire", given))["refusals"] == []
                said[hire] = phone
        return number

    async def read(mine: list[str]) -> int:
        number = 0
        while not stop.is_set():
            for hire in mine:
                number += 1
                assert (await owner.ask(PHONE, {"id": hire})).data["newHire"]["personalPhone"] is not None
        return number

    working = [asyncio.create_task(each) for each in (write(hires[:4]), read(hires))]
    await rotated(resealing, company)
    stop.set()
    assert all(number > len(hires) for number in await asyncio.gather(*working))
    assert len(await headers(company)) == 1
    for hire, phone in said.items():
        assert (await owner.ask(PHONE, {"id": hire})).data["newHire"]["personalPhone"] == phone


async def test_a_key_opens_before_it_seals(company: CompanyWorld, resealing: Resealing) -> None:
    before = company.keyring.seal("x", aad=b"y")
    await resealing.begin(company.tenant, after=timedelta(hours=1))
    async with company.world.parts.catalog.connect() as connection:
        tenant = await find_tenant(connection, id=company.tenant.id)
        keys = await wrapped_keys(connection, tenant.id)
    assert len(keys) == 2
    master_key = company.world.wiring.master_key
    first = DataKey.unwrap(keys[0], master_key, tenant.id)
    assert before[1:5].hex() == first.key_id


async def test_whoever_holds_the_keys_knows_a_new_one(company: CompanyWorld, resealing: Resealing) -> None:
    tenants = company.world.parts.identity.key_usage.tenants
    found = await tenants.find(id=company.tenant.id)
    assert found
    await resealing.begin(company.tenant, after=timedelta(0))
    before = found.keyring.header
    await tenants.read_keys()
    assert found.keyring.header != before


async def test_what_no_key_opens_is_named_and_left(company: CompanyWorld, resealing: Resealing) -> None:
    owner = await company.person()
    [profile] = (await owner.ask("{ company { id } }")).data.values()
    assert (await owner.do("updateCompany", {"id": profile["id"], "taxId": "DE1"}))["refusals"] == []
    [(row,)] = await company.rows(
        "update pool.companies set tax_id = '\\x01aabbccdd00'::bytea where tenant_id = :tenant returning id"
    )
    done = await rotated(resealing, company, timedelta(0))
    assert done["companies"].unreadable == [row]
