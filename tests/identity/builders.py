"""Registrations as people send them, sessions, and the application over the same servers with other settings."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from app import connected, make_app, now
from auth.links import Purpose, write
from db.base import Base
from tests.world import PASSWORD, Answer, CompanyWorld, World

NUMBERS = count(1)
REGISTER = """
mutation($input: RegisterCompanyInput!) {
  registerCompany(input: $input) { company { slug url } refusals { code message path } }
}
"""
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { session { accessToken } refusals { code } } }"


def an_address() -> tuple[str, int]:
    """An address from which nobody has called yet."""
    number = next(NUMBERS)
    return f"203.0.{number // 250}.{number % 250}", 1000


def a_registration(**changes: Any) -> dict[str, Any]:
    slug = f"registered-{next(NUMBERS)}-{uuid7().hex[-8:]}"
    given = {
        "name": "Registered",
        "slug": slug,
        "email": f"ada@{slug}.example",
        "password": PASSWORD,
        "firstName": "Ada",
        "lastName": "Lovelace",
    }
    return given | changes


async def ask(http: httpx.AsyncClient, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await http.post("/graphql", json={"query": query, "variables": variables or {}}, headers=named)
    return Answer(response, response.json())


async def register(http: httpx.AsyncClient, given: dict[str, Any]) -> dict[str, Any]:
    return (await ask(http, REGISTER, {"input": given})).data["registerCompany"]


async def login(http: httpx.AsyncClient, given: dict[str, Any], **headers: str) -> Answer:
    credentials = {"email": given["email"], "password": given["password"]}
    return await ask(http, LOGIN, {"input": credentials}, **headers)


@asynccontextmanager
async def set_otherwise(
    world: World, *, client: tuple[str, int] | None = ("127.0.0.1", 123), **changes: Any
) -> AsyncGenerator[httpx.AsyncClient]:
    """The application with other settings, called from another address; a fresh one, which remembers no tenant."""
    wiring = replace(world.wiring, **changes)
    async with connected(wiring) as parts:
        transport = httpx.ASGITransport(app=make_app(wiring, parts), client=client)  # pyright: ignore[reportArgumentType] - None is a socket file
        async with httpx.AsyncClient(transport=transport, base_url=wiring.public_url, timeout=60) as http:
            yield http


SESSION = "session { accessToken expiresAt refreshToken refreshExpiresAt } refusals { code message path }"
ENDED = {
    "session": None,
    "refusals": [
        {
            "code": "INVALID_REFRESH_TOKEN",
            "message": "This session has ended; sign in again.",
            "path": ["input", "refreshToken"],
        }
    ],
}


@dataclass
class Clock:
    """A clock that stands until it is moved; an application reads it in place of the time."""

    moment: datetime = field(default_factory=now)

    def __call__(self) -> datetime:
        return self.moment

    def move(self, by: timedelta) -> None:
        self.moment += by


@dataclass
class Ticks:
    """Seconds, which pass when they are told to."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Caller:
    """Somebody who calls the mutations that need no sign-in, for one company."""

    http: httpx.AsyncClient
    slug: str | None

    async def ask(self, query: str, variables: dict[str, Any] | None = None, token: str | None = None) -> Answer:
        named = {"x_workgraph_tenant": self.slug} if self.slug else {}
        signed = {"authorization": f"Bearer {token}"} if token else {}
        return await ask(self.http, query, variables, **named, **signed)

    async def do(self, mutation: str, given: dict[str, Any], fields: str = "", token: str | None = None) -> Any:
        pascal = mutation[0].upper() + mutation[1:]
        selected = fields or "refusals { code message path }"
        query = f"mutation($input: {pascal}Input!) {{ {mutation}(input: $input) {{ {selected} }} }}"
        return (await self.ask(query, {"input": given}, token)).data[mutation]

    async def sign_in(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        """Try to sign in, and return the payload."""
        return await self.do("login", {"email": email, "password": password}, SESSION)

    async def session(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        """Sign in."""
        return (await self.sign_in(email, password))["session"]

    async def refresh(self, token: str) -> dict[str, Any]:
        """Try to exchange a refresh token, and return the payload."""
        return await self.do("refreshToken", {"refreshToken": token}, SESSION)

    async def is_let_in(self, session: dict[str, Any]) -> bool:
        """Tell whether the access token of a session is accepted."""
        return not (await self.ask("{ company { name } }", token=session["accessToken"])).errors


def caller(company: CompanyWorld, http: httpx.AsyncClient | None = None) -> Caller:
    """Somebody at a company's door."""
    return Caller(http or company.world.http, company.tenant.slug)


def owner(company: CompanyWorld) -> str:
    return f"owner@{company.tenant.slug}.example"


async def last_link(company: CompanyWorld, template: str = "password_reset") -> str:
    """Return the token of the link that was last put in a mail, as the job derives it."""
    [(reset_id,)] = await company.rows(
        "select facts ->> 'reset_id' from pool.email_messages where tenant_id = :tenant and template = :template"
        " order by id desc limit 1",
        template=template,
    )
    return write(company.keyring, company.tenant.id, Purpose.PASSWORD, UUID(reset_id))


async def everything(company: CompanyWorld) -> str:
    """Return all that the company has stored, as text."""
    tables = list(Base.metadata.tables)
    found = [
        await company.rows(f"select t::text from pool.{table} t where tenant_id = :tenant order by t.id")
        for table in tables
    ]
    return "\n".join(row[0] for rows in found for row in rows)
