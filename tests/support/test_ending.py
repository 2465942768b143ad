"""How acting for a user ends: by who acts, by the company, by the platform, by the clock, and by another manager."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from app import now
from auth.tokens import AccessTokens
from db.catalog import PRIMARY, TenantStatus, assign_account_manager, set_status
from db.models.support import ImpersonationSession
from db.roles import DatabaseRole, url_as
from db.session import Database, make_engine
from gateways.limits import Limits
from resolvers.barred import Unauthenticated
from resolvers.context import Context
from resolvers.doors import Doors
from resolvers.identity import Identity, Means, Visitor
from resolvers.support import acting
from resolvers.tenants import FRESH_FOR, Tenants
from tests.identity.builders import Ticks
from tests.support.builders import (
    Colleague,
    Session,
    a_colleague,
    codes_of,
    expired,
    sessions_of,
    tenant_id,
    trail_of,
    user_id,
)
from tests.world import CompanyWorld, Person, World

OVER = ["UNAUTHENTICATED"]


@dataclass
class Elsewhere:
    """Another process, with memories of its own."""

    identity: Identity
    catalog: AsyncEngine
    ticks: Ticks

    async def lets_in(self, session: Session) -> bool:
        """Tell whether it lets in who acts in a session."""
        try:
            asking = await self.identity.asking(Visitor("testserver", None, session.person.token, uuid4().hex))
        except Unauthenticated:
            return False
        return asking.principal.impersonator is not None


@pytest.fixture
async def elsewhere(world: World) -> AsyncIterator[Elsewhere]:
    def url(role: DatabaseRole) -> str:
        return url_as(world.wiring.database_url, role, prefix="workgraph", master_key=world.wiring.master_key)

    ticks, tokens = Ticks(), AccessTokens(world.wiring.master_key, clock=now)
    database = Database({PRIMARY: url(DatabaseRole.APP)}, pool_size=2)
    catalog = make_engine(url(DatabaseRole.CONTROL), pool_size=2)
    tenants = Tenants(catalog, world.wiring.master_key, ticks=ticks)
    doors = Doors(Limits(world.parts.bus, prefix="workgraph"), factor=1000)
    means = Means(database, tenants, tokens, world.parts.passwords, doors, 0.0, None)
    identity = Identity(means, clock=now, own_hosts=frozenset({"testserver"}), ticks=ticks)
    yield Elsewhere(identity, catalog, ticks)
    await database.close()
    await catalog.dispose()


async def revoked_by_owner(session: Session, owner: Person, **_: Any) -> None:
    revoked = await owner.do("revokeImpersonation", {"id": session.id}, "impersonationSession { status }")
    assert revoked["impersonationSession"] == {"status": "REVOKED"}


async def revoked_by_platform(session: Session, administrator: Colleague, company: CompanyWorld, **_: Any) -> None:
    given = {"tenantId": tenant_id(company), "id": session.id}
    assert codes_of(await administrator.person.do("revokeImpersonationOf", given)) == []


async def ended_by_its_token(session: Session, **_: Any) -> None:
    assert codes_of(await session.person.do("endImpersonation", {})) == []


async def ended_by_who_acts(session: Session, agent: Colleague, company: CompanyWorld, **_: Any) -> None:
    given = {"tenantId": tenant_id(company), "id": session.id}
    assert codes_of(await agent.person.do("endImpersonation", given)) == []


async def reassigned(session: Session, administrator: Colleague, company: CompanyWorld, **_: Any) -> None:
    other = await a_colleague(company.world)
    given = {"tenantId": tenant_id(company), "userId": user_id(other.person)}
    done = await administrator.person.do("assignAccountManager", given, "tenant { accountManager { name } }")
    assert done["tenant"] == {"accountManager": {"name": other.named.name}}


async def unassigned(session: Session, administrator: Colleague, company: CompanyWorld, **_: Any) -> None:
    given = {"tenantId": tenant_id(company)}
    done = await administrator.person.do("assignAccountManager", given, "tenant { accountManager { name } }")
    assert done["tenant"] == {"accountManager": None}


ENDINGS = {
    revoked_by_owner: ("revoked", "user"),
    revoked_by_platform: ("revoked", "system"),
    ended_by_its_token: ("ended", "support"),
    ended_by_who_acts: ("ended", "system"),
    reassigned: ("revoked", "system"),
    unassigned: ("revoked", "system"),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_the_token_dies_at_once_here_and_within_two_seconds_elsewhere(
    company: CompanyWorld,
    agent: Colleague,
    administrator: Colleague,
    owner: Person,
    hr: Person,
    elsewhere: Elsewhere,
    ending: Any,
) -> None:
    session = await agent.start(company, hr)
    assert await elsewhere.lets_in(session)
    await ending(session=session, owner=owner, agent=agent, administrator=administrator, company=company)
    assert await session.codes() == OVER
    assert await elsewhere.lets_in(session), "what was read counts for two seconds"
    elsewhere.ticks.seconds += FRESH_FOR
    assert not await elsewhere.lets_in(session)
    status, actor = ENDINGS[ending]
    assert await sessions_of(company, "status", "ended_at is not null") == [(status, True)]
    moved = await trail_of(
        company, "actor_type", where="entity_type = 'ImpersonationSession' and action = 'transition'"
    )
    assert moved == [(actor,)]


async def test_whoever_takes_over_a_company_goes_on(
    company: CompanyWorld, agent: Colleague, administrator: Colleague, hr: Person
) -> None:
    session, mine = await agent.start(company, hr), await administrator.start(company, hr)
    await reassigned(session=session, administrator=administrator, company=company)
    assert (await session.codes(), await mine.codes()) == (OVER, [])
    assert codes_of(await agent.try_start(company, hr)) == ["NOT_FOUND"]


async def test_assigning_who_is_assigned_ends_nothing(
    company: CompanyWorld, agent: Colleague, administrator: Colleague, hr: Person
) -> None:
    session = await agent.start(company, hr)
    given = {"tenantId": tenant_id(company), "userId": user_id(agent.person)}
    assert codes_of(await administrator.person.do("assignAccountManager", given)) == []
    assert await session.codes() == []


async def test_only_people_of_the_platform_are_assigned(
    company: CompanyWorld, administrator: Colleague, agent: Colleague, hr: Person
) -> None:
    stranger = await agent.home.person("MEMBER")
    for other in (stranger, hr):
        given = {"tenantId": tenant_id(company), "userId": user_id(other)}
        assert codes_of(await administrator.person.do("assignAccountManager", given)) == ["NOT_FOUND"]
    missing = {"tenantId": f"PlatformTenant_{uuid4()}", "userId": user_id(agent.person)}
    assert codes_of(await administrator.person.do("assignAccountManager", missing)) == ["NOT_FOUND"]
    asked = "mutation($input: AssignAccountManagerInput!) { assignAccountManager(input: $input) { tenant { id } } }"
    assert (await agent.person.ask(asked, {"input": missing})).codes == ["FORBIDDEN"]


async def test_what_was_cut_short_between_catalog_and_company_has_ended_all_the_same(
    world: World,
    company: CompanyWorld,
    agent: Colleague,
    administrator: Colleague,
    hr: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The process is killed once the catalog has it: the token is dead, and saying it again sets the rows right."""
    session = await agent.start(company, hr)
    other = await a_colleague(world)

    async def killed(*_: Any) -> None:
        raise asyncio.CancelledError

    given = {"tenantId": tenant_id(company), "userId": user_id(other.person)}
    with monkeypatch.context() as patched:
        patched.setattr(acting, "end_each", killed)
        with pytest.raises((asyncio.CancelledError, AssertionError)):
            await administrator.person.do("assignAccountManager", given)
    assert await session.codes() == OVER
    assert await sessions_of(company, "status") == [("active",)]
    assert codes_of(await administrator.person.do("assignAccountManager", given)) == []
    assert await sessions_of(company, "status") == [("revoked",)]


