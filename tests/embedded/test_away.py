"""PostgreSQL stopped, killed and started again under load: whoever asks meanwhile is told so, and then it goes on."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import httpx
import pytest
from structlog.testing import capture_logs

from app import Wiring, connected, make_app
from tests.embedded.stoppable import Stoppable, a_stoppable_postgres
from tests.world import Person, World, owner_engine

WORKERS_FOR_EACH, PATIENCE = 3, 30.0
QUERY = "{ company { name } }"
MANY = "{ company { name } flows { nodes { id stages { nodes { id } } } } users { totalCount nodes { email } } }"
CREATE = 'mutation { createFlow(input: {name: "x", durationDays: 1}) { flow { id } } }'
LOGIN = 'mutation { login(input: {email: "nobody@x.example", password: "wrong"}) { session { accessToken } } }'
ANSWERED, AWAY, UNKNOWN = (200, ()), (503, ("UNAVAILABLE",)), (404, ("TENANT_NOT_FOUND",))
Ask = Callable[[], Awaitable[httpx.Response]]
Outcome = tuple[int, tuple[str, ...]]


@dataclass
class Load:
    """Requests of several sorts, each asked again and again by some, and what came of them."""

    sorts: dict[str, Ask]
    counted: defaultdict[str, Counter[Outcome]] = field(default_factory=lambda: defaultdict(Counter[Outcome]))
    strange: list[str] = field(default_factory=list[str])
    is_over: bool = False

    async def run(self) -> None:
        await asyncio.gather(*(self._ask(sort) for sort in self.sorts for _ in range(WORKERS_FOR_EACH)))

    async def _ask(self, sort: str) -> None:
        while not self.is_over:
            response = await self.sorts[sort]()
            errors = response.json().get("errors", [])
            outcome = response.status_code, tuple(sorted({error["extensions"]["code"] for error in errors}))
            outcome = ANSWERED if outcome == UNKNOWN else outcome  # the catalog was read
            self.counted[sort][outcome] += 1
            if outcome not in {ANSWERED, AWAY} and not _is_partial(response, outcome):
                self.strange.append(f"{sort}: {outcome} {response.text[:300]}")
            await asyncio.sleep(0.01)

    async def sees(self, outcome: Outcome, by: Callable[[Iterable[bool]], bool] = all) -> None:
        """Wait until all sorts, or any, have had this outcome once more."""
        before = {sort: self.counted[sort][outcome] for sort in self.sorts}
        async with asyncio.timeout(PATIENCE):
            while not by(self.counted[sort][outcome] > before[sort] for sort in self.sorts):
                await asyncio.sleep(0.02)

    @asynccontextmanager
    async def under_way(self) -> AsyncGenerator[None]:
        """Ask for as long as the block lasts; then nothing strange must have been answered."""
        with capture_logs():  # a traceback in colours takes seconds
            asking = asyncio.create_task(self.run())
            try:
                await self.sees(ANSWERED)
                yield
            finally:
                self.is_over = True
                await asking
        assert self.strange == []


def _is_partial(response: httpx.Response, outcome: Outcome) -> bool:
    """Whether something was read before it was away, and is answered."""
    found = (response.json().get("data") or {}).values()
    return outcome == (200, AWAY[1]) and any(each is not None for each in found)


@dataclass
class Place:
    """An application over a PostgreSQL of its own."""

    postgres: Stoppable
    hr: Person
    http: httpx.AsyncClient

    def load(self) -> Load:
        slug = {"x-workgraph-tenant": self.hr.tenant_slug}
        token = {"authorization": f"Bearer {self.hr.token}"}

        def asks(query: str, headers: dict[str, str]) -> Ask:
            return lambda: self.http.post("/graphql", json={"query": query}, headers=headers)

        return Load(
            {
                "one": asks(QUERY, token),
                "many": asks(MANY, token),
                "write": asks(CREATE, token),
                "catalog": asks("{ modules { name } }", {"x-workgraph-tenant": "not-remembered"}),
                "sign in": asks(LOGIN, slug),
            }
        )


@pytest.fixture(scope="module")
async def place(wiring: Wiring) -> AsyncIterator[Place]:
    async with a_stoppable_postgres() as postgres:
        own = replace(wiring, database_url=postgres.url, limit_factor=0)
        engine = owner_engine(postgres.url)
        async with connected(own) as parts:
            app = make_app(own, parts)
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver", timeout=60) as http:
                company = await World(own, parts, app, engine, http).company()
                yield Place(postgres, await company.person("HR"), http)
        await engine.dispose()


async def test_who_asks_while_it_is_stopped_is_told_so_and_then_it_goes_on(place: Place) -> None:
    load = place.load()
    async with load.under_way():
        for _ in range(2):
            await place.postgres.stop()
            await load.sees(AWAY)
            await place.postgres.start()
            await load.sees(ANSWERED)


async def test_a_crash_is_told_and_then_it_goes_on(place: Place) -> None:
    load = place.load()
    async with load.under_way():
        for _ in range(2):
            place.postgres.crash()  # it is back within a second, so that not everybody has to notice
            await load.sees(AWAY, any)
            await load.sees(ANSWERED)
