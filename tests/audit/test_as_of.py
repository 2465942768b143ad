"""How an entity was at an instant, by its audit entries: there or not, its values, and only what one may read now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from app import now
from db.models.onboarding import Flow
from resolvers import ids
from resolvers.context import Context
from tests.audit.states import as_of, differing, everything_ever, now_of, then_of
from tests.audit.test_trail import made, put, with_role
from tests.schema.statements import listening, reads
from tests.world import CompanyWorld, Person, World

AS_OF = "query($id: ID!, $at: DateTime!) { entityAsOf(id: $id, at: $at) { presence version values } }"
LONG_AGO = "2001-01-01T00:00:00Z"
TWO = 2


@pytest.fixture
async def owner(company: CompanyWorld) -> Person:
    return await company.person()


@pytest.fixture
async def flow(owner: Person) -> str:
    return await made(owner, "createFlow", {"name": "Sales", "durationDays": 30})


async def one(person: Person, text: str, at: datetime | str) -> Any:
    """What the trail tells of one object as of an instant."""
    return (await as_of(person, [text], at))[text]


async def test_it_is_made_changed_moved_and_deleted(owner: Person, flow: str) -> None:
    stage = await made(owner, "addStage", {"flowId": flow, "name": "First"}, "stage")
    await made(owner, "addContentBlock", {"stageId": stage, "type": "text_input"}, "contentBlock")
    draft = now()
    await made(owner, "publishFlow", {"id": flow})
    published = now()
    await made(owner, "archiveFlow", {"id": flow})
    assert (await one(owner, flow, LONG_AGO)) == {
        "id": flow,
        "type": "Flow",
        "presence": "NOT_YET",
        "version": None,
        "changedAt": None,
        "values": None,
    }
    found = [await one(owner, flow, at) for at in (draft, published, now())]
    assert [(each["presence"], each["version"], each["values"]["status"]) for each in found] == [
        ("THERE", 1, "DRAFT"),
        ("THERE", 2, "PUBLISHED"),
        ("THERE", 3, "ARCHIVED"),
    ]
    assert [each["changedAt"] == each["values"]["updatedAt"] for each in found] == [True] * 3
    other = await made(owner, "createFlow", {"name": "Other", "durationDays": 30})
    await owner.do("deleteFlow", {"id": other}, "deletedId")
    gone = await one(owner, other, now())
    assert (gone["presence"], gone["version"], gone["values"]) == ("DELETED", None, None)
    assert gone["changedAt"] > (await one(owner, flow, now()))["changedAt"]


async def test_at_the_very_instant_of_a_change_it_has_been_made(owner: Person, flow: str) -> None:
    await made(owner, "updateFlow", {"id": flow, "name": "Later"})
    changed = (await one(owner, flow, now()))["changedAt"]
    before = datetime.fromisoformat(changed) - timedelta(microseconds=1)
    assert (await one(owner, flow, changed))["values"]["name"] == "Later"
    assert (await one(owner, flow, before))["values"]["name"] == "Sales"
    elsewhere = datetime.fromisoformat(changed).astimezone(UTC).isoformat().replace("+00:00", "-00:00")
    assert (await one(owner, flow, elsewhere))["values"]["name"] == "Later"


async def test_an_id_of_another_company_is_as_one_that_never_was(
    owner: Person, flow: str, other_company: CompanyWorld
) -> None:
    other = await other_company.person()
    never = [ids.encode("Flow", uuid7()), "x", "", ids.encode("Nothing", uuid7()), ids.encode("PasswordReset", uuid7())]
    for text in (flow, *never):
        for at in (LONG_AGO, now().isoformat()):
            assert (await other.ask(AS_OF, {"id": text, "at": at})).body == {"data": {"entityAsOf": None}}
    assert (await one(owner, flow, now()))["presence"] == "THERE"


async def test_what_is_not_public_is_not_told_of(company: CompanyWorld, owner: Person) -> None:
    await made(owner, "createUser", {"email": "eve@example.com", "firstName": "E", "lastName": "E"}, "user")
    [[row]] = await company.rows(
        "select entity_id from pool.audit_logs where tenant_id = :tenant and entity_type = 'PasswordReset'"
    )
    assert await one(owner, ids.encode("PasswordReset", row), now()) is None


async def test_only_who_may_read_a_type_now_is_told_of_it(
    company: CompanyWorld, owner: Person, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_role(monkeypatch, "VIEWER", "audit.read")
    viewer = await company.person("VIEWER")
    assert await one(viewer, flow, now()) is None
    with_role(monkeypatch, "VIEWER", "audit.read", "onboarding.read")
    assert (await one(viewer, flow, now()))["values"]["name"] == "Sales"


async def test_a_field_that_one_may_not_read_now_is_hidden_and_others_get_a_mark(
    company: CompanyWorld, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = (await owner.ask("{ company { id } }")).data["company"]["id"]
    await made(owner, "updateCompany", {"id": mine, "taxId": "DE 1"}, "company")
    given = {"id": mine, "at": now().isoformat()}
    told = (await owner.ask(AS_OF, given)).data["entityAsOf"]["values"]
    assert told["taxId"] == "•••"
    with_role(monkeypatch, "VIEWER", "audit.read", "company.read")
    answer = await (await company.person("VIEWER")).ask(AS_OF, given)
    assert answer.data["entityAsOf"]["values"] == {**told, "taxId": None}
    assert answer.body["extensions"]["hidden"] == [
        {"path": "entityAsOf.values.taxId", "permission": "company.read_tax_id"}
    ]


async def change(company: CompanyWorld, person: Person, flow: UUID, name: str, moment: datetime) -> None:
    """Rename a flow in a request that began at a moment."""
    asking = replace(person.asking, now=moment)
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        context = Context(asking, session, "test")
        (await context.one(Flow, flow)).name = name
        await context.flush()


async def test_a_request_that_began_earlier_and_came_later_is_never_half_told(
    company: CompanyWorld, owner: Person, flow: str
) -> None:
    """The second change waited for the first, and began before it: neither is told of without the one before."""
    row = ids.row_of(flow, "Flow")
    assert row
    begun = now()
    late, early = begun + timedelta(seconds=2), begun + timedelta(seconds=1)
    await change(company, owner, row, "first", late)
    await change(company, owner, row, "second", early)
    names = [(await one(owner, flow, at))["values"]["name"] for at in (begun, early, late)]
    assert names == ["Sales", "Sales", "second"]


async def test_what_was_put_in_past_the_trail_is_told_of_as_far_as_it_is_known(
    company: CompanyWorld, owner: Person
) -> None:
    row = uuid7()
    await put(company, "Flow", row, '{"name": "Sales"}')
    found = await one(owner, ids.encode("Flow", row), now())
    assert (found["presence"], found["version"]) == ("THERE", 1)
    assert found["values"].keys() == {"id", "version", "updatedAt", "name"}


async def test_the_number_of_statements_does_not_follow_the_length_of_the_trail(
    world: World, company: CompanyWorld, owner: Person, flow: str
) -> None:
    for _ in range(2):
        for at in (now().isoformat(), LONG_AGO):
            with listening(world, company) as seen:
                assert (await owner.ask(AS_OF, {"id": flow, "at": at})).errors == []
            assert len(reads(seen)) == TWO
        for number in range(10):
            await made(owner, "updateFlow", {"id": flow, "name": f"Sales {number}"})


class Walk:
    """Changes flows, stages and blocks at random, as somebody does who cannot make up their mind."""

    def __init__(self, person: Person, random: Random) -> None:
        self.person, self.random = person, random
        self.flows: list[str] = []
        self.stages: list[tuple[str, str]] = []

    async def step(self) -> None:
        """Do one thing; what is refused changes nothing."""
        ways = [self.make, self.change, self.add, self.add, self.write, self.turn, self.move, self.remove]
        await self.random.choice(ways if self.flows else [self.make])()

    async def do(self, mutation: str, result: str, **given: Any) -> str | None:
        """Run a mutation, which may be refused."""
        payload = await self.person.do(mutation, given, result)
        found = payload[result.split(maxsplit=1)[0]]
        return found["id"] if isinstance(found, dict) else found

    async def make(self) -> None:
        self.flows.append(await made(self.person, "createFlow", {"name": "New", "durationDays": 30}))

    async def change(self) -> None:
        given = {
            "name": self.random.choice("abc"),
            "audience": self.random.choice(["EMPLOYEE", "CONTRACTOR"]),
            "durationDays": self.random.randint(1, 9),
            "description": self.random.choice([None, "", "text"]),
            "reminderAfterDays": self.random.choice([[], [3, 7]]),
        }
        chosen = dict(self.random.sample(sorted(given.items()), 2))
        await self.do("updateFlow", "flow { id }", id=self.random.choice(self.flows), **chosen)

    async def add(self) -> None:
        flow = self.random.choice(self.flows)
        stage = await self.do("addStage", "stage { id }", flowId=flow, name="Stage")
        if stage:
            self.stages.append((flow, stage))
            config = {"max_length": self.random.randint(1, 9)}
            await self.do("addContentBlock", "contentBlock { id }", stageId=stage, type="text_input", config=config)

    async def write(self) -> None:
        for _, stage in self.stages[-1:]:
            due = self.random.choice([None, -1, 5])
            await self.do(
                "updateStage", "stage { id }", id=stage, dueOffsetDays=due, type=self.random.choice(["FORM", "TASK"])
            )

    async def turn(self) -> None:
        flow = self.random.choice(self.flows)
        stages = [stage for each, stage in self.stages if each == flow]
        await self.do("reorderStages", "flow { id }", id=flow, ids=self.random.sample(stages, len(stages)))

    async def move(self) -> None:
        verb = self.random.choice(["publishFlow", "editFlow", "archiveFlow"])
        await self.do(verb, "flow { id }", id=self.random.choice(self.flows))

    async def remove(self) -> None:
        if self.stages and self.random.random() < 0.7:
            flow, stage = self.random.choice(self.stages)
            if await self.do("deleteStage", "deletedId", id=stage):
                self.stages.remove((flow, stage))
            return
        flow = self.random.choice(self.flows)
        if await self.do("deleteFlow", "deletedId", id=flow):
            self.flows.remove(flow)
            self.stages = [each for each in self.stages if each[0] != flow]


@pytest.mark.parametrize("seed", range(3))
async def test_after_any_changes_it_tells_what_the_api_answered_at_each_step(
    company: CompanyWorld, owner: Person, seed: int
) -> None:
    walk, steps = Walk(owner, Random(seed)), []
    for _ in range(25):
        await walk.step()
        steps.append((now(), await now_of(owner, await everything_ever(company))))
    for at, answered in steps:
        assert differing(await then_of(owner, list(answered), at), answered) == []
