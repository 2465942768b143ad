"""How an API key ends: revoked, run out, with its maker; and that all that is wrong with one is one answer."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest

import app
from app import now
from resolvers.documents import hash_of
from resolvers.tenants import FRESH_FOR
from tests.documents.builders import a_client, published
from tests.identity.builders import Clock, set_otherwise
from tests.identity.test_people import me
from tests.keys.builders import COMPANY, Held, a_key, code, demote, revoke
from tests.live.client import connected
from tests.live.conftest import address, relaying
from tests.live.sse import EVENTS, Stream
from tests.live.sse import client as a_stream
from tests.world import CompanyWorld, Person, World

__all__ = ["address", "relaying"]

WRONG = {"errors": [{"message": "This is not a valid API key.", "extensions": {"code": "UNAUTHENTICATED"}}]}
SIGN_IN_AGAIN = 4403
EXPIRED = (401, "API_KEY_EXPIRED")


@pytest.fixture
async def elsewhere(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """Another process, which remembers for itself."""
    async with set_otherwise(world) as http:
        yield http


def at(key: Held, http: httpx.AsyncClient, text: str | None = None) -> Held:
    """The same key, or another text for it, used in another process."""
    return Held(http, text or key.text, key.id, key.maker)


async def wrong(key: Held, headers: Mapping[str, str] | None = None) -> bool:
    answer = await key.run(COMPANY, headers=headers)
    return (answer.status_code, answer.json()) == (401, WRONG)


async def test_all_that_is_wrong_is_one_answer(owner: Person, other_company: CompanyWorld) -> None:
    key, other = await a_key(owner), await a_key(await other_company.person("OWNER"))
    beginning, secret = key.text[:13], key.text[13:]
    for text in (
        key.text[:-1] + ("A" if key.text[-1] != "A" else "B"),
        beginning + other.text[13:],
        other.text[:13] + secret,
        key.text + "A",
        "wgk_",
        f"wgk_aaaaaaaa_{'A' * 56}",
    ):
        assert await wrong(at(key, key.http, text)), text
    assert not await wrong(key)


async def test_an_address_that_disagrees_makes_it_wrong(owner: Person, other_company: CompanyWorld) -> None:
    key = await a_key(owner)
    for named in (other_company.tenant.slug, "nobody-is-called-so", "?"):
        assert await wrong(key, headers={"x-workgraph-tenant": named})
    assert await wrong(key, headers={"host": f"{other_company.tenant.slug}.testserver"})
    assert not await wrong(key, headers={"host": f"{owner.tenant_slug}.testserver"})
    unknown = await key.run(COMPANY, headers={"host": "nobody.example"})
    assert code(unknown) == (404, "TENANT_NOT_FOUND")


async def test_who_revokes_one_is_told(company: CompanyWorld, owner: Person) -> None:
    key = await a_key(owner)
    done = await revoke(owner, key.id)
    assert (done["refusals"], done["apiKey"]["status"]) == ([], "REVOKED")
    assert await wrong(key)
    assert [each["code"] for each in (await revoke(owner, key.id))["refusals"]] == ["ALREADY_REVOKED"]
    asked = "select count(*) from pool.event_outbox where tenant_id = :tenant and type = 'apikey.revoked'"
    assert [row[0] for row in await company.rows(asked)] == [1]


async def test_revoking_counts_elsewhere_within_seconds(owner: Person, elsewhere: httpx.AsyncClient) -> None:
    key = await a_key(owner)
    there = at(key, elsewhere)
    assert not await wrong(there)
    await revoke(owner, key.id)
    assert await wrong(key), "at once where it was revoked"
    await asyncio.sleep(FRESH_FOR + 0.1)
    assert await wrong(there)


async def test_its_maker_may_revoke_it_still_and_others_may_not(company: CompanyWorld, owner: Person) -> None:
    admin, member = await company.person("ADMIN"), await company.person("MEMBER")
    key = await a_key(admin)
    assert [each["code"] for each in (await revoke(member, key.id))["refusals"]] == ["NOT_FOUND"]
    assert not await wrong(key)
    await demote(owner, admin)
    assert (await admin.do("revokeApiKey", {"id": key.id}))["refusals"] == []
    assert await wrong(key)


async def test_it_ends_with_its_maker_and_comes_back_with_them(company: CompanyWorld, owner: Person) -> None:
    admin = await company.person("ADMIN")
    key = await a_key(admin)
    await owner.do("deactivateUser", {"id": me(admin)})
    assert await wrong(key)
    await owner.do("activateUser", {"id": me(admin)})
    assert not await wrong(key)


async def test_it_runs_out_at_its_moment(owner: Person, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(app, "now", clock)
    ends = clock.moment + timedelta(hours=1)
    key = await a_key(owner, expiresAt=ends.isoformat())
    async with set_otherwise(world) as http:
        there = at(key, http)
        assert not await wrong(there)
        clock.moment = ends - timedelta(microseconds=1)
        assert (await there.run(COMPANY)).status_code == 200
        clock.moment = ends
        assert code(await there.run(COMPANY)) == EXPIRED
        assert await wrong(at(key, http, key.text[:-2] + "--")), "only who has the whole key is told"
        await owner.do("revokeApiKey", {"id": key.id})
        await asyncio.sleep(FRESH_FOR + 0.1)
        assert await wrong(there)


async def test_its_status_follows_the_clock(owner: Person) -> None:
    soon = now() + timedelta(seconds=1)
    await a_key(owner, expiresAt=soon.isoformat())
    asked = "{ apiKeys { nodes { status lastUsedAt maker { id } client { name } } } }"
    [key] = (await owner.ask(asked)).data["apiKeys"]["nodes"]
    assert key == {"status": "ACTIVE", "lastUsedAt": None, "maker": {"id": me(owner)}, "client": {"name": "acme"}}
    await asyncio.sleep(1.1)
    [key] = (await owner.ask(asked)).data["apiKeys"]["nodes"]
    assert key["status"] == "EXPIRED"


async def test_sockets_end_with_what_their_key_may_and_at_its_end(
    company: CompanyWorld, owner: Person, address: str
) -> None:
    admin, client = await company.person("ADMIN"), await a_client(owner, "acme")
    key = await a_key(admin, "onboarding.edit", client=client)
    kept = await a_key(admin, "company.read", client=client)
    short = await a_key(admin, client=client, expiresAt=(now() + timedelta(seconds=2)).isoformat())
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(connected(address)) for _ in range(3)]
        for socket, each in zip(sockets, (key, kept, short), strict=True):
            await socket.begin(authorization=f"Bearer {each.text}")
        assert await sockets[2].code() == SIGN_IN_AGAIN
        await demote(owner, admin)
        assert await sockets[0].code() == SIGN_IN_AGAIN
        assert await sockets[1].is_quiet(), "what this key may has not changed"


FOLLOW = "subscription Follow { events { event { type } } }"


@pytest.mark.parametrize("how", ["demoted", "deactivated"])
async def test_sockets_and_streams_end_when_its_maker_loses_what_it_may(
    company: CompanyWorld, owner: Person, address: str, how: str
) -> None:
    admin, client = await company.person("ADMIN"), await a_client(owner, "acme")
    await published(owner, client, {"follow": FOLLOW, f"sha256:{hash_of(COMPANY)}": COMPANY})
    key = await a_key(admin, "company.read", "events.read", client=client)
    as_key = Person(key.http, key.text, owner.asking, owner.tenant_slug)
    async with connected(address) as socket, a_stream(address, as_key) as http:
        await socket.begin(authorization=f"Bearer {key.text}")
        async with http.stream("POST", "/graphql", json={"documentId": "follow"}, headers=EVENTS) as response:
            stream = Stream(response)
            assert await stream.next() == {"event": None}
            if how == "demoted":
                await demote(owner, admin)
            else:
                assert (await owner.do("deactivateUser", {"id": me(admin)}))["refusals"] == []
            assert await socket.code() == SIGN_IN_AGAIN
            assert await stream.codes() == ["FORBIDDEN" if how == "demoted" else "UNAUTHENTICATED"]
            assert await stream.is_complete()
        again = await http.post("/graphql", json={"documentId": "follow"}, headers=EVENTS)
    refused = "INSUFFICIENT_SCOPE" if how == "demoted" else "UNAUTHENTICATED"
    assert refused in again.text
    assert await wrong(key) == (how == "deactivated")


async def test_wrong_keys_open_no_socket(owner: Person, address: str) -> None:
    key = await a_key(owner)
    await revoke(owner, key.id)
    async with connected(address) as socket:
        await socket.send(type="connection_init", payload={"authorization": f"Bearer {key.text}"})
        assert await socket.code() == SIGN_IN_AGAIN
