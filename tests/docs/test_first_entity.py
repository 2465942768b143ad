"""The page "Your first entity in ten minutes" works as it stands, and costs as many lines as it shows."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.page import Block, blocks_of
from tests.embedded.places import an_open_folder
from tests.lints.source import ROOT, tracked

PAGE = "docs/first-entity.md"
TOLD_IN = "docs/adr/0002-deriving-and-its-limits.md"
WALL = "(tenant_id = ( SELECT (current_setting('app.tenant_id'::text))::uuid AS current_setting))"
MACHINE = ("schema/derive", "schema/execute")


@dataclass(frozen=True)
class Copy:
    """A copy of the repository with a data folder of its own."""

    root: Path
    data: Path

    def run(self, *arguments: str) -> str:
        """Run Python in the copy; what it says matters only when it fails."""
        ran = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env={**bare_environment(), "WORKGRAPH_DATA_DIR": str(self.data), "PYTHONPATH": str(self.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, f"{arguments}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout

    def commands(self, lines: Sequence[str]) -> None:
        """Run commands of the page: the first by itself, the others in one process, so that it is loaded once."""
        assert all(line.startswith("./workgraph ") for line in lines), lines
        first, *others = lines
        self.run("-m", "cli", *shlex.split(first)[1:])
        self.run("-m", "tests.docs.commands", *others)


def bare_environment() -> dict[str, str]:
    """The environment of the tests, without our settings; bytecode is written, as the copy is loaded more than once."""
    ours = ("WORKGRAPH_", "DATABASE_URL", "REDIS_URL", "PYTHONDONTWRITEBYTECODE")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@pytest.fixture
def copy() -> Generator[Copy]:
    """A copy of every file that is, or would be, in the repository."""
    folder = an_open_folder()
    for path in tracked():
        target = folder / "repository" / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    yield Copy(folder / "repository", folder / "data")
    shutil.rmtree(folder)


def test_the_page_works_as_it_stands(copy: Copy) -> None:
    page = copy.root / PAGE
    before = lines_of(copy.root / "schema.graphql")
    blocks = blocks_of(page)
    for block in blocks:
        if block.file:
            block.apply(copy.root)
        elif block.kind == "sh":
            copy.commands([*block.body.splitlines(), "./workgraph schema --check"])
    found = json.loads(copy.run("-m", "tests.docs.walkthrough", str(copy.data), str(page)))

    assert found["answers"] == [json.loads(block.body) for block in blocks if block.kind == "json"]
    assert (found["of_others"], found["by_id"]) == (0, {"announcement": None})
    assert found["without_permission"] == ["FORBIDDEN"]
    assert found["log"] == ["news.announcement.created", "create"]
    walled = [True, WALL * 2, "PRIMARY KEY (tenant_id, id)"]
    assert found["wall"] == [["pool", *walled], ["template_tenant", *walled]]
    assert (found["rows_of_ours"], found["rows_of_others"], found["rows_of_nobody"]) == (1, 0, "22P02")
    told = cost(copy.root, blocks, before)
    print(told)
    assert told.partition(",")[0].removeprefix("One plain entity: ") in (ROOT / TOLD_IN).read_text("utf-8")


def cost(root: Path, blocks: Sequence[Block], before: int) -> str:
    """Say how many lines the entity took, and how many were written for it."""
    by_hand = {block.file: 0 for block in blocks if block.file}
    for block in blocks:
        if block.file:
            by_hand[block.file] += len(block.added)
    known = {path.relative_to(ROOT) for path in tracked()}
    versions = (root / "db/migrations/tenant/versions").glob("*.py")
    revisions = [path for path in versions if path.relative_to(root) not in known]
    assert len(revisions) == 1
    machine = sum(lines_of(path) for folder in MACHINE for path in (root / folder).rglob("*.py"))
    written = {"migration": lines_of(revisions[0]), "schema.graphql": lines_of(root / "schema.graphql") - before}
    return "\n".join(
        [
            f"One plain entity: {sum(by_hand.values())} lines by hand, blank ones left out",
            *(f"  {lines:>4} {file}" for file, lines in by_hand.items()),
            "Written for it:",
            *(f"  {lines:>4} {file}" for file, lines in written.items()),
            f"The machine ({', '.join(MACHINE)}): {machine} lines",
        ]
    )


def lines_of(path: Path) -> int:
    """Count the lines of a file that are not blank."""
    return sum(bool(line.strip()) for line in path.read_text("utf-8").splitlines())
