"""What is wrong with a value, and where in it: the same for answers and for the settings of blocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import jsonschema_rs

from resolvers.values import storable

PATTERNS: Final = jsonschema_rs.RegexOptions(size_limit=100_000, dfa_size_limit=100_000)
"""Patterns are matched in linear time; those that cannot be, such as look-ahead, are refused."""

MOST: Final = 20
LONGEST_MESSAGE: Final = 300
DEEPEST: Final = 20
INTEGERS: Final = range(-(2**63), 2**63)
MISSING: Final = "REQUIRED"
CODES: Final = {"AdditionalProperties": "UNKNOWN_KEY", "Required": MISSING}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a code for programs, a message for people, and the path within the value."""

    code: str
    message: str
    path: tuple[str | int, ...] = ()


class Shape:
    """A JSON Schema (draft 2020-12), compiled. Nothing is fetched, and no pattern can take long."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._validator = jsonschema_rs.Draft202012Validator(dict(schema), pattern_options=PATTERNS, offline=True)

    def problems(self, value: Any, code: str) -> list[Problem]:
        """Return what is wrong with a value; `code` names what has no name of its own."""
        found: list[Problem] = []
        for error in self._validator.iter_errors(value):
            found.append(_problem(error, code))
            if len(found) == MOST:
                break
        return found


def _problem(error: jsonschema_rs.ValidationError, code: str) -> Problem:
    kind = type(error.kind).__name__.removeprefix("ValidationErrorKind_")
    message = error.message if len(error.message) <= LONGEST_MESSAGE else f"{error.message[:LONGEST_MESSAGE]}..."
    return Problem(CODES.get(kind, code), message, tuple(error.instance_path))


def unreadable(value: Any, depth: int = 0) -> list[Problem]:
    """Return why JSON cannot be looked at: text that is none, a number beyond 64 bits, nesting without end."""
    if depth > DEEPEST:
        return [Problem("TYPE", f"Nested deeper than {DEEPEST} levels.")]
    if isinstance(value, str) and not storable(value):
        return [Problem("TYPE", "Text cannot hold NUL characters or lone surrogates.")]
    if isinstance(value, int) and value not in INTEGERS:
        return [Problem("TYPE", "A whole number lies within 64 bits.")]
    for each in _inside(value):
        if found := unreadable(each, depth + 1):
            return found
    return []


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        known = cast("dict[str, Any]", value)
        return [*known.values(), *known]
    return cast("list[Any]", value) if isinstance(value, list) else []


def within(problems: Sequence[Problem], *steps: str | int) -> list[Problem]:
    """Return problems as they are seen from outside: their paths begin further up."""
    return [Problem(each.code, each.message, (*steps, *each.path)) for each in problems]
