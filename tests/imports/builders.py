"""Importing as a client does: a table is uploaded, an import is begun, and jobs are done until it has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from resolvers.ids import row_of
from tests.files.depot import Depot
from tests.world import CompanyWorld, Person

CSV = "text/csv"
STATE = "status rowsTotal rowsRead rowsMade rowsRejected rowsPostponed failure failureMessage failureRow"
REJECTED = "rejections(first: 200) { totalCount nodes { rowNumber header field code message } }"


@dataclass
class Desk:
    """Somebody who imports tables."""

    company: CompanyWorld
    person: Person
    depot: Depot

    async def upload(self, table: str | bytes, person: Person | None = None) -> str:
        """Upload a table, and return the id of the file."""
        content = table.encode() if isinstance(table, str) else table
        who = person or self.person
        return await self.depot.upload(who, content, CSV, purpose="IMPORT", filename="table.csv")

    async def begin(
        self,
        type_name: str,
        table: str | bytes,
        mapping: Mapping[str, str],
        *,
        person: Person | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Upload a table and begin to import it; return the payload."""
        given = {
            "type": type_name,
            "fileId": await self.upload(table, person),
            "mapping": [{"column": column, "field": field} for column, field in mapping.items()],
            **more,
        }
        return await (person or self.person).do("startImport", given, "import { id status version }")

    async def begun(self, type_name: str, table: str | bytes, mapping: Mapping[str, str], **more: Any) -> str:
        """Begin an import, and return its id."""
        payload = await self.begin(type_name, table, mapping, **more)
        assert payload["refusals"] == [], payload
        return payload["import"]["id"]

    async def work(self, import_id: str, *, jobs: int = 1) -> None:
        """Do so many jobs of an import."""
        imports = self.company.world.parts.imports
        for _ in range(jobs):
            await imports.run(self.company.tenant, {"import_id": str(row_of(import_id, "Import"))})

    async def state(self, import_id: str) -> dict[str, Any]:
        """How an import stands, with what it has rejected."""
        answer = await self.person.ask(
            f"query($id: ID!) {{ import(id: $id) {{ {STATE} {REJECTED} }} }}", {"id": import_id}
        )
        return answer.data["import"]

    async def imported(
        self, type_name: str, table: str | bytes, mapping: Mapping[str, str], **more: Any
    ) -> dict[str, Any]:
        """Import a table to its end, and return how that stands."""
        import_id = await self.begun(type_name, table, mapping, **more)
        await self.work(import_id)
        return await self.state(import_id)

    async def names(self, table: str = "departments") -> Sequence[str]:
        """The names of what is there."""
        found = await self.company.rows(f"select name from pool.{table} where tenant_id = :tenant order by id")
        return [row.name for row in found]

    async def audited(self, entity_type: str) -> Sequence[tuple[str, UUID]]:
        """Which operation has made objects of a type, and as whom."""
        found = await self.company.rows(
            "select operation, actor_id from pool.audit_logs "
            "where tenant_id = :tenant and entity_type = :type and action = 'create' order by id",
            type=entity_type,
        )
        return [(row.operation, row.actor_id) for row in found]


def counts(state: Mapping[str, Any]) -> tuple[str, int, int, int, int]:
    """What became of the rows: status, read, made, rejected, postponed."""
    return (
        state["status"],
        state["rowsRead"],
        state["rowsMade"],
        state["rowsRejected"],
        state["rowsPostponed"],
    )


def rejections(state: Mapping[str, Any]) -> list[tuple[int, str | None, str]]:
    """Which rows were refused: number, field, code."""
    return [(each["rowNumber"], each["field"], each["code"]) for each in state["rejections"]["nodes"]]
