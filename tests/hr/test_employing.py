"""Employees are added with the terms of their first day, and begin to work at the turn of that day where they are."""

import pytest

from tests.hr.builders import Staff, moment, why
from tests.world import CompanyWorld

TERMS = """
  contracts { nodes { effectiveFrom effectiveTo employmentType fte hoursPerWeek } }
  compensation { nodes { effectiveFrom effectiveTo baseAmount currency frequency reason } }
  history(orderBy: [{ effectiveOn: ASC }]) { nodes { kind effectiveOn jobTitle } }
  user { email isActive firstName managerId homeDepartmentId roleNames }
  manager { fullName } fullName
"""


async def test_one_mutation_makes_the_person_the_contract_the_pay_and_the_user(staff: Staff) -> None:
    department = await staff.company.person("ADMIN")
    made = await department.do("createDepartment", {"name": "Research"}, "department { id }")
    place = made["department"]["id"]
    boss = await staff.add(workEmail="Boss@Example.com", departmentId=place, jobTitle="Head")
    employee = await staff.add(
        managerId=boss["id"], departmentId=place, preferredName="Countess", employmentType="PART_TIME", fte="0.5"
    )
    assert (employee["status"], employee["fte"], employee["employment"]) == ("ACTIVE", "0.5000", 1)
    seen = await staff.seen(employee["id"], TERMS)
    assert seen["contracts"]["nodes"] == [
        {
            "effectiveFrom": "2026-01-01",
            "effectiveTo": None,
            "employmentType": "PART_TIME",
            "fte": "0.5000",
            "hoursPerWeek": "20.0000",
        }
    ]
    [pay] = seen["compensation"]["nodes"]
    assert (pay["effectiveFrom"], pay["effectiveTo"], pay["baseAmount"]) == ("2026-01-01", None, "5000.0000")
    assert seen["history"]["nodes"] == [{"kind": "HIRE", "effectiveOn": "2026-01-01", "jobTitle": "Engineer"}]
    assert seen["user"]["isActive"] is False
    assert (seen["user"]["managerId"], seen["user"]["homeDepartmentId"]) == (boss["userId"], place)
    assert seen["user"]["roleNames"] == ["MEMBER"]
    assert seen["fullName"].startswith("Countess Lovelace")
    assert (await staff.seen(boss["id"], "workEmail"))["workEmail"] == "boss@example.com"


async def test_who_is_a_user_already_stays_that_user(staff: Staff, company: CompanyWorld) -> None:
    person = await company.person("MEMBER")
    address = person.asking.principal.name
    employee = await staff.add(workEmail=address.upper())
    seen = await staff.seen(employee["id"], "user { email isActive firstName }")
    assert seen["user"] == {"email": address, "isActive": True, "firstName": "Member"}
    again = await staff.tried(workEmail=address)
    assert [each["code"] for each in again["refusals"]] == ["ALREADY_EXISTS"]


async def test_somebody_begins_at_the_turn_of_the_day_where_they_are(staff: Staff) -> None:
    employee = await staff.add(hireDate="2030-06-01", timezone="America/New_York")
    berlin = await staff.add(hireDate="2030-06-01")
    assert (employee["status"], berlin["status"]) == ("PREHIRE", "PREHIRE")
    assert await staff.advance(moment("2030-05-31T21:59:59")) == 0
    assert await staff.advance(moment("2030-05-31T22:00:00")) == 1
    assert (await staff.status(employee["id"]), await staff.status(berlin["id"])) == ("PREHIRE", "ACTIVE")
    assert [await staff.advance(moment("2030-06-01T04:00:00")) for _ in range(2)] == [1, 0]
    assert await staff.status(employee["id"]) == "ACTIVE"
    assert [kind for kind, _ in await staff.told()].count("employee.hired") == 2


async def test_nobody_begins_whose_pay_was_not_agreed(staff: Staff) -> None:
    employee = await staff.add(baseAmount=None, currency=None, frequency=None)
    assert employee["status"] == "PREHIRE"
    assert await staff.advance(moment("2026-11-01T00:00:00")) == 0
    wrong = {"effectiveFrom": "2026-02-01", "baseAmount": "1", "currency": "EUR", "frequency": "YEAR", "reason": "r"}
    assert await staff.refused("changeCompensation", employee["id"], **wrong) == [("INVALID_INPUT", ["effectiveFrom"])]
    await staff.change("changeCompensation", employee["id"], **{**wrong, "effectiveFrom": "2026-01-01"})
    assert await staff.advance(moment("2026-11-01T00:00:00")) == 1
    assert await staff.status(employee["id"]) == "ACTIVE"


@pytest.mark.parametrize(
    ("wrong", "code", "path"),
    [
        ({"fte": "0"}, "INVALID_INPUT", ["fte"]),
        ({"fte": "1.01"}, "INVALID_INPUT", ["fte"]),
        ({"legalLastName": " "}, "INVALID_INPUT", ["legalLastName"]),
        ({"jobTitle": "\t"}, "INVALID_INPUT", ["jobTitle"]),
        ({"hoursPerWeek": "169"}, "INVALID_INPUT", ["hoursPerWeek"]),
        ({"contractEndsOn": "2025-12-31"}, "INVALID_INPUT", ["contractEndsOn"]),
        ({"probationEnd": "2025-12-31"}, "INVALID_INPUT", ["probationEnd"]),
        ({"baseAmount": "-0.01"}, "INVALID_INPUT", ["baseAmount"]),
        ({"currency": None}, "INVALID_INPUT", ["baseAmount"]),
        ({"currency": "euro"}, "INVALID_INPUT", ["currency"]),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_left_behind(
    staff: Staff, wrong: dict[str, str | None], code: str, path: list[str]
) -> None:
    payload = await staff.tried(**wrong)
    assert why(payload) == [(code, path)]
    left = await staff.company.rows(
        "select (select count(*) from pool.employees where tenant_id = :tenant),"
        " (select count(*) from pool.users where tenant_id = :tenant),"
        " (select count(*) from pool.employee_events where tenant_id = :tenant)"
    )
    assert [tuple(row) for row in left] == [(0, 2, 0)]


async def test_numbers_addresses_and_seats_are_one_persons(staff: Staff) -> None:
    admin = await staff.company.person("ADMIN")
    department = (await admin.do("createDepartment", {"name": "Lab"}, "department { id }"))["department"]["id"]
    seat = await staff.make("Position", code="LAB-1", title="Chemist", departmentId=department)
    first = await staff.add(employeeNo="7", positionId=seat)
    for same, path in (({"employeeNo": "7"}, "employeeNo"), ({"positionId": seat}, "positionId")):
        payload = await staff.tried(**same)
        assert why(payload) == [("ALREADY_EXISTS", [path])]
    await staff.change("terminateEmployee", first["id"], lastDay="2026-02-01", reason="Moves away.")
    assert (await staff.add(positionId=seat))["positionId"] == seat
