"""Values for arguments and input fields, most of them such that something is found, some such that nothing can be.

Where a value is wanted, a variable may stand: given, left to its default, left out, or null.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_nullable_type,
)

from db.columns import named_by, shown_words
from resolvers.ids import encode
from tests.engines.drawing import Drawing
from tests.engines.naive.rows import Kind, Rows, member_names
from tests.engines.reach import Wanted

ANY: Final = "*"
HOW: Final = (*("given",) * 6, "default", "default", "strict", "strict", "absent", "null", "overridden")
"""What becomes of a variable."""
GARBAGE: Final = ("", "x", "Flow_", f"Flow_{UUID(int=7)}".upper(), "🙂", "A" * 300)
SCALARS: Final[Mapping[str, Sequence[Any]]] = {
    "String": ("a", "", "Z", "é", "%", "_"),
    "Int": (1, 0, 2, 30, -1, 2**31 - 1),
    "Float": (1.5, 0),
    "Boolean": (True, False),
    "Date": ("2026-01-01", "1999-12-31"),
    "DateTime": ("2026-06-30T12:00:00Z", "2020-01-01T00:00:00+02:00", "2030-01-01T00:00:00Z"),
    "LocalTime": ("09:30", "23:59:59"),
    "Decimal": ("0.00", "1.00005", "1000000000000000000000"),
    "EmailAddress": ("ada@example.com", "ADA@example.com"),
    "URL": ("https://example.com/",),
    "TimeZone": ("UTC", "Europe/Berlin"),
    "CountryCode": ("DE", "XX"),
    "CurrencyCode": ("EUR",),
    "HexColor": ("#1a2b3c",),
    "JSON": ({}, {"a": 1}),
    "JSONValue": ("x", 1, None, [1, "a"], {"a": None}),
}
"""What is asked for where nothing better is known."""
NAMED: Final[Mapping[str, Sequence[Any]]] = {
    "matching": ("onboarding.*", "team.member_added", "*", "nothing.like_it"),
    "name": ("text_input", "select", "file_upload", "nothing_like_it"),
    "days": (1, 0, 7, 400),
    "until": (1, 0, 5),
    "config": ({}, {"minLength": 2}, {"options": [{"value": "a", "label": "A"}]}),
    "at": ("2030-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
    "from": ("2020-01-01T00:00:00Z",),
    "to": ("2030-01-01T00:00:00Z",),
    "label": ("flows", "any"),
}
"""What is asked for by arguments of these names."""


class Word(str):
    """A name that is written without quotes: the member of a closed list."""

    __slots__ = ()


@dataclass(frozen=True)
class Variable:
    """A variable that stands for a value."""

    name: str


@dataclass
class Variables:
    """The variables of an operation: what is declared of each, and what is given."""

    declared: list[str] = field(default_factory=list[str])
    given: dict[str, Any] = field(default_factory=dict[str, Any])

    def declare(self, kind: str, default: Any = ...) -> Variable:
        """Declare another one."""
        made = Variable(f"v{len(self.declared)}")
        self.declared.append(f"${made.name}: {kind}" + ("" if default is ... else f" = {written(default)}"))
        return made


NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")


def written(value: Any) -> str:
    """Write a value as GraphQL does, whose objects have no other keys than names."""
    if isinstance(value, Variable):
        return f"${value.name}"
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, dict):
        named = {name: inner for name, inner in value.items() if NAME.fullmatch(name)}
        return "{" + ", ".join(f"{name}: {written(inner)}" for name, inner in named.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def on_the_wire(value: Any, words: Mapping[str, str] | None = None) -> Any:
    """Write a value of a row as the API shows it."""
    if words is not None and value is not None:
        return Word(words[value])
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value


@dataclass(frozen=True)
class Samples:
    """What there is in the company, to be asked for: ids by type, values by field; and what the ids of a field name."""

    own: Mapping[str, Sequence[str]]
    foreign: Mapping[str, Sequence[str]]
    values: Mapping[tuple[str, str], Sequence[Any]]
    named: Mapping[tuple[str, str], str]


def samples_of(rows: Rows, own: Mapping[str, Sequence[str]], foreign: Mapping[str, Sequence[str]]) -> Samples:
    """Collect different values of each column, a few of each."""
    values = {
        (kind.name, name): _values(rows, kind, name)
        for kind in rows.kinds.values()
        for name in kind.columns
        if not name.endswith(("Id", "Ids")) and name != "id"
    }
    named = {
        (kind.name, name): kind.name if name == "id" else named_by(column) or ANY
        for kind in rows.kinds.values()
        for name, column in kind.columns.items()
    }
    return Samples(own, foreign, values, named)


def _values(rows: Rows, kind: Kind, name: str) -> list[Any]:
    column = kind.named_as(name)
    words, renamed = member_names(column), shown_words(column)
    some = [row[column.key] for row in rows.of[kind.name] if not isinstance(row[column.key], bytes)]
    shown = {repr(each): on_the_wire(each, words) for each in some if each is not None}
    return [*renamed.values(), *renamed, *list(shown.values())[:12]]


class Values:
    """Draws values; `plain` ones have no variables and no mistakes in them."""

    def __init__(
        self, drawing: Drawing, samples: Samples, wanted: Wanted, *, plain: bool = False, shapes: Any = None
    ) -> None:
        self.drawing, self.samples, self.wanted, self.plain = drawing, samples, wanted, plain
        self.variables = Variables()
        self.named = list[str]()
        self._shapes = shapes

    def argument(self, kind: Any, name: str, names: str) -> Any:
        """A value of an argument; `names` says which type its ids are of."""
        pool = NAMED.get(name, ())
        return self.value(kind, pool, names, deep=0)

    def value(self, kind: Any, pool: Sequence[Any], names: str, deep: int, *, may_vary: bool = True) -> Any:
        """A value of an input type; in its place may stand a variable."""
        if may_vary and not self.plain and self.drawing.chance(18):
            return self._variable(kind, pool, names, deep)
        if not self.plain and not isinstance(kind, GraphQLNonNull) and self.drawing.chance(1):
            return None
        bare = get_nullable_type(kind)
        if isinstance(bare, GraphQLList):
            return self._list(bare, pool, names, deep, may_vary=may_vary)
        return self._single(bare, pool, names, deep, may_vary=may_vary)

    def _list(self, kind: Any, pool: Sequence[Any], names: str, deep: int, *, may_vary: bool) -> Any:
        items = [
            self.value(kind.of_type, pool, names, deep, may_vary=may_vary)
            for _ in range(self.drawing.of((2, 1, 3, 0, 1, 2)))
        ]
        alone = not self.plain and len(items) == 1 and not isinstance(items[0], Variable) and self.drawing.chance(20)
        return items[0] if alone else items

    def _variable(self, kind: Any, pool: Sequence[Any], names: str, deep: int) -> Variable:
        """Declare a variable for a place, and give it a value or not."""
        must = isinstance(kind, GraphQLNonNull)
        value = self.value(kind, pool, names, deep, may_vary=False)
        how = self.drawing.of(HOW)
        bare = str(get_nullable_type(kind))
        if ((how == "strict" or must) and how not in {"default", "overridden"}) or value is None:
            made = self.variables.declare(f"{bare}!" if value is not None else bare)
            self.variables.given[made.name] = value
        elif how in {"default", "overridden"}:
            made = self.variables.declare(bare, value)
            if how == "overridden":
                self.variables.given[made.name] = self.value(kind, pool, names, deep, may_vary=False)
        else:
            made = self.variables.declare(bare)
            if how != "absent":
                self.variables.given[made.name] = None if how == "null" else value
        return made

    def _single(self, kind: Any, pool: Sequence[Any], names: str, deep: int, *, may_vary: bool) -> Any:
        if isinstance(kind, GraphQLInputObjectType):
            return self._shapes.made(self, kind, deep, may_vary)
        if isinstance(kind, GraphQLEnumType):
            return Word(self.drawing.of(list(kind.values)))
        if kind.name == "ID":
            return self.id(names)
        if pool and (self.plain or not self.drawing.chance(3)):
            return self.drawing.of(pool)
        return self.drawing.of(SCALARS[kind.name])

    def id(self, names: str) -> str:
        """An id: of the company, of another type, of another company, or none at all."""
        drawing, own, foreign = self.drawing, self.samples.own, self.samples.foreign
        filled = [name for name, some in own.items() if some]
        kind = names if own.get(names) else drawing.of(filled)
        self.named.append(kind)
        how = 0 if self.plain else drawing.upto(99)
        if how < 82:
            return drawing.of(own[kind])
        if how < 92:
            return drawing.of(foreign.get(kind) or own[kind])
        if how < 96:
            return drawing.of(own[drawing.of(filled)])
        return drawing.of((*GARBAGE, _unknown(kind)))


def _unknown(kind: str) -> str:
    """An id in the right form, of nothing that there is."""
    return encode(kind, UUID(int=7))
