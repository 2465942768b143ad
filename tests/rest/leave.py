"""The part of the walk that is about leave."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Final

from app import now
from tests.hr.builders import Staff
from tests.leave.office import ANNUAL
from tests.rest.step import Step, Walking
from tests.world import Person

COMPANY: Final = "/companies/{company_id}"
ONE: Final = "/employees/{employee_id}"
REQUEST: Final = "/leave-requests/{leave_request_id}"
MONDAY: Final = 0


async def leave(walk: Walking) -> AsyncIterator[Step]:
    """Types and policies, then somebody's days: given, asked for, decided and taken back."""
    hr, owner = await walk.company.person("HR"), await walk.company.person("OWNER")
    slug = {"company_id": walk.company.tenant.slug}
    location = await Staff(walk.company, hr, "").make("WorkLocation", name="Site", country="GB", timezone="UTC")
    employee = {"employee_id": str((await Staff(walk.company, hr, location).add(hireDate="2026-01-01"))["id"])}
    annual = {"name": "Annual", "encashable": True, **ANNUAL}
    yield Step(hr, "POST", f"{COMPANY}/leave-types", slug, annual, 201)
    kind = {"leave_type_id": walk.answer["id"]}
    yield Step(hr, "GET", f"{COMPANY}/leave-types", slug)
    yield Step(hr, "GET", "/leave-types/{leave_type_id}", kind)
    yield Step(hr, "PATCH", "/leave-types/{leave_type_id}", kind, {"minNoticeDays": 0})
    yield Step(hr, "POST", f"{COMPANY}/leave-policies", slug, {"name": "Everybody"}, 201)
    policy = walk.answer["id"]
    yield Step(hr, "GET", f"{COMPANY}/leave-policies", slug)
    yield Step(hr, "GET", "/leave-policies/{leave_policy_id}", {"leave_policy_id": policy})
    yield Step(hr, "PATCH", "/leave-policies/{leave_policy_id}", {"leave_policy_id": policy}, {"name": "All"})
    types, of = "/leave-policies/{policy_id}/types", {"policy_id": policy}
    yield Step(hr, "POST", types, of, _type(kind), 201)
    part = {**of, "leave_policy_type_id": walk.answer["id"]}
    yield Step(hr, "GET", types, of)
    yield Step(hr, "DELETE", f"{types}/{{leave_policy_type_id}}", part, None, 204)
    yield Step(hr, "POST", types, of, _type(kind), 201)
    given = {"policyId": policy, "effectiveFrom": "2026-01-01"}
    yield Step(hr, "POST", f"{ONE}/leave-policies", employee, given)
    yield Step(hr, "GET", f"{ONE}/leave-policies", employee)
    more = {**_type(kind), "days": "5", "effectiveOn": now().date().isoformat(), "reason": "Agreed."}
    yield Step(hr, "POST", f"{ONE}/leave-adjustments", employee, more)
    yield Step(hr, "POST", f"{ONE}/leave-encashments", employee, {**_type(kind), "days": "1"})
    yield Step(hr, "GET", f"{ONE}/leave-ledger", employee)
    yield Step(hr, "GET", f"{ONE}/leave-balances", employee)
    yield Step(hr, "GET", f"{ONE}/leave-balances/{{leave_type_id}}", {**employee, **kind})
    yield Step(hr, "GET", "/leave-balances", {})
    async for each in _requests(walk, hr, owner, employee, kind):
        yield each
    days = {"from": now().date().isoformat(), "to": (now().date() + timedelta(days=30)).isoformat()}
    yield Step(hr, "GET", f"{COMPANY}/away", slug, days)
    yield Step(hr, "GET", f"{COMPANY}/absence-rate", slug, days)
    yield Step(hr, "GET", f"{COMPANY}/leave-liability", slug)


async def _requests(
    walk: Walking, hr: Person, owner: Person, employee: dict[str, str], kind: dict[str, str]
) -> AsyncIterator[Step]:
    asking, monday = f"{ONE}/leave-requests", _monday()
    wanted = {**_type(kind), "fromDate": monday.isoformat(), "toDate": monday.isoformat()}
    yield Step(hr, "POST", asking, employee, {**wanted, "asDraft": True})
    draft = {"leave_request_id": walk.answer["id"]}
    yield Step(hr, "POST", f"{REQUEST}/submit", draft, {})
    yield Step(owner, "POST", f"{REQUEST}/approve", draft, {"note": "Enjoy."})
    yield Step(hr, "GET", REQUEST, draft)
    yield Step(hr, "POST", f"{REQUEST}/cancel", draft, {})
    yield Step(hr, "POST", asking, employee, wanted)
    yield Step(owner, "POST", f"{REQUEST}/reject", {"leave_request_id": walk.answer["id"]}, {"note": "Not then."})
    yield Step(hr, "POST", asking, employee, {**wanted, "asDraft": True})
    yield Step(hr, "GET", "/companies/{company_id}/leave-requests", {"company_id": walk.company.tenant.slug})
    [thrown] = [each["id"] for each in walk.answer["nodes"] if each["status"] == "DRAFT"]
    yield Step(hr, "DELETE", REQUEST, {"leave_request_id": thrown}, None, 204)


def _type(kind: dict[str, str]) -> dict[str, str]:
    return {"leaveTypeId": kind["leave_type_id"]}


def _monday() -> date:
    """The Monday after next: nobody's holiday, and not begun wherever it is."""
    today = now().date()
    return today + timedelta(days=14 - today.weekday() + MONDAY)
