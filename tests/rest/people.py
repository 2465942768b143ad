"""The part of the walk that is about employees, and where and when they work."""

from collections.abc import AsyncIterator
from typing import Any, Final

from tests.hr.builders import PAY, Staff
from tests.rest.step import Step, Walking

COMPANY: Final = "/companies/{company_id}"
ONE: Final = "/employees/{employee_id}"
PLACES: Final[tuple[tuple[str, dict[str, Any], dict[str, Any]], ...]] = (
    (
        "work-location",
        {"name": "Lisbon", "country": "PT", "timezone": "Europe/Lisbon"},
        {"address": "Rua Augusta 1"},
    ),
    ("work-calendar", {"name": "Four days", "friday": "0"}, {"friday": "4"}),
    ("holiday-list", {"name": "Portugal"}, {"name": "Portugal 2026"}),
)
PARTS: Final[tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...]] = (
    ("dependents", "dependent_id", {"name": "Byron", "relationship": "CHILD"}, {"birthDate": "2020-05-12"}),
    (
        "emergency-contacts",
        "emergency_contact_id",
        {"name": "William", "relationship": "SPOUSE", "phone": "+44 20 7946 0000"},
        {"phone": "+44 20 7946 0001"},
    ),
)


async def people(walk: Walking) -> AsyncIterator[Step]:
    """Sites and seats, then an employee from the first day to the last, and hired again."""
    hr, slug = await walk.company.person("HR"), {"company_id": walk.company.tenant.slug}
    staff = Staff(walk.company, hr, "")
    for kind, given, changed in PLACES:
        name = f"{kind.replace('-', '_')}_id"
        yield Step(hr, "POST", f"{COMPANY}/{kind}s", slug, given, 201)
        known = {name: walk.answer["id"]}
        yield Step(hr, "GET", f"{COMPANY}/{kind}s", slug)
        yield Step(hr, "GET", f"/{kind}s/{{{name}}}", known)
        yield Step(hr, "PATCH", f"/{kind}s/{{{name}}}", known, changed)
        if kind == "holiday-list":
            async for each in _holidays(walk, staff, known):
                yield each
        yield Step(hr, "DELETE", f"/{kind}s/{{{name}}}", known, None, 204)
    department = await Staff(walk.company, await walk.company.person("OWNER"), "").make(
        "Department", name="Engineering"
    )
    given = {"code": "ENG-1", "title": "Engineer", "departmentId": department}
    yield Step(hr, "POST", f"{COMPANY}/positions", slug, given, 201)
    seat = {"position_id": walk.answer["id"]}
    yield Step(hr, "GET", f"{COMPANY}/positions", slug)
    yield Step(hr, "GET", "/positions/{position_id}", seat)
    yield Step(hr, "PATCH", "/positions/{position_id}", seat, {"grade": "L3"})
    yield Step(hr, "DELETE", "/positions/{position_id}", seat, None, 204)
    location = await staff.make("WorkLocation", name="London", country="GB", timezone="Europe/London")
    ada = {
        "employeeNo": "E-1",
        "legalFirstName": "Ada",
        "legalLastName": "Lovelace",
        "jobTitle": "Engineer",
        "workEmail": "ada@works.example",
        "hireDate": "2026-01-01",
        "locationId": location,
        **PAY,
    }
    yield Step(hr, "POST", f"{COMPANY}/employees", slug, ada, 201)
    employee = {"employee_id": walk.answer["id"]}
    yield Step(hr, "GET", f"{COMPANY}/employees", slug)
    yield Step(hr, "GET", f"{COMPANY}/org-chart", slug, {"on": "2026-02-01"})
    yield Step(hr, "GET", f"{COMPANY}/headcount", slug, {"from": "2026-01-01", "to": "2026-03-31"})
    async for each in _employee(walk, staff, employee, department):
        yield each


async def _holidays(walk: Walking, staff: Staff, known: dict[str, str]) -> AsyncIterator[Step]:
    path = "/holiday-lists/{holiday_list_id}/holidays"
    yield Step(staff.hr, "POST", path, known, {"day": "2026-06-10", "name": "Portugal Day"}, 201)
    holiday = {**known, "holiday_id": walk.answer["id"]}
    yield Step(staff.hr, "GET", path, known)
    yield Step(staff.hr, "PATCH", f"{path}/{{holiday_id}}", holiday, {"name": "Dia de Portugal"})
    yield Step(staff.hr, "DELETE", f"{path}/{{holiday_id}}", holiday, None, 204)


async def _employee(walk: Walking, staff: Staff, employee: dict[str, str], department: str) -> AsyncIterator[Step]:
    hr = staff.hr
    yield Step(hr, "GET", ONE, employee)
    yield Step(hr, "PATCH", ONE, employee, {"preferredName": "Countess"})
    moved = {"effectiveOn": "2026-02-01", "departmentId": department}
    yield Step(hr, "POST", f"{ONE}/transfers", employee, moved)
    raised = {"effectiveOn": "2099-01-01", "jobTitle": "Principal Engineer"}
    yield Step(hr, "POST", f"{ONE}/promotions", employee, raised)
    yield Step(hr, "GET", f"{ONE}/history", employee)
    waiting = next(each["id"] for each in walk.answer["nodes"] if each["appliedAt"] is None)
    change = {**employee, "employee_event_id": waiting}
    yield Step(hr, "DELETE", f"{ONE}/history/{{employee_event_id}}", change, None, 204)
    terms = {"effectiveFrom": "2026-03-01", "employmentType": "PART_TIME", "fte": "0.5", "hoursPerWeek": "20"}
    yield Step(hr, "POST", f"{ONE}/contracts", employee, terms)
    yield Step(hr, "GET", f"{ONE}/contracts", employee)
    pay = {**PAY, "effectiveFrom": "2026-03-01", "reason": "Half the time."}
    yield Step(hr, "POST", f"{ONE}/compensation", employee, pay)
    yield Step(hr, "GET", f"{ONE}/compensation", employee)
    for away in ("absence", "suspension"):
        yield Step(hr, "POST", f"{ONE}/{away}", employee, {})
        yield Step(hr, "POST", f"{ONE}/{away}/end", employee, {})
    for part, name, given, changed in (*PARTS, _paper()):
        yield Step(hr, "POST", f"{ONE}/{part}", employee, given, 201)
        known = {**employee, name: walk.answer["id"]}
        yield Step(hr, "GET", f"{ONE}/{part}", employee)
        yield Step(hr, "PATCH", f"{ONE}/{part}/{{{name}}}", known, changed)
        if part == "documents":
            yield Step(hr, "POST", f"{ONE}/{part}/{{{name}}}/verify", known, {})
        yield Step(hr, "DELETE", f"{ONE}/{part}/{{{name}}}", known, None, 204)
    last = {"lastDay": "2099-06-30", "reason": "Other plans."}
    yield Step(hr, "PUT", f"{ONE}/termination", employee, last)
    yield Step(hr, "DELETE", f"{ONE}/termination", employee)
    await staff.change("terminateEmployee", employee["employee_id"], lastDay="2026-06-30", reason="Other plans.")
    again = {"hireDate": "2026-08-01", "hoursPerWeek": "40", **PAY}
    yield Step(hr, "POST", f"{ONE}/rehire", employee, again)


def _paper() -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    given = {"type": "WORK_PERMIT", "title": "Permit"}
    return "documents", "employee_document_id", given, {"expiresOn": "2030-01-01"}
