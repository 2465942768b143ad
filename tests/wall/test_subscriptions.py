"""Subscriptions, tried as whatever takes an id is: what belongs to another company is as if it never was.

Every subscription is found by walking the schema, and tried over a real WebSocket. That nothing came is never shown by
waiting for a while: each connection also watches a flow of its company as a witness, whose name is changed afterwards,
and until the witness shows that name, nothing else may have come.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
import pytest
from graphql import GraphQLField, GraphQLID, GraphQLInputObjectType, GraphQLSchema, build_schema, is_required_argument
from sqlalchemy import insert
from uuid_utils.compat import uuid7
from websockets.exceptions import ConnectionClosed

from auth.principal import Principal
from db.base import TenantOwned
from db.models.approvals import (
    ApprovalApprover,
    ApprovalPolicy,
    ApprovalRequest,
    ApprovalStep,
    ApproverKind,
    StepStatus,
)
from db.models.imports import Import
from db.models.onboarding import FlowRevision, NewHire
from db.models.performance import PerformanceCycle
from resolvers.context import Asking, Context
from schema.answering import Answered, Answering
from schema.derive import ids
from schema.derive.fields import WatchingField, declaration_of
from schema.derive.names import camel
from schema.live.rooms import Room
from schema.live.streams import Stream
from subscriptions.events import Event
from subscriptions.followers import Follower, Matches
from subscriptions.hub import Hub
from tests.live.client import PATIENCE, Client, client_of
from tests.live.conftest import listening
from tests.live.settling import bus_of, settled
from tests.wall.foreign import never
from tests.wall.graph import SCHEMA, Question, kind_of, selected
from tests.wall.parties import Party, made
from tests.wall.slots import Kind, NoSample, Step, is_list
from tests.wall.twins import STAMP, the_twins
from tests.wall.walker import takes_cursor
from tests.world import World

NAMES: Final[Mapping[str, str]] = {
    "onboardingProgress(newHireId)": "NewHire",
    "onboardingBoard(flowId)": "Flow",
    "events(subject)": "Flow",
    "changed(id)": "Flow",
    "importProgress(importId)": "Import",
    "okrBoard(cycleId)": "PerformanceCycle",
}
"""Which type the ids of each place name. Every place has its row: a new one is an error until it is here."""

BESIDE: Final[Mapping[str, Mapping[str, Any]]] = {"changed": {"type": "Flow"}}
"""What a subscription requires beside ids, by its name."""

CHANGES: Final[Mapping[str, tuple[str, Callable[[str, int], Mapping[str, str]]]]] = {
    "Flow": ("updateFlow", lambda mark, number: {"name": f"{mark} changed {number}"}),
    "NewHire": ("cancelNewHire", lambda mark, number: {"reason": f"{mark} changed {number}"}),
    "Import": ("cancelImport", lambda _mark, _number: {}),
    "PerformanceCycle": ("updatePerformanceCycle", lambda mark, number: {"name": f"{mark} changed {number}"}),
}
"""The mutation that changes an object of each type so that whoever watches it sees it; and what the nth is given."""

ANYTHING: Final = "Flow"
"""What is changed for a subscription that names nothing."""

INSTEAD: Final[Mapping[str, str]] = {"approvalInbox": "ApprovalRequest"}
"""What is changed for those that no flow concerns, by their name."""

ANSWERING: Final[set[object]] = set()
WITNESS: Final = "subscription($id: ID!) { onboardingBoard(flowId: $id) { state { flowName } } }"


@dataclass(frozen=True)
class Place:
    """Where a subscription takes an id or a cursor: its name, and the way into its arguments; none for no place."""

    name: str
    steps: tuple[Step, ...] = ()
    kind: Kind = Kind.ID

    def __str__(self) -> str:
        return f"{self.name}({'.'.join(step.name for step in self.steps)})"

    @property
    def named(self) -> str:
        """The type that the ids there name."""
        if str(self) not in NAMES:
            raise NoSample(f"no sample for {self}: say in NAMES which type its ids name")
        return NAMES[str(self)]

    @property
    def changed(self) -> str:
        """The type of an object whose change is told there."""
        places = [self] if self.steps and self.kind is Kind.ID else [each for each in OF_IDS if each.name == self.name]
        return next((each.named for each in places), INSTEAD.get(self.name, ANYTHING))


def subscriptions(schema: GraphQLSchema = SCHEMA) -> Mapping[str, GraphQLField]:
    assert schema.subscription_type is not None
    return schema.subscription_type.fields


def places(schema: GraphQLSchema = SCHEMA) -> Iterator[Place]:
    """Find every place of every subscription that takes an id or a cursor, inside of inputs too."""
    for name, declared in subscriptions(schema).items():
        for argument, each in declared.args.items():
            yield from _inside(Place(name, (Step(argument, None, is_list(each.type)),)), kind_of(each), declared)


def _inside(place: Place, kind: Any, declared: GraphQLField) -> Iterator[Place]:
    if kind is GraphQLID:
        yield place
    elif takes_cursor(place.steps[-1], kind, declared):
        yield Place(place.name, place.steps, Kind.CURSOR)
    elif isinstance(kind, GraphQLInputObjectType) and kind.name not in {step.within for step in place.steps}:
        for name, inner in kind.fields.items():
            steps = (*place.steps, Step(name, kind.name, is_list(inner.type)))
            yield from _inside(Place(place.name, steps), kind_of(inner), declared)


OF_IDS: Final = [place for place in places() if place.kind is Kind.ID]
OF_CURSORS: Final = [place for place in places() if place.kind is Kind.CURSOR]
OF_NOTHING: Final = [
    Place(name)
    for name, each in subscriptions().items()
    if not any(is_required_argument(argument) and kind_of(argument) is GraphQLID for argument in each.args.values())
]


@dataclass
class Side:
    """A company of a trial: who acts in it, the rows that are watched, and the flow that is the witness."""

    party: Party
    rows: dict[str, UUID]
    witness: str
    _beats: int = 0
    _changes: int = 0

    def own(self, named: str) -> str:
        """The public id of its object of a type."""
        if named not in self.rows:
            raise NoSample(f"no sample for {named}: put one of the same id into both companies, in `trio`")
        return ids.encode(named, self.rows[named])

    async def change(self, named: str) -> None:
        """Change its object of a type, to what it never was before."""
        self._changes += 1
        if named == "ApprovalRequest":
            await self.ask()
            return
        mutation, given_of = CHANGES[named]
        given = {"id": self.own(named), **given_of(self.party.mark, self._changes)}
        assert (await self.party.person.do(mutation, given))["refusals"] == []

    async def ask(self) -> None:
        """Have somebody else ask for an approval that waits for who acts."""
        me = self.rows["User"]
        other = next(each for each in self.party.samples["User"] if each != me)
        company, mark = self.party.company, f"{self.party.mark} {self._changes}"
        policy, request, step = uuid7(), uuid7(), uuid7()
        follows = {"policy_id": policy, "policy_version": 1, "distinct_people": False, "tolerance_pct": Decimal(0)}
        about = {"document_type": "Flow", "document_id": uuid7(), "title": mark, "requester_id": other}
        meant = {"number": 0, "kind": ApproverKind.USER, "user_id": me, "status": StepStatus.PENDING}
        system = Asking(
            Principal("system", tenant_id=self.party.tenant), company.tenant, company.keyring, datetime.now(UTC), mark
        )
        async with company.world.parts.database.transacting(company.tenant.placement) as session:
            context = Context(system, session, "ask")
            for row in (
                ApprovalPolicy(id=policy, name=mark, document_type="Flow"),
                ApprovalRequest(id=request, **about, **follows),
                ApprovalStep(id=step, request_id=request, **meant),
                ApprovalApprover(step_id=step, user_id=me),
            ):
                context.add(row)
                await context.flush()

    async def beat(self) -> str:
        """Have the witness tell a name that it did not have before; return that name."""
        self._beats += 1
        name = f"{self.party.mark} beat {self._beats}"
        await made(self.party.person, "updateFlow", {"id": self.witness, "name": name})
        return name


@dataclass
class Watcher:
    """A connection that watches what is tried, under the id `x`, and the witness."""

    client: Client

    async def until(self, beat: str) -> list[str]:
        """Return, to the letter, what has come of `x` until the witness shows a beat, and how it was closed, if so.

        Whatever happened before is being answered by then, or has been: that is waited for too.
        """
        seen: list[str] = []
        try:
            async with asyncio.timeout(PATIENCE):
                while beat not in (text := await self._next(seen)) or '"id":"w"' not in text:
                    pass
                while ANSWERING:
                    await asyncio.sleep(0.005)
                await self.client.send(type="ping")
                while orjson.loads(text).get("type") != "pong":
                    text = await self._next(seen)
        except ConnectionClosed as closed:
            return [*seen, f"closed: {closed.rcvd}"]
        return seen

    async def _next(self, seen: list[str]) -> str:
        """Wait for a message, and keep it if it is one of `x`."""
        text = str(await self.client.connection.recv())
        seen += [text] if orjson.loads(text).get("id") == "x" else []
        return text


@asynccontextmanager
async def watching(address: str, side: Side, place: Place, value: Any = None) -> AsyncGenerator[Watcher]:
    """Watch as somebody of a company, with a value in a place."""
    async with client_of(address, side.party.person) as client:
        await client.subscribe(WITNESS, "w", id=side.witness)
        await client.next("w")
        await client.subscribe(document(side, place, value), "x")
        yield Watcher(client)


def document(side: Side, place: Place, value: Any) -> str:
    """Write a subscription with a value in a place, and with what is required beside it."""
    declared = subscriptions()[place.name]
    given = dict(BESIDE.get(place.name, {}))
    for name, argument in declared.args.items():
        if is_required_argument(argument) and kind_of(argument) is GraphQLID:
            step = Step(name, None, is_list(argument.type))
            given |= holding((step,), side.own(Place(place.name, (step,)).named))
    given |= holding(place.steps, value) if place.steps else {}
    return f"subscription {{ {Question((place.name,), given, selected(kind_of(declared), -1, place.changed))} }}"


def holding(steps: Sequence[Step], value: Any) -> dict[str, Any]:
    """Return an argument with a value in a place."""
    for step in reversed(steps):
        value = {step.name: [value] if step.listed else value}
    return value


async def a_round(side: Side, *watchers: Watcher) -> list[list[str]]:
    """Return what has come to each until now: whatever happened before has been told when the witness tells."""
    beat = await side.beat()
    return [await watcher.until(beat) for watcher in watchers]


def is_nothing(text: str) -> bool:
    """Whether a message shows no state and no event."""
    payload = orjson.loads(text).get("payload") or {}
    told = (payload.get("data") or {}).values() if isinstance(payload, dict) else ()
    return not any(each and not ("event" in each and each["event"] is None and each["gap"] is None) for each in told)


@dataclass(frozen=True)
class Trio:
    """Two companies whose objects have the same ids, and one with others."""

    one: Side
    twin: Side
    stranger: Side


@pytest.fixture(scope="module", params=[False, True], ids=["one schema", "two schemas"])
async def companies(world: World, address: str, request: pytest.FixtureRequest) -> Trio:
    """Make them, and wait until everybody has been told of that: what a trial sees is of its own doing."""
    twins, strangers = [await the_twins(world, own_schema=request.param) for _ in range(2)]
    same, others = [{**each.rows, "FlowRevision": uuid7(), "ApprovalRequest": uuid7()} for each in (twins, strangers)]
    trio = Trio(await a_side(twins.one, same), await a_side(twins.other, same), await a_side(strangers.other, others))
    async with bus_of(world) as bus:
        for side in (trio.one, trio.twin, trio.stranger):
            await settled(bus, side.party.company)
    return trio


@pytest.fixture
async def trio(companies: Trio) -> Trio:
    """Give them a new hire and an import for this test, which can be cancelled once, and a cycle."""
    same, other = uuid7(), uuid7()
    for side, row_id in ((companies.one, same), (companies.twin, same), (companies.stranger, other)):
        person = {"email": f"{row_id.hex}@hires.example", "first_name": "Ada", "last_name": "A"}
        side.rows["NewHire"] = row_id
        await put(side.party, side.rows, NewHire, {"revision_id": side.rows["FlowRevision"], **person})
        side.rows["Import"] = row_id
        run = {"type": "Department", "started_by_id": side.rows["User"], "mapping": {}}
        await put(side.party, side.rows, Import, run)
        side.rows["PerformanceCycle"] = row_id
        days = {"starts_on": date(2026, 1, 1), "ends_on": date(2031, 12, 31)}
        await put(side.party, side.rows, PerformanceCycle, {"name": f"{side.party.mark} {row_id.hex}", **days})
    return companies


async def a_side(party: Party, rows: Mapping[str, UUID]) -> Side:
    """Add to a twin what it has not, and a witness."""
    content: dict[str, Any] = {"stages": []}
    frozen = {"number": 1, "name": party.mark, "language": "en", "published_at": STAMP, "content": content}
    await put(party, rows, FlowRevision, frozen)
    witness = await made(party.person, "createFlow", {"name": party.mark, "durationDays": 7})
    return Side(party, dict(rows), witness)


async def put(party: Party, rows: Mapping[str, UUID], model: type[TenantOwned], values: Mapping[str, Any]) -> None:
    """Put a row into a company, under the id that it is to have, and within the flow where it is of one."""
    stamps = {"tenant_id": party.tenant, "created_at": STAMP, "updated_at": STAMP}
    within = {"flow_id": rows["Flow"]} if "flow_id" in model.__table__.columns else {}
    row = {"id": rows[model.__name__], **within, **stamps, **values}
    async with party.company.world.parts.database.transacting(party.company.tenant.placement) as session:
        await session.execute(insert(model).values(row))


@pytest.fixture(scope="module")
async def address(world: World) -> AsyncIterator[str]:
    """Where the application listens, with its relay at work."""
    stop = asyncio.Event()
    relaying = asyncio.create_task(world.parts.relay.run(stop))
    async with listening(world.app) as address:
        yield address
    stop.set()
    await relaying


@pytest.fixture(autouse=True)
def answering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Note what is being begun and answered in this process."""
    for kind, name in ((Answering, "answer"), (Answering, "watch"), (Room, "sit"), (Stream, "sit")):
        monkeypatch.setattr(kind, name, noted(getattr(kind, name)))


