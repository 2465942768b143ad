"""What an API key is held to: the networks that it is used from, its requests a minute, its client's budget."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

import app
from gateways.limits import Bucket
from resolvers.budgets import Budget
from tests.documents.builders import a_client, published
from tests.identity.builders import Clock, set_otherwise
from tests.keys.builders import COMPANY, FLOWS, Held, a_key, code, made
from tests.world import CompanyWorld, Person, World

ELSEWHERE = (403, "ADDRESS_NOT_ALLOWED")
OFFICE = "198.51.100.0/24"


@asynccontextmanager
async def used_from(world: World, key: Held, address: str | None, **settings: Any) -> AsyncGenerator[Held]:
    client = (address, 1000) if address else None
    async with set_otherwise(world, client=client, **settings) as http:
        yield Held(http, key.text, key.id, key.maker)


@pytest.mark.parametrize(
    ("address", "is_let_in"),
    [
        ("198.51.100.7", True),
        ("::ffff:198.51.100.7", True),
        ("2001:db8::7", True),
        ("192.0.2.9", True),
        ("198.51.101.7", False),
        ("192.0.2.8", False),
        ("2001:db9::7", False),
        (None, False),
        ("not-an-address", False),
    ],
)
async def test_it_is_used_from_its_networks_alone(
    world: World, owner: Person, address: str | None, *, is_let_in: bool
) -> None:
    key = await a_key(owner, allowedIps=[OFFICE, "2001:db8::/32", " 192.0.2.9 "])
    async with used_from(world, key, address) as there:
        answer = await there.run(COMPANY)
    assert "data" in answer.json() if is_let_in else code(answer) == ELSEWHERE
    assert "198.51" not in answer.text


@pytest.mark.parametrize(("proxies", "is_let_in"), [(0, False), (1, True)])
async def test_who_is_behind_a_proxy_is_known_by_what_a_proxy_of_ours_says(
    world: World, owner: Person, proxies: int, *, is_let_in: bool
) -> None:
    key = await a_key(owner, allowedIps=[OFFICE])
    async with used_from(world, key, "203.0.113.9", proxies=proxies) as there:
        answer = await there.run(COMPANY, headers={"x-forwarded-for": "192.0.2.1, 198.51.100.7"})
        forged = await there.run(COMPANY, headers={"x-forwarded-for": "198.51.100.7, 192.0.2.1"})
    assert "data" in answer.json() if is_let_in else code(answer) == ELSEWHERE
    assert code(forged) == ELSEWHERE


async def test_networks_are_stored_as_they_are_written(owner: Person) -> None:
    key = await a_key(owner, allowedIps=["192.0.2.9", "192.0.2.9/32", "2001:DB8:0::/48"])
    asked = await owner.ask("query($id: ID!) { apiKey(id: $id) { allowedIps scopes } }", {"id": key.id})
    assert asked.data["apiKey"] == {"allowedIps": ["192.0.2.9/32", "2001:db8::/48"], "scopes": ["company.read"]}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"allowedIps": ["192.0.2.7/24"]}, ["input", "allowedIps", "0"]),
        ({"allowedIps": [OFFICE, "example.com"]}, ["input", "allowedIps", "1"]),
        ({"allowedIps": ["10.0.0.1"] * 51}, ["input", "allowedIps"]),
        ({"rateLimitPerMin": 0}, ["input", "rateLimitPerMin"]),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, ["input", "expiresAt"]),
        ({"scopes": []}, ["input", "scopes"]),
        ({"scopes": ["company.reed"]}, ["input", "scopes", "0"]),
        ({"name": "  "}, ["input", "name"]),
        ({"name": "x" * 101}, ["input", "name"]),
    ],
)
async def test_what_makes_no_sense_is_refused(owner: Person, given: dict[str, Any], path: list[str]) -> None:
    client = await a_client(owner, "acme")
    payload = await made(owner, client, **{"scopes": ["company.read"]} | given)
    assert [(each["code"], each["path"]) for each in payload["refusals"]] == [("INVALID_INPUT", path)]


async def test_it_sends_so_many_requests_a_minute(world: World, owner: Person) -> None:
    client = await a_client(owner, "acme")
    await published(owner, client, [COMPANY])
    slow = await a_key(owner, client=client, rateLimitPerMin=3)
    free = await a_key(owner, client=client)
    async with set_otherwise(world) as http:
        there = Held(http, slow.text, slow.id, owner)
        answers = [await each.run(COMPANY) for each in (slow, there, slow, there)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429]
        assert code(answers[-1]) == (429, "RATE_LIMITED")
        assert 0 < int(answers[-1].headers["retry-after"]) <= 20
        assert code(await slow.send({"query": COMPANY})) == (429, "RATE_LIMITED")
    assert (await free.run(COMPANY)).status_code == 200


async def test_the_keys_of_a_client_share_its_budget(world: World, owner: Person) -> None:
    client, other = await a_client(owner, "acme"), await a_client(owner, "other")
    for each in (client, other):
        await published(owner, each, [COMPANY])
    first, second = [await a_key(owner, client=client) for _ in range(2)]
    elsewhere = await a_key(owner, client=other)
    async with set_otherwise(world, budget=Budget(Bucket(500, 0.001))) as http:
        keys = [Held(http, each.text, each.id, owner) for each in (first, second, elsewhere)]
        answers = [await keys[0].run(COMPANY) for _ in range(40)]
        assert code(answers[-1]) == (429, "RATE_LIMITED")
        assert code(await keys[1].run(COMPANY)) == (429, "RATE_LIMITED"), "it is the client that pays"
        assert (await keys[2].run(COMPANY)).status_code == 200


async def test_its_use_is_noted_once_a_minute(
    world: World, company: CompanyWorld, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(app, "now", clock)
    key = await a_key(owner, "onboarding.read")
    asked = "select last_used_at, last_used_ip, version, updated_at from pool.api_keys where tenant_id = :tenant"
    [before] = await company.rows(asked)
    assert before[:2] == (None, None)
    began = clock.moment
    for seconds, address, noted in ((0, "192.0.2.1", 0), (59, "192.0.2.2", 0), (60, "192.0.2.3", 60)):
        clock.moment = began + timedelta(seconds=seconds)
        async with used_from(world, key, address) as there:
            for _ in range(3):
                assert (await there.run(FLOWS)).status_code == 200
        [row] = await company.rows(asked)
        assert row[0] == began + timedelta(seconds=noted)
        assert row[1] == ("192.0.2.1" if noted == 0 else "192.0.2.3")
        assert row[2:] == before[2:], "it is no change of the key"


async def test_who_is_turned_away_has_not_used_it(company: CompanyWorld, owner: Person) -> None:
    key = await a_key(owner, allowedIps=[OFFICE])
    assert code(await key.run(COMPANY)) == ELSEWHERE
    [(noted,)] = await company.rows("select last_used_at from pool.api_keys where tenant_id = :tenant")
    assert noted is None
