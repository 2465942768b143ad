"""What a subscriber sees: the state at once, and again after each change, and nothing of what is not theirs."""

from tests.live.client import BOARD, PROGRESS, client_of
from tests.live.settling import bus_of, settled
from tests.onboarding.hires.builders import Published, codes, complete, portal
from tests.world import CompanyWorld, World


async def test_progress_is_told_at_once_and_after_each_completion(address: str, flow: Published) -> None:
    hire, person = await flow.begun()
    async with client_of(address, flow.hr) as client:
        await client.subscribe(PROGRESS, id=hire)
        first = (await client.next())["state"]
        assert (first["status"], first["percentage"], first["blocksPct"]) == ("ACTIVE", 0, 0)
        assert await complete(person, flow.block(0, 0), "Yes") == []
        second = await client.next()
        assert second["state"]["stages"][0] == {"name": "Papers", "complete": False, "completedBlocks": 1}
        assert await client.is_quiet()


async def test_progress_of_another_hire_is_not_told(address: str, flow: Published) -> None:
    hire, _ = await flow.begun()
    _, other = await flow.begun()
    async with client_of(address, flow.hr) as client:
        await client.subscribe(PROGRESS, id=hire)
        await client.next()
        assert await complete(other, flow.block(0, 0), "Yes") == []
        assert await client.is_quiet()


async def test_the_board_shows_who_is_added_who_begins_and_who_goes_on(address: str, flow: Published) -> None:
    async with client_of(address, flow.hr) as client:
        await client.subscribe(BOARD, id=flow.id)
        assert (await client.next())["state"]["notStarted"] == 0
        hire = await flow.hire()
        assert (await client.next())["state"]["notStarted"] == 1
        await codes(flow.hr, "sendInvitation", id=hire)
        person = await portal(flow.company, hire)
        await codes(person, "startOnboarding")
        begun = (await client.next())["state"]
        assert (begun["notStarted"], [stage["count"] for stage in begun["stages"]]) == (0, [1, 0])
        await complete(person, flow.block(0, 0), "Yes")
        await complete(person, flow.block(0, 1), "Yes")
        last = begun
        while not any(stage["count"] for stage in last["stages"][1:]):
            last = (await client.next())["state"]
        assert last["stages"][1]["newHires"][0]["percentage"] == 50


async def test_a_new_hire_watches_their_own_progress_and_no_other(address: str, flow: Published) -> None:
    hire, person = await flow.begun()
    other, _ = await flow.begun()
    async with client_of(address, person) as client:
        await client.subscribe(PROGRESS, id=hire)
        assert (await client.next())["state"]["percentage"] == 0
        await client.subscribe(PROGRESS, "2", id=other)
        await client.subscribe(BOARD, "3", id=flow.id)
        refused = {(message := await client.receive())["id"]: message for _ in range(2)}
        assert {message["type"] for message in refused.values()} == {"error"}
        assert {message["payload"][0]["extensions"]["code"] for message in refused.values()} == {"FORBIDDEN"}
        assert await complete(person, flow.block(0, 0), "Yes") == []
        assert (await client.next())["state"]["blocksPct"] == 33


async def test_two_with_equal_permissions_are_each_told_their_own_on_the_same_document(
    address: str, flow: Published
) -> None:
    people = [await flow.begun() for _ in range(2)]
    async with client_of(address, people[0][1]) as one, client_of(address, people[1][1]) as two:
        for client in (one, two):
            for hire, _ in people:
                await client.subscribe(PROGRESS, hire, id=hire)
        begun = [[await client.receive() for _ in people] for client in (one, two)]
        for (own, _), messages in zip(people, begun, strict=True):
            assert {each["id"]: each["type"] for each in messages} == {
                hire: "next" if hire == own else "error" for hire, _ in people
            }
        assert await complete(people[0][1], flow.block(0, 0), "Yes") == []
        assert (await one.next(people[0][0]))["state"]["blocksPct"] == 33
        assert await two.is_quiet()
        assert await complete(people[1][1], flow.block(0, 0), "Yes") == []
        assert (await two.next(people[1][0]))["state"]["blocksPct"] == 33
        assert await one.is_quiet()


async def test_without_the_permission_nothing_is_told(address: str, flow: Published, company: CompanyWorld) -> None:
    hire, _ = await flow.begun()
    async with client_of(address, await company.person("SALES")) as client:
        await client.subscribe(PROGRESS, id=hire)
        message = await client.receive()
        assert (message["type"], message["payload"][0]["extensions"]["permission"]) == (
            "error",
            "onboarding.read_hires",
        )


async def test_what_is_another_companys_is_not_there(
    address: str, flow: Published, other_company: CompanyWorld
) -> None:
    hire, person = await flow.begun()
    async with client_of(address, await other_company.person("HR")) as client:
        for number, (query, named) in enumerate([(PROGRESS, hire), (BOARD, flow.id), (PROGRESS, "nonsense")]):
            await client.subscribe(query, str(number), id=named)
            assert await client.next(str(number)) is None
            assert await client.receive() == {"type": "complete", "id": str(number)}
        assert await complete(person, flow.block(0, 0), "Yes") == []
        assert await client.is_quiet()


async def test_a_hire_who_is_deleted_is_the_end(address: str, flow: Published) -> None:
    hire = await flow.hire()
    async with client_of(address, flow.hr) as client:
        await client.subscribe(PROGRESS, id=hire)
        await client.next()
        assert (await flow.hr.do("deleteNewHire", {"id": hire}))["refusals"] == []
        assert await client.next() is None
        assert await client.receive() == {"type": "complete", "id": "1"}


async def test_with_a_cursor_nothing_is_told_until_there_is_news(world: World, address: str, flow: Published) -> None:
    hire, person = await flow.begun()
    async with bus_of(world) as bus:
        await settled(bus, flow.company)  # a state is told with what was on the bus before it was read
    async with client_of(address, flow.hr) as client:
        await client.subscribe(PROGRESS, id=hire)
        cursor = (await client.next())["cursor"]
    async with client_of(address, flow.hr) as client:
        await client.subscribe(PROGRESS, id=hire, after=cursor)
        assert await client.is_quiet()
        await complete(person, flow.block(0, 0), "Yes")
        newer = await client.next()
        assert newer["state"]["blocksPct"] == 33
    await complete(person, flow.block(0, 1), "Yes")
    async with client_of(address, flow.hr) as client:
        await client.subscribe(PROGRESS, id=hire, after=newer["cursor"])
        assert (await client.next())["state"]["blocksPct"] == 67
        await client.subscribe(PROGRESS, "2", id=hire, after="nonsense")
        assert (await client.receive())["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_company_with_a_schema_of_its_own_is_followed_too(address: str, company: CompanyWorld) -> None:
    apart = await company.world.company(own_schema=True)
    hr = await apart.person("HR")
    made = await hr.do("createFlow", {"name": "Apart", "durationDays": 7}, "flow { id version }")
    query = "subscription($id: ID!) { onboardingBoard(flowId: $id) { state { flowName } } }"
    async with client_of(address, hr) as client:
        await client.subscribe(query, id=made["flow"]["id"])
        assert await client.next() == {"state": {"flowName": "Apart"}}
        assert (await hr.do("updateFlow", {"id": made["flow"]["id"], "name": "Further"}))["refusals"] == []
        assert await client.next() == {"state": {"flowName": "Further"}}
