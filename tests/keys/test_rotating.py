"""Rotating a key: another takes its place, both are accepted for a grace, and then one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

import app
from app import now
from db.models.keys import ApiKey
from resolvers.context import Context
from resolvers.keys.making import ScopeAboveYours
from resolvers.keys.rotating import rotate_api_key
from schema.derive import ids
from tests.identity.builders import Clock, set_otherwise
from tests.identity.test_people import me
from tests.keys.builders import COMPANY, Held, a_key, code, codes, demote, revoke, rotate, rotated, shown, told, update
from tests.live.client import connected
from tests.live.conftest import address, relaying
from tests.world import CompanyWorld, Person, World

__all__ = ["address", "relaying"]

SIGN_IN_AGAIN = 4403
EXPIRED = (401, "API_KEY_EXPIRED")


@asynccontextmanager
async def at(world: World, monkeypatch: pytest.MonkeyPatch, moment: datetime) -> AsyncGenerator[World]:
    """The application at another time."""
    monkeypatch.setattr(app, "now", Clock(moment))
    async with set_otherwise(world) as http:
        yield replace(world, http=http)


async def answers(world: World, key: Held) -> bool:
    """Tell whether a key is accepted; one that is not has run out."""
    answer = await Held(world.http, key.text, key.id, key.maker).run(COMPANY)
    assert answer.status_code == 200 or code(answer) == EXPIRED
    return answer.status_code == 200


async def test_both_are_accepted_for_the_grace_and_then_the_new_one(
    world: World, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await a_key(owner)
    began = now()
    new = await rotated(owner, old, graceMinutes=10)
    assert [(await each.run(COMPANY)).status_code for each in (old, new)] == [200, 200]
    ends = datetime.fromisoformat((await shown(owner, old.id))["expiresAt"])
    assert began + timedelta(minutes=10) <= ends <= now() + timedelta(minutes=10)
    for moment, is_accepted in ((ends - timedelta(microseconds=1), True), (ends, False)):
        async with at(world, monkeypatch, moment) as there:
            assert [await answers(there, each) for each in (old, new)] == [is_accepted, True]


async def test_the_new_one_is_as_the_old_one_was(company: CompanyWorld, owner: Person) -> None:
    admin, end = await company.person("ADMIN"), (now() + timedelta(days=40)).isoformat()
    held_to: dict[str, Any] = {"allowedIps": ["192.0.2.0/24"], "rateLimitPerMin": 7, "expiresAt": end}
    old = await a_key(admin, "company.read", "events.read", **held_to)
    before = await shown(owner, old.id)
    new = await rotated(owner, old)
    made, after = await shown(owner, new.id), await shown(owner, old.id)
    its_own = {"prefix": new.text[4:12], "maker": {"id": me(owner)}, "rotatedFrom": {"id": old.id}}
    assert made == before | its_own
    assert after == before | {"expiresAt": after["expiresAt"], "rotatedAt": after["rotatedAt"]}
    assert after["rotatedAt"] is not None
    assert timedelta(hours=23) < datetime.fromisoformat(after["expiresAt"]) - now() <= timedelta(days=1)
    [event] = await told(company, "apikey.rotated")
    assert event["successor_id"] == str(row_of(new))
    assert datetime.fromisoformat(event["expires_at"]) == datetime.fromisoformat(after["expiresAt"])


def row_of(key: Held) -> UUID:
    """The id of a key's row."""
    row = ids.row_of(key.id, "ApiKey")
    assert row is not None
    return row


async def test_without_grace_the_old_one_ends_at_once(owner: Person) -> None:
    old = await a_key(owner)
    new = await rotated(owner, old, graceMinutes=0)
    assert code(await old.run(COMPANY)) == EXPIRED
    assert (await new.run(COMPANY)).status_code == 200
    assert (await shown(owner, old.id))["status"] == "EXPIRED"


async def test_no_grace_is_longer_than_the_rest_of_its_life(owner: Person) -> None:
    end = now() + timedelta(minutes=5)
    old = await a_key(owner, expiresAt=end.isoformat())
    new = await rotated(owner, old)
    for key in (old, new):
        assert datetime.fromisoformat((await shown(owner, key.id))["expiresAt"]) == end


