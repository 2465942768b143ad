"""Who sees whom, the company as it stood on a day, and how many work where."""

from typing import Any

import pytest

from tests.hr.builders import PAY, Staff

CHART = "query($on: Date) { orgChart(on: $on) { name managerId departmentId jobTitle employeeId } }"
COUNT = "query($from: Date!, $to: Date!) { headcount(from: $from, to: $to) { month department count joined left } }"


async def a_company(staff: Staff) -> tuple[dict[str, str], dict[str, str]]:
    """Ada leads Research; Ben goes from there to Sales in March, is promoted in May, and leaves at the end of June."""
    admin = await staff.company.person("ADMIN")
    places = {
        name: (await admin.do("createDepartment", {"name": name}, "department { id }"))["department"]["id"]
        for name in ("Research", "Sales")
    }
    ada = (await staff.add(legalFirstName="Ada", legalLastName="A", departmentId=places["Research"]))["id"]
    ben = (await staff.add(legalFirstName="Ben", legalLastName="B", departmentId=places["Research"], managerId=ada))[
        "id"
    ]
    await staff.change("transferEmployee", ben, effectiveOn="2026-03-15", departmentId=places["Sales"])
    await staff.change("promoteEmployee", ben, effectiveOn="2026-05-01", jobTitle="Lead")
    await staff.change("terminateEmployee", ben, lastDay="2026-06-30", reason="Moves away.")
    return {"Ada": ada, "Ben": ben}, places


async def test_the_chart_of_a_day(staff: Staff) -> None:
    people, places = await a_company(staff)

    async def chart(on: str) -> list[tuple[str, Any, str]]:
        found = (await staff.hr.ask(CHART, {"on": on})).data["orgChart"]
        return [(each["name"], each["departmentId"], each["jobTitle"]) for each in found]

    ada = ("Ada A", places["Research"], "Engineer")
    assert await chart("2025-12-31") == []
    assert await chart("2026-03-14") == [ada, ("Ben B", places["Research"], "Engineer")]
    assert await chart("2026-03-15") == [ada, ("Ben B", places["Sales"], "Engineer")]
    assert await chart("2026-06-30") == [ada, ("Ben B", places["Sales"], "Lead")]
    assert await chart("2026-07-01") == [ada]
    whole = (await staff.hr.ask(CHART, {"on": "2026-06-30"})).data["orgChart"]
    assert [each["managerId"] for each in whole] == [None, people["Ada"]]


async def test_how_many_work_where(staff: Staff) -> None:
    await a_company(staff)
    rows = (await staff.hr.ask(COUNT, {"from": "2026-02-10", "to": "2026-07-05"})).data["headcount"]
    assert [(r["month"][:7], r["department"], r["count"], r["joined"], r["left"]) for r in rows] == [
        ("2026-02", "Research", 2, 0, 0),
        ("2026-03", "Research", 1, 0, 1),
        ("2026-03", "Sales", 1, 1, 0),
        ("2026-04", "Research", 1, 0, 0),
        ("2026-04", "Sales", 1, 0, 0),
        ("2026-05", "Research", 1, 0, 0),
        ("2026-05", "Sales", 1, 0, 0),
        ("2026-06", "Research", 1, 0, 0),
        ("2026-06", "Sales", 1, 0, 0),
        ("2026-07", "Research", 1, 0, 0),
        ("2026-07", "Sales", 0, 0, 1),
    ]


