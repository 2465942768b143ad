"""The documents say what is so: their links lead somewhere, their tables are whole, their GraphQL is answered."""

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate
from typer.main import get_group

import cli
import dev
from resolvers.barred import Barred
from resolvers.identity import Identity
from resolvers.refusals import Refused
from schema.execute import compare, errors, order, page, where
from schema.execute.bounds import BOUNDS
from schema.execute.extent import MOST_LISTS
from schema.http import FAULT_STATUS, LARGEST_BODY, STATUS
from schema.root import make_schema
from settings import Settings, variable
from tests.docs.page import Block, blocks_of
from tests.lints.source import ROOT, tracked
from tests.world import Person

LINK = re.compile(r"(?<!!)\[[^]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ROW = re.compile(r"^\| (.+) \|$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
OF_ITS_OWN_ENTITY = "docs/first-entity.md"
FAULTS = ("TIMEOUT", "UNAVAILABLE", "INTERNAL")


def documents() -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in tracked() if path.suffix == ".md"]


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def anchors(path: Path) -> set[str]:
    """The names under which a page's headings are linked to."""
    headings = HEADING.findall(FENCE.sub("", path.read_text("utf-8")))
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def dead_links(name: str, text: str) -> Iterator[str]:
    for link in LINK.findall(FENCE.sub("", text)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (ROOT / name).parent / file if file else ROOT / name
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("name", documents())
def test_links_lead_somewhere(name: str) -> None:
    assert list(dead_links(name, text_of(name))) == []


def test_a_dead_link_is_caught() -> None:
    text = "[one](nowhere.md) [two](docs/api.md#nothing) [three](docs/api.md#refusals) [four](https://x.example)"
    assert list(dead_links("README.md", text)) == ["nowhere.md", "docs/api.md#nothing"]


def test_every_decision_is_in_the_index() -> None:
    pages = {path.name for path in (ROOT / "docs" / "adr").glob("[0-9]*.md")}
    assert set(LINK.findall(text_of("docs/adr/README.md"))) == pages


@pytest.mark.parametrize("name", documents())
def test_the_commands_that_are_told_are_there(name: str) -> None:
    known = get_group(cli.program).commands.keys() | get_group(dev.app).commands.keys()
    assert set(re.findall(r"\./workgraph (\w+)", text_of(name))) <= known


def rows(name: str) -> list[list[str]]:
    """The rows of a page's tables, as their cells."""
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in ROW.findall(text_of(name))]


def test_every_setting_is_in_the_readme_with_its_default_and_meaning() -> None:
    told = {row[0]: row[1:] for row in rows("README.md") if re.fullmatch(r"`[A-Z0-9_]+`", row[0])}
    fields = Settings.model_fields.items()
    assert told == {f"`{variable(name)}`": [shown(field.default), field.description] for name, field in fields}


def shown(default: object) -> str:
    """Write a default as the environment would have it."""
    value = default.value if isinstance(default, Enum) else default
    return "" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def codes(root: type[Barred] | type[Refused]) -> set[str]:
    """The codes of a tree of exceptions that the product declares."""
    ours = set() if root.__module__.startswith("tests") else {root.code}
    return ours.union(*(codes(kind) for kind in root.__subclasses__()))


def told_codes(heading: str) -> list[str]:
    """The codes in the first column of the table under a heading of docs/api.md."""
    section = text_of("docs/api.md").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [code for row in ROW.findall(section) for code in re.findall(r"`([A-Z_]{4,})`", row.split("|")[0])]


def test_every_error_code_is_told() -> None:
    assert Identity.__module__ == "resolvers.identity"
    assert sorted(told_codes("Errors")) == sorted(codes(Barred) | set(FAULTS))
    source = Path(errors.__file__).read_text("utf-8")
    assert all(f'"{code}"' in source for code in FAULTS)


def test_every_refusal_code_is_told() -> None:
    make_schema()
    assert sorted(told_codes("Refusals")) == sorted(codes(Refused))


def test_statuses_are_those_of_the_endpoint() -> None:
    told = {row[0].strip("`"): int(row[1]) for row in rows("docs/api.md") if len(row) == 3 and row[1].isdecimal()}
    assert told == {"BAD_USER_INPUT": 400, **STATUS, **FAULT_STATUS, "INTERNAL": 500}


def test_limits_are_those_of_the_code() -> None:
    told = text_of("docs/api.md").partition("\n## Limits\n")[2]
    for line in (
        f"{LARGEST_BODY:,} bytes",
        f"{BOUNDS.tokens:,} tokens, {BOUNDS.depth} levels, {BOUNDS.root_fields} root fields",
        f"{BOUNDS.fields:,} fields in all",
        f"one object or list {BOUNDS.repeats} times in a selection |",
        f"| {BOUNDS.aliases} in a document, {BOUNDS.aliases_together} in a selection |",
        f"| {BOUNDS.directives} in a document, {BOUNDS.directives_together} at one place |",
        f"| {BOUNDS.overlaps:,} pairs |",
        f"in introspection | {MOST_LISTS} |",
        f"errors of a document that are told | {BOUNDS.errors} |",
        f"| {BOUNDS.variable_bytes:,} bytes, {BOUNDS.variable_depth} levels |",
        f"{page.LARGEST_PAGE} objects; {page.DEFAULT_PAGE} when left out",
        f"{where.DEEPEST} levels, {where.MOST_CONDITIONS} conditions; {compare.LONGEST_LIST:,} values in a list",
        f"{compare.LONGEST_TEXT:,} characters in a text",
        f"{order.MOST_TERMS} terms, each through at most {order.MOST_STEPS} references",
    ):
        assert line in told


@pytest.mark.parametrize("name", [name for name in documents() if name != OF_ITS_OWN_ENTITY])
def test_graphql_is_valid(name: str) -> None:
    schema = make_schema()._schema
    for block in blocks_of(ROOT / name):
        if block.kind == "graphql":
            assert validate(schema, parse(block.body)) == [], block.body


async def test_the_first_flow_is_written_as_the_readme_says(hr: Person) -> None:
    [_, read, write, *_] = [block for block in blocks_of(ROOT / "README.md") if block.kind == "graphql"]
    flow = await step(hr, write, "NewFlow", {})
    assert [each["allowed"] for each in flow["createFlow"]["flow"].pop("allowedTransitions")] == [False]
    ids = {"flow": flow["createFlow"]["flow"]["id"]}
    ids["stage"] = (await step(hr, write, "NewStage", ids))["addStage"]["stage"]["id"]
    assert (await step(hr, write, "NewBlock", ids))["addContentBlock"]["contentBlock"]["position"] == 0
    published = (await step(hr, write, "Publish", ids))["publishFlow"]
    assert (published["flow"]["status"], published["refusals"]) == ("PUBLISHED", [])
    assert (await hr.ask(read.body)).data["flows"]["totalCount"] == 1


async def step(person: Person, document: Block, name: str, variables: dict[str, str]) -> Any:
    """Run one operation of a document."""
    headers = {"authorization": f"Bearer {person.token}"}
    given = {"query": document.body, "operationName": name, "variables": variables}
    return (await person.http.post("/graphql", json=given, headers=headers)).json()["data"]


def test_every_folder_of_tests_is_listed() -> None:
    folders = {f"tests/{path.relative_to(ROOT).parts[1]}" for path in tracked() if path.match("tests/*/test_*.py")}
    listed = set(re.findall(r"`(tests/\w+)`", text_of("docs/architecture.md")))
    assert sorted(folders - listed) == []
    assert len(folders) > 20
