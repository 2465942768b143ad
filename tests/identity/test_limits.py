"""Who knocks too often at a public door has to wait; who comes from elsewhere, or when Valkey is away, has not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from gateways.limits import Limit, Limits
from resolvers.doors import site_of
from tests.identity.builders import (
    LOGIN,
    REGISTER,
    a_registration,
    an_address,
    ask,
    last_link,
    owner,
    set_otherwise,
)
from tests.world import PASSWORD, Answer, CompanyWorld, World

FORGOTTEN = "mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { refusals { code } } }"
CHOOSE = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { refusals { code } } }"
REFRESH = "mutation($input: RefreshTokenInput!) { refreshToken(input: $input) { refusals { code } } }"


def is_refused(answer: Answer, most: int) -> bool:
    """Tell whether a request was turned away whole, and told when to come again."""
    [error] = answer.errors
    seconds = error["extensions"]["retryAfter"]
    assert answer.response.headers["retry-after"] == str(seconds)
    assert 0 < seconds <= most
    return (answer.response.status_code, error["extensions"]["code"]) == (429, "RATE_LIMITED")


async def knock(http: httpx.AsyncClient, query: str, given: dict[str, Any], slug: str = "") -> Answer:
    named = {"x_workgraph_tenant": slug} if slug else {}
    return await ask(http, query, {"input": given}, **named)


async def test_an_address_knocks_so_often_and_then_waits(company: CompanyWorld) -> None:
    slug = company.tenant.slug
    async with set_otherwise(company.world, client=an_address(), limit_factor=0.1) as http:
        for number in range(6):
            given = {"email": f"{number}@{slug}.example", "password": PASSWORD}
            assert not (await knock(http, LOGIN, given, slug)).errors
        given = {"email": owner(company), "password": PASSWORD}
        assert is_refused(await knock(http, LOGIN, given, slug), most=300)
    async with set_otherwise(company.world, client=an_address(), limit_factor=0.1) as http:
        assert (await knock(http, LOGIN, given, slug)).data["login"]["session"]


async def test_an_account_is_tried_so_often_from_wherever(company: CompanyWorld) -> None:
    """Also one that is not there: what counts is the name that was given."""
    slug = company.tenant.slug
    for email in (owner(company), f"nobody@{slug}.example"):
        answers: list[Answer] = []
        for spelled in (email, email.upper(), f" {email}"):
            async with set_otherwise(company.world, client=an_address(), limit_factor=0.1) as http:
                answers.append(await knock(http, LOGIN, {"email": spelled, "password": PASSWORD}, slug))
        assert [bool(each.errors) for each in answers] == [False, False, True]
        assert is_refused(answers[2], most=900)


async def test_the_same_account_name_in_another_company_is_another_account(
    company: CompanyWorld, other_company: CompanyWorld
) -> None:
    given = {"email": "ada@example.com", "password": PASSWORD}
    async with set_otherwise(company.world, client=an_address(), limit_factor=0.1) as http:
        assert [bool((await knock(http, LOGIN, given, company.tenant.slug)).errors) for _ in range(3)] == [
            False,
            False,
            True,
        ]
        assert not (await knock(http, LOGIN, given, other_company.tenant.slug)).errors


async def test_registering_is_limited_by_address(world: World) -> None:
    async with set_otherwise(world, client=an_address(), limit_factor=0.1) as http:
        weak = a_registration(password="short")
        assert not (await knock(http, REGISTER, weak)).errors
        assert is_refused(await knock(http, REGISTER, weak), most=3600)


async def test_links_are_asked_for_and_tried_so_often(company: CompanyWorld) -> None:
    slug = company.tenant.slug
    async with set_otherwise(company.world, client=an_address(), limit_factor=0.1) as http:
        assert not (await knock(http, FORGOTTEN, {"email": owner(company)}, slug)).errors
        assert is_refused(await knock(http, FORGOTTEN, {"email": owner(company)}, slug), most=3600)
        token = await last_link(company)
        for _ in range(3):
            assert not (await knock(http, CHOOSE, {"token": "wgp_guess", "password": "a long password"}, slug)).errors
        given = {"token": token, "password": "a long password"}
        assert is_refused(await knock(http, CHOOSE, given, slug), most=3600)


async def test_refreshing_is_limited_by_address(company: CompanyWorld) -> None:
    async with set_otherwise(company.world, client=an_address(), limit_factor=0.01) as http:
        given = {"refreshToken": "wgr_guess"}
        assert not (await knock(http, REFRESH, given)).errors
        assert is_refused(await knock(http, REFRESH, given), most=60)


async def test_a_crowd_is_counted_one_by_one(company: CompanyWorld) -> None:
    async with set_otherwise(company.world, client=an_address(), limit_factor=0.1) as http:
        given = [{"email": f"{number}@x.example", "password": PASSWORD} for number in range(20)]
        answers = await asyncio.gather(*(knock(http, LOGIN, each, company.tenant.slug) for each in given))
    assert sum(not each.errors for each in answers) == 6


async def test_no_limit_is_none(company: CompanyWorld) -> None:
    async with set_otherwise(company.world, client=an_address(), limit_factor=0) as http:
        answers = [await knock(http, CHOOSE, {"token": "", "password": "x" * 10}) for _ in range(40)]
    assert not [each for each in answers if each.errors]


@pytest.fixture
async def silent_valkey() -> AsyncIterator[str]:
    """A server that takes connections and never answers."""
    held: list[asyncio.StreamWriter] = []

    async def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"redis://127.0.0.1:{port}/0"
    for writer in held:
        writer.close()
    server.close()


@pytest.mark.parametrize("away", ["refusing", "silent"])
async def test_valkey_being_away_keeps_nobody_out_and_is_logged(
    company: CompanyWorld, silent_valkey: str, away: str
) -> None:
    redis_url = silent_valkey if away == "silent" else "redis://127.0.0.1:1/0"
    with capture_logs() as lines:
        async with set_otherwise(company.world, redis_url=redis_url, limit_factor=0.01) as http:
            given = {"email": owner(company), "password": PASSWORD}
            answers = [await knock(http, LOGIN, given, company.tenant.slug) for _ in range(2)]
    assert all(each.data["login"]["session"] for each in answers)
    said = [line for line in lines if line["event"] == "not limited, Valkey is away"]
    assert len(said) == 4
    assert owner(company) not in str(lines)


async def test_a_window_ends_by_itself(world: World) -> None:
    redis: Redis = world.parts.bus
    limits, name = Limits(redis, prefix="test"), uuid7().hex
    limit = Limit(2, timedelta(milliseconds=400))
    assert [await limits.count(name, limit) for _ in range(4)] == [None, None, 1, 1]
    await asyncio.sleep(0.45)
    assert await limits.count(name, limit) is None


async def test_no_address_of_a_person_stands_in_valkey(company: CompanyWorld) -> None:
    async with set_otherwise(company.world, client=an_address()) as http:
        await knock(http, LOGIN, {"email": owner(company), "password": PASSWORD}, company.tenant.slug)
    found: Any = [key async for key in company.world.parts.bus.scan_iter("*")]
    assert [key for key in found if b":login:for:" in key]
    assert not [key for key in found if company.tenant.slug.encode() in key]


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_who_an_address_belongs_to(address: str, site: str) -> None:
    assert site_of(address) == site
