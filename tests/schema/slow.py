"""An application whose answers take as long as they are told to, in PostgreSQL, behind a real socket."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any

import httpx
import orjson
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from app import connected, now
from db.encryption import Sealer
from db.models.onboarding import Flow
from db.roles import DatabaseRole, url_as
from db.session import make_engine
from resolvers.context import Context, Looking
from resolvers.operation import operation
from resolvers.reading import reading
from resolvers.tenants import NOWHERE
from schema.answering import Answering
from schema.derive.declare import Domain
from schema.http import GraphQLEndpoint
from schema.live import Rooms, SocketEndpoint
from schema.root import DOMAINS, make_schema
from tests.live.conftest import listening
from tests.world import Person, World

SLEEPING = text(
    "select count(*) from pg_stat_activity"
    " where state = 'active' and query like '%pg_sleep(%' and pid <> pg_backend_pid()"
)


@reading(None, because="it says nothing about anyone")
async def slow(looking: Looking, seconds: Annotated[float, "How long it takes."]) -> str:
    """Something that takes its time."""
    await looking.rows(select(func.pg_sleep(seconds)))
    return "done"


@reading(None, because="it says nothing about anyone")
async def slow_apart(looking: Looking, seconds: Annotated[float, "How long it takes."]) -> str:
    """Something that takes its time, and is read by another task, as loaders do."""
    await asyncio.shield(asyncio.ensure_future(looking.rows(select(func.pg_sleep(seconds)))))
    return "done"


@operation("onboarding.edit")
async def rename_slowly(
    context: Context,
    flow: Flow,
    name: Annotated[str, "The new name."],
    seconds: Annotated[float, "How long it takes."],
) -> Flow:
    """Give a flow another name, and take time."""
    flow.name = name
    await context.flush()
    await context.looking.rows(select(func.pg_sleep(seconds)))
    return flow


SLOW = Domain(module="onboarding", readings=[slow, slow_apart], operations=[rename_slowly])


@dataclass
class Slow:
    """The application as it is reached, and a look at what goes on behind it."""

    activity: AsyncEngine
    pool: Any
    http: httpx.AsyncClient
    address: str

    def seen_by(self, person: Person) -> Person:
        """The same person, asking that application."""
        return replace(person, http=self.http)

    async def sleeping(self) -> int:
        """How many statements sleep in PostgreSQL."""
        async with self.activity.connect() as connection:
            return (await connection.execute(SLEEPING)).scalar_one()

    async def begin(self, person: Person, query: str, variables: dict[str, Any]) -> asyncio.StreamWriter:
        """Send a request, and leave it to the caller when to go."""
        body = orjson.dumps({"query": query, "variables": variables})
        head = (
            f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {person.token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        _, writer = await asyncio.open_connection(self.http.base_url.host, self.http.base_url.port)
        writer.write(head.encode() + body)
        await writer.drain()
        return writer

    def nothing_is_held(self) -> bool:
        """Whether every connection is back in its pool."""
        return self.pool.checkedout() == 0


@asynccontextmanager
async def slow_application(world: World, *, deadline: float = 30.0, **changes: Any) -> AsyncGenerator[Slow]:
    """Serve it with pools of its own."""
    schema = make_schema([*DOMAINS, SLOW])
    wiring = replace(world.wiring, **changes)
    async with connected(wiring) as parts:
        sealer = Sealer(wiring.master_key)
        answering = Answering(
            schema, parts.database, parts.identity, parts.registration, parts.sso, sealer, deadline=deadline
        )
        socket = SocketEndpoint(answering, Rooms(answering, parts.hub, clock=now))
        routes = [Route("/graphql", GraphQLEndpoint(answering, None)), WebSocketRoute("/graphql", socket.respond)]
        url = url_as(wiring.database_url, DatabaseRole.APP, prefix=wiring.role_prefix, master_key=wiring.master_key)
        activity = make_engine(url, pool_size=1)  # a role sees what its own connections do
        pool = parts.database.engine(NOWHERE.placement).pool
        async with (
            listening(Starlette(routes=routes)) as address,
            httpx.AsyncClient(base_url=address.replace("ws://", "http://"), timeout=60) as http,
        ):
            yield Slow(activity, pool, http, address)
        await activity.dispose()


async def becomes(true: Callable[[], Awaitable[bool]], within: float = 5.0) -> bool:
    """Wait until something holds."""
    async with asyncio.timeout(within):
        while not await true():
            await asyncio.sleep(0.05)
    return True
