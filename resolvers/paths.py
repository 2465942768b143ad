"""Addresses of documents over REST: a method, and a path whose variable segments have names."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from db.models.clients import RestMethod

LONGEST: Final = 300
MOST_SEGMENTS: Final = 20
LITERAL: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
VARIABLE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,59})\}")
SAID: Final = re.compile(r"#[ \t]*(GET|POST|PUT|PATCH|DELETE)[ \t]+(/\S*)[ \t]*(?:\r?\n|$)")
RESERVED: Final = frozenset({"/openapi.json", "/postman.json"})


class AddressWrong(Exception):
    """A path is none that a document can have; the message says why."""


@dataclass(frozen=True)
class Address:
    """A method and a path, as `GET /flows/{flow_id}`."""

    method: RestMethod
    path: str

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The segments of the path; those of variables are None in `shape` and named in `names`."""
        return tuple(self.path.removeprefix("/").split("/"))

    @cached_property
    def shape(self) -> tuple[str | None, ...]:
        """What tells one path from another: the literal segments in their places, None where a variable stands."""
        return tuple(None if each.startswith("{") else each for each in self.segments)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the variables, from left to right."""
        return tuple(each[1:-1] for each in self.segments if each.startswith("{"))

    def __str__(self) -> str:
        return f"{self.method.name} {self.path}"


def address_of(method: RestMethod, path: str) -> Address:
    """Return an address, or raise AddressWrong."""
    if not path.startswith("/") or len(path) > LONGEST:
        raise AddressWrong(f"A path begins with `/` and has at most {LONGEST} characters.")
    made = Address(method, path)
    if len(made.segments) > MOST_SEGMENTS:
        raise AddressWrong(f"A path has at most {MOST_SEGMENTS} segments; this has {len(made.segments)}.")
    for each in made.segments:
        if not LITERAL.fullmatch(each) and not VARIABLE.fullmatch(each):
            raise AddressWrong(f"A segment is letters, digits and `._-`, or `{{name}}`; {each[:60]!r} is neither.")
        if each in {".", ".."}:
            raise AddressWrong("A segment is not `.` or `..`.")
    if len(set(made.names)) != len(made.names):
        raise AddressWrong("Each variable stands in a path once.")
    if path in RESERVED:
        raise AddressWrong(f"{path} is the description of the others.")
    return made


def address_said(text: str) -> tuple[RestMethod, str] | None:
    """Return the method and the path that the first line of a document names, `# GET /flows/{flow_id}`, if it does."""
    found = SAID.match(text)
    return (RestMethod[found[1]], found[2]) if found else None
