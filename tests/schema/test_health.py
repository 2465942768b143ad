"""What a load balancer asks: whether the process is alive, and whether it can answer requests."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app import Wiring, connected, make_app
from tests.world import World

NOBODY_LISTENS = "127.0.0.1:1"


@asynccontextmanager
async def served(wiring: Wiring) -> AsyncGenerator[httpx.AsyncClient]:
    """Serve the application with other connections."""
    async with connected(wiring) as parts:
        transport = httpx.ASGITransport(app=make_app(wiring, parts))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            yield http


async def test_all_is_well(world: World) -> None:
    response = await world.http.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    for path in ("/readyz", "/api/health"):
        response = await world.http.get(path)
        assert (response.status_code, response.json()["status"]) == (200, "ok")
        components = response.json()["components"]
        assert components.keys() == {"database", "bus", "migrations"}
        assert all(each["ok"] and each["latencyMs"] < 2000 for each in components.values())


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"redis_url": f"redis://{NOBODY_LISTENS}"}, {"bus"}),
        ({"database_url": f"postgresql://nobody:nothing@{NOBODY_LISTENS}/none"}, {"database", "migrations"}),
    ],
)
async def test_what_is_away_is_named(world: World, change: dict[str, Any], broken: set[str]) -> None:
    async with served(replace(world.wiring, **change)) as http:
        assert (await http.get("/healthz")).status_code == 200
        for path in ("/readyz", "/api/health"):
            response = await http.get(path)
            assert (response.status_code, response.json()["status"]) == (503, "unavailable")
            components = response.json()["components"]
            assert {name for name, each in components.items() if not each["ok"]} == broken
            assert NOBODY_LISTENS not in response.text
