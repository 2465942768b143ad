"""Many changes at once: a subscriber may be spared what lies between, and never the last state."""

import asyncio

from tests.live.client import BOARD, client_of
from tests.onboarding.hires.builders import Published
from tests.world import CompanyWorld

MANY = 12


async def test_after_many_changes_at_once_the_last_message_shows_the_last_state(address: str, flow: Published) -> None:
    async with client_of(address, flow.hr) as client:
        await client.subscribe(BOARD, id=flow.id)
        await client.next()
        await asyncio.gather(*(flow.hire() for _ in range(MANY)))
        told: list[int] = []
        while told[-1:] != [MANY]:
            told.append((await client.next())["state"]["notStarted"])
        assert told == sorted(set(told))
        assert await client.is_quiet()


async def test_a_change_while_the_state_is_read_is_told_too(address: str, flow: Published) -> None:
    """Nothing waits for the messages: each change may fall into the reading for the one before."""
    async with client_of(address, flow.hr) as client:
        await client.subscribe(BOARD, id=flow.id)
        await client.next()
        for _ in range(MANY):
            await flow.hire()
        while (await client.next())["state"]["notStarted"] < MANY:
            pass
        assert await client.is_quiet()


async def test_a_cursor_of_the_board_leaves_out_what_was_seen(
    address: str, flow: Published, company: CompanyWorld
) -> None:
    async with client_of(address, flow.hr) as client:
        await client.subscribe(BOARD, id=flow.id)
        await client.next()
        await flow.hire()
        cursor = (await client.next())["cursor"]
    other = await company.person("HR")
    assert (await other.do("createFlow", {"name": "Not on this board", "durationDays": 7}))["refusals"] == []
    async with client_of(address, flow.hr) as client:
        await client.subscribe(BOARD, id=flow.id, after=cursor)
        assert await client.is_quiet()
        await flow.hire()
        assert (await client.next())["state"]["notStarted"] == 2
