"""`/readyz`: all that requests need is asked, and asked at once."""

import asyncio

import pytest

import app
from db.session import answers
from tests.world import World


async def test_the_pool_of_requests_is_asked_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(engine: object) -> None:
        if engine is not world.parts.catalog:
            raise ConnectionError

    monkeypatch.setattr(app, "answers", refuse)
    response = await world.http.get("/readyz")
    assert response.status_code == 503
    assert response.json()["components"]["database"] == {"ok": False}


async def test_the_components_are_asked_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = asyncio.Barrier(2)

    async def wait_for_the_other(engine: object) -> None:
        if engine is world.parts.catalog:
            await begun.wait()
        await answers(world.parts.catalog)

    async def ping(*_given: object) -> None:
        await begun.wait()

    monkeypatch.setattr(app, "answers", wait_for_the_other)
    monkeypatch.setattr(world.parts.bus, "execute_command", ping)
    assert (await world.http.get("/readyz")).status_code == 200
