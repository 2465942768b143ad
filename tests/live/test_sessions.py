"""A connection ends when who holds it may not go on: within moments, and with the code that asks for a new token."""

from dataclasses import replace
from datetime import timedelta

import pytest

import schema.live.guarding
from app import now
from auth.tokens import AccessTokens
from db.catalog import TenantStatus, set_status
from schema.derive import ids
from tests.identity.builders import set_otherwise
from tests.live.client import BOARD, PROGRESS, client_of, connected
from tests.onboarding.hires.builders import Published, codes, complete
from tests.world import CompanyWorld, Person, World

AGAIN = 4403


def id_of(person: Person) -> str:
    assert person.asking.principal.id
    return ids.encode("User", person.asking.principal.id)


async def test_a_token_that_runs_out_ends_the_connection(world: World, address: str, hr: Person) -> None:
    short = AccessTokens(world.wiring.master_key, clock=now, lifetime=timedelta(seconds=2))
    assert hr.asking.principal.id
    issued = short.issue(user_id=hr.asking.principal.id, tenant_id=hr.asking.tenant.id, token_version=1)
    async with connected(address) as client:
        await client.begin(authorization=f"Bearer {issued.text}")
        assert await client.code(within=4) == AGAIN
        assert now() >= issued.expires_at
    async with connected(address) as client:
        await client.send(type="connection_init", payload={"authorization": f"Bearer {issued.text}"})
        assert await client.code() == AGAIN


async def test_who_is_deactivated_is_out(address: str, company: CompanyWorld, flow: Published, hr: Person) -> None:
    owner = await company.person("OWNER")
    async with client_of(address, hr) as client, client_of(address, flow.hr) as other:
        for each in (client, other):
            await each.subscribe(BOARD, id=flow.id)
            await each.next()
        assert await codes(owner, "deactivateUser", id=id_of(hr)) == []
        assert await client.code() == AGAIN
        assert await other.is_quiet()


async def test_who_is_deactivated_through_another_server_is_out(
    world: World, address: str, company: CompanyWorld, flow: Published, hr: Person
) -> None:
    """What this server keeps of who may what does not hold it up."""
    owner = await company.person("OWNER")
    async with set_otherwise(world) as elsewhere, client_of(address, hr) as client:
        await client.subscribe(BOARD, id=flow.id)
        await client.next()
        assert await codes(replace(owner, http=elsewhere), "deactivateUser", id=id_of(hr)) == []
        assert await client.code() == AGAIN


async def test_a_permission_that_is_taken_ends_the_connection(
    address: str, company: CompanyWorld, flow: Published
) -> None:
    owner, hr = await company.person("OWNER"), await company.person("HR")
    [role] = [
        each["id"]
        for each in (await owner.ask("{ roles(first: 50) { nodes { id name } } }")).data["roles"]["nodes"]
        if each["name"] == "HR"
    ]
    async with client_of(address, hr) as client:
        await client.subscribe(BOARD, id=flow.id)
        await client.next()
        assert await codes(owner, "takeRole", id=id_of(hr), roleId=role) == []
        assert await client.code() == AGAIN
    async with client_of(address, hr) as client:
        await client.subscribe(BOARD, id=flow.id)
        assert (await client.receive())["payload"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_new_hire_who_is_called_off_is_out(address: str, flow: Published) -> None:
    hire, person = await flow.begun()
    async with client_of(address, person) as client:
        await client.subscribe(PROGRESS, id=hire)
        await client.next()
        assert await complete(person, flow.block(0, 0), "Yes") == []
        assert (await client.next())["state"]["blocksPct"] == 33
        assert await codes(flow.hr, "cancelNewHire", id=hire, reason="moved") == []
        assert await client.code() == AGAIN


async def test_a_company_that_is_closed_is_left(
    world: World, address: str, company: CompanyWorld, flow: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema.live.guarding, "LOOK_EVERY", (0.3, 0.5))
    async with client_of(address, flow.hr) as client:
        await client.subscribe(BOARD, id=flow.id)
        await client.next()
        async with world.parts.catalog.begin() as connection:
            await set_status(connection, company.tenant.id, TenantStatus.CLOSING)
            await set_status(connection, company.tenant.id, TenantStatus.CLOSED)
        assert await client.code() == AGAIN
