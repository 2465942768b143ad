"""What a process keeps of who may what: never for longer than two seconds, and never past its own writes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

import auth.tokens
from app import now
from auth.principal import Principal
from auth.tokens import AccessTokens
from db.catalog import PRIMARY, TenantStatus, set_status
from db.models import Role, User, UserRole
from db.reads import LISTENERS, Sent
from db.roles import DatabaseRole, url_as
from db.session import Database, make_engine
from db.tenancy import Placement
from gateways.limits import Limits
from resolvers.barred import TenantMismatch, TenantNotFound, Unauthenticated
from resolvers.context import Asking
from resolvers.doors import Doors
from resolvers.identity import Identity, Means, Visitor, standing
from resolvers.identity.standing import Standing
from resolvers.standings import Standings
from resolvers.tenants import FRESH_FOR, Tenants
from tests.identity.builders import Clock, Ticks
from tests.schema.builders import put
from tests.world import CompanyWorld, Person, World

ALMOST = FRESH_FOR - 0.01


@dataclass
class Process:
    """A process that answers, with pools and memories of its own."""

    world: World
    database: Database
    catalog: AsyncEngine
    identity: Identity
    ticks: Ticks

    async def asking(self, person: Person, **said: Any) -> Asking:
        visitor = Visitor("testserver", None, person.token, uuid4().hex)
        return await self.identity.asking(replace(visitor, **said))

    async def write(self, company: CompanyWorld, *statements: Any) -> None:
        async with self.database.transacting(company.tenant.placement) as session:
            for each in statements:
                await session.execute(each)

    async def move(self, company: CompanyWorld, status: TenantStatus) -> None:
        async with self.catalog.begin() as connection:
            await set_status(connection, company.tenant.id, status)


@pytest.fixture
async def process(world: World) -> AsyncIterator[Process]:
    def url(role: DatabaseRole) -> str:
        return url_as(world.wiring.database_url, role, prefix="workgraph", master_key=world.wiring.master_key)

    ticks, tokens = Ticks(), AccessTokens(world.wiring.master_key, clock=now)
    database = Database({PRIMARY: url(DatabaseRole.APP)}, pool_size=2)
    catalog = make_engine(url(DatabaseRole.CONTROL), pool_size=2)
    tenants = Tenants(catalog, world.wiring.master_key, ticks=ticks)
    doors = Doors(Limits(world.parts.bus, prefix="workgraph"), factor=1000)
    means = Means(database, tenants, tokens, world.parts.passwords, doors, 0.0, None)
    identity = Identity(means, clock=now, own_hosts=frozenset({"testserver"}), ticks=ticks)
    yield Process(world, database, catalog, identity, ticks)
    await database.close()
    await catalog.dispose()


@pytest.fixture
def other_process(world: World, process: Process) -> Process:
    """The process of the world, which knows nothing of the first one."""
    return replace(process, database=world.parts.database, catalog=world.parts.catalog)


def user_of(person: Person) -> UUID:
    assert person.asking.principal.id is not None
    return person.asking.principal.id


def revoked(person: Person) -> Any:
    return update(User).where(User.id == user_of(person)).values(token_version=2)


def shut_out(person: Person, *, active: bool = False) -> Any:
    return update(User).where(User.id == user_of(person)).values(is_active=active)


def roleless(person: Person) -> Any:
    return delete(UserRole).where(UserRole.user_id == user_of(person))


@pytest.mark.parametrize("change", [revoked, shut_out])
async def test_own_writes_count_at_once(process: Process, company: CompanyWorld, hr: Person, change: Any) -> None:
    assert (await process.asking(hr)).principal.can("onboarding.edit")
    await process.write(company, change(hr))
    with pytest.raises(Unauthenticated):
        await process.asking(hr)


async def test_a_role_taken_by_the_same_process_is_gone_at_once(
    process: Process, company: CompanyWorld, hr: Person
) -> None:
    assert (await process.asking(hr)).principal.can("onboarding.edit")
    await process.write(company, roleless(hr))
    assert (await process.asking(hr)).principal.permissions == frozenset()


async def test_a_standing_changed_by_the_same_process_counts_at_once(
    process: Process, company: CompanyWorld, hr: Person
) -> None:
    assert (await process.asking(hr)).tenant.status is TenantStatus.ACTIVE
    await process.move(company, TenantStatus.SUSPENDED)
    assert (await process.asking(hr)).tenant.status is TenantStatus.SUSPENDED
    await process.move(company, TenantStatus.CLOSING)
    with pytest.raises(TenantNotFound):
        await process.asking(hr)


@pytest.mark.parametrize("change", [revoked, shut_out])
async def test_writes_of_others_count_within_the_bound(
    process: Process, other_process: Process, company: CompanyWorld, hr: Person, change: Any
) -> None:
    await process.asking(hr)
    await other_process.write(company, change(hr))
    process.ticks.seconds += ALMOST
    assert (await process.asking(hr)).principal.can("onboarding.edit")
    process.ticks.seconds += FRESH_FOR - ALMOST
    with pytest.raises(Unauthenticated):
        await process.asking(hr)


async def test_use_does_not_prolong_what_is_kept(
    process: Process, other_process: Process, company: CompanyWorld, hr: Person
) -> None:
    await process.asking(hr)
    await other_process.write(company, roleless(hr))
    kept = list[bool]()
    for _ in range(8):
        process.ticks.seconds += FRESH_FOR / 4
        kept.append((await process.asking(hr)).principal.can("onboarding.edit"))
    assert kept == [True] * 3 + [False] * 5


async def test_a_company_closed_by_another_process_is_gone_within_the_bound(
    process: Process, other_process: Process, company: CompanyWorld, hr: Person
) -> None:
    await process.asking(hr)
    await other_process.move(company, TenantStatus.CLOSING)
    process.ticks.seconds += ALMOST
    await process.asking(hr)
    process.ticks.seconds += FRESH_FOR - ALMOST
    with pytest.raises(TenantNotFound):
        await process.asking(hr)


async def test_a_refusal_is_never_kept(
    process: Process, other_process: Process, company: CompanyWorld, hr: Person
) -> None:
    await other_process.write(company, shut_out(hr))
    with pytest.raises(Unauthenticated):
        await process.asking(hr)
    await other_process.write(company, shut_out(hr, active=True))
    assert (await process.asking(hr)).principal.can("onboarding.edit")


async def test_what_was_read_before_a_write_and_came_after_it_is_not_kept(
    process: Process, company: CompanyWorld, hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, go_on, look = asyncio.Event(), asyncio.Event(), standing.look

    async def slow(database: Database, placement: Placement, user_id: UUID) -> Standing | None:
        found = await look(database, placement, user_id)
        read.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(process.identity._standings, "_look", slow)
    asking = asyncio.ensure_future(process.asking(hr))
    await read.wait()
    await process.write(company, roleless(hr))
    go_on.set()
    assert (await asking).principal.can("onboarding.edit"), "it was read before"
    assert (await process.asking(hr)).principal.permissions == frozenset()


async def test_what_is_kept_costs_no_statement_and_each_request_is_its_own(process: Process, hr: Person) -> None:
    first, sent = await process.asking(hr), list[Sent]()
    LISTENERS.append(sent.append)
    try:
        second = await process.asking(hr, request_id="another", address="192.0.2.1")
        assert sent == []
        process.ticks.seconds += FRESH_FOR
        await process.asking(hr)
        assert len(sent) == 1
    finally:
        LISTENERS.remove(sent.append)
    assert second.principal == first.principal
    assert (second.request_id, second.address) == ("another", "192.0.2.1")
    assert second.now > first.now


async def test_one_id_in_two_companies_is_two_people(
    process: Process, world: World, company: CompanyWorld, other_company: CompanyWorld
) -> None:
    tokens, person = AccessTokens(world.wiring.master_key, clock=now), await company.person("HR")
    await twin(other_company, user_of(person), "VIEWER")
    theirs = tokens.issue(user_id=user_of(person), tenant_id=other_company.tenant.id, token_version=1).text
    other = replace(person, token=theirs)
    for _ in range(3):
        mine, second = await process.asking(person), await process.asking(other)
        assert (mine.tenant.id, second.tenant.id) == (company.tenant.id, other_company.tenant.id)
        assert (mine.principal.tenant_id, second.principal.tenant_id) == (company.tenant.id, other_company.tenant.id)
        assert (mine.principal.can("onboarding.edit"), second.principal.can("onboarding.edit")) == (True, False)
        for asked, at in ((person, other_company), (other, company)):
            with pytest.raises(TenantMismatch):
                await process.asking(asked, tenant_slug=at.tenant.slug)
        with pytest.raises(TenantNotFound):
            await process.asking(person, host="elsewhere.example")


async def twin(company: CompanyWorld, user_id: UUID, role: str) -> None:
    """Somebody of another company who has the same id."""
    await put(company, User, [{"id": user_id, "email": "twin@example.com", "first_name": "T", "last_name": "T"}])
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        [held] = await session.scalars(select(Role.id).where(Role.name == role))
    await put(company, UserRole, [{"user_id": user_id, "role_id": held}])


async def test_no_more_is_kept_than_allowed(process: Process) -> None:
    asked = list[UUID]()

    async def look(_database: Database, placement: Placement, user_id: UUID) -> Standing:
        asked.append(user_id)
        return Standing(Principal("user", user_id, placement.tenant_id), 1)

    standings = Standings(process.database, look, ticks=process.ticks, most=10)
    companies = [Placement(uuid7(), "pool", PRIMARY) for _ in range(30)]
    for number in range(300):
        await standings.of(companies[number % 7 if number < 200 else number % 30], uuid7())
        assert sum(len(each) for each in standings._companies.values()) == standings._number <= 10
        assert len(standings._companies) <= 10
    for company in companies:
        standings.forget(company)
    assert (standings._number, len(asked)) == (0, 300)
    last = uuid7()
    for _ in range(3):
        await standings.of(companies[0], last)
    assert asked.count(last) == 1


async def test_a_token_that_was_verified_still_runs_out(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    clock = Clock()
    tokens = AccessTokens(world.wiring.master_key, clock=clock)
    monkeypatch.setattr(auth.tokens, "MOST_KEPT", 5)
    issued = [tokens.issue(user_id=uuid7(), tenant_id=uuid7(), token_version=1) for _ in range(20)]
    for _ in range(2):
        assert len({tokens.read(each.text).user_id for each in issued}) == 20
    assert len(tokens._read) == 5
    assert not any(each.text in repr(tokens._read) for each in issued)
    clock.move(timedelta(minutes=15))
    for each in issued:
        with pytest.raises(auth.tokens.TokenExpired):
            tokens.read(each.text)


async def test_a_commit_of_which_nobody_knows_whether_it_came_through_is_told(
    process: Process, company: CompanyWorld, hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await process.asking(hr)
    async with process.database.writing(company.tenant.placement) as session:
        await session.execute(roleless(hr))
        commit = session.unit.commit

        async def interrupted() -> None:
            await commit()
            raise asyncio.CancelledError

        monkeypatch.setattr(session.unit, "commit", interrupted)
        with pytest.raises(asyncio.CancelledError):
            await session.commit()
    assert (await process.asking(hr)).principal.permissions == frozenset()
