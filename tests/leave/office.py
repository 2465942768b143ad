"""Leave through the API: types, policies, requests and who decides them, and the clock that posts what is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Final

from resolvers.time_off.posting import LeaveClock
from resolvers.turns import Turns
from tests.hr.builders import Staff
from tests.world import Person

NUMBERS: Final = count(1)
SHOWN: Final = "leaveRequest { id version status days approverId decidedAt submittedAt employeeId }"
ANNUAL: Final = {
    "accrual": "MONTHLY",
    "annualDays": "24",
    "carryForwardMax": "5",
    "carryExpiryMonths": 3,
}
HOLIDAYS: Final = ("2026-12-25", "2026-12-26", "2027-01-01")
BALANCE: Final = (
    "leaveTypeId accrued taken carriedIn expired adjusted encashed balance pending buckets { days usableUntil expires }"
)
TOLD: Final = (
    *("leave.request.submitted", "leave.request.approved", "leave.request.rejected", "leave.request.cancelled"),
    *("leave.accrual.posted", "leave.balance.expired", "leave.encashed"),
)


@dataclass(frozen=True)
class Office:
    """A company, its HR, its owner who decides, and its annual leave with a policy of it."""

    staff: Staff
    hr: Person
    owner: Person
    annual: str
    policy: str

    async def employ(
        self, person: Person | None = None, hired: str = "2026-02-15", *, policy: bool = True, **values: Any
    ) -> str:
        """Employ somebody who has the policy from the first day on, unless said."""
        known = {"workEmail": person.asking.principal.name} if person else {}
        employee = str((await self.staff.add(hireDate=hired, **known, **values))["id"])
        if policy:
            await self.assign(employee, hired)
        return employee

    async def assign(self, employee: str, since: str, policy: str | None = None) -> dict[str, Any]:
        """Give an employee a policy."""
        given = {"id": employee, "policyId": policy or self.policy, "effectiveFrom": since}
        return await self.hr.do("assignLeavePolicy", given, "leavePolicyAssignment { id effectiveFrom effectiveTo }")

    async def a_type(self, **rules: Any) -> str:
        """Make a type of leave, which the policy has too."""
        made = await self.hr.do("createLeaveType", {"name": f"Type {next(NUMBERS)}", **rules}, "leaveType { id }")
        assert made["refusals"] == [], made
        await self.hr.do(
            "addLeavePolicyType",
            {"policyId": self.policy, "leaveTypeId": made["leaveType"]["id"]},
            "leavePolicyType { id }",
        )
        return str(made["leaveType"]["id"])

    async def asked(self, employee: str, first: str, last: str, who: Person | None = None, **more: Any) -> Any:
        """Ask for leave, or try to."""
        given = {"id": employee, "leaveTypeId": self.annual, "fromDate": first, "toDate": last, **more}
        facts = "... on InsufficientLeave { balance pending asked available } ... on LeaveOverlaps { otherId }"
        facts += " ... on NoticeTooShort { earliest }"
        return await (who or self.hr).do("requestLeave", given, f"{SHOWN} refusals {{ {facts} }}")

    async def has_asked(self, employee: str, first: str, last: str, who: Person | None = None, **more: Any) -> str:
        """Ask for leave that can be had."""
        payload = await self.asked(employee, first, last, who, **more)
        assert payload["refusals"] == [], payload
        return str(payload["leaveRequest"]["id"])

    async def does(self, verb: str, request: str, who: Person | None = None) -> Any:
        """Do something with a request, or try to; the owner does, unless said."""
        return await (who or self.owner).do(verb, {"id": request}, SHOWN)

    async def is_away(self, employee: str, first: str, last: str, **more: Any) -> str:
        """Ask for leave and have it approved."""
        request = await self.has_asked(employee, first, last, **more)
        payload = await self.does("approveLeave", request)
        assert payload["refusals"] == [], payload
        return request

    async def post(self, at: str) -> int:
        """Have the clock come to a moment of UTC."""
        parts = self.staff.company.world.parts
        moment = datetime.fromisoformat(f"{at}+00:00")
        turns = Turns(parts.database, parts.catalog, self.staff.company.world.wiring.master_key, clock=lambda: moment)
        return await LeaveClock(turns).post([self.staff.company.tenant])

    async def balance(self, employee: str, on: str, leave_type: str | None = None) -> dict[str, Any]:
        """What HR sees of the balance of an employee."""
        fields = f"leaveBalances(on: $on) {{ {BALANCE} }}"
        asked = f"query($id: ID!, $on: Date) {{ employee(id: $id) {{ {fields} }} }}"
        found = (await self.hr.ask(asked, {"id": employee, "on": on})).data["employee"]["leaveBalances"]
        [one] = [each for each in found if each["leaveTypeId"] == (leave_type or self.annual)]
        return {name: short(value) for name, value in one.items() if name != "leaveTypeId"}

    async def posted(self) -> list[tuple[str, str, str]]:
        """What stands in the ledger, in the order of its days: kinds, days, and when."""
        asked = (
            "select kind, days, effective_date from pool.leave_ledger_entries where tenant_id = :tenant "
            "order by effective_date, created_at, days"
        )
        return [(row[0], f"{row[1]:f}"[:-2], str(row[2])) for row in await self.staff.company.rows(asked)]

    async def sum_on(self, day: str) -> str:
        """The sum of what stands in the ledger and counts on a day."""
        asked = (
            "select coalesce(sum(days), 0) from pool.leave_ledger_entries where tenant_id = :tenant and "
            f"effective_date + (kind = 'expiry')::int <= date '{day}'"
        )
        return f"{(await self.staff.company.rows(asked))[0][0]:.2f}"

    async def told(self) -> Sequence[tuple[str, Any]]:
        """The named events of leave, in their order, with what they tell."""
        asked = "select type, data from pool.event_outbox where tenant_id = :tenant and type = any(:types)"
        rows = await self.staff.company.rows(f"{asked} order by sequence", types=list(TOLD))
        return [tuple(row) for row in rows]


def short(value: Any) -> Any:
    """Write days with two decimals."""
    return value[:-2] if isinstance(value, str) and value.count(".") else value


def codes(payload: Any) -> list[str]:
    """Say why something was refused."""
    return [each["code"] for each in payload["refusals"]]


async def an_office(staff: Staff) -> Office:
    """Make the annual leave of the worked example."""
    days = await staff.make("HolidayList", name="Berlin")
    for day in HOLIDAYS:
        await staff.make("Holiday", holidayListId=days, day=day, name=day)
    await staff.hr.do("updateWorkLocation", {"id": staff.location, "holidayListId": days})
    annual = await staff.make("LeaveType", name="Annual leave", **ANNUAL)
    policy = await staff.make("LeavePolicy", name="Everybody")
    await staff.hr.do("addLeavePolicyType", {"policyId": policy, "leaveTypeId": annual}, "leavePolicyType { id }")
    return Office(staff, staff.hr, await staff.company.person("OWNER"), annual, policy)
