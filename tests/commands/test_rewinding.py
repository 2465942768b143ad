"""A ground that is used again is to the letter what it was when it was made, whatever was done on it."""

import asyncio
from typing import Any, Final

import pytest
from sqlalchemy import text

from db.base import Base
from db.models import Flow
from db.models.onboarding import FlowStatus
from tests.audit.chains import drain
from tests.commands.ground import BY_NAME, COMMANDS, Ground, Grounds
from tests.live.conftest import forget_what_waits
from tests.live.settling import bus_of, on_the_bus, settled
from tests.rewinding import Rewinding
from tests.world import CompanyWorld, World

OF_TENANTS: Final = "select table_name from information_schema.columns where table_schema = 'pool'"
GUARDS: Final = "select tgenabled, count(*) from pg_trigger where tgname in ('append_only', 'noted') group by 1"
CATALOG: Final = ("provisioning_jobs", "tenant_databases", "tenant_hostnames", "tenant_keys")


async def ask(world: World, statement: str) -> list[Any]:
    async with world.owner.connect() as connection:
        return list((await connection.execute(text(statement))).all())


async def in_catalog(company: CompanyWorld) -> list[Any]:
    """What the catalog holds of a company; nothing of it is put back."""
    tables = " union all ".join(f"select t::text from catalog.{name} t where tenant_id = :tenant" for name in CATALOG)
    return [
        *await company.rows(f"select t::text from catalog.tenants t where id = :tenant union all {tables} order by 1")
    ]


async def do_everything(ground: Ground) -> None:
    """Try every mutation, one after the other; what one has done lets some others be refused."""
    for command in sorted(COMMANDS, key=lambda each: "delete" in each.name or "erase" in each.name):
        await ground.run(command, ground.given(command) | {"idempotencyKey": "once"})


@pytest.mark.parametrize("status", FlowStatus)
async def test_nothing_is_left_of_whatever_is_done(grounds: Grounds, status: FlowStatus) -> None:
    ground = await grounds.of("rewound", status)
    before, catalog = await ground.everything(), await in_catalog(ground.company)
    for _ in range(2):
        await do_everything(ground)
        done = await ground.everything()
        assert len([name for name in before if done[name] != before[name]]) > 20
        ground = await grounds.of("rewound", status)
        assert await ground.everything() == before
    assert await in_catalog(ground.company) == catalog


async def test_what_is_changed_past_the_application_is_put_back_too(grounds: Grounds) -> None:
    ground = await grounds.of("rewound", FlowStatus.DRAFT)
    before = await ground.everything()
    for done in (
        "update pool.audit_waiting set sequence = sequence + 1000 where tenant_id = :tenant returning id",
        "update pool.users set email = 'x' || email, version = 9 where tenant_id = :tenant returning id",
        "delete from pool.content_blocks where tenant_id = :tenant returning id",
    ):
        assert await ground.company.rows(done)
    assert await (await grounds.of("rewound", FlowStatus.DRAFT)).everything() == before


async def test_what_was_chained_and_relayed_is_taken_back(world: World, grounds: Grounds) -> None:
    before = await (await grounds.of("rewound", FlowStatus.DRAFT)).everything()
    await forget_what_waits(world)
    ground = await grounds.of("rewound", FlowStatus.DRAFT)
    assert await ground.everything() == before
    async with bus_of(world) as bus:
        stop = asyncio.Event()
        relaying = asyncio.create_task(world.parts.relay.run(stop))
        assert await settled(bus, ground.company)
        stop.set()
        await relaying
        await drain(world)
        assert await ground.company.rows("select id from pool.audit_chain where tenant_id = :tenant")
        again = await grounds.of("rewound", FlowStatus.DRAFT)
        assert await on_the_bus(bus, again.company) == []
    assert await again.everything() == before


async def test_other_companies_are_left_alone(grounds: Grounds) -> None:
    ground, other = [await grounds.of(name, FlowStatus.DRAFT) for name in ("rewound", "beside")]
    await other.run(BY_NAME["updateFlow"], other.given(BY_NAME["updateFlow"]))
    changed = await other.everything()
    await grounds.of("rewound", FlowStatus.DRAFT)
    assert await other.everything() == changed
    assert ground.company.tenant.id != other.company.tenant.id


async def test_what_the_application_knew_is_forgotten(grounds: Grounds) -> None:
    ground = await grounds.of("rewound", FlowStatus.DRAFT)
    mine = ground.person.asking.principal.id
    await ground.company.rows(
        "update pool.users set is_active = false where tenant_id = :tenant and id = :mine returning id", mine=mine
    )
    query = "query($id: ID!) { flow(id: $id) { name } }"
    assert (await ground.person.ask(query, {"id": ground.id_of(Flow)})).codes == ["UNAUTHENTICATED"]
    again = await grounds.of("rewound", FlowStatus.DRAFT)
    assert (await again.person.ask(query, {"id": again.id_of(Flow)})).data == {"flow": {"name": "Engineers"}}


async def test_every_table_of_a_company_is_put_back(world: World) -> None:
    tables = {row[0] for row in await ask(world, f"{OF_TENANTS} and column_name = 'tenant_id'")}
    assert set(Base.metadata.tables) == {name for name in tables if not name.startswith("test_")}


async def test_what_guards_the_tables_is_switched_on_again(world: World, grounds: Grounds) -> None:
    before = await ask(world, GUARDS)
    ground = await grounds.of("rewound", FlowStatus.DRAFT)
    await ground.run(BY_NAME["updateFlow"], ground.given(BY_NAME["updateFlow"]))
    await grounds.of("rewound", FlowStatus.DRAFT)
    assert await ask(world, GUARDS) == before
    assert [row[0] for row in before] == [b"A"]


async def test_what_was_never_kept_is_not_rewound(rewinding: Rewinding, company: CompanyWorld) -> None:
    with pytest.raises(LookupError):
        await rewinding.rewind(company)
    assert await company.rows("select id from pool.users where tenant_id = :tenant")
