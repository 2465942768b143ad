"""Who may read what a process tells of itself."""

import pytest

from tests.metrics.serving import own_app
from tests.world import World

TOKEN = "a-token-of-some-length"


async def test_without_a_token_only_this_machine_may(world: World) -> None:
    async with own_app(world) as own:
        for host in ("localhost", "127.0.0.1:8000", "[::1]"):
            assert (await own.http.get(f"http://{host}/metrics")).status_code == 200
        assert (await own.http.get("http://workgraph.example/metrics")).status_code == 403
    async with own_app(world, client="192.0.2.7") as own:
        refused = await own.http.get("http://localhost/metrics")
    assert refused.status_code == 403
    assert "WORKGRAPH_METRICS_TOKEN" in refused.text
    assert "workgraph_operations" not in refused.text


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host"])
async def test_nobody_may_through_a_proxy(world: World, name: str) -> None:
    async with own_app(world) as own:
        assert (await own.http.get("http://localhost/metrics", headers={name: "127.0.0.1"})).status_code == 403


async def test_behind_proxies_nobody_may_without_a_token(world: World) -> None:
    async with own_app(world, proxies=1) as own:
        assert (await own.http.get("http://localhost/metrics")).status_code == 403
    async with own_app(world, proxies=1, metrics_token=TOKEN) as own:
        headers = {"authorization": f"Bearer {TOKEN}", "x-forwarded-for": "192.0.2.7"}
        assert (await own.http.get("http://workgraph.example/metrics", headers=headers)).status_code == 200


@pytest.mark.parametrize("client", ["192.0.2.7", "127.0.0.1"])
async def test_with_a_token_whoever_brings_it_may(world: World, client: str) -> None:
    async with own_app(world, client=client, metrics_token=TOKEN) as own:
        for wrong in ({}, {"authorization": f"Bearer {TOKEN}x"}, {"authorization": f"Basic {TOKEN}"}):
            refused = await own.http.get("http://localhost/metrics", headers=wrong)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert "workgraph_operations" not in refused.text
        brought = await own.http.get("http://localhost/metrics", headers={"authorization": f"bearer {TOKEN}"})
        assert brought.status_code == 200
        assert brought.headers["cache-control"] == "no-store"
