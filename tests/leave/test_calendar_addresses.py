"""The address of a calendar: whatever is wrong with it is one answer, and its signature stands nowhere else."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from auth.principal import Impersonator, Principal
from db.catalog import TenantStatus, set_status
from db.models.calendars import CalendarFeed, CalendarFeedKind
from resolvers import ids
from resolvers.calendars.fetching import Feeds
from resolvers.calendars.subscribing import url
from resolvers.context import Looking
from tests.identity.builders import an_address, set_otherwise
from tests.leave.feeds import SHOWN, Feed, a_feed
from tests.leave.office import codes
from tests.mail.test_secrets import everything
from tests.metrics.serving import own_app, written
from tests.world import CompanyWorld, Person, World

NOT_THERE = {"code": "NOT_FOUND", "message": "There is no such calendar, or its address counts no more."}


@pytest.fixture
async def member(company: CompanyWorld) -> Person:
    return await company.person("MEMBER")


@pytest.fixture
async def feed(member: Person) -> Feed:
    return await a_feed(member)


def plainly(answer: httpx.Response) -> tuple[int, Any, dict[str, str]]:
    """All that an answer says."""
    return answer.status_code, answer.json(), dict(answer.headers)


async def nowhere(http: httpx.AsyncClient) -> tuple[int, Any, dict[str, str]]:
    """What an address answers that nothing is right about."""
    return plainly(await http.get(f"/calendars/{uuid4()}/{uuid4()}/{'x' * 32}.ics"))


async def expect_gone(feed: Feed, address: str | None = None) -> None:
    """Expect that an address answers as one does that nothing is right about."""
    http = feed.person.http
    found = plainly(await http.get(address or feed.url))
    assert (found[0], found[1]) == (404, NOT_THERE)
    assert found == await nowhere(http)


async def test_whatever_is_wrong_with_an_address_is_one_answer(
    company: CompanyWorld, other_company: CompanyWorld, feed: Feed
) -> None:
    assert (await feed.get()).status_code == 200
    before, tenant, row, signature = feed.url.removesuffix(".ics").rsplit("/", 3)
    second = await a_feed(feed.person)
    theirs = await a_feed(await other_company.person("MEMBER"))
    another = second.url.rsplit("/", 1)[1]
    for wrong in (
        f"{before}/{tenant}/{row}/{another}",
        f"{before}/{tenant}/{row}/{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}.ics",
        f"{before}/{tenant}/{row}/{signature}",
        f"{before}/{tenant}/{row}/%ff%00é.ics",
        f"{before}/{tenant}/{row}/.ics",
        f"{before}/{tenant}/{uuid4()}/{signature}.ics",
        f"{before}/{tenant}/none/{signature}.ics",
        f"{before}/{other_company.tenant.id}/{row}/{signature}.ics",
        f"{before}/{uuid4()}/{row}/{signature}.ics",
        f"{before}/none/{row}/{signature}.ics",
        theirs.url.replace(str(other_company.tenant.id), str(company.tenant.id)),
    ):
        await expect_gone(feed, wrong)
    assert (await feed.get()).status_code == 200


async def test_a_renewed_address_counts_no_more(feed: Feed) -> None:
    renewed = (await feed.person.do("renewCalendarFeed", {"id": feed.id}, SHOWN))["calendarFeed"]
    assert (renewed["version"], renewed["renewedAt"] is not None, renewed["url"] != feed.url) == (2, True, True)
    await expect_gone(feed)
    assert (await replace(feed, url=renewed["url"]).get()).status_code == 200
    again = (await feed.person.do("renewCalendarFeed", {"id": feed.id}, SHOWN))["calendarFeed"]
    assert len({feed.url, renewed["url"], again["url"]}) == 3


async def test_what_was_deleted_is_gone(feed: Feed) -> None:
    assert codes(await feed.person.do("deleteCalendarFeed", {"id": feed.id})) == []
    await expect_gone(feed)


async def test_who_was_shut_out_has_none_and_erased_none_at_all(company: CompanyWorld, feed: Feed) -> None:
    owner = await company.person("OWNER")
    user = {"id": ids.encode("User", feed.person.asking.principal.id)}  # pyright: ignore[reportArgumentType]
    assert codes(await owner.do("deactivateUser", user)) == []
    await expect_gone(feed)
    assert codes(await owner.do("activateUser", user)) == []
    assert (await feed.get()).status_code == 200
    assert codes(await owner.do("deactivateUser", user)) == []
    assert codes(await owner.do("eraseUser", {**user, "reason": "They asked for it."})) == []
    await expect_gone(feed)
    assert await company.rows("select id from pool.calendar_feeds where tenant_id = :tenant") == []


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.CLOSING])
async def test_a_company_that_does_not_pay_has_none(company: CompanyWorld, feed: Feed, status: TenantStatus) -> None:
    async with company.world.parts.catalog.begin() as connection:
        await set_status(connection, company.tenant.id, status)
    await expect_gone(feed)


async def test_a_company_that_is_being_moved_has_them_and_nothing_is_written(company: CompanyWorld, feed: Feed) -> None:
    async with company.world.parts.catalog.begin() as connection:
        await set_status(connection, company.tenant.id, TenantStatus.MIGRATING)
    assert (await feed.get()).status_code == 200
    [(fetched,)] = await company.rows("select last_fetched_at from pool.calendar_feeds where tenant_id = :tenant")
    assert fetched is None


async def test_a_plan_without_the_module_has_none(company: CompanyWorld, feed: Feed) -> None:
    async with company.world.parts.catalog.begin() as connection:
        less = text("update catalog.tenants set modules_added = '{}' where id = :id")
        await connection.execute(less, {"id": company.tenant.id})
    await expect_gone(feed)


async def test_what_is_anothers_is_not_there(company: CompanyWorld, feed: Feed) -> None:
    admin = await company.person("ADMIN")
    for verb in ("renewCalendarFeed", "deleteCalendarFeed"):
        assert codes(await admin.do(verb, {"id": feed.id})) == ["NOT_FOUND"]
    assert (await admin.ask("{ myCalendarFeeds { id } }")).data == {"myCalendarFeeds": []}
    listed = (await admin.ask("{ calendarFeeds { nodes { id user { id } url } } }")).data["calendarFeeds"]["nodes"]
    whose = ids.encode("User", feed.person.asking.principal.id)  # pyright: ignore[reportArgumentType]
    assert listed == [{"id": feed.id, "user": {"id": whose}, "url": None}]
    assert (await feed.person.ask("{ calendarFeeds { totalCount } }")).codes == ["FORBIDDEN"]
    assert (await feed.get()).status_code == 200


async def test_the_address_is_shown_to_whose_it_is_alone(company: CompanyWorld, member: Person) -> None:
    me = member.asking.principal
    assert me.id is not None
    found = CalendarFeed(id=uuid4(), user_id=me.id, kind=CalendarFeedKind.OWN, generation=1)
    sam = Impersonator(uuid4(), "Sam", "SUPPORT_AGENT", uuid4(), writes=True, ends_at=member.asking.now)
    key = Principal("api_key", me.id, company.tenant.id, client_id=uuid4(), maker_id=me.id)
    async with company.world.parts.database.reading(company.tenant.placement) as session:
        shown = [
            await url(Looking(member.asking.by(who), session), [found])
            for who in (me, replace(me, impersonator=sam), key, replace(me, id=uuid4()))
        ]
    assert [[each is not None for each in some] for some in shown] == [[True], [False], [False], [False]]


async def test_no_signature_stands_anywhere(
    world: World, company: CompanyWorld, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = (await feed.person.do("renewCalendarFeed", {"id": feed.id}, SHOWN))["calendarFeed"]["url"]
    signatures = [each.removesuffix(".ics").rsplit("/", 1)[1] for each in (feed.url, renewed)]
    assert all(len(each) == 32 for each in signatures)

    async def fail(*_arguments: Any, **_named: Any) -> None:
        raise RuntimeError("on purpose")

    async with own_app(world) as own:
        with written() as log:
            answers = [await own.http.get(address) for address in (renewed, feed.url)]
            monkeypatch.setattr(Feeds, "_feed", fail)
            answers.append(await own.http.get(renewed))
    assert [each.status_code for each in answers] == [200, 404, 500]
    assert len(log.lines("fault")) == 1
    kept = await everything(company)
    for each in signatures:
        assert each not in log.text
        assert each not in kept


async def test_it_is_fetched_so_often_and_no_more(company: CompanyWorld, feed: Feed) -> None:
    """120 times an hour at the usual factor, and 600 times in five minutes from one address."""
    async with set_otherwise(company.world, client=an_address(), limit_factor=0.025) as http:
        assert [(await http.get(feed.url)).status_code for _ in range(3)] == [200] * 3
        answer = await http.get(feed.url)
        assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMITED")
        assert 0 < int(answer.headers["retry-after"]) <= 3600
    async with set_otherwise(company.world, client=an_address(), limit_factor=0.005) as http:
        assert [(await nowhere(http))[0] for _ in range(4)] == [404, 404, 404, 429]
