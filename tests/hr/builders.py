"""Employees of a company, made and moved through the API, and the clock that has their days come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final

from resolvers.hr.clock import EmployeeClock
from resolvers.turns import Turns
from tests.world import CompanyWorld, Person

NUMBERS: Final = count(1)
SHOWN: Final = """employee {
  id version status hireDate terminationDate terminatedAt jobTitle grade employmentType fte
  departmentId managerId locationId positionId userId employment originalHireDate
}"""
PAY: Final = {"baseAmount": "5000.00", "currency": "EUR", "frequency": "MONTH"}


@dataclass(frozen=True)
class Staff:
    """A company with a site, and somebody of HR who adds employees to it."""

    company: CompanyWorld
    hr: Person
    location: str

    async def make(self, kind: str, **values: Any) -> str:
        """Make a plain object, and return its id."""
        verb = "add" if kind in {"Holiday", "Dependent", "EmergencyContact", "EmployeeDocument"} else "create"
        field = kind[0].lower() + kind[1:]
        payload = await self.hr.do(f"{verb}{kind}", values, f"{field} {{ id }}")
        assert payload["refusals"] == [], payload
        return str(payload[field]["id"])

    async def add(self, **values: Any) -> dict[str, Any]:
        """Add an employee; what is not given is of no account."""
        payload = await self.tried(**values)
        assert payload["refusals"] == [], payload
        return dict(payload["employee"])

    async def tried(self, **values: Any) -> dict[str, Any]:
        """Try to add an employee."""
        number = next(NUMBERS)
        given = {
            "employeeNo": f"E-{number:05}",
            "legalFirstName": "Ada",
            "legalLastName": f"Lovelace {number}",
            "workEmail": f"ada-{number}@example.com",
            "hireDate": "2026-01-01",
            "jobTitle": "Engineer",
            "locationId": self.location,
            **PAY,
            **values,
        }
        return await self.hr.do("createEmployee", {k: v for k, v in given.items() if v is not None}, SHOWN)

    async def change(self, verb: str, employee: str, **values: Any) -> dict[str, Any]:
        """Do something with an employee that is allowed."""
        payload = await self.tries(verb, employee, **values)
        assert payload["refusals"] == [], payload
        return dict(payload["employee"])

    async def tries(self, verb: str, employee: str, **values: Any) -> dict[str, Any]:
        """Try something with an employee."""
        return await self.hr.do(verb, {"id": employee, **values}, SHOWN)

    async def refused(self, verb: str, employee: str, **values: Any) -> list[tuple[str, list[Any]]]:
        """Say why something is refused: codes, and the paths of the input."""
        payload = await self.tries(verb, employee, **values)
        return why(payload)

    async def seen(self, employee: str, fields: str) -> dict[str, Any]:
        """What HR sees of an employee."""
        asked = f"query($id: ID!) {{ employee(id: $id) {{ {fields} }} }}"
        return dict((await self.hr.ask(asked, {"id": employee})).data["employee"])

    async def status(self, employee: str) -> str:
        """Where an employee stands."""
        return str((await self.seen(employee, "status"))["status"])

    async def advance(self, at: datetime) -> int:
        """Have the days come up to a moment; tell how many things that was."""
        parts = self.company.world.parts
        turns = Turns(parts.database, parts.catalog, self.company.world.wiring.master_key, clock=lambda: at)
        return await EmployeeClock(turns).advance([self.company.tenant])

    async def told(self) -> list[tuple[str, Any]]:
        """The named events of employees, in their order, with what they tell."""
        asked = (
            "select type, data from pool.event_outbox where tenant_id = :tenant and type like 'employee.%' and "
            "type = any(:types) order by sequence"
        )
        return [tuple(row) for row in await self.company.rows(asked, types=list(TOLD))]


def why(payload: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """Say why something was refused: codes, and the paths within the input."""
    return [(each["code"], each["path"][1:]) for each in payload["refusals"]]


TOLD: Final[Sequence[str]] = (
    "employee.hired",
    "employee.suspended",
    "employee.transferred",
    "employee.promoted",
    "employee.compensation.changed",
    "employee.terminated",
    "employee.rehired",
)


def moment(text: str) -> datetime:
    """An instant of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
