"""Standing in for somebody: for some days, both included, where that one works."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from resolvers.approvals.people import authorities
from resolvers.context import Looking
from tests.approvals.builders import a_document, a_policy, approve, by_name, codes, inbox, leaves, told
from tests.identity.test_people import me
from tests.world import CompanyWorld, Person

LISTED = "{ myDelegations { id fromDate toDate revokedAt } }"


async def delegate(person: Person, to: Person, first: str = "2020-01-01", last: str = "2020-12-31") -> str:
    given = {"toUserId": me(to), "fromDate": first, "toDate": last}
    payload = await person.do("delegateApprovals", given, "delegation { id }")
    assert payload["refusals"] == [], payload
    return payload["delegation"]["id"]


async def stands_in(person: Person, company: CompanyWorld, at: str) -> bool:
    """Whether somebody decides for somebody else at a moment."""
    asking = replace(person.asking, now=datetime.fromisoformat(at))
    assert asking.principal.id is not None
    async with company.world.parts.database.reading(company.tenant.placement) as session:
        return len(await authorities(Looking(asking, session), asking.principal.id)) > 1


@pytest.mark.parametrize(
    ("zone", "at", "expected"),
    [
        ("UTC", "2026-03-09T23:59:59+00:00", False),
        ("UTC", "2026-03-10T00:00:00+00:00", True),
        ("UTC", "2026-03-12T23:59:59+00:00", True),
        ("UTC", "2026-03-13T00:00:00+00:00", False),
        ("Pacific/Auckland", "2026-03-09T10:59:59+00:00", False),
        ("Pacific/Auckland", "2026-03-09T11:00:00+00:00", True),
        ("America/Los_Angeles", "2026-03-13T06:59:59+00:00", True),
        ("America/Los_Angeles", "2026-03-13T07:00:00+00:00", False),
    ],
)
async def test_both_days_are_included_in_the_time_zone_of_who_lets_them(
    company: CompanyWorld, ben: Person, cleo: Person, zone: str, at: str, *, expected: bool
) -> None:
    assert codes(await ben.do("updateViewer", {"timezone": zone})) == []
    await delegate(ben, cleo, "2026-03-10", "2026-03-12")
    assert await stands_in(cleo, company, at) is expected


async def test_what_is_taken_back_counts_no_more(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await a_policy(admin, by_name(ben))
    request = str(await (await a_document(company)).ask(ada))
    today = datetime.now().astimezone().date()
    delegation = await delegate(ben, cleo, str(date(today.year, 1, 1)), str(date(today.year, 12, 31)))
    assert await inbox(cleo) == [request]
    assert codes(await cleo.do("revokeDelegation", {"id": delegation})) == ["NOT_FOUND"]
    assert codes(await ben.do("revokeDelegation", {"id": delegation})) == []
    assert codes(await ben.do("revokeDelegation", {"id": delegation})) == ["ALREADY_EXISTS"]
    assert await inbox(cleo) == []
    assert await approve(cleo, request) == ["NOT_FOUND"]
    for person in (ben, cleo):
        [shown] = (await person.ask(LISTED)).data["myDelegations"]
        assert (shown["id"], shown["revokedAt"] is not None) == (delegation, True)
    assert (
        len(await told(company, "approval.delegated")) == len(await told(company, "approval.delegation_revoked")) == 1
    )


async def test_who_manages_approvals_takes_back_any(admin: Person, ben: Person, cleo: Person) -> None:
    assert codes(await admin.do("revokeDelegation", {"id": await delegate(ben, cleo)})) == []


async def test_what_makes_no_sense_is_refused(company: CompanyWorld, ben: Person, cleo: Person) -> None:
    async def attempt(to: Person, first: str, last: str) -> list[str]:
        return codes(await ben.do("delegateApprovals", {"toUserId": me(to), "fromDate": first, "toDate": last}))

    assert await attempt(ben, "2026-01-01", "2026-01-01") == ["INVALID_INPUT"]
    assert await attempt(cleo, "2026-01-02", "2026-01-01") == ["INVALID_INPUT"]
    assert await attempt(cleo, "2026-01-01", "2027-01-03") == ["INVALID_INPUT"]
    assert await attempt(cleo, "2026-01-01", "2026-01-01") == []
    assert await attempt(cleo, "2026-01-01", "2026-01-05") == ["ALREADY_EXISTS"]
    assert await attempt(cleo, "2026-01-02", "2026-01-05") == []
    await leaves(company, cleo)
    assert await attempt(cleo, "2026-02-01", "2026-02-01") == ["INVALID_INPUT"]


async def test_nobody_decides_for_who_has_left(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    dan = await company.person("MEMBER")
    await a_policy(admin, by_name(ben), by_name(dan))
    request = str(await (await a_document(company)).ask(ada))
    year = datetime.now().astimezone().date().year
    await delegate(ben, cleo, f"{year}-01-01", f"{year}-12-31")
    assert await inbox(cleo) == [request]
    await leaves(company, ben)
    assert await inbox(cleo) == []
