"""Roles of the platform: given to users of one company, by whoever has the machine, and to nobody else."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from app import now
from db.catalog import (
    NotOfThePlatform,
    NotThePlatform,
    PlatformRole,
    TenantNotFound,
    assign_account_manager,
    find_platform,
    find_platform_person,
    find_tenant,
    grant_role,
    list_tenants,
    revoke_role,
)
from demo.support import make_demo_support, secret_of
from resolvers.refusals import NotFound
from resolvers.support.granting import grant
from tests.support.builders import Colleague, the_platform
from tests.world import CompanyWorld, Person, World


async def test_one_company_runs_the_installation(world: World, company: CompanyWorld, agent: Colleague) -> None:
    elsewhere = replace(agent.named, user_id=uuid4(), tenant_id=company.tenant.id)
    with pytest.raises(NotThePlatform):
        async with world.parts.catalog.begin() as connection:
            await grant_role(connection, elsewhere)
    async with world.parts.catalog.connect() as connection:
        assert await find_platform(connection) == agent.home.tenant.id
        assert (await find_tenant(connection, id=agent.home.tenant.id)).is_platform
        assert not (await find_tenant(connection, id=company.tenant.id)).is_platform


async def test_a_role_is_given_to_who_signs_in_there(world: World, agent: Colleague) -> None:
    home, parts = await the_platform(world), world.parts
    person = await home.person("MEMBER")
    email = person.asking.principal.name
    granted, counts = await grant(parts.database, parts.catalog, home.tenant, f" {email.upper()}", agent.role, "+1")
    assert (granted.name, granted.email, granted.phone, counts) == ("Member Tester", email, "+1", False)
    with pytest.raises(NotFound):
        await grant(parts.database, parts.catalog, home.tenant, "nobody@nowhere.example", agent.role)


async def test_given_again_it_is_changed(world: World, agent: Colleague) -> None:
    promoted = replace(agent.named, role=PlatformRole.PLATFORM_ADMIN, phone=None)
    async with world.parts.catalog.begin() as connection:
        await grant_role(connection, promoted)
        assert await find_platform_person(connection, agent.id) == promoted
    assert (await agent.person.ask("{ platformPeople { name } }")).errors == []


async def test_whom_nobody_looks_after_any_more_has_nobody(
    world: World, company: CompanyWorld, agent: Colleague
) -> None:
    async with world.parts.catalog.begin() as connection:
        assert [each.id for each in await list_tenants(connection, manager_id=agent.id)] == [company.tenant.id]
        await revoke_role(connection, agent.id)
        assert (await find_tenant(connection, id=company.tenant.id)).manager is None
        with pytest.raises(NotOfThePlatform):
            await revoke_role(connection, agent.id)


async def test_only_people_of_the_platform_look_after_companies(
    world: World, company: CompanyWorld, hr: Person
) -> None:
    async with world.parts.catalog.begin() as connection:
        with pytest.raises(NotOfThePlatform):
            await assign_account_manager(connection, company.tenant.id, hr.asking.principal.id)
        with pytest.raises(TenantNotFound):
            await assign_account_manager(connection, uuid4(), None)
    with pytest.raises(IntegrityError):
        await company.rows(
            "update catalog.tenants set account_manager_id = :user where id = :tenant returning id",
            user=hr.asking.principal.id,
        )


async def test_the_demo_gives_way_to_a_company_that_runs_the_installation(world: World, agent: Colleague) -> None:
    parts, key = world.parts, world.wiring.master_key
    made = [
        await make_demo_support(
            parts.registration, parts.database, parts.catalog, key, password="demo-0123456789", now=now()
        )
        for _ in range(2)
    ]
    assert made == [False, False]
    assert (await agent.person.ask("{ platformTenants { slug } }")).errors == []
    assert secret_of(key) == secret_of(key)
