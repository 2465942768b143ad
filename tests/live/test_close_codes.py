"""The table of docs/api.md says how each connection and each stream ends: every row is so, and none is missing."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import dev
from schema.live.protocol import Code
from tests.clients.conftest import npm_packages
from tests.clients.outside import node
from tests.live.endings import CUT, ENDINGS, Scene
from tests.onboarding.hires.builders import Published
from tests.world import CompanyWorld, Person, World

__all__ = ["npm_packages"]

ROW = re.compile(r"^\| (\d{4}) \| (.+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
OF_THE_SERVER = 1012
"""The HTTP server itself closes with it, as it stops."""


@dataclass(frozen=True)
class Row:
    """One way to end, as the page tells it."""

    code: int
    cause: str
    socket_client: str
    stream: str
    stream_client: str


def rows() -> list[Row]:
    """Read the table."""
    found = ROW.findall((dev.ROOT / "docs" / "api.md").read_text("utf-8"))
    return [Row(int(code), *others) for code, *others in found]


ROWS = rows()


def named(row: Row) -> str:
    return f"{row.code} {row.cause}"


@pytest.fixture
def scene(
    world: World,
    address: str,
    company: CompanyWorld,
    flow: Published,
    hr: Person,
    stranger: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> Scene:
    return Scene(world, address, company, stranger, flow, hr, monkeypatch)


@pytest.fixture
async def stranger(other_company: CompanyWorld) -> Person:
    return await other_company.person("HR")


def test_the_table_holds_every_code_and_every_way() -> None:
    assert [(row.code, row.cause) for row in ROWS] == list(ENDINGS)
    assert {row.code for row in ROWS} >= {code.value for code in Code} | {OF_THE_SERVER}


@pytest.mark.parametrize("row", ROWS, ids=named)
async def test_a_connection_is_closed_with_the_code_of_the_table(scene: Scene, row: Row) -> None:
    over_socket, _ = ENDINGS[row.code, row.cause]
    assert await over_socket(scene) == row.code


@pytest.mark.parametrize("row", ROWS, ids=named)
async def test_a_stream_ends_as_the_table_says(scene: Scene, row: Row) -> None:
    _, over_stream = ENDINGS[row.code, row.cause]
    assert await over_stream(scene) == row.stream


async def test_the_stock_clients_do_what_the_table_says(npm_packages: Path) -> None:
    codes = sorted({row.code for row in ROWS if row.socket_client != "–"})
    streams = sorted({sort_of(row.stream) for row in ROWS if row.stream_client != "–"})
    ran = await node([Path(__file__).with_name("stock.mjs")], given=json.dumps({"codes": codes, "streams": streams}))
    assert ran.exit_code == 0, ran.errors
    saw = json.loads(ran.output)
    for row in ROWS:
        if row.socket_client != "–":
            assert saw["codes"][str(row.code)] == row.socket_client, row
        if row.stream_client != "–":
            assert saw["streams"][sort_of(row.stream)] == row.stream_client, row


def sort_of(stream: str) -> str:
    """Name what matters to a client: the status, that it is complete, or that it is cut."""
    if stream == CUT:
        return "cut"
    return "complete" if "`complete`" in stream else stream[:3]
