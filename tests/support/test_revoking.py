"""A role of the platform is taken: what its holder began ends in each company, now or with the next run."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import typer
from sqlalchemy import text

import cli.support
from app import Parts, Wiring, now
from db.catalog import NotOfThePlatform, TenantStatus, set_status
from db.identifiers import quoted
from resolvers.support.ending import WITHOUT_ROLE
from resolvers.support.revoking import Revoked, Revoking
from tests.support.builders import Colleague, a_colleague, sessions_of, trail_of
from tests.world import CompanyWorld, Person, World

ENDED = [("revoked", True, WITHOUT_ROLE)]
ACTIVE = [("active", False, None)]


async def revoke(world: World, email: str) -> Revoked:
    parts = world.parts
    return await Revoking(parts.database, parts.catalog, world.wiring.master_key, now()).revoke(email)


async def state_of(company: CompanyWorld) -> list[tuple[Any, ...]]:
    """How the sessions of a company stand, wherever its tables are."""
    statement = (
        "select status, ended_at is not null, end_reason from {}.impersonation_sessions where tenant_id = :tenant"
    )
    schema = quoted(company.tenant.placement.schema)
    return [tuple(row) for row in await company.rows(f"{statement.format(schema)} order by id")]


@pytest.fixture
async def apart(world: World) -> CompanyWorld:
    """A company with a schema of its own."""
    return await world.company(own_schema=True)


async def test_what_they_began_ends_in_every_company_and_nothing_else(
    world: World, company: CompanyWorld, other_company: CompanyWorld, apart: CompanyWorld, agent: Colleague, hr: Person
) -> None:
    await agent.looks_after(apart)
    other = await a_colleague(world)
    await other.looks_after(other_company)
    here, there = await agent.start(company, hr), await agent.start(apart, await apart.person("HR"))
    theirs = await other.start(other_company, await other_company.person("HR"))
    done = await revoke(world, f" {agent.named.email.upper()}")
    assert (done.had_role, done.ended, done.companies, done.unreached) == (True, 2, 2, {})
    assert [await each.codes() for each in (here, there, theirs)] == [["UNAUTHENTICATED"], ["UNAUTHENTICATED"], []]
    assert (await state_of(company), await state_of(apart)) == (ENDED, ENDED)
    assert await state_of(other_company) == ACTIVE
    changed = await trail_of(
        company,
        *("actor_type", "actor_id", "operation", "new_values ->> 'status'", "new_values ->> 'end_reason'"),
        where="entity_type = 'ImpersonationSession' and action = 'transition'",
    )
    assert changed == [("system", None, "revoke_platform_role", "revoked", WITHOUT_ROLE)]
    told = "select data ->> 'to' from pool.event_outbox where tenant_id = :tenant and type = 'impersonation.ended'"
    assert [tuple(row) for row in await company.rows(told)] == [("revoked",)]
    shown = "{ impersonationSessions { nodes { status endReason } } }"
    nodes = (await (await company.person("OWNER")).ask(shown)).data["impersonationSessions"]["nodes"]
    assert nodes == [{"status": "REVOKED", "endReason": WITHOUT_ROLE}]
    again = await revoke(world, agent.named.email)
    assert (again.had_role, again.ended, again.unreached) == (False, 0, {})


async def test_a_company_that_is_moved_is_told_of_and_left_for_the_next_run(
    world: World, company: CompanyWorld, apart: CompanyWorld, agent: Colleague, hr: Person
) -> None:
    await agent.looks_after(apart)
    await agent.start(company, hr)
    session = await agent.start(apart, await apart.person("HR"))
    async with world.parts.catalog.begin() as connection:
        await set_status(connection, apart.tenant.id, TenantStatus.MIGRATING)
    done = await revoke(world, agent.named.email)
    assert (done.ended, done.unreached) == (1, {apart.tenant.slug: "it is being moved"})
    assert (await state_of(company), await state_of(apart)) == (ENDED, ACTIVE)
    async with world.parts.catalog.begin() as connection:
        await set_status(connection, apart.tenant.id, TenantStatus.ACTIVE)
    assert await session.codes() == ["UNAUTHENTICATED"]
    done = await revoke(world, agent.named.email)
    assert (done.had_role, done.ended, done.companies, done.unreached) == (False, 1, 1, {})
    assert await state_of(apart) == ENDED


@asynccontextmanager
async def out_of_reach(company: CompanyWorld) -> AsyncGenerator[None]:
    """Let nobody find the tables of a company meanwhile."""
    there, elsewhere = (quoted(f"{company.tenant.placement.schema}{end}") for end in ("", "_elsewhere"))
    await _rename(company, there, elsewhere)
    try:
        yield
    finally:
        await _rename(company, elsewhere, there)


async def _rename(company: CompanyWorld, schema: str, name: str) -> None:
    async with company.world.owner.begin() as connection:
        await connection.execute(text(f"alter schema {schema} rename to {name}"))


@pytest.fixture
async def command(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command, over the servers of the test."""

    @asynccontextmanager
    async def application(_settings: object) -> AsyncGenerator[tuple[Wiring, Parts]]:
        yield world.wiring, world.parts

    monkeypatch.setattr(cli.support, "application", application)
    return cli.support._revoke  # pyright: ignore[reportPrivateUsage] - what the command runs, in the loop of the test


async def test_the_command_says_what_it_could_not_reach_fails_and_finishes_with_the_next_run(
    world: World,
    company: CompanyWorld,
    apart: CompanyWorld,
    agent: Colleague,
    hr: Person,
    command: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await agent.looks_after(apart)
    await agent.start(company, hr)
    await agent.start(apart, await apart.person("HR"))
    async with out_of_reach(apart):
        with pytest.raises(typer.Exit) as failed:
            await command(None, agent.named.email)
    said = capsys.readouterr()
    assert failed.value.exit_code == 1
    assert f"{agent.named.email} has no role of the platform any more." in said.out
    assert "Ended where they acted for somebody: 1, in 1 of the companies." in said.out
    assert f"{apart.tenant.slug} cannot be reached: " in said.err
    assert (await state_of(company), await state_of(apart)) == (ENDED, ACTIVE)
    await command(None, agent.named.email)
    said = capsys.readouterr()
    assert "Ended where they acted for somebody: 1, in 1 of the companies." in said.out
    assert said.err == ""
    assert await state_of(apart) == ENDED


async def test_who_never_had_a_role_has_none_to_lose(world: World, agent: Colleague, hr: Person) -> None:
    with pytest.raises(NotOfThePlatform):
        await revoke(world, hr.asking.principal.name)
    assert (await agent.person.ask("{ platformTenants { slug } }")).errors == []


async def test_a_session_whose_time_has_run_out_has_expired(
    world: World, company: CompanyWorld, agent: Colleague, hr: Person
) -> None:
    await agent.start(company, hr)
    await company.rows(
        "update pool.impersonation_sessions set started_at = now() - interval '1 hour',"
        " expires_at = now() - interval '31 minutes' where tenant_id = :tenant returning id"
    )
    await revoke(world, agent.named.email)
    assert await sessions_of(company, "status", "end_reason") == [("expired", None)]
