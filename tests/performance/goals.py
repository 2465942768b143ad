"""Objectives through the API: set, aligned, reported on and closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from tests.hr.builders import Staff
from tests.world import Person

NUMBERS: Final = count(1)
OKR: Final = "okr { id version status progress finalScore closedNote parentId visibility weight activatedOn }"
KEY_RESULT: Final = "keyResult { id version progress rawProgress currentValue targetValue }"
TODAY: Final = datetime.now(UTC).date()
TOLD: Final = (
    *("performance.okr.activated", "performance.okr.progress_updated", "performance.okr.completed"),
    *("performance.okr.cancelled", "performance.key_result.checked_in"),
    *("performance.cycle.opened", "performance.cycle.released", "performance.cycle.closed"),
)


@dataclass(frozen=True)
class Goals:
    """A company, its HR, and a cycle of a hundred days of which sixty are over."""

    staff: Staff
    hr: Person
    cycle: str

    async def does(self, verb: str, given: dict[str, Any], fields: str = OKR, who: Person | None = None) -> Any:
        """Do something, or try to."""
        return await (who or self.hr).do(verb, given, fields)

    async def did(self, verb: str, given: dict[str, Any], fields: str = OKR, who: Person | None = None) -> Any:
        """Do something that is allowed, and return what it is about."""
        payload = await self.does(verb, given, fields, who)
        assert payload["refusals"] == [], payload
        return payload[fields.partition(" ")[0]]

    async def set(self, who: Person | None = None, **given: Any) -> str:
        """Set an objective, of the company where nothing is said of whose it is."""
        payload = await self.tried(who, **given)
        assert payload["refusals"] == [], payload
        return str(payload["okr"]["id"])

    async def tried(self, who: Person | None = None, **given: Any) -> Any:
        """Try to set an objective."""
        kinds = {"employeeId": "EMPLOYEE", "teamId": "TEAM", "departmentId": "DEPARTMENT"}
        owner = next((kind for name, kind in kinds.items() if given.get(name)), "COMPANY")
        known = {"cycleId": self.cycle, "objective": f"Objective {next(NUMBERS)}", "ownerType": owner}
        return await self.does("createOkr", known | given, who=who)

    async def measured(self, okr: str, who: Person | None = None, **given: Any) -> str:
        """Add a key result: from 0 to 100, all there is, where nothing else is said."""
        known: dict[str, Any] = {
            "id": okr,
            "title": f"Measure {next(NUMBERS)}",
            "metricType": "NUMBER",
            "weight": "100",
        }
        if given.get("metricType", "NUMBER") not in {"BOOLEAN", "MILESTONE"} and given.get("direction") != "MAINTAIN":
            known |= {"startValue": "0", "targetValue": "100"}
        return str((await self.did("addKeyResult", known | given, KEY_RESULT, who))["id"])

    async def active(self, who: Person | None = None, **given: Any) -> tuple[str, str]:
        """Set an objective with a key result to work; return both."""
        okr = await self.set(who, **given)
        key_result = await self.measured(okr, who)
        await self.did("activateOkr", {"id": okr}, who=who)
        return okr, key_result

    async def report(self, key_result: str, value: str | None, who: Person | None = None, **given: Any) -> None:
        """Check in."""
        payload = await self.reported(key_result, value, who, **given)
        assert payload["refusals"] == [], payload

    async def reported(self, key_result: str, value: str | None, who: Person | None = None, **given: Any) -> Any:
        """Check in, or try to."""
        said = {"id": key_result, "confidence": 7, **({} if value is None else {"value": value}), **given}
        facts = "refusals { ... on CheckInAhead { latest } ... on CheckInTooEarly { earliest } }"
        return await self.does("checkInKeyResult", said, f"keyResultCheckIn {{ id value checkedInOn }} {facts}", who)

    async def seen(self, okr: str, fields: str, who: Person | None = None, **variables: Any) -> Any:
        """What somebody sees of an objective."""
        kinds = "".join(f", ${name}: Date" for name in variables)
        asked = f"query($id: ID!{kinds}) {{ okr(id: $id) {{ {fields} }} }}"
        return (await (who or self.hr).ask(asked, {"id": okr, **variables})).data["okr"]

    async def progress(self, okr: str) -> str:
        """How far an objective is."""
        return str((await self.seen(okr, "progress"))["progress"])

    async def told(self) -> Sequence[tuple[str, Any]]:
        """The named events, in their order, with what they tell."""
        asked = "select type, data from pool.event_outbox where tenant_id = :tenant and type = any(:types)"
        rows = await self.staff.company.rows(f"{asked} order by sequence", types=list(TOLD))
        return [tuple(row) for row in rows]


def codes(payload: Any) -> list[str]:
    """Say why something was refused."""
    return [each["code"] for each in payload["refusals"]]


async def a_quarter(staff: Staff) -> Goals:
    """Open a cycle of a hundred days, of which sixty are over."""
    begun = TODAY - timedelta(days=60)
    days = {"startsOn": str(begun), "endsOn": str(begun + timedelta(days=99))}
    cycle = await staff.make("PerformanceCycle", name="Quarter", **days)
    opened = await staff.hr.do("openPerformanceCycle", {"id": cycle}, "performanceCycle { status }")
    assert opened["performanceCycle"] == {"status": "OPEN"}, opened
    return Goals(staff, staff.hr, cycle)
