"""How an export is written: as CSV (RFC 4180), or as lines of JSON, one object in each.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and runs it. Such a text is written
behind an apostrophe, which shows it as it is; numbers are written as they are.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from schema.export.document import Export, value_at

FORMULA: Final = re.compile(r"\s*[=+\-@\t\r\n]")
NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


class Form(Protocol):
    """A form that an export can have."""

    @property
    def media(self) -> str:
        """Its media type."""
        ...

    @property
    def ending(self) -> str:
        """How addresses of it end."""
        ...

    def begun(self, export: Export) -> bytes:
        """Write what stands before the first object."""
        ...

    def page(self, export: Export, nodes: Sequence[Mapping[str, Any]]) -> bytes:
        """Write some objects."""
        ...


@dataclass(frozen=True, slots=True)
class Csv:
    """A header, and a row for each object; nothing stands for null."""

    media: str = "text/csv; charset=utf-8"
    ending: str = "csv"

    def begun(self, export: Export) -> bytes:
        """Write the header."""
        return _rows([export.names])

    def page(self, export: Export, nodes: Sequence[Mapping[str, Any]]) -> bytes:
        """Write a row for each object."""
        return _rows([[cell_of(value_at(node, path)) for path in export.paths] for node in nodes])


@dataclass(frozen=True, slots=True)
class JsonLines:
    """An object in each line, as a query shows it."""

    media: str = "application/jsonl; charset=utf-8"
    ending: str = "jsonl"

    def begun(self, export: Export) -> bytes:  # noqa: ARG002 - there is nothing before the first line
        """Write nothing."""
        return b""

    def page(self, export: Export, nodes: Sequence[Mapping[str, Any]]) -> bytes:  # noqa: ARG002 - objects are as asked for
        """Write a line for each object."""
        return b"".join(orjson.dumps(node) + b"\n" for node in nodes)


FORMS: Final[Mapping[str, Form]] = {each.ending: each for each in (Csv(), JsonLines())}


def _rows(rows: Sequence[Sequence[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()


def cell_of(value: Any) -> str:
    """Write a value into a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value) if isinstance(value, int | float) else orjson.dumps(value).decode()
    return f"'{value}" if FORMULA.match(value) and not NUMBER.fullmatch(value) else value
