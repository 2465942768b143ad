"""Leave as a calendar: what stands in it is what its user may see at that moment."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from icalendar.parser import unescape_backslash

from resolvers.calendars import leave
from resolvers.calendars.subscribing import MOST_FEEDS
from tests.leave.feeds import a_feed, a_kind, as_shown, calendar_of, days, events_of, monday, works_here
from tests.leave.office import Office, codes
from tests.schema.statements import listening
from tests.world import Person

LEAVE = """
{ leaveRequests(orderBy: [{ fromDate: ASC }, { id: ASC }]) {
  nodes { id status version fromDate toDate leaveType { name } employee { preferredName legalFirstName legalLastName } }
} }
"""
MINE = "{ myCalendarFeeds { id kind name url lastFetchedAt } }"


async def seen(person: Person) -> list[dict[str, Any]]:
    """What GraphQL says of the leave that somebody may see."""
    return list((await person.ask(LEAVE)).data["leaveRequests"]["nodes"])


@pytest.fixture
async def member(office: Office) -> Person:
    return await office.staff.company.person("MEMBER")


async def test_ones_own_is_what_the_api_says_with_what_waits_as_tentative(office: Office, member: Person) -> None:
    ada, kind = await works_here(office, member), await a_kind(office, name="Annual; leave, \\ and more")
    past = await office.is_away(ada, *days(-3, 5), leaveTypeId=kind)
    await office.post(f"{monday(0)}T12:00:00")
    await office.is_away(ada, *days(2, 3), leaveTypeId=kind)
    await office.has_asked(ada, *days(3), member, leaveTypeId=kind)
    await office.has_asked(ada, *days(4), member, leaveTypeId=kind, asDraft=True)
    gone = await office.is_away(ada, *days(5), leaveTypeId=kind)
    await office.does("cancelLeave", gone, member)
    await office.does("rejectLeave", await office.has_asked(ada, *days(6), member, leaveTypeId=kind))
    for weeks in (-20, 60):
        await office.is_away(ada, *days(weeks), leaveTypeId=kind)
    feed = await a_feed(member)
    answer = await feed.get()
    expected = {
        (
            f"{each['fromDate']}/{date.fromisoformat(each['toDate']) + timedelta(days=1)}",
            each["leaveType"]["name"],
            "TENTATIVE" if each["status"] == "PENDING" else "CONFIRMED",
            str(each["version"]),
        )
        for each in await seen(member)
        if each["status"] in {"PENDING", "APPROVED", "TAKEN"} and str(monday(-12)) < each["fromDate"] < str(monday(56))
    }
    found = events_of(answer)
    assert {(each["days"], each["summary"], each["status"], each["sequence"]) for each in found} == expected
    assert [each["summary"] for each in found] == ["Annual; leave, \\ and more"] * 3
    assert {each["status"] for each in await seen(member) if each["id"] == past} == {"TAKEN"}
    assert [each["days"] for each in events_of(answer)] == [as_shown(2, 3), as_shown(3), as_shown(-3, 5)]
    assert {each["transp"] for each in events_of(answer)} == {"OPAQUE"}


async def test_a_half_day_says_which_half_it_is(office: Office, member: Person) -> None:
    ada, kind = await works_here(office, member), await a_kind(office, name="Annual")
    one, several = days(1), days(2, 3)
    await office.is_away(ada, *one, leaveTypeId=kind, halfDayDate=one[0], halfDayPart="AM")
    await office.is_away(ada, *several, leaveTypeId=kind, halfDayDate=several[1], halfDayPart="PM")
    feed = await a_feed(member)
    assert [each["days"] for each in await feed.events()] == [as_shown(1), as_shown(2, 3)]
    half, of_several = [each["summary"] for each in await feed.events()]
    assert half == "Annual (morning)"
    assert of_several.startswith("Annual (")
    assert of_several.endswith(": afternoon only)")
    await member.do("updateViewer", {"locale": "de-AT"})
    assert [each["summary"].rpartition(" ")[2] for each in await feed.events()] == ["(vormittags)", "nachmittags)"]


async def test_a_team_is_who_reports_to_somebody_and_not_themselves(office: Office) -> None:
    person, other = await office.staff.company.person("MANAGER"), await office.staff.company.person("MEMBER")
    boss = await works_here(office, person)
    report = await works_here(office, managerId=boss, preferredName="Ben; B,")
    below = await works_here(office, managerId=report, legalFirstName="Cleo")
    stranger = await works_here(office, other)
    kind = await a_kind(office, name="Burnout")
    for place, each in enumerate((boss, report, below, stranger)):
        await office.is_away(each, *days(place + 1), leaveTypeId=kind)
    await office.has_asked(report, *days(7), leaveTypeId=kind)
    feed = await a_feed(person, "TEAM")
    answer = await feed.get()
    people = {each["fromDate"]: each["employee"] for each in await seen(person)}
    assert set(people) == {str(monday(place)) for place in (1, 2, 3, 7)}
    names = [people[str(monday(place))] for place in (2, 3)]
    expected = [f"{each['preferredName'] or each['legalFirstName']} {each['legalLastName']}: away" for each in names]
    assert [each["summary"] for each in events_of(answer)] == expected
    assert {(each["status"], each["transp"]) for each in events_of(answer)} == {("CONFIRMED", "TRANSPARENT")}
    assert "Burnout" not in answer.text


async def test_rights_are_those_of_the_moment(office: Office, member: Person) -> None:
    await works_here(office, member)
    other, kind = await works_here(office), await a_kind(office)
    await office.is_away(other, *days(1), leaveTypeId=kind)
    hr, mine = await a_feed(office.hr, "TEAM"), await a_feed(member, "TEAM")
    assert [len(await each.events()) for each in (hr, mine)] == [1, 0]
    company = office.staff.company
    await company.rows(
        "delete from pool.user_roles where tenant_id = :tenant and user_id = :id returning id",
        id=office.hr.asking.principal.id,
    )
    assert await hr.events() == []
    assert (await office.hr.ask("{ leaveRequests { totalCount } }")).codes == ["FORBIDDEN"]


async def test_its_name_its_language_and_how_it_is_kept(office: Office, member: Person) -> None:
    named, plain, team = await a_feed(member, name="Sea; side, 1"), await a_feed(member), await a_feed(member, "TEAM")
    company = office.staff.company.tenant.name
    names = [unescape_backslash(str(calendar_of(await each.get())["x-wr-calname"])) for each in (named, plain, team)]
    assert names == ["Sea; side, 1", f"Leave at {company}", f"Who is away at {company}"]
    answer = await plain.get()
    made = calendar_of(answer)
    assert (str(made["version"]), str(made["prodid"])) == ("2.0", "-//Workgraph//Leave//EN")
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in answer.content
    assert b"X-PUBLISHED-TTL:PT1H" in answer.content
    told = ("content-type", "cache-control", "referrer-policy", "x-content-type-options", "x-robots-tag")
    assert [answer.headers[name] for name in told] == [
        "text/calendar; charset=utf-8",
        "private, no-cache",
        "no-referrer",
        "nosniff",
        "noindex",
    ]
    head = await plain.person.http.head(plain.url)
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers} == {**answer.headers}


async def test_what_has_not_changed_is_not_sent_again(office: Office, member: Person) -> None:
    ada, kind = await works_here(office, member), await a_kind(office)
    await office.is_away(ada, *days(1), leaveTypeId=kind)
    feed = await a_feed(member)
    tag = (await feed.get()).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        same = await feed.get(**{"if-none-match": known})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    await office.is_away(ada, *days(2), leaveTypeId=kind)
    changed = await feed.get(**{"if-none-match": tag})
    assert (changed.status_code, len(events_of(changed))) == (200, 2)
    assert changed.headers["etag"] != tag


async def test_it_takes_as_many_statements_whatever_the_number_of_requests(office: Office) -> None:
    company, kind, feed = office.staff.company, await a_kind(office), await a_feed(office.hr, "TEAM")
    await feed.get()

    async def statements() -> int:
        with listening(company.world, company) as sent:
            assert (await feed.get()).status_code == 200
        return len([text for text, _ in sent if not text.startswith("select set_config(")])

    none = await statements()
    for weeks in (1, 2):
        ada = await works_here(office)
        for place in range(3):
            await office.is_away(ada, *days(weeks + 2 * place), leaveTypeId=kind)
    assert len(await feed.events()) == 6
    assert (none, await statements()) == (3, 3)


async def test_it_is_bounded_and_what_comes_first_stays(
    office: Office, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, kind = await works_here(office, member), await a_kind(office)
    for weeks in (-2, 3, 1):
        await office.is_away(ada, *days(weeks), leaveTypeId=kind)
    feed = await a_feed(member)
    assert [each["days"] for each in await feed.events()] == [as_shown(1), as_shown(3), as_shown(-2)]
    monkeypatch.setattr(leave, "MOST", 2)
    assert [each["days"] for each in await feed.events()] == [as_shown(1), as_shown(3)]


async def test_that_it_was_fetched_is_noted_once_an_hour(office: Office, member: Person) -> None:
    feed, company = await a_feed(member), office.staff.company
    assert feed.shown["lastFetchedAt"] is None

    async def fetched() -> str:
        await feed.get()
        [mine] = (await member.ask(MINE)).data["myCalendarFeeds"]
        return str(mine["lastFetchedAt"])

    first = await fetched()
    assert (await fetched(), first != "None") == (first, True)
    earlier = "update pool.calendar_feeds set last_fetched_at = last_fetched_at - interval '61 minutes'"
    await company.rows(f"{earlier} where tenant_id = :tenant returning id")
    assert await fetched() > first
    trail = await company.rows(
        "select operation from pool.audit_logs where tenant_id = :tenant and entity_type = 'CalendarFeed'"
    )
    assert [each[0] for each in trail] == ["create_calendar_feed"]


async def test_somebody_has_so_many_and_no_more(member: Person) -> None:
    feed = [await a_feed(member) for _ in range(MOST_FEEDS)][-1]
    refused = await member.do("createCalendarFeed", {"kind": "OWN"})
    assert codes(refused) == ["TOO_MANY"]
    assert codes(await member.do("deleteCalendarFeed", {"id": feed.id})) == []
    await a_feed(member, name=" Sea ")
    mine = (await member.ask(MINE)).data["myCalendarFeeds"]
    assert (len(mine), mine[0]["name"]) == (MOST_FEEDS, "Sea")
    for name in ("x" * 101, "  "):
        assert codes(await member.do("createCalendarFeed", {"kind": "OWN", "name": name})) == ["INVALID_INPUT"]


async def test_no_other_method_is_taken(member: Person) -> None:
    feed = await a_feed(member)
    answers: list[httpx.Response] = [await member.http.request(each, feed.url) for each in ("POST", "PUT", "DELETE")]
    assert [each.status_code for each in answers] == [405] * 3
