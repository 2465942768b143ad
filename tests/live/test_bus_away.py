"""The bus away, behind or begun anew: nothing that was committed is lost, and who watches sees the last state."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from redis.asyncio import Redis

import subscriptions.relay
from app import Parts, connected, make_app
from subscriptions.bus import Bus
from tests.live.client import BOARD, client_of
from tests.live.conftest import listening
from tests.live.settling import bus_of, on_the_bus, placed, settled
from tests.onboarding.hires.builders import Published
from tests.world import CompanyWorld, World


@dataclass
class Line:
    """What stands between an application and its Valkey, and can be cut."""

    host: str
    port: int
    is_cut: bool = False
    ends: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(self.host, self.port)
        await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.ends.add(writer)
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    def cut(self) -> None:
        self.is_cut = True
        for writer in self.ends:
            writer.transport.abort()

    def mend(self) -> None:
        self.is_cut = False


@dataclass
class Place:
    """An application of this test's own, whose line to Valkey can be cut."""

    parts: Parts
    http: httpx.AsyncClient
    address: str
    line: Line

    def asked_by(self, published: Published) -> Published:
        return replace(published, hr=replace(published.hr, http=self.http))


@asynccontextmanager
async def relaying(parts: Parts) -> AsyncGenerator[None]:
    stop = asyncio.Event()
    working = asyncio.create_task(parts.relay.run(stop))
    try:
        yield
    finally:
        stop.set()
        await working


@pytest.fixture
async def apart(world: World) -> AsyncIterator[Place]:
    """A place that does not relay."""
    url = urlsplit(world.wiring.redis_url)
    assert url.hostname
    assert url.port
    line = Line(url.hostname, url.port)
    async with await asyncio.start_server(line.accept, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        through = url._replace(netloc=f":{url.password}@127.0.0.1:{port}").geturl()
        wiring = replace(world.wiring, redis_url=through)
        async with connected(wiring) as parts:
            app = make_app(wiring, parts)
            transport = httpx.ASGITransport(app=app)
            http = httpx.AsyncClient(transport=transport, base_url="http://testserver")
            async with http, listening(app) as address:
                yield Place(parts, http, address, line)
        line.cut()


@pytest.fixture
async def place(apart: Place) -> AsyncIterator[Place]:
    """A place that relays too."""
    async with relaying(apart.parts):
        yield apart


@pytest.fixture
async def bus(world: World) -> AsyncIterator[Bus]:
    """The bus, by a line that holds."""
    async with bus_of(world) as bus:
        yield bus


@pytest.fixture
async def redis(world: World) -> AsyncIterator[Any]:
    client = Redis.from_url(world.wiring.redis_url)
    yield client
    await client.aclose()


@pytest.mark.parametrize("is_emptied", [False, True])
async def test_what_is_done_while_the_bus_is_away_is_told_when_it_is_back(
    place: Place, flow: Published, bus: Bus, redis: Any, *, is_emptied: bool
) -> None:
    ours = place.asked_by(flow)
    async with client_of(place.address, flow.hr) as client:
        await client.subscribe(BOARD, id=flow.id)
        await client.next()
        place.line.cut()
        for _ in range(3):
            await ours.hire()
        if is_emptied:
            await redis.flushall()
        place.line.mend()
        told = {"notStarted": 0}
        while told["notStarted"] < 3:
            told = (await client.next(within=15))["state"]
        there = await settled(bus, flow.company)
        assert there == list(range(there[0], there[0] + len(there)))
        assert is_emptied or there[0] == 1
        await ours.hire()
        assert (await client.next())["state"]["notStarted"] == 4


async def test_what_reached_the_bus_while_one_server_could_not_read_it_is_told_there_too(
    world: World, apart: Place, flow: Published, bus: Bus
) -> None:
    """No further event comes that would lead there: the server has to look for itself."""
    async with relaying(world.parts), client_of(apart.address, flow.hr) as client:
        await client.subscribe(BOARD, id=flow.id)
        await client.next()
        await settled(bus, flow.company)
        apart.line.cut()
        assert await client.is_quiet()
        await flow.hire()
        await settled(bus, flow.company)
        apart.line.mend()
        assert (await client.next())["state"]["notStarted"] == 1


async def test_who_begins_while_the_bus_is_away_sees_the_state_and_is_told_when_it_is_back(
    place: Place, flow: Published
) -> None:
    ours = place.asked_by(flow)
    place.line.cut()
    async with client_of(place.address, flow.hr) as client:
        await client.subscribe(BOARD, id=flow.id)
        assert (await client.next())["state"]["notStarted"] == 0
        await ours.hire()
        place.line.mend()
        told = 0
        while told < 1:
            told = (await client.next(within=15))["state"]["notStarted"]


async def test_a_bus_that_is_far_behind_is_begun_anew_so_that_no_cursor_passes_over_a_gap(
    place: Place, flow: Published, bus: Bus, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when Valkey was started from an old copy: what it holds and what is put again do not touch each other."""
    monkeypatch.setattr(subscriptions.relay, "CAUGHT_UP", 2)
    other = place.asked_by(flow)
    old = await settled(bus, flow.company)
    async with client_of(place.address, flow.hr) as client:
        await client.subscribe(BOARD, id=flow.id)
        cursor = (await client.next())["cursor"]
    await other.hire()  # what the cursor has not seen
    made = await other.hr.do("createFlow", {"name": "Another", "durationDays": 7}, "flow { id }")
    for name in ("Once", "Twice", "Thrice", "Again"):
        given = {"id": made["flow"]["id"], "name": name}
        assert (await other.hr.do("updateFlow", given))["refusals"] == []
    await settled(bus, flow.company)
    stream, newer = bus._stream(flow.company.tenant.id), (await on_the_bus(bus, flow.company))[len(old) :]
    place.line.cut()
    kept = await redis.xrange(stream, max=f"{old[-1]}-0")
    await redis.delete(stream)
    for entry, said in kept:
        await redis.xadd(stream, said, id=entry)
    place.line.mend()
    there = await settled(bus, flow.company)
    async with client_of(place.address, flow.hr) as client:
        await client.subscribe(BOARD, id=flow.id, after=cursor)
        assert (await client.next())["state"]["notStarted"] == 1
    assert there == newer[-1:]


async def test_the_next_relay_goes_on_where_one_was_stopped(
    world: World, flow: Published, company: CompanyWorld, bus: Bus
) -> None:
    async with relaying(world.parts):
        await flow.hire()
        before = await settled(bus, company)
    await flow.hire()
    assert None in await placed(company)
    async with connected(world.wiring) as parts, relaying(parts):
        there = await settled(bus, company)
    assert there[: len(before)] == before
    assert there == list(range(1, len(there) + 1))
    assert len(there) > len(before)


async def test_companies_have_logs_of_their_own(
    world: World, flow: Published, company: CompanyWorld, other_company: CompanyWorld, bus: Bus
) -> None:
    theirs = await other_company.person("HR")
    async with relaying(world.parts):
        for number in range(3):
            await flow.hire()
            await theirs.do("createFlow", {"name": f"Theirs {number}", "durationDays": 7})
        for each in (company, other_company):
            there = await settled(bus, each)
            assert there == list(range(1, len(there) + 1))
            facts = await each.rows("select message_id from pool.event_outbox where tenant_id = :tenant")
            told = {event.message_id for event in await bus.after(each.tenant.id, 0)}
            assert told == {row.message_id for row in facts}
