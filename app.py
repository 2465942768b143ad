"""The ASGI application: settings become pools, pools become identity and schema, and these become routes.

It only assembles: `connected` opens what is shared, `make_app` builds the application over it.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Final, TypeVar

import structlog
from argon2 import Parameters
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute

from auth.passwords import HASHING, Passwords
from auth.tokens import AccessTokens
from db.auditing import Auditing
from db.catalog import PRIMARY
from db.dispatching import Backlog, Dispatching
from db.encryption import MasterKey, Sealer
from db.outbox import Outbox
from db.pools import Use, use_of
from db.provisioning import Provisioning, silent
from db.roles import DatabaseRole, url_as
from db.session import Database, answers, make_engine
from db.standing import Heads
from db.tracing import following
from demo import seed
from gateways.files import Bucket, FileStore
from gateways.images import Images
from gateways.limits import Bucket as PointBucket
from gateways.limits import Buckets, Limits
from gateways.mail import MailFolder, MailServer, Post, Sender, SmtpAddress
from gateways.oidc import Providers
from gateways.usage import Counts
from gateways.webhooks import DELAYS
from gateways.webhooks import Sender as WebhookSender
from resolvers.budgets import Budget, Budgets
from resolvers.calendars.fetching import Feeds
from resolvers.doors import Doors
from resolvers.files import Files, Upkeep
from resolvers.identity import Identity, Means
from resolvers.imports import Imports, Samples
from resolvers.keys.rates import KeyRates
from resolvers.mailing import Mails, Places
from resolvers.registration import Registration
from resolvers.sso import SingleSignOn
from resolvers.tenants import NOWHERE, Tenants
from resolvers.usage import Folding
from resolvers.webhooks.dispatcher import Dispatcher
from resolvers.webhooks.selecting import Selecting
from schema import graphiql, portal_page, reset, verify
from schema.answering import Answering
from schema.calendars import CalendarEndpoint
from schema.cors import CrossOrigin
from schema.derive.converter import JoinedSchema
from schema.devmail import Inbox, Readers
from schema.execute.bounds import BOUNDS, Bounds
from schema.execute.counting import Usage
from schema.export import PREFIX as EXPORT
from schema.export import ExportEndpoint
from schema.files import FileEndpoint
from schema.http import Below, Directly, GraphQLEndpoint
from schema.imports import IMPORTABLES
from schema.live import Rooms, SocketEndpoint
from schema.live.stream import SharedEndpoint, StreamEndpoint, StreamTokens, TokenEndpoint, Visitors
from schema.live.stream.shared import METHODS
from schema.metrics import Lag, Meter, MetricsPage, Sources
from schema.rest import page as rest_page
from schema.rest.serving import RestEndpoint
from schema.revealing import Reveals
from schema.root import make_schema
from schema.selecting import Selections
from schema.sign_on import SignOnEndpoint
from schema.signed_in import SignedInPages
from schema.webhooks import PRIVATE
from subscriptions.bus import Bus
from subscriptions.ending import end
from subscriptions.hub import Hub
from subscriptions.persevering import persevere
from subscriptions.poking import Poking
from subscriptions.relay import AWAY, Relay
from subscriptions.sequencer import Sequencer

PATIENCE: Final = 2.0
GENEROUS: Final = Budget(PointBucket(2_000_000, 200_000), PointBucket(10_000_000, 1_000_000))
"""Points, and how many are restored each second: more than two cores can give one person, or ten a company."""

LOG: Final = structlog.get_logger("workgraph.health")
Piece = TypeVar("Piece")


class NotAtHead(Exception):
    """A schema that every request needs is not at the newest revision."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """How mails leave (into the folder, unless there is a server), where links lead, and who may look in the folder."""

    folder: Path = Path("workgraph-data/mails")
    server_url: str | None = field(default=None, repr=False)
    sender: str = "no-reply@localhost"
    portal_url: str | None = None
    readers: Readers = Readers.NOBODY


@dataclass(frozen=True, slots=True)
class Collector:
    """Where traces are sent, and under which name of this service."""

    endpoint: str
    service: str = "workgraph"


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
    origins: Sequence[str] = ()
    proxies: int = 0
    limit_factor: float = 1.0
    slow_refusals: float = 0.3
    hashing: Parameters = field(default_factory=lambda: HASHING)
    deadline: float = 30.0
    reveals: Reveals = Reveals.TO_EVERYONE
    bounds: Bounds = BOUNDS
    budget: Budget | None = GENEROUS
    mailing: Mailing = Mailing()
    files: Path | Bucket = Path("workgraph-data/files")
    allows_loopback_webhooks: bool = False
    webhook_delays: Sequence[float] = DELAYS
    events_kept: timedelta = timedelta(days=90)
    usage_one_in: int = 100
    metrics_token: str | None = field(default=None, repr=False)
    slow_operation: float = 1.0
    collector: Collector | None = None
    report: Callable[[str], None] = silent


@dataclass(frozen=True, slots=True)
class Parts:
    """What is shared by all requests of one process."""

    database: Database
    catalog: AsyncEngine
    bus: Redis
    hub: Hub
    relay: Relay
    sequencer: Sequencer
    answering: Callable[[], Answering]
    selecting: Selecting
    dispatcher: Dispatcher
    passwords: Passwords
    doors: Doors
    identity: Identity
    registration: Registration
    sso: SingleSignOn
    mails: Mails
    files: Files
    feeds: Feeds
    upkeep: Upkeep
    imports: Imports
    usage: Usage
    folding: Folding
    lag: Lag
    uses: Callable[[], Mapping[str, Use]]
    backlog: Callable[[], Awaitable[Backlog]]


@dataclass(frozen=True, slots=True)
class Pools:
    """What holds connections or threads for as long as the process runs."""

    poking: Poking
    database: Database
    catalog: AsyncEngine
    bus: Redis
    images: Images
    dispatching: Dispatching
    webhooks: WebhookSender
    providers: Providers
    auditing: Auditing
    outbox: Outbox
    events: Bus
    passwords: Passwords


@cache
def one_schema() -> JoinedSchema:
    """The schema, built when it is first needed: a worker answers nothing but selections of webhooks."""
    return make_schema()


@asynccontextmanager
async def connected(wiring: Wiring) -> AsyncGenerator[Parts]:
    """Open the pools and close them at the end; nothing is connected until it is first used.

    What runs beside ends first. Then all is closed, the newest first, each whatever becomes of the others.
    """
    async with AsyncExitStack() as stack:
        if wiring.collector:
            _follow(wiring.collector, stack)
        pools = _opened(wiring, stack)
        parts = _assembled(wiring, pools)
        keys = parts.identity.key_usage
        for counting in (parts.usage, keys):
            stack.push_async_callback(counting.hand_on)
        besides: dict[str, Callable[[], Awaitable[None]]] = {
            "hub": parts.hub.listen,
            "poking": partial(pools.poking.run, pools.events),
            "tenant keys": keys.tenants.run,
            "lag": parts.lag.run,
            "usage": parts.usage.run,
            "key usage": keys.run,
        }
        running = [persevere(run, away=AWAY, name=name) for name, run in besides.items()]
        stack.push_async_callback(end, [asyncio.create_task(each) for each in running])
        yield parts


def _follow(collector: Collector, stack: AsyncExitStack) -> None:
    """Trace what this process does. What that takes is loaded here, so that it costs nothing where nobody traces."""
    traces = import_module("gateways.traces").Traces(collector.endpoint, collector.service)
    stack.push_async_callback(asyncio.to_thread, traces.close)
    stack.enter_context(following(traces))


def _opened(wiring: Wiring, stack: AsyncExitStack) -> Pools:
    """Open everything that holds connections or threads. They are closed in the opposite order."""
    poking, url = Poking(), partial(_url, wiring)
    database = Database({PRIMARY: url(DatabaseRole.APP)}, pool_size=wiring.pool_size, committed=poking)
    return Pools(
        poking=poking,
        database=_held(stack, database, Database.close),
        catalog=_held(stack, make_engine(url(DatabaseRole.CONTROL), pool_size=4), AsyncEngine.dispose),
        bus=_held(stack, Redis.from_url(wiring.redis_url), Redis.aclose),  # pyright: ignore[reportUnknownMemberType] - redis-py leaves it untyped
        images=_held(stack, Images(), Images.close),
        dispatching=_held(stack, Dispatching(url(DatabaseRole.DISPATCHER)), Dispatching.close),
        providers=_held(stack, Providers(wiring.allows_loopback_webhooks), Providers.close),
        webhooks=_held(stack, WebhookSender(wiring.allows_loopback_webhooks), WebhookSender.close),
        auditing=_held(stack, Auditing(url(DatabaseRole.SEQUENCER)), Auditing.close),
        outbox=_held(stack, Outbox(url(DatabaseRole.RELAY), private=PRIVATE), Outbox.close),
        events=_held(stack, Bus(wiring.redis_url, prefix=wiring.role_prefix), Bus.close),
        passwords=_held(stack, Passwords(parameters=wiring.hashing), Passwords.close),
    )


def _url(wiring: Wiring, role: DatabaseRole) -> str:
    return url_as(wiring.database_url, role, prefix=wiring.role_prefix, master_key=wiring.master_key)


def _held(stack: AsyncExitStack, piece: Piece, close: Callable[[Piece], Awaitable[None] | None]) -> Piece:
    """Have a piece closed at the end, whether that takes a while or not."""

    async def closed() -> None:
        if (closing := close(piece)) is not None:
            await closing

    stack.push_async_callback(closed)
    return piece


def _assembled(wiring: Wiring, pools: Pools) -> Parts:
    """Make what answers requests, does jobs and tells of events, over what is open."""
    tenants = Tenants(pools.catalog, wiring.master_key)
    doors = Doors(Limits(pools.bus, prefix=wiring.role_prefix), factor=wiring.limit_factor)
    store = FileStore(wiring.files)
    files = Files(pools.database, tenants, store, pools.images, clock=now)
    means = _means(wiring, pools, tenants, doors)
    identity = _identity(wiring, means)
    sso = SingleSignOn(means, pools.providers, Sealer(wiring.master_key))
    registration = _registration(wiring, pools, doors, files)
    counts = Counts(pools.bus, prefix=wiring.role_prefix)
    usage = Usage(counts, one_in=wiring.usage_one_in, clock=now)
    samples = Samples(pools.database, store, IMPORTABLES)
    answering = cache(partial(_answering, wiring, pools, identity, registration, sso, usage, samples))
    selecting = Selecting(identity, Selections(answering))
    return Parts(
        database=pools.database,
        catalog=pools.catalog,
        bus=pools.bus,
        hub=Hub(pools.events),
        relay=Relay(pools.outbox, pools.events, name=PRIMARY, kept=wiring.events_kept),
        sequencer=Sequencer(pools.auditing),
        answering=answering,
        selecting=selecting,
        dispatcher=_dispatcher(wiring, pools, tenants, selecting),
        passwords=pools.passwords,
        doors=doors,
        identity=identity,
        registration=registration,
        sso=sso,
        mails=_mails(wiring, pools),
        files=files,
        feeds=Feeds(pools.database, tenants, identity, doors, clock=now),
        upkeep=Upkeep(pools.database, tenants, store, pools.images, clock=now),
        imports=Imports(pools.database, identity, tenants, store, IMPORTABLES, clock=now),
        usage=usage,
        folding=Folding(pools.catalog, counts, clock=now),
        lag=Lag(),
        uses=partial(_uses, pools),
        backlog=pools.dispatching.backlog,
    )


def _uses(pools: Pools) -> Mapping[str, Use]:
    """Return how much of each pool of connections to PostgreSQL is in use."""
    return {
        **pools.database.uses(),
        "control": use_of(pools.catalog),
        "dispatcher": pools.dispatching.use,
        "relay": pools.outbox.use,
        "sequencer": pools.auditing.use,
    }


def _answering(
    wiring: Wiring,
    pools: Pools,
    identity: Identity,
    registration: Registration,
    sso: SingleSignOn,
    usage: Usage,
    samples: Samples,
) -> Answering:
    """What answers requests, within its bounds, charged to budgets and looked at now and then."""
    buckets, budget = Buckets(pools.bus, prefix=wiring.role_prefix), wiring.budget
    return Answering(
        one_schema(),
        pools.database,
        identity,
        registration,
        sso,
        Sealer(wiring.master_key),
        deadline=wiring.deadline,
        usage=usage,
        bounds=wiring.bounds,
        budgets=None if budget is None else Budgets(buckets, budget),
        reveals=wiring.reveals,
        rates=KeyRates(buckets),
        samples=samples,
    )


def _means(wiring: Wiring, pools: Pools, tenants: Tenants, doors: Doors) -> Means:
    """What signing in works with."""
    tokens = AccessTokens(wiring.master_key, clock=now)
    return Means(pools.database, tenants, tokens, pools.passwords, doors, wiring.slow_refusals, wiring.default_slug)


def _identity(wiring: Wiring, means: Means) -> Identity:
    """Who asks, and for which company."""
    return Identity(
        means,
        clock=now,
        own_hosts=wiring.own_hosts,
        public_url=wiring.public_url,
        allows_loopback=wiring.allows_loopback_webhooks,
    )


def _registration(wiring: Wiring, pools: Pools, doors: Doors, files: Files) -> Registration:
    """How a company comes to be."""
    return Registration(
        Provisioning(pools.catalog, wiring.master_key, wiring.database_url, wiring.report),
        pools.database,
        pools.passwords,
        clock=now,
        public_url=wiring.public_url,
        demo=partial(seed, files),
        doors=doors,
    )


def _dispatcher(wiring: Wiring, pools: Pools, tenants: Tenants, selecting: Selecting) -> Dispatcher:
    """What delivers to webhooks."""
    return Dispatcher(
        pools.dispatching,
        pools.database,
        tenants,
        pools.webhooks,
        selecting,
        clock=now,
        delays=wiring.webhook_delays,
    )


def _mails(wiring: Wiring, pools: Pools) -> Mails:
    """What writes mails and sends them."""
    post, places = post_of(wiring.mailing), Places(wiring.public_url, wiring.mailing.portal_url)
    return Mails(pools.database, pools.catalog, wiring.master_key, post, places=places, clock=now)


def post_of(mailing: Mailing) -> Post:
    """The way in which mails leave."""
    if mailing.server_url:
        return MailServer(SmtpAddress.of(mailing.server_url), Sender(mailing.sender))
    return folder_of(mailing)


def folder_of(mailing: Mailing) -> MailFolder:
    """The folder of mails."""
    return MailFolder(mailing.folder, Sender(mailing.sender))


def make_app(wiring: Wiring, parts: Parts) -> Starlette:
    """Build the application over open pools."""
    page = graphiql.PAGE.response() if wiring.shows_graphiql else None
    answering = parts.answering()
    meter = Meter(wiring.slow_operation)
    rooms = Rooms(answering, parts.hub, clock=now, meter=meter)
    tokens = StreamTokens(Sealer(wiring.master_key), clock=now)
    visitors = Visitors(rooms, tokens, proxies=wiring.proxies)
    streaming = StreamEndpoint(visitors)
    endpoint = GraphQLEndpoint(answering, page, proxies=wiring.proxies, streaming=streaming, meter=meter)
    stream_token = TokenEndpoint(parts.identity, tokens, proxies=wiring.proxies)
    socket = SocketEndpoint(answering, rooms, origins=wiring.origins, proxies=wiring.proxies)
    return Starlette(
        routes=[
            Route("/", front_door),
            Route("/graphql", endpoint),
            Route("/graphql/d/{document_id:path}", endpoint),
            WebSocketRoute("/graphql", socket.respond),
            Route("/graphql/stream", SharedEndpoint(visitors).respond, methods=METHODS),
            Route("/graphql/stream/token", stream_token.respond, methods=["POST"]),
            Route("/metrics", _metrics(wiring, parts, meter, rooms).respond),
            Route("/healthz", alive),
            Route("/readyz", Readiness(parts).respond),
            Route("/api/health", Readiness(parts).respond),
            *rest_page.PAGE.routes(),
            Below(EXPORT, ExportEndpoint(answering, proxies=wiring.proxies, meter=meter)),
            Below("/rest", RestEndpoint(answering, proxies=wiring.proxies, meter=meter)),
            *reset.PAGE.routes(),
            *verify.PAGE.routes(),
            *SignOnEndpoint(parts.identity, parts.sso, public_url=wiring.public_url, proxies=wiring.proxies).routes(),
            *portal_page.PAGE.routes(),
            *SignedInPages(wiring.own_hosts).routes(),
            *CalendarEndpoint(parts.feeds, proxies=wiring.proxies).routes(),
            *FileEndpoint(parts.files, parts.doors, proxies=wiring.proxies).routes(),
            *(() if wiring.mailing.server_url else Inbox(folder_of(wiring.mailing), wiring.mailing.readers).routes()),
            *([graphiql.PAGE.files()] if wiring.shows_graphiql else ()),
        ],
        middleware=[
            *([Middleware(CrossOrigin, origins=wiring.origins)] if wiring.origins else ()),
            Middleware(Directly, path="/graphql", endpoint=endpoint),
        ],
    )


def _metrics(wiring: Wiring, parts: Parts, meter: Meter, rooms: Rooms) -> MetricsPage:
    """The page on which a process tells of itself."""
    sources = Sources(
        operations=meter.operations,
        lag=parts.lag,
        pools=parts.uses,
        subscriptions=lambda: rooms.taken,
        in_hand=lambda: parts.dispatcher.in_hand,
    )
    return MetricsPage(sources, parts.backlog, token=wiring.metrics_token, proxies=wiring.proxies)


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
