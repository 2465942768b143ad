"""Stream tokens: what a browser's EventSource needs, and no more."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from app import now
from auth.tokens import AccessTokens
from tests.live.client import BOARD
from tests.live.sse import EVENTS, Stream, client
from tests.onboarding.hires.builders import Published
from tests.world import CompanyWorld, World

PLACE = "/graphql/stream/token"


async def a_stream_token(http: httpx.AsyncClient, **headers: str) -> str:
    answer = await http.post(PLACE, headers=headers)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    until = datetime.fromisoformat(answer.json()["expiresAt"])
    assert timedelta(seconds=50) < until - now() <= timedelta(seconds=60)
    return answer.json()["token"]


def opening(token: str, flow: str, last: str | None = None) -> dict[str, Any]:
    """Return what an EventSource sends."""
    variables = orjson.dumps({"id": flow}).decode()
    return {
        "params": {"query": BOARD, "variables": variables, "streamToken": token},
        "headers": EVENTS | ({"last-event-id": last} if last else {}),
    }


async def test_a_stream_is_opened_with_an_address_alone_and_goes_on_where_it_was(address: str, flow: Published) -> None:
    async with client(address, flow.hr) as known, client(address) as http:
        token = await a_stream_token(known)
        assert str(flow.hr.token) not in token
        async with http.stream("GET", "/graphql", **opening(token, flow.id)) as response:
            first = await Stream(response).event()
            assert first.data["data"]["onboardingBoard"]["state"]["notStarted"] == 0
        await flow.hire()
        async with http.stream("GET", "/graphql", **opening(token, flow.id, first.id)) as response:
            assert (await Stream(response).next())["state"]["notStarted"] == 1


async def test_after_a_minute_only_who_has_seen_the_stream_comes_again(
    address: str, flow: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client(address, flow.hr) as known, client(address) as http:
        token = await a_stream_token(known)
        async with http.stream("GET", "/graphql", **opening(token, flow.id)) as response:
            seen = await Stream(response).event()
        async with known.stream("GET", "/graphql", **opening("", flow.id)) as response:
            plain = await Stream(response).event()
        other = await a_stream_token(known)
        async with http.stream("GET", "/graphql", **opening(other, flow.id)) as response:
            elsewhere = await Stream(response).event()
        monkeypatch.setattr("schema.live.stream.tokens.datetime", Earlier)
        for last in (None, plain.id, elsewhere.id, f"{plain.id}.x"):
            answer = await http.get("/graphql", **opening(token, flow.id, last))
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
        await flow.hire()
        async with http.stream("GET", "/graphql", **opening(token, flow.id, seen.id)) as response:
            assert (await Stream(response).next())["state"]["notStarted"] == 1


class Earlier(datetime):
    """Reads every moment as one two minutes before, as if so much time had passed."""

    @classmethod
    def fromtimestamp(cls, timestamp: float, tz: Any = None) -> Any:
        return datetime.fromtimestamp(timestamp, tz) - timedelta(minutes=2)


async def test_the_session_ends_the_stream(world: World, address: str, flow: Published) -> None:
    short = AccessTokens(world.wiring.master_key, clock=now, lifetime=timedelta(seconds=2))
    who = flow.hr.asking
    assert who.principal.id
    issued = short.issue(user_id=who.principal.id, tenant_id=who.tenant.id, token_version=1)
    async with client(address) as http:
        token = await a_stream_token(http, authorization=f"Bearer {issued.text}")
        async with http.stream("GET", "/graphql", **opening(token, flow.id)) as response:
            stream = Stream(response)
            await stream.next()
            assert await stream.codes(within=4) == ["TOKEN_EXPIRED"]
            assert await stream.is_complete()
        answer = await http.get("/graphql", **opening(token, flow.id))
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "TOKEN_EXPIRED")


async def test_a_stream_token_opens_streams_and_nothing_else(address: str, flow: Published) -> None:
    async with client(address, flow.hr) as known, client(address) as http:
        token = await a_stream_token(known)
        viewer = {"query": "{ viewer { permissions } }", "streamToken": token}
        plain = await http.get("/graphql", params=viewer)
        assert "onboarding.read" not in plain.text
        posted = await http.post("/graphql", json={"query": BOARD, "variables": {"id": flow.id}}, params=viewer)
        assert posted.status_code == 200
        as_bearer = await http.post("/graphql", json=viewer, headers={"authorization": f"Bearer {token}"})
        assert as_bearer.status_code == 401
        for wrong in ("x", token[:-1], token[::-1], "é", "x" * 5000):
            assert (await http.get("/graphql", **opening(wrong, flow.id))).status_code == 401


async def test_who_is_not_signed_in_gets_none(address: str, company: CompanyWorld) -> None:
    async with client(address) as http:
        bearers = [{"authorization": each} for each in ("Bearer x", "Bearer", "Basic x")]
        for headers in ({}, *bearers, {"x-workgraph-tenant": company.tenant.slug}):
            assert (await http.post(PLACE, headers=headers)).status_code == 401


async def test_a_new_hire_watches_their_own_progress(address: str, flow: Published) -> None:
    hire, person = await flow.begun()
    query = "subscription($id: ID!) { onboardingProgress(newHireId: $id) { state { blocksPct } } }"
    async with client(address, person) as known, client(address) as http:
        asked = opening(await a_stream_token(known), hire)
        asked["params"]["query"] = query
        async with http.stream("GET", "/graphql", **asked) as response:
            assert await Stream(response).next() == {"state": {"blocksPct": 0}}
