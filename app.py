"""The ASGI application: settings become pools, pools become identity and schema, and these become routes.

It only assembles: `connected` opens what is shared, `make_app` builds the application over it.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import structlog
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from structlog.tracebacks import ExceptionDictTransformer

from auth.passwords import Passwords
from auth.tokens import AccessTokens
from db.catalog import PRIMARY
from db.encryption import MasterKey, Sealer
from db.provisioning import Provisioning, silent
from db.roles import DatabaseRole, url_as
from db.session import Database, answers, make_engine
from db.standing import Heads
from demo import seed
from resolvers.identity import Identity
from resolvers.registration import Registration
from resolvers.tenants import NOWHERE, Tenants
from schema import graphiql
from schema.http import GraphQLEndpoint
from schema.root import make_schema

PATIENCE: Final = 2.0
LOG: Final = structlog.get_logger("workgraph.health")


class NotAtHead(Exception):
    """A schema that every request needs is not at the newest revision."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the application is connected to, and what it is told about the place where it runs."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    master_key: MasterKey
    role_prefix: str
    public_url: str
    own_hosts: frozenset[str]
    default_slug: str | None
    shows_graphiql: bool
    pool_size: int = 10
    report: Callable[[str], None] = silent


@dataclass(frozen=True, slots=True)
class Parts:
    """What is shared by all requests of one process."""

    database: Database
    catalog: AsyncEngine
    bus: Redis
    passwords: Passwords
    identity: Identity
    registration: Registration


@asynccontextmanager
async def connected(wiring: Wiring) -> AsyncGenerator[Parts]:
    """Open the pools and close them at the end; nothing is connected until it is first used."""

    def url(role: DatabaseRole) -> str:
        return url_as(wiring.database_url, role, prefix=wiring.role_prefix, master_key=wiring.master_key)

    database = Database({PRIMARY: url(DatabaseRole.APP)}, pool_size=wiring.pool_size)
    catalog = make_engine(url(DatabaseRole.CONTROL), pool_size=4)
    bus, passwords = Redis.from_url(wiring.redis_url), Passwords()  # pyright: ignore[reportUnknownMemberType] - redis-py leaves it untyped
    identity = Identity(
        database,
        Tenants(catalog, wiring.master_key),
        AccessTokens(wiring.master_key, clock=now),
        passwords,
        clock=now,
        own_hosts=wiring.own_hosts,
        default_slug=wiring.default_slug,
    )
    registration = Registration(
        Provisioning(catalog, wiring.master_key, wiring.database_url, wiring.report),
        database,
        passwords,
        clock=now,
        public_url=wiring.public_url,
        demo=seed,
    )
    try:
        yield Parts(database, catalog, bus, passwords, identity, registration)
    finally:
        passwords.close()
        await bus.aclose()
        await catalog.dispose()
        await database.close()


def make_app(wiring: Wiring, parts: Parts) -> Starlette:
    """Build the application over open pools."""
    page = graphiql.page_response() if wiring.shows_graphiql else None
    endpoint = GraphQLEndpoint(
        make_schema(), parts.database, parts.identity, parts.registration, Sealer(wiring.master_key), page
    )
    return Starlette(
        routes=[
            Route("/", front_door),
            Route("/graphql", endpoint.respond, methods=["GET", "POST"]),
            Route("/healthz", alive),
            Route("/readyz", Readiness(parts).respond),
            Route("/api/health", Readiness(parts).respond),
            *(graphiql.routes() if wiring.shows_graphiql else ()),
        ]
    )


def configure_logs(level: str) -> None:
    """Log to standard error as lines of JSON. A traceback shows no variables: they may hold what is secret."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


async def front_door(_request: Request) -> Response:
    """Lead whoever opens the bare address to the API."""
    return RedirectResponse("/graphql")


async def alive(_request: Request) -> Response:
    """Say that the process answers."""
    return JSONResponse({"status": "ok"})


class Readiness:
    """Says whether requests can be answered: each component, whether it is well, and how long it took to say so."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._heads = parts, Heads()

    async def respond(self, _request: Request) -> Response:
        checks = {"database": self._database, "bus": self._bus, "migrations": self._migrations}
        found = await asyncio.gather(*(_checked(check) for check in checks.values()))
        components = dict(zip(checks, found, strict=True))
        ready = all(component["ok"] for component in components.values())
        return JSONResponse(
            {"status": "ok" if ready else "unavailable", "components": components}, 200 if ready else 503
        )

    async def _database(self) -> None:
        await asyncio.gather(answers(self._parts.catalog), answers(self._parts.database.engine(NOWHERE.placement)))

    async def _bus(self) -> None:
        await self._parts.bus.execute_command("PING")  # pyright: ignore[reportUnknownMemberType] - redis-py leaves it untyped

    async def _migrations(self) -> None:
        async with self._parts.catalog.connect() as connection:
            standing = await self._heads.standing(connection)
        if not standing.is_at_head:
            raise NotAtHead(", ".join(standing.behind))


async def _checked(check: Callable[[], Awaitable[None]]) -> dict[str, object]:
    """Run one check within its time; what went wrong is for the log, not for whoever asks."""
    begin = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the component is not well
        LOG.warning("not ready", check=check.__name__.strip("_"), error=type(error).__name__)
        return {"ok": False}
    return {"ok": True, "latencyMs": round((time.perf_counter() - begin) * 1000, 1)}
