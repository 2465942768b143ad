"""What each mutation and job writes to a company's log, noted by what it is known as."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from tests.world import CompanyWorld, Person

Result = TypeVar("Result")


@dataclass
class Log:
    """A company's log, read as it grows."""

    company: CompanyWorld
    told: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    _read: int = -1

    async def new(self) -> set[str]:
        """Return the types of what was written since the last time."""
        rows = await self.company.rows(
            "select type, sequence from pool.event_outbox where tenant_id = :tenant and sequence > :read",
            read=self._read,
        )
        self._read = max([self._read, *(row.sequence for row in rows)])
        return {row.type for row in rows}

    async def of(self, source: str, work: Awaitable[Result]) -> Result:
        """Do something, and note what it has written under its name."""
        await self.new()
        result = await work
        self.told.setdefault(source, set()).update(await self.new())
        return result

    async def do(self, person: Person, mutation: str, fields: str = "", **given: object) -> dict[str, object]:
        """Run a mutation, which is not refused, and note what it has written."""
        payload = await self.of(mutation, person.do(mutation, given, fields))
        assert payload["refusals"] == [], payload
        return payload


async def catalogue(person: Person) -> Mapping[str, set[str]]:
    """Return what each type of event comes from, as the API says."""
    found = (await person.ask("{ eventTypes { type emittedBy } }")).data["eventTypes"]
    return {each["type"]: set(each["emittedBy"]) for each in found}


async def undeclared(person: Person, told: Mapping[str, set[str]]) -> set[tuple[str, str]]:
    """Return what was written by something that the catalogue does not name for it."""
    known = await catalogue(person)
    return {(source, name) for source, names in told.items() for name in names if source not in known.get(name, set())}
