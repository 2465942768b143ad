"""Work that is begun without a task: what is done at once needs none, and the rest goes on in one, however it ends."""

import asyncio

import pytest

from schema.live.outright import begun


async def put(into: list[str], gate: asyncio.Event, *, fails: bool = False) -> None:
    into.append("begun")
    try:
        await gate.wait()
        if fails:
            raise ValueError("no")
        into.append("done")
    except asyncio.CancelledError:
        into.append("cancelled")
        raise


async def test_what_does_not_wait_is_done_at_once() -> None:
    into, gate = list[str](), asyncio.Event()
    gate.set()
    assert begun(put(into, gate)) is None
    assert into == ["begun", "done"]


@pytest.mark.parametrize("already", [True, False])
async def test_the_rest_goes_on_when_what_it_waits_for_is_there(*, already: bool) -> None:
    into, gate = list[str](), asyncio.Event()
    rest = begun(put(into, gate))
    assert rest is not None
    assert into == ["begun"]
    if already:
        gate.set()
    going_on = asyncio.ensure_future(rest)
    await asyncio.sleep(0)
    gate.set()
    await going_on
    assert into == ["begun", "done"]


async def test_the_rest_can_wait_again() -> None:
    first, second, into = asyncio.Event(), asyncio.Event(), list[str]()

    async def both() -> None:
        await first.wait()
        await put(into, second)

    rest = begun(both())
    assert rest is not None
    going_on = asyncio.ensure_future(rest)
    for gate in (first, second):
        gate.set()
        await asyncio.sleep(0.01)
    assert going_on.done()
    assert into == ["begun", "done"]


async def test_the_rest_is_cancelled_with_its_task() -> None:
    into = list[str]()
    rest = begun(put(into, asyncio.Event()))
    assert rest is not None
    going_on = asyncio.ensure_future(rest)
    await asyncio.sleep(0)
    going_on.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going_on
    assert into == ["begun", "cancelled"]


async def test_what_goes_wrong_is_raised_where_the_rest_is_awaited() -> None:
    into, gate = list[str](), asyncio.Event()
    rest = begun(put(into, gate, fails=True))
    gate.set()
    assert rest is not None
    with pytest.raises(ValueError, match="no"):
        await rest


async def test_what_goes_wrong_at_once_is_raised_at_once() -> None:
    gate = asyncio.Event()
    gate.set()
    with pytest.raises(ValueError, match="no"):
        begun(put([], gate, fails=True))
