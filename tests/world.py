"""A whole Workgraph for tests: real PostgreSQL, real Valkey, the real application, and companies made in a moment.

Every test that writes takes a company of its own, so that nothing has to be cleaned up and tests can run side by side.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any, Final
from uuid import UUID

import httpx
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from starlette.applications import Starlette
from uuid_utils.compat import uuid7

from app import Parts, Wiring, now
from auth.principal import Principal
from auth.roles import permissions_of
from auth.tokens import AccessTokens
from db.catalog import (
    Isolation,
    Tenant,
    TenantSpec,
    TenantStatus,
    add_key,
    create_tenant,
    find_tenant,
    set_status,
    wrapped_keys,
)
from db.encryption import DataKey, Keyring
from db.models import Role, User, UserRole
from db.provisioning import Provisioning
from db.session import async_url
from resolvers.context import Asking, Context
from resolvers.founding import Founder, found

PASSWORD = "correct horse battery staple"
NUMBERS = count(1)
BEYOND_THE_PLAN = ("hr",)
"""Modules that a company of a test has beside those of the least plan, so that all of the API is open to it."""
FRESH: Final = 300
"""For how many seconds a token is used; it counts for 15 minutes."""


@dataclass
class Answer:
    """What came back: the data, the errors, the extensions, and the HTTP response itself."""

    response: httpx.Response
    body: dict[str, Any]

    @property
    def data(self) -> Any:
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return self.body.get("errors", [])

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]


@dataclass
class Person:
    """Somebody of a company, with a token; where another can be issued, that is done long before it runs out."""

    http: httpx.AsyncClient
    token: str | None
    asking: Asking
    tenant_slug: str
    issue: Callable[[], str] | None = None
    _issued_at: float = field(default_factory=time.monotonic)

    def _renew(self) -> None:
        if self.issue is not None and time.monotonic() - self._issued_at > FRESH:
            self.token, self._issued_at = self.issue(), time.monotonic()

    async def ask(self, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Answer:
        """Send one request as this person."""
        self._renew()
        known = {"authorization": f"Bearer {self.token}"} if self.token else {"x-workgraph-tenant": self.tenant_slug}
        response = await self.http.post(
            "/graphql", json={"query": query, "variables": variables or {}}, headers={**known, **headers}
        )
        return Answer(response, response.json())

    async def do(self, mutation: str, given: dict[str, Any], fields: str = "") -> dict[str, Any]:
        """Run one mutation with an input, and return its payload."""
        pascal = mutation[0].upper() + mutation[1:]
        query = (
            f"mutation($input: {pascal}Input!) {{ {mutation}(input: $input) "
            f"{{ {fields} clientMutationId refusals {{ __typename code message path }} }} }}"
        )
        answer = await self.ask(query, {"input": given})
        return answer.data[mutation]


@dataclass
class World:
    """One database, one application, any number of companies."""

    wiring: Wiring
    parts: Parts
    app: Starlette
    owner: AsyncEngine
    http: httpx.AsyncClient
    companies: dict[UUID, "CompanyWorld"] = field(default_factory=dict)

    async def company(self, slug: str | None = None, *, own_schema: bool = False) -> "CompanyWorld":
        """Make a company with its owner, in the shared schema or in one of its own."""
        slug = slug or f"company-{next(NUMBERS)}-{uuid7().hex[-8:]}"
        isolation = Isolation.SCHEMA if own_schema else Isolation.LOGICAL
        spec = TenantSpec(slug=slug, name=slug.title(), isolation=isolation, modules_added=BEYOND_THE_PLAN)
        if own_schema:
            await Provisioning(self.parts.catalog, self.wiring.master_key, self.wiring.database_url).provision(spec)
        else:
            await self._add_to_pool(spec)
        async with self.parts.catalog.connect() as connection:
            tenant = await find_tenant(connection, id=spec.id)
            keyring = Keyring(self.wiring.master_key, spec.id, await wrapped_keys(connection, spec.id))
        founder = Founder(f"owner@{slug}.example", "Olive", "Owner", await self.password_hash())
        system = Asking(Principal("system", tenant_id=tenant.id), tenant, keyring, now(), "test")
        await found(self.parts.database, system, founder)
        made = self.companies[spec.id] = CompanyWorld(self, tenant, keyring)
        return made

    async def _add_to_pool(self, spec: TenantSpec) -> None:
        async with self.parts.catalog.begin() as connection:
            await create_tenant(connection, spec)
            await add_key(connection, spec.id, DataKey.generate(), self.wiring.master_key)
            await set_status(connection, spec.id, TenantStatus.ACTIVE)

    async def password_hash(self) -> str:
        """Hash the test password once; argon2 is slow on purpose."""
        if not hasattr(self, "_hash"):
            self._hash = await self.parts.passwords.hash(PASSWORD)
        return self._hash


@dataclass
class CompanyWorld:
    """A company of a test: people with roles, and a look into its tables."""

    world: World
    tenant: Tenant
    keyring: Keyring

    async def person(self, role: str = "OWNER") -> Person:
        """Return somebody who holds a built-in role."""
        return self.signed_in(await self._principal(role))

    def signed_in(self, principal: Principal) -> Person:
        """Return somebody of the company with a new token."""
        asking = Asking(principal, self.tenant, self.keyring, now(), "test")
        assert asking.principal.id is not None
        issue = partial(self._token_of, asking.principal.id)
        return Person(self.world.http, issue(), asking, self.tenant.slug, issue)

    def _token_of(self, user: UUID) -> str:
        tokens = AccessTokens(self.world.wiring.master_key, clock=now)
        return tokens.issue(user_id=user, tenant_id=self.tenant.id, token_version=1).text

    def stranger(self) -> Person:
        """Return somebody who is not signed in."""
        asking = Asking(Principal("anonymous"), self.tenant, self.keyring, now(), "test")
        return Person(self.world.http, None, asking, self.tenant.slug)

    async def _principal(self, role: str) -> Principal:
        system = Asking(Principal("system", tenant_id=self.tenant.id), self.tenant, self.keyring, now(), "test")
        async with self.world.parts.database.transacting(self.tenant.placement) as session:
            context = Context(system, session, "test")
            user = User(
                id=uuid7(),
                email=f"{role.lower()}-{next(NUMBERS)}@{self.tenant.slug}.example",
                first_name=role.title(),
                last_name="Tester",
                password_hash=await self.world.password_hash(),
            )
            context.add(user)
            await context.flush()
            [held] = await context.all(select(Role).where(Role.name == role))
            context.add(UserRole(user_id=user.id, role_id=held.id))
            await context.flush()
        return Principal("user", user.id, self.tenant.id, permissions_of([role]), user.email)

    async def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        """Look into the company's tables as their owner; `pool.` names them, `:tenant` is the company.

        What the application keeps of the company's people is forgotten: this may have changed them past it.
        """
        async with self.world.owner.begin() as connection:
            await connection.execute(text("select set_config('app.tenant_id', :t, true)"), {"t": str(self.tenant.id)})
            found = (await connection.execute(text(statement), {"tenant": self.tenant.id, **values})).all()
        self.world.parts.identity.forget(self.tenant.placement)
        return found


def owner_engine(url: str) -> AsyncEngine:
    """Connect as the owner of the tables."""
    return create_async_engine(async_url(url))
