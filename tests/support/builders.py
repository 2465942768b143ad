"""People of the platform, and sessions in which they act for users of companies."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from db.catalog import (
    Plan,
    PlatformPerson,
    PlatformRole,
    assign_account_manager,
    find_platform,
    find_tenant,
    grant_role,
    wrapped_keys,
)
from db.encryption import Keyring
from resolvers import ids
from resolvers.support.clock import SupportClock
from resolvers.turns import Turns
from tests.world import CompanyWorld, Person, World

REASON = "The list of hires stays empty"
STARTED = "accessToken expiresAt impersonationId tenant { slug }"
ACTING = "{ viewer { email impersonation { id actorName actorRole mode endsAt } } company { name } }"


async def the_platform(world: World) -> CompanyWorld:
    """Return the company that runs the installation of this test process, made when it is first asked for."""
    async with world.parts.catalog.connect() as connection:
        known = await find_platform(connection)
        if known is not None and known not in world.companies:
            tenant = await find_tenant(connection, id=known)
            keyring = Keyring(world.wiring.master_key, known, await wrapped_keys(connection, known))
            world.companies[known] = CompanyWorld(world, tenant, keyring)
    return world.companies[known] if known else await world.company()


@dataclass
class Colleague:
    """Somebody of the platform, with a token of their own."""

    person: Person
    role: PlatformRole
    named: PlatformPerson
    home: CompanyWorld

    @property
    def id(self) -> UUID:
        """The user that they are."""
        return self.named.user_id

    def through(self, http: httpx.AsyncClient) -> "Colleague":
        """The same, at another application over the same servers."""
        return replace(self, person=replace(self.person, http=http))

    async def try_start(self, company: CompanyWorld, whom: Person, **changes: Any) -> dict[str, Any]:
        """Try to act for somebody, and return the payload."""
        given = {"tenantId": tenant_id(company), "userId": user_id(whom), "reason": REASON, **changes}
        return await self.person.do("startImpersonation", {k: v for k, v in given.items() if v is not None}, STARTED)

    async def start(self, company: CompanyWorld, whom: Person, **changes: Any) -> "Session":
        """Act for somebody."""
        started = await self.try_start(company, whom, **changes)
        assert started["refusals"] == []
        token, session_id = started["accessToken"], started["impersonationId"]
        return Session(replace(whom, token=token, http=self.person.http), session_id, started["expiresAt"])

    async def looks_after(self, company: CompanyWorld) -> None:
        """Be assigned to a company, past the API."""
        async with company.world.parts.catalog.begin() as connection:
            await assign_account_manager(connection, company.tenant.id, self.id)


@dataclass
class Session:
    """A session in which somebody acts for a user: `person` asks with its token."""

    person: Person
    id: str
    expires_at: str

    @property
    def row(self) -> UUID:
        """Its row."""
        found = ids.row_of(self.id, "ImpersonationSession")
        assert found is not None
        return found

    async def codes(self) -> list[str]:
        """The codes of the errors that a question ends in now; none while the session counts."""
        return (await self.person.ask(ACTING)).codes


async def a_colleague(world: World, role: PlatformRole = PlatformRole.SUPPORT_AGENT) -> Colleague:
    """Make somebody of the platform, who has a second factor."""
    home = await the_platform(world)
    person = await home.person("MEMBER")
    user = person.asking.principal.id
    assert user is not None
    await home.rows("update pool.users set mfa_enabled = true where id = :user returning id", user=user)
    named = PlatformPerson(user, home.tenant.id, role, f"Sam {user.hex[-6:]}", person.asking.principal.name, "+49 30 1")
    async with world.parts.catalog.begin() as connection:
        await grant_role(connection, named)
    return Colleague(person, role, named, home)


async def set_plan(company: CompanyWorld, plan: Plan) -> None:
    """Give a company another plan, and let every process forget what it knew of it."""
    async with company.world.parts.catalog.begin() as connection:
        statement = text("update catalog.tenants set plan = :plan where id = :id")
        await connection.execute(statement, {"plan": plan.value, "id": company.tenant.id})


def tenant_id(company: CompanyWorld) -> str:
    """The public id of a company, as people of the platform see it."""
    return ids.encode("PlatformTenant", company.tenant.id)


def user_id(person: Person) -> str:
    """The public id of a user."""
    assert person.asking.principal.id is not None
    return ids.encode("User", person.asking.principal.id)


def codes_of(payload: dict[str, Any]) -> list[str]:
    """The codes of the refusals of a payload."""
    return [each["code"] for each in payload["refusals"]]


async def sessions_of(company: CompanyWorld, *columns: str) -> list[tuple[Any, ...]]:
    """The sessions of a company, the oldest first."""
    listed = ", ".join(columns)
    statement = f"select {listed} from pool.impersonation_sessions where tenant_id = :tenant order by id"
    return [tuple(row) for row in await company.rows(statement)]


async def trail_of(company: CompanyWorld, *columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    """What the audit trail of a company says, the oldest entry first."""
    listed = ", ".join(columns)
    statement = f"select {listed} from pool.audit_logs where tenant_id = :tenant and {where} order by id"
    return [tuple(row) for row in await company.rows(statement)]


async def expired(company: CompanyWorld, moment: datetime) -> int:
    """Let the clock look at a company's sessions at a moment."""
    parts, key = company.world.parts, company.world.wiring.master_key
    turns = Turns(parts.database, parts.catalog, key, clock=lambda: moment)
    return await SupportClock(turns).expire([company.tenant])