async def test_what_has_ended_is_not_rotated(company: CompanyWorld, owner: Person) -> None:
    revoked, rotating, short = [await a_key(owner, client=each) for each in await _clients(owner, 3)]
    await revoke(owner, revoked.id)
    await rotated(owner, rotating)
    await company.rows(
        "update pool.api_keys set expires_at = now() where tenant_id = :tenant and prefix = :prefix returning 1",
        prefix=short.text[4:12],
    )
    for key, why in ((revoked, "ALREADY_REVOKED"), (rotating, "ALREADY_ROTATED"), (short, "ALREADY_EXPIRED")):
        assert codes(await rotate(owner, key.id)) == [why]
        assert codes(await update(owner, key.id, name="x")) == [why]
    [(count,)] = await company.rows("select count(*) from pool.api_keys where tenant_id = :tenant")
    assert count == 4


async def _clients(owner: Person, number: int) -> list[str]:
    made = [
        await owner.do("createApiClient", {"name": f"c{each}", "kind": "PARTNER"}, "apiClient { id }")
        for each in range(number)
    ]
    return [each["apiClient"]["id"] for each in made]


@pytest.mark.parametrize("minutes", [-1, 1441])
async def test_a_grace_is_a_day_at_most(owner: Person, minutes: int) -> None:
    old = await a_key(owner)
    payload = await rotate(owner, old.id, graceMinutes=minutes)
    assert [(each["code"], each["path"]) for each in payload["refusals"]] == [
        ("INVALID_INPUT", ["input", "graceMinutes"])
    ]
    assert (await shown(owner, old.id))["rotatedAt"] is None
    await rotated(owner, old, graceMinutes=None)


async def test_of_two_at_once_one_wins(company: CompanyWorld, owner: Person) -> None:
    old = await a_key(owner)
    payloads = await asyncio.gather(*(rotate(owner, old.id) for _ in range(4)))
    assert sorted(codes(each) for each in payloads) == [[], *[["ALREADY_ROTATED"]] * 3]
    [(count,)] = await company.rows("select count(*) from pool.api_keys where tenant_id = :tenant")
    assert (count, len(await told(company, "apikey.rotated"))) == (2, 1)


async def test_it_is_shown_once_and_a_dry_run_does_nothing(owner: Person) -> None:
    old = await a_key(owner)
    dry = await rotate(owner, old.id, graceMinutes=0, dryRun=True)
    assert (await old.run(COMPANY)).status_code == 200
    never = Held(owner.http, dry["revealed"]["key"], "", owner)
    assert (await never.run(COMPANY)).status_code == 401
    first, again = [await rotate(owner, old.id, idempotencyKey="again") for _ in range(2)]
    assert first["revealed"]["key"]
    assert again["revealed"] == first["revealed"] | {"key": None}


async def test_only_who_manages_keys_rotates_and_a_maker_who_does_not_any_more_may_not(
    company: CompanyWorld, owner: Person
) -> None:
    admin = await company.person("ADMIN")
    old = await a_key(admin)
    await demote(owner, admin)
    query = "mutation($input: RotateApiKeyInput!) { rotateApiKey(input: $input) { refusals { code } } }"
    for person in (admin, await company.person("HR"), await company.person("MEMBER")):
        assert (await person.ask(query, {"input": {"id": old.id}})).codes == ["FORBIDDEN"]
    assert (await shown(owner, old.id))["rotatedAt"] is None


async def test_nobody_takes_over_a_scope_that_they_lack(company: CompanyWorld, owner: Person) -> None:
    old = await a_key(owner, "company.read", "events.read")
    few = frozenset({"keys.manage", "company.read"})
    asking = owner.asking.by(replace(owner.asking.principal, permissions=few))
    async with company.world.parts.database.writing(company.tenant.placement) as session:
        context = Context(asking, session, "test")
        key = await context.one(ApiKey, row_of(old))
        with pytest.raises(ScopeAboveYours, match=r"events\.read"):
            await rotate_api_key(context, key)


async def test_a_client_goes_with_keys_that_took_the_place_of_others(company: CompanyWorld, owner: Person) -> None:
    [client] = await _clients(owner, 1)
    await rotated(owner, await rotated(owner, await a_key(owner, client=client)))
    assert codes(await owner.do("deleteApiClient", {"id": client})) == []
    assert await company.rows("select 1 from pool.api_keys where tenant_id = :tenant") == []


async def test_a_socket_ends_when_its_key_does_now(owner: Person, address: str) -> None:
    [one, other] = [await a_key(owner, client=each) for each in await _clients(owner, 2)]
    async with connected(address) as first, connected(address) as second:
        for socket, key in ((first, one), (second, other)):
            await socket.begin(authorization=f"Bearer {key.text}")
        await rotated(owner, one, graceMinutes=0)
        assert await first.code() == SIGN_IN_AGAIN
        assert codes(await update(owner, other.id, expiresAt=(now() + timedelta(seconds=1)).isoformat())) == []
        assert await second.code() == SIGN_IN_AGAIN
