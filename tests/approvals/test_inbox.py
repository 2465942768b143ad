"""What waits for somebody, page by page and live."""

from datetime import date

from uuid_utils.compat import uuid7

from app import now
from schema.derive import ids
from tests.approvals.builders import (
    INBOX,
    a_document,
    a_policy,
    approve,
    by_name,
    by_role,
    codes,
    escalated,
    inbox,
    reports,
)
from tests.identity.test_people import me
from tests.live.client import client_of
from tests.live.conftest import address, relaying
from tests.live.settling import bus_of, settled
from tests.schema.statements import listening
from tests.world import CompanyWorld, Person

__all__ = ["address", "relaying"]

WATCHED = (
    "subscription($after: String) { approvalInbox(after: $after) { cursor state { total requests { id title } } } }"
)
LISTED = (
    "{ approvalRequests(orderBy: [{ createdAt: DESC }]) "
    "{ totalCount nodes { id amount requester { id } policy { name } } } }"
)


async def asked(company: CompanyWorld, person: Person, number: int) -> list[str]:
    """Ask for the approval of so many documents, and return the requests, the newest first."""
    return [str(await (await a_document(company)).ask(person)) for _ in range(number)][::-1]


async def test_it_is_paged_the_newest_first(company: CompanyWorld, admin: Person, ada: Person, ben: Person) -> None:
    await a_policy(admin, by_name(ben))
    requests = await asked(company, ada, 5)
    seen: list[str] = []
    after = None
    for _ in range(3):
        page = (await ben.ask(INBOX, {"first": 2, "after": after})).data["myApprovals"]
        assert page["total"] == 5
        seen += [each["id"] for each in page["requests"]]
        after = page["next"]
    assert (seen, after) == (requests, None)


async def test_a_page_goes_on_after_what_was_decided_meanwhile(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben))
    requests = await asked(company, ada, 3)
    first = (await ben.ask(INBOX, {"first": 2})).data["myApprovals"]
    assert await approve(ben, requests[1]) == []
    rest = (await ben.ask(INBOX, {"first": 2, "after": first["next"]})).data["myApprovals"]
    assert ([each["id"] for each in rest["requests"]], rest["total"]) == ([requests[2]], 2)


async def test_after_what_is_not_there_comes_nothing(
    company: CompanyWorld, other_company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben))
    [request] = await asked(company, ada, 1)
    stranger = await other_company.person("OWNER")
    for after in (request, ids.encode("ApprovalRequest", uuid7()), "nonsense"):
        assert (await stranger.ask(INBOX, {"after": after})).data == {"myApprovals": None}


async def test_who_may_see_all_sees_all_and_nobody_else(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben))
    [request] = await asked(company, ada, 1)
    shown = (await admin.ask(LISTED)).data["approvalRequests"]
    assert shown["totalCount"] == 1
    [node] = shown["nodes"]
    assert (node["id"], node["requester"]["id"], node["policy"]["name"]) == (request, me(ada), "Spending")
    assert (await ben.ask(LISTED)).codes == ["FORBIDDEN"]
    one = "query($id: ID!) { node(id: $id) { id } }"
    assert (await ben.ask(one, {"id": request})).data == {"node": None}
    mine = (await ada.ask("{ myApprovalRequests { id } }")).data["myApprovalRequests"]
    assert [each["id"] for each in mine] == [request]


async def test_it_is_watched(
    company: CompanyWorld, address: str, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    await a_policy(admin, by_name(ben))
    async with client_of(address, ben) as one, client_of(address, cleo) as two:
        for client in (one, two):
            await client.subscribe(WATCHED)
            assert (await client.next())["state"]["total"] == 0
        [request] = await asked(company, ada, 1)
        shown = (await one.next())["state"]
        assert (shown["total"], shown["requests"][0]["id"]) == (1, request)
        year = date.today().year  # noqa: DTZ011 - the whole year
        given = {"toUserId": me(cleo), "fromDate": f"{year}-01-01", "toDate": f"{year}-12-31"}
        assert (await ben.do("delegateApprovals", given))["refusals"] == []
        while (shown := (await two.next())["state"])["total"] == 0:
            pass
        assert shown["requests"][0]["id"] == request
        assert await approve(cleo, request) == []
        for client in (one, two):
            while (await client.next())["state"]["total"]:
                pass
    assert await inbox(ben) == []


async def test_another_companys_requests_are_not_told(
    company: CompanyWorld, other_company: CompanyWorld, address: str, admin: Person, ada: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben))
    stranger = await other_company.person("OWNER")
    async with client_of(address, stranger) as client:
        await client.subscribe(WATCHED)
        assert (await client.next())["state"] == {"total": 0, "requests": []}
        await asked(company, ada, 1)
        async with bus_of(company.world) as bus:
            await settled(bus, company)
        assert await client.is_quiet()