@pytest.mark.parametrize(("last_day", "places"), [("2026-04-30", ["Sales"]), ("2026-03-14", ["Research"])])
async def test_what_was_to_come_after_the_last_day_counts_no_more(
    staff: Staff, last_day: str, places: list[str]
) -> None:
    admin = await staff.company.person("ADMIN")
    ids = {
        name: (await admin.do("createDepartment", {"name": name}, "department { id }"))["department"]["id"]
        for name in ("Research", "Sales")
    }
    ben = (await staff.add(departmentId=ids["Research"]))["id"]
    await staff.change("transferEmployee", ben, effectiveOn="2026-03-15", departmentId=ids["Sales"])
    await staff.change("promoteEmployee", ben, effectiveOn="2026-05-01", jobTitle="Lead")
    await staff.change("changeCompensation", ben, effectiveFrom="2026-05-01", **{**PAY, "reason": "Leads."})
    await staff.change("terminateEmployee", ben, lastDay=last_day, reason="Moves away.")

    async def chart(on: str) -> list[str]:
        return [each["departmentId"] for each in (await staff.hr.ask(CHART, {"on": on})).data["orgChart"]]

    assert await chart(last_day) == [ids[name] for name in places]
    assert [await chart(day) for day in ("2026-05-01", "2026-05-15", "2027-01-01")] == [[], [], []]
    rows = (await staff.hr.ask(COUNT, {"from": "2026-05-10", "to": "2026-07-05"})).data["headcount"]
    assert [row for row in rows if row["count"] or row["joined"]] == []
    history = "history(orderBy: [{ effectiveOn: ASC }]) { nodes { kind effectiveOn supersededAt } }"
    nodes = (await staff.seen(ben, history))["history"]["nodes"]
    counts = {each["kind"] for each in nodes if each["supersededAt"] is None}
    after = {each["kind"] for each in nodes if each["effectiveOn"] > last_day} - {"TERMINATION"}
    assert counts == {"HIRE", "TERMINATION", "TRANSFER"} - after
    assert {each["kind"] for each in nodes if each["supersededAt"]} == after


async def test_an_employment_that_is_begun_anew_goes_on_from_its_own_days(staff: Staff) -> None:
    ben = (await staff.add())["id"]
    await staff.change("promoteEmployee", ben, effectiveOn="2026-08-01", jobTitle="Lead")
    await staff.change("terminateEmployee", ben, lastDay="2026-03-31", reason="Moves away.")
    await staff.change("rehireEmployee", ben, hireDate="2026-05-01", hoursPerWeek="40", **PAY)
    await staff.change("promoteEmployee", ben, effectiveOn="2026-06-01", jobTitle="Head")
    [seen] = (await staff.hr.ask(CHART, {"on": "2026-09-01"})).data["orgChart"]
    assert seen["jobTitle"] == "Head"


async def test_months_that_are_too_many_or_none(staff: Staff) -> None:
    for to in ("2026-01-31", "2046-02-01"):
        answer = await staff.hr.ask(COUNT, {"from": "2026-02-10", "to": to})
        assert answer.codes == ["BAD_USER_INPUT"], to


async def test_a_member_sees_all_of_themselves_and_nobody_else(staff: Staff) -> None:
    person = await staff.company.person("MEMBER")
    mine = await staff.add(
        workEmail=person.asking.principal.name, birthDate="1990-01-02", bankAccount="DE02120300000000202051"
    )
    await staff.add()
    asked = """{ employees { totalCount nodes { id birthDate bankAccount compensation { nodes { baseAmount } } } }
      compensationRecords { totalCount } }"""
    found = (await person.ask(asked)).data
    assert found["employees"] == {
        "totalCount": 1,
        "nodes": [
            {
                "id": mine["id"],
                "birthDate": "1990-01-02",
                "bankAccount": "DE02120300000000202051",
                "compensation": {"nodes": [{"baseAmount": "5000.0000"}]},
            }
        ],
    }
    assert found["compensationRecords"]["totalCount"] == 1
    assert (await person.ask(CHART, {})).codes == ["FORBIDDEN"]


async def test_who_leads_sees_those_below_them_without_what_is_private(staff: Staff) -> None:
    person = await staff.company.person("MANAGER")
    boss = await staff.add(workEmail=person.asking.principal.name)
    report = await staff.add(managerId=boss["id"], birthDate="1990-01-02")
    below = await staff.add(managerId=report["id"])
    await staff.add()
    answer = await person.ask("{ employees(orderBy: [{ employeeNo: ASC }]) { nodes { id birthDate } } }")
    assert [each["id"] for each in answer.data["employees"]["nodes"]] == [boss["id"], report["id"], below["id"]]
    assert [each["birthDate"] for each in answer.data["employees"]["nodes"]] == [None, None, None]
    assert answer.body["extensions"]["hidden"][0]["permission"] == "people.read_private"


async def test_who_pays_sees_pay_and_accounts_and_no_addresses(staff: Staff) -> None:
    await staff.add(bankAccount="DE02120300000000202051", address="Under the bridge 1")
    payroll = await staff.company.person("PAYROLL")
    [seen] = (await payroll.ask("{ employees { nodes { bankAccount address } } }")).data["employees"]["nodes"]
    assert seen == {"bankAccount": "DE02120300000000202051", "address": None}
