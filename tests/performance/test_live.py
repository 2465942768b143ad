"""The board of objectives, followed live: what moves is told, and nobody is told of what they may not see."""

from typing import Any

from tests.live.client import Client, client_of
from tests.live.conftest import address, relaying
from tests.performance.goals import Goals
from tests.performance.test_owning import employed

__all__ = ["address", "relaying"]
BOARD = """
subscription($id: ID!) {
  okrBoard(cycleId: $id) {
    state {
      cycleName status expectedProgress onTrack atRisk offTrack
      rows { ownerName cells { objective progress health } }
    }
  }
}
"""


async def told(client: Client) -> tuple[Any, dict[str, str]]:
    """The next state, and the progress of each objective in it."""
    state = (await client.next())["state"]
    return state, {cell["objective"]: cell["progress"] for row in state["rows"] for cell in row["cells"]}


async def told_until(client: Client, objectives: dict[str, str]) -> Any:
    """Wait until the board shows this: a mutation may be told in several steps, and steps together."""
    while True:
        state, shown = await told(client)
        if shown == objectives:
            return state


async def test_what_moves_is_told_and_what_another_cycle_does_is_not(goals: Goals, address: str) -> None:
    _, measured = await goals.active(objective="Ours")
    days = {"startsOn": "2026-01-01", "endsOn": "2026-12-31"}
    other = Goals(goals.staff, goals.hr, await goals.staff.make("PerformanceCycle", name="Other", **days))
    await other.did("openPerformanceCycle", {"id": other.cycle}, "performanceCycle { id }")
    async with client_of(address, goals.hr) as client:
        await client.subscribe(BOARD, id=goals.cycle)
        first, objectives = await told(client)
        assert (first["cycleName"], first["status"], first["expectedProgress"]) == ("Quarter", "OPEN", "60.0000")
        assert objectives == {"Ours": "0.0000"}
        assert (first["onTrack"], first["atRisk"], first["offTrack"]) == (0, 0, 1)
        await goals.report(measured, "45")
        state = await told_until(client, {"Ours": "45.0000"})
        assert (state["onTrack"], state["atRisk"], state["offTrack"]) == (0, 1, 0)
        await other.active(objective="Theirs")
        assert await client.is_quiet()
        await goals.did("reviewPerformanceCycle", {"id": goals.cycle}, "performanceCycle { id }")
        state, _ = await told(client)
        assert state["status"] == "IN_REVIEW"


async def test_everybody_follows_what_they_see_and_nothing_else(goals: Goals, address: str) -> None:
    member, colleague = [await goals.staff.company.person("MEMBER") for _ in range(2)]
    own, other = await employed(goals, member), await employed(goals, colleague)
    _, mine = await goals.active(member, employeeId=own, objective="Mine", visibility="PRIVATE")
    _, theirs = await goals.active(colleague, employeeId=other, objective="Theirs", visibility="PRIVATE")
    async with (
        client_of(address, member) as one,
        client_of(address, colleague) as two,
        client_of(address, goals.hr) as all_of_it,
    ):
        for client in (one, two, all_of_it):
            await client.subscribe(BOARD, id=goals.cycle)
        assert (await told(one))[1] == {"Mine": "0.0000"}
        assert (await told(two))[1] == {"Theirs": "0.0000"}
        assert (await told(all_of_it))[1] == {"Mine": "0.0000", "Theirs": "0.0000"}
        await goals.report(theirs, "30", colleague)
        await told_until(two, {"Theirs": "30.0000"})
        await told_until(all_of_it, {"Mine": "0.0000", "Theirs": "30.0000"})
        assert await one.is_quiet()
        await goals.report(mine, "10", member)
        await told_until(one, {"Mine": "10.0000"})


async def test_who_may_see_none_is_refused_and_a_cycle_that_is_not_there_ends_it(goals: Goals, address: str) -> None:
    _, key_result = await goals.active()
    async with client_of(address, await goals.staff.company.person("VIEWER")) as client:
        await client.subscribe(BOARD, id=goals.cycle)
        message = await client.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")
    async with client_of(address, goals.hr) as client:
        await client.subscribe(BOARD, id=key_result)
        message = await client.receive()
        assert (message["type"], message["payload"]["data"]) == ("next", {"okrBoard": None})
        assert (await client.receive())["type"] == "complete"
