"""A page of the documentation as its code blocks, and how those that name a file are applied to a copy.

A block of Python belongs to the file whose name stands in bold above it, and is the whole of it. A `diff` changes that
file at the one place where its context stands. Blocks of other languages belong to no file.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^\*\*(?P<file>[\w./\\]+)\*\*$|^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
OF_A_FILE = {"python", "diff"}


@dataclass(frozen=True)
class Block:
    """One code block: its language, its text, and the file that it belongs to."""

    kind: str
    body: str
    file: str | None

    @property
    def added(self) -> list[str]:
        """The lines that an author writes, without those that are blank."""
        lines = self.body.splitlines()
        written = [line[1:] for line in lines if line.startswith("+")] if self.kind == "diff" else lines
        return [line for line in written if line.strip()]

    def apply(self, root: Path) -> None:
        """Write the new file, or change the one that is there."""
        assert self.file is not None
        path = root / self.file
        if self.kind != "diff":
            assert not path.exists(), f"{self.file} is there already; show the change as a diff"
            path.write_text(self.body, "utf-8")
            return
        before, text = self._side("-"), path.read_text("utf-8")
        assert text.count(before) == 1, f"{self.file} has {text.count(before)} places like this:\n{before}"
        path.write_text(text.replace(before, self._side("+")), "utf-8")

    def _side(self, mark: str) -> str:
        return "".join(line[1:] for line in self.body.splitlines(keepends=True) if line[0] in {" ", mark})


def blocks_of(page: Path) -> Sequence[Block]:
    """Return a page's blocks in their order."""
    return list(_blocks(page.read_text("utf-8")))


def _blocks(text: str) -> Iterator[Block]:
    file: str | None = None
    for found in BLOCK.finditer(text):
        if found["file"]:
            file = found["file"].replace("\\", "")
        else:
            kind = found["kind"]
            yield Block(kind, found["body"], file if kind in OF_A_FILE else None)
