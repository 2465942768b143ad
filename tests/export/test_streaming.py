from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from graphql import GraphQLError

from resolvers.barred import RateLimited
from schema.export import endpoint
from schema.export.endpoint import CutOff, ExportEndpoint
from tests.export.test_export import many
from tests.world import CompanyWorld, Person

LARGEST = 64 * 1024


@dataclass
class Reader:
    """Who reads an export, message by message; leaves after so many."""

    person: Person
    leaves_after: int | None = None
    sent: list[Mapping[str, Any]] = field(default_factory=list)

    async def read(self, exports: ExportEndpoint, path: str, query: str = "") -> None:
        left = endpoint.asyncio.Event()

        async def receive() -> dict[str, Any]:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Mapping[str, Any]) -> None:
            self.sent.append(message)
            if len(self.bodies) == self.leaves_after:
                left.set()

        token = [(b"authorization", f"Bearer {self.person.token}".encode()), (b"host", b"testserver")]
        scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": token}
        await exports(scope, receive, send)

    @property
    def bodies(self) -> list[bytes]:
        return [each["body"] for each in self.sent if each["type"] == "http.response.body"]

    @property
    def rows(self) -> int:
        return b"".join(self.bodies).count(b"\n") - 1


@pytest.fixture
def exports(company: CompanyWorld) -> ExportEndpoint:
    return ExportEndpoint(company.world.parts.answering())


async def test_an_export_is_sent_in_small_parts(company: CompanyWorld, exports: ExportEndpoint) -> None:
    await many(company, 5000)
    reader = Reader(await company.person())
    await reader.read(exports, "/export/departments.csv", "fields=id,name")
    assert reader.rows == 5000
    assert len(reader.bodies) == 1 + 25 + 1
    assert max(map(len, reader.bodies)) < LARGEST


async def test_when_its_reader_leaves_nothing_more_is_read(company: CompanyWorld, exports: ExportEndpoint) -> None:
    await many(company, 5000)
    reader = Reader(await company.person(), leaves_after=4)
    await reader.read(exports, "/export/departments.csv", "fields=id,name")
    assert len(reader.bodies) < 8
    assert reader.sent[-1]["more_body"]


async def test_a_page_waits_for_its_budget(
    company: CompanyWorld, exports: ExportEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(company, 500)
    failing(monkeypatch, exports, RateLimited("Too much.", retry_after=0))
    reader = Reader(await company.person())
    await reader.read(exports, "/export/departments.csv", "fields=name")
    assert reader.rows == 500


async def test_what_goes_wrong_later_cuts_the_export_off(
    company: CompanyWorld, exports: ExportEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    await many(company, 500)
    failing(monkeypatch, exports, ValueError("broken"))
    reader = Reader(await company.person())
    with pytest.raises(CutOff):
        await reader.read(exports, "/export/departments.csv", "fields=name")
    assert reader.rows == 200
    assert reader.sent[-1]["more_body"]


def failing(monkeypatch: pytest.MonkeyPatch, exports: ExportEndpoint, why: Exception) -> None:
    """Let the second page go wrong once."""
    page, asked = exports._page, 0

    async def once(*given: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise GraphQLError("No.", original_error=why)
        return await page(*given)

    monkeypatch.setattr(exports, "_page", once)