async def test_what_a_duty_bars_one_from_is_not_shown(company: CompanyWorld, admin: Person, ada: Person) -> None:
    other = await company.person("ADMIN")
    policy = await a_policy(admin, await by_role(admin, "ADMIN"))
    [request] = await asked(company, ada, 1)
    may = "query($id: ID!) { approval(id: $id) { canDecide allowedTransitions { name allowed } } }"
    assert (await inbox(admin), await inbox(other)) == ([], [request])
    shown = [(await each.ask(may, {"id": request})).data["approval"]["canDecide"] for each in (admin, other)]
    assert shown == [False, True]
    assert codes(await other.do("updateApprovalPolicy", {"id": policy, "name": "Changed"})) == []
    assert await inbox(other) == []
    assert await approve(other, request) == ["SEPARATION_OF_DUTIES"]


async def test_nor_what_a_duty_bars_whom_one_stands_in_for(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    other = await company.person("ADMIN")
    await a_policy(admin, await by_role(admin, "ADMIN"), by_name(cleo))
    [request] = await asked(company, ada, 1)
    for person in (admin, other):
        assert await inbox(ben) == []
        year = date.today().year  # noqa: DTZ011 - the whole year
        given = {"toUserId": me(ben), "fromDate": f"{year}-01-01", "toDate": f"{year}-12-31"}
        assert codes(await person.do("delegateApprovals", given)) == []
    assert await inbox(ben) == [request], "for one who is not barred"
    assert await approve(ben, request) == []


async def test_whom_a_duty_bars_since_is_passed_over_by_the_clock(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person, cleo: Person
) -> None:
    writer = await company.person("ADMIN")
    policy = await a_policy(admin, by_name(writer), by_name(cleo))
    await reports(company, writer, ben)
    [request] = await asked(company, ada, 1)
    assert await escalated(company, now()) == 0
    assert codes(await writer.do("updateApprovalPolicy", {"id": policy, "name": "Changed"})) == []
    assert (await inbox(writer), await inbox(ben)) == ([], [])
    assert await escalated(company, now()) == 1
    assert (await inbox(writer), await inbox(ben)) == ([], [request])
    assert await escalated(company, now()) == 0
    assert await approve(ben, request) == []


async def test_what_a_duty_bars_is_watched(company: CompanyWorld, address: str, admin: Person, ada: Person) -> None:
    other = await company.person("ADMIN")
    policy = await a_policy(admin, await by_role(admin, "ADMIN"))
    async with client_of(address, other) as client:
        await client.subscribe(WATCHED)
        assert (await client.next())["state"]["total"] == 0
        await asked(company, ada, 1)
        while (await client.next())["state"]["total"] == 0:
            pass
        assert codes(await other.do("updateApprovalPolicy", {"id": policy, "name": "Changed"})) == []
        while (await client.next())["state"]["total"]:
            pass


async def test_the_statements_of_an_inbox_are_as_many_however_much_waits(
    company: CompanyWorld, admin: Person, ada: Person, ben: Person
) -> None:
    await a_policy(admin, by_name(ben))
    counts: list[int] = []
    for more in (1, 9):
        await asked(company, ada, more)
        with listening(company.world, company) as sent:
            assert len(await inbox(ben)) == (1 if more == 1 else 10)
        counts.append(len([text for text, _ in sent if "approval" in text or "delegations" in text]))
    assert counts == [3, 3]