async def test_what_was_begun_and_never_answered_gives_nobody_a_token(
    company: CompanyWorld, agent: Colleague, hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is killed once the company has the session: the next one takes its place."""

    def killed(*_: Any, **__: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(AccessTokens, "issue_to", killed)
        with pytest.raises((asyncio.CancelledError, AssertionError)):
            await agent.try_start(company, hr)
    session = await agent.start(company, hr)
    assert await session.codes() == []
    assert await sessions_of(company, "status") == [("ended",), ("active",)]


async def test_one_ends_ones_own_sessions_only(
    company: CompanyWorld, agent: Colleague, administrator: Colleague, owner: Person, hr: Person
) -> None:
    session = await agent.start(company, hr)
    given = {"tenantId": tenant_id(company), "id": session.id}
    assert codes_of(await administrator.person.do("endImpersonation", given)) == ["NOT_FOUND"]
    asked = "mutation($input: EndImpersonationInput!) { endImpersonation(input: $input) { refusals { code } } }"
    assert (await owner.ask(asked, {"input": given})).codes == ["FORBIDDEN"]
    assert codes_of(await owner.do("endImpersonation", {})) == ["INVALID_INPUT"]
    assert await session.codes() == []


async def test_what_is_over_is_not_ended_again(
    company: CompanyWorld, agent: Colleague, administrator: Colleague, owner: Person, hr: Person
) -> None:
    session = await agent.start(company, hr)
    await revoked_by_owner(session=session, owner=owner)
    given = {"tenantId": tenant_id(company), "id": session.id}
    assert codes_of(await agent.person.do("endImpersonation", given)) == ["ILLEGAL_TRANSITION"]
    assert codes_of(await administrator.person.do("revokeImpersonationOf", given)) == ["ILLEGAL_TRANSITION"]
    assert codes_of(await owner.do("revokeImpersonation", {"id": session.id})) == ["ILLEGAL_TRANSITION"]


@pytest.mark.parametrize(("role", "code"), [("ADMIN", "OWNERS_ONLY"), ("HR", None)])
async def test_only_owners_revoke(
    company: CompanyWorld, agent: Colleague, hr: Person, role: str, code: str | None
) -> None:
    session, person = await agent.start(company, hr), await company.person(role)
    asked = "mutation($id: ID!) { revokeImpersonation(input: {id: $id}) { refusals { code } } }"
    answer = await person.ask(asked, {"id": session.id})
    if code:
        assert codes_of(answer.data["revokeImpersonation"]) == [code]
    else:
        assert answer.codes == ["FORBIDDEN"]
    assert await session.codes() == []


async def test_an_agent_is_not_told_of_sessions_elsewhere(
    company: CompanyWorld, other_company: CompanyWorld, agent: Colleague, administrator: Colleague, hr: Person
) -> None:
    foreign = await administrator.start(other_company, await other_company.person("HR"))
    for tenant in (company, other_company):
        given = {"tenantId": tenant_id(tenant), "id": foreign.id}
        assert codes_of(await agent.person.do("endImpersonation", given)) == ["NOT_FOUND"]
    assert await foreign.codes() == []


async def test_the_clock_says_what_has_expired_once(company: CompanyWorld, agent: Colleague, hr: Person) -> None:
    await agent.start(company, hr)
    assert await expired(company, now()) == 0
    later = now() + timedelta(minutes=30)
    both = await asyncio.gather(*(expired(company, later) for _ in range(2)))
    assert sum(both) == 1
    [(status, exact)] = await sessions_of(company, "status", "ended_at = expires_at")
    assert (status, exact) == ("expired", True)


async def test_who_ends_what_has_expired_is_no_later_than_the_clock(
    company: CompanyWorld, agent: Colleague, hr: Person
) -> None:
    """A session whose time has run out while the clock did not look is expired, whoever comes first."""
    await agent.start(company, hr)
    back = "update pool.impersonation_sessions set started_at = started_at - interval '1 hour', "
    await company.rows(f"{back} expires_at = expires_at - interval '1 hour' where tenant_id = :tenant returning id")
    await agent.start(company, hr)
    assert await sessions_of(company, "status", "ended_at = expires_at") == [("expired", True), ("active", None)]


async def test_what_somebody_acts_in_does_not_write_twice(company: CompanyWorld, agent: Colleague, hr: Person) -> None:
    """Two who end one session at once wait for each other, and the second finds it ended."""
    session = await agent.start(company, hr)
    given = {"tenantId": tenant_id(company), "id": session.id}
    payloads = await asyncio.gather(*(agent.person.do("endImpersonation", given) for _ in range(3)))
    assert sorted(map(codes_of, payloads)) == [[], *[["ILLEGAL_TRANSITION"]] * 2]
    moved = await trail_of(company, "id", where="entity_type = 'ImpersonationSession' and action = 'transition'")
    assert len(moved) == 1


async def test_who_looks_after_a_company_is_who_was_assigned_last(
    world: World, company: CompanyWorld, agent: Colleague, hr: Person
) -> None:
    """Assigned past the API, where nothing ends any session: the catalog alone decides."""
    session, other = await agent.start(company, hr), await a_colleague(world)
    async with world.parts.catalog.begin() as connection:
        assert await assign_account_manager(connection, company.tenant.id, other.id) == agent.id
    assert await session.codes() == OVER


async def test_a_session_of_another_company_is_none_here(
    company: CompanyWorld, other_company: CompanyWorld, administrator: Colleague, owner: Person
) -> None:
    foreign = await administrator.start(other_company, await other_company.person("HR"))
    assert codes_of(await owner.do("revokeImpersonation", {"id": foreign.id})) == ["NOT_FOUND"]
    system = replace(owner.asking, now=now())
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        assert await Context(system, session, "test").all(ImpersonationSession.__table__.select()) == []


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.MIGRATING])
async def test_a_session_in_a_company_that_is_suspended_can_be_ended_and_in_one_that_is_moved_ends_by_itself(
    company: CompanyWorld, agent: Colleague, administrator: Colleague, hr: Person, status: TenantStatus
) -> None:
    session = await agent.start(company, hr)
    async with company.world.parts.catalog.begin() as connection:
        await set_status(connection, company.tenant.id, status)
    asked = "mutation { endImpersonation(input: {}) { refusals { code } } }"
    answer, moved = await session.person.ask(asked), status is TenantStatus.MIGRATING
    assert answer.codes == (["TENANT_MIGRATING"] if moved else [])
    assert await session.codes() == ([] if moved else OVER)
    if moved:
        await unassigned(session=session, administrator=administrator, company=company)
        assert await session.codes() == OVER


async def test_who_has_a_role_of_the_platform_is_read_once_in_two_seconds(
    agent: Colleague, elsewhere: Elsewhere
) -> None:
    """Who has none, too: everybody of that company who has a second factor is looked for with each request."""
    other, read = await agent.home.person("MEMBER"), list[str]()
    guarded = "update pool.users set mfa_enabled = true where id = :user returning id"
    await agent.home.rows(guarded, user=other.asking.principal.id)

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        read.extend([statement] if "FROM catalog.platform_people" in statement else [])

    event.listen(elsewhere.catalog.sync_engine, "before_cursor_execute", note)
    for times in (2, 4):
        for _ in range(3):
            for person, may in ((agent.person, True), (other, False)):
                visitor = Visitor("testserver", None, person.token, uuid4().hex)
                assert (await elsewhere.identity.asking(visitor)).principal.can("platform.support") is may
        assert len(read) == times
        elsewhere.ticks.seconds += FRESH_FOR
