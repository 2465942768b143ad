"""Questions about what a list comes to, `aggregate` and `groups`, held against the rows; for schemas that have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from graphql import GraphQLObjectType, get_named_type

from tests.engines.drawing import Drawing
from tests.engines.ground import Operation
from tests.engines.naive.rows import Kind, Row, member_names
from tests.engines.naive.sums import groups, is_mean, key_shown, measures
from tests.engines.questions import Asking, Listed, Wrong
from tests.engines.values import on_the_wire

MEASURES: Final = ("min", "max", "sum", "avg")
ZONES: Final = ("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati")


@dataclass(frozen=True)
class Shape:
    """What can be asked of the sums of one type: the columns of each measure, and what each is grouped by."""

    columns: Mapping[str, Sequence[str]]
    by: Mapping[str, Sequence[str]]

    @property
    def selection(self) -> str:
        """All measures of all columns."""
        parts = [f"{name} {{ {' '.join(columns)} }}" for name, columns in self.columns.items() if columns]
        return f"count {' '.join(parts)}"


def shape_of(connection: GraphQLObjectType) -> Shape | None:
    """Read from the type of a page what can be asked; None where it says nothing of sums."""
    if "aggregate" not in connection.fields or "groups" not in connection.fields:
        return None
    aggregate: Any = get_named_type(connection.fields["aggregate"].type)
    columns = {
        name: list(get_named_type(aggregate.fields[name].type).fields) for name in MEASURES if name in aggregate.fields
    }
    terms: Any = get_named_type(connection.fields["groups"].args["by"].type)
    return Shape(columns, {name: list(get_named_type(each.type).values) for name, each in terms.fields.items()})


@dataclass(frozen=True)
class Measured:
    """What is asked: of which list, matching what, by which terms."""

    listed: Listed
    where: Any
    shape: Shape
    by: Sequence[Mapping[str, str]]
    zone: str
    first: int | None

    @classmethod
    def drawn(cls, drawing: Drawing, listed: Listed, where: Any, shape: Shape) -> "Measured":
        """Draw terms and a time zone."""
        names = drawing.some(dict.fromkeys(shape.by, 1.0), 3)
        by = [{name: str(drawing.of(shape.by[name]))} for name in names]
        return cls(listed, where, shape, by, drawing.of(ZONES), drawing.of((None, None, 1, 3, 0)))

    def operation(self) -> Operation:
        """Ask for everything of it."""
        kind, names = self.listed.kind.name, " ".join(name for term in self.by for name in term)
        declared = f"$where: {kind}Filter, $by: [{kind}GroupBy!]!, $zone: TimeZone, $first: Int"
        grouped = f"groups(by: $by, timeZone: $zone, first: $first) {{ key {{ {names} }} {self.shape.selection} }}"
        page = f"page: {self.listed.field}(where: $where) {{ aggregate {{ {self.shape.selection} }} {grouped} }}"
        given = {"where": self.where, "by": list(self.by), "zone": self.zone, "first": self.first}
        return self.listed.operation(declared, page, {name: each for name, each in given.items() if each is not None})

    def check(self, rows: Sequence[Row], page: Mapping[str, Any]) -> None:
        """Hold what was answered against the rows."""
        kind = self.listed.kind
        self._same("aggregate", measures(kind, self.shape.columns, rows), page["aggregate"])
        expected = groups(kind, self.by, self.zone, rows)[: self.first]
        if len(expected) != len(page["groups"]):
            raise Wrong(self.operation(), "number of groups", len(expected), len(page["groups"]))
        for (keys, some), told in zip(expected, page["groups"], strict=True):
            self._same_key(kind, keys, some, told["key"])
            self._same("group", measures(kind, self.shape.columns, some), told)

    def _same_key(self, kind: Kind, keys: Sequence[Any], some: Sequence[Row], told: Mapping[str, Any]) -> None:
        names = [name for term in self.by for name in term]
        for name, key in zip(names, keys, strict=True):
            wanted = on_the_wire(key_shown(kind, name, key, some[0]), member_names(kind.columns[name]))
            if wanted != told[name]:
                raise Wrong(self.operation(), f"key of {name}", wanted, told[name])

    def _same(self, what: str, expected: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        if expected["count"] != told["count"]:
            raise Wrong(self.operation(), f"count of {what}", expected["count"], told["count"])
        for measure, columns in self.shape.columns.items():
            for name in columns:
                if not _equal(measure, expected[measure][name], told[measure][name]):
                    raise Wrong(
                        self.operation(), f"{measure}.{name} of {what}", expected[measure][name], told[measure][name]
                    )


def _equal(measure: str, expected: Any, told: Any) -> bool:
    if measure == "avg":
        return is_mean(told, expected)
    if measure == "sum":
        return told == expected if told is None or expected is None else _number(told) == expected
    return on_the_wire(expected) == told


def _number(told: str) -> Fraction:
    return Fraction(told)


async def measured(asking: Asking, drawing: Drawing) -> bool:
    """Draw a list, and compare what it comes to; False where its type says nothing of sums."""
    question = asking.drawn(drawing)
    connection: Any = asking.ground.schema.type_map[f"{question.listed.kind.name}Connection"]
    shape = shape_of(connection)
    if shape is None:
        return False
    asked = Measured.drawn(drawing, question.listed, question.where, shape)
    body = await asking.answered(asked.operation())
    asked.check(asking.found(question.listed, question.where), question.listed.page(body))
    return True