def noted(work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Note what is at work."""

    async def at_work(*given: Any, **more: Any) -> Any:
        each = object()
        ANSWERING.add(each)
        try:
            return await work(*given, **more)
        finally:
            ANSWERING.discard(each)

    return at_work


@dataclass
class Woken:
    """For which tenants a follower was shown an event or woken, or something was read."""

    tenants: set[UUID] = field(default_factory=set[UUID])


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> Woken:
    """Look on while events are told in this process."""
    noted, follows = Woken(), dict[Follower, UUID]()
    following, attending, wake, answer = Hub.following, Hub.attending, Follower.wake, Answering.answer

    @asynccontextmanager
    async def follow(hub: Hub, tenant_id: UUID, matches: Matches) -> AsyncGenerator[Follower]:
        def shown(event: Event) -> bool:
            noted.tenants.add(tenant_id)
            return matches(event)

        async with following(hub, tenant_id, shown) as follower:
            follows[follower] = tenant_id
            yield follower

    @asynccontextmanager
    async def attend(hub: Hub, tenant_id: UUID, *persons: UUID | None) -> AsyncGenerator[Follower]:
        async with attending(hub, tenant_id, *persons) as follower:
            follows[follower] = tenant_id
            yield follower

    def awake(follower: Follower) -> None:
        noted.tenants |= {follows[follower]} if follower in follows else set()
        wake(follower)

    async def read(answering: Answering, asking: Asking, *given: Any, **more: Any) -> Answered:
        noted.tenants.add(asking.tenant.id)
        return await answer(answering, asking, *given, **more)

    for kind, name, noting in (
        (Hub, "following", follow),
        (Hub, "attending", attend),
        (Follower, "wake", awake),
        (Answering, "answer", read),
    ):
        monkeypatch.setattr(kind, name, noting)
    return noted


@pytest.mark.parametrize("place", OF_IDS, ids=str)
async def test_what_belongs_to_another_company_is_as_if_it_never_was(address: str, trio: Trio, place: Place) -> None:
    mine, theirs, named = trio.one, trio.stranger, place.named
    async with AsyncExitStack() as stack:
        watcher = await stack.enter_async_context(watching(address, theirs, place, theirs.own(named)))
        await a_round(theirs, watcher)
        tried = [
            await stack.enter_async_context(watching(address, mine, place, value))
            for value in (theirs.own(named), never(named), mine.own(named))
        ]
        begun = await a_round(mine, *tried)
        await theirs.change(named)
        [news] = await a_round(theirs, watcher)
        assert news, "nothing has happened that could be told"
        await mine.change(named)
        later = await a_round(mine, *tried)
    foreign, unknown, own = [[*one, *other] for one, other in zip(begun, later, strict=True)]
    assert foreign == unknown
    assert all(map(is_nothing, foreign))
    assert not all(map(is_nothing, own)), "one's own is not told either"


@pytest.mark.parametrize("place", [*OF_NOTHING, *OF_IDS], ids=str)
async def test_what_happens_in_one_company_wakes_nobody_who_watches_the_same_in_another(
    address: str, trio: Trio, woken: Woken, place: Place
) -> None:
    one, twin, named = trio.one, trio.twin, place.changed
    value = one.own(named)
    assert value == twin.own(named)
    async with watching(address, one, place, value) as here, watching(address, twin, place, value) as there:
        await a_round(one, here)
        await a_round(twin, there)
        woken.tenants.clear()
        await one.change(named)
        [news] = await a_round(one, here)
        assert news, "nothing has happened that could be told"
        assert woken.tenants == {one.party.tenant}
        [silence] = await a_round(twin, there)
        assert silence == [] or not place.steps
        await twin.change(named)
        [own] = await a_round(twin, there)
    assert own if not place.steps else len(own) == len(news)
    assert one.party.mark not in "".join(silence + own)


@pytest.mark.parametrize("place", OF_CURSORS, ids=str)
async def test_a_cursor_of_another_company_is_no_cursor(address: str, trio: Trio, place: Place) -> None:
    own, foreign = [await a_cursor(address, side, place) for side in (trio.one, trio.twin)]
    answers: list[list[str]] = []
    for cursor in (foreign, own[::-1], "nonsense", own):
        async with watching(address, trio.one, place, cursor) as watcher:
            answers += await a_round(trio.one, watcher)
    *refused, taken = answers
    assert refused == [refused[0]] * 3
    [message] = map(orjson.loads, refused[0])
    assert [each["extensions"]["code"] for each in message["payload"]] == ["BAD_USER_INPUT"]
    assert "error" not in {orjson.loads(text)["type"] for text in taken}


async def a_cursor(address: str, side: Side, place: Place) -> str:
    """Return the newest cursor that somebody of a company was given there."""
    async with watching(address, side, Place(place.name)) as watcher:
        begun = await a_round(side, watcher)
        await side.change(place.changed)
        texts = [text for each in (*begun, *await a_round(side, watcher)) for text in each]
    told = [orjson.loads(text)["payload"]["data"][place.name] for text in texts]
    cursors = [state["cursor"] for state in told if state]
    assert cursors, f"no sample for {place}: its messages have no `cursor`"
    return cursors[-1]


def test_every_place_is_tried() -> None:
    assert {str(place): place.named for place in OF_IDS} == NAMES
    for place in OF_IDS:
        declared = declaration_of(subscriptions()[place.name])
        if isinstance(declared, WatchingField):
            names = {camel(each.name): each.names for each in declared.watching.parameters}
            assert names.get(place.steps[0].name, place.named) == place.named
    assert {place.name for place in (*OF_NOTHING, *OF_IDS)} == set(subscriptions())


@pytest.mark.parametrize(
    ("argument", "place"),
    [
        ("thingId: ID!", r"told\(thingId\)"),
        ("among: [ID!]", r"told\(among\)"),
        ("where: Where", r"told\(where\.subject\)"),
        ("input: Input!", r"told\(input\.where\.subject\)"),
    ],
)
def test_a_place_that_nobody_knows_is_an_error(argument: str, place: str) -> None:
    inputs = "input Where { subject: ID and: [Where!] } input Input { where: [Where!]! }"
    schema = build_schema(f"type Query {{ a: Int }} type Subscription {{ told({argument}): Int }} {inputs}")
    [found] = places(schema)
    with pytest.raises(NoSample, match=rf"no sample for {place}"):
        assert found.named
