"""Which rows a filter finds, as docs/api.md says: a condition holds or it does not, and null is equal to nothing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import Format, named_by, policy_of, shown_words
from resolvers import ids
from tests.engines.naive.rows import Kind, Row, Rows, member_names

Filter = Mapping[str, Any]


def json_contains(whole: Any, part: Any) -> bool:
    """Whether one JSON value has everything that another has."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(key in whole and json_contains(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and all(any(json_contains(each, one) for each in whole) for one in part)
    return isinstance(whole, bool) is isinstance(part, bool) and whole == part and (whole is None) is (part is None)


def ranked(value: Any) -> Any:
    """A value as it is compared: text by its code points, which is by its bytes."""
    return value.encode() if isinstance(value, str) else value


COMPARATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": lambda value, given: value is not None and value == given,
    "ne": lambda value, given: value is None or value != given,
    "in": lambda value, given: value is not None and value in given,
    "notIn": lambda value, given: value is None or value not in given,
    "lt": lambda value, given: value is not None and ranked(value) < ranked(given),
    "lte": lambda value, given: value is not None and ranked(value) <= ranked(given),
    "gt": lambda value, given: value is not None and ranked(value) > ranked(given),
    "gte": lambda value, given: value is not None and ranked(value) >= ranked(given),
    "contains": lambda value, given: value is not None and given in value,
    "startsWith": lambda value, given: value is not None and value.startswith(given),
    "endsWith": lambda value, given: value is not None and value.endswith(given),
    "icontains": lambda value, given: value is not None and given.casefold() in value.casefold(),
    "istartsWith": lambda value, given: value is not None and value.casefold().startswith(given.casefold()),
    "iendsWith": lambda value, given: value is not None and value.casefold().endswith(given.casefold()),
    "hasKey": lambda value, given: value is not None and given in value,
    "isNull": lambda value, given: (value is None) is given,
}
PIECES: Final = frozenset({"contains", "startsWith", "endsWith", "icontains", "istartsWith", "iendsWith", "hasKey"})
READ: Final[Mapping[type, Callable[[Any], Any]]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    time: time.fromisoformat,
    Decimal: Decimal,
}


class Matching:
    """Finds rows by filters."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def found(self, kind: Kind, where: Filter | None, among: Sequence[Row]) -> list[Row]:
        """The rows that match."""
        return [row for row in among if self.holds(kind, where or {}, row)]

    def holds(self, kind: Kind, where: Filter, row: Row) -> bool:
        """Whether everything that is given holds for a row."""
        return all(self._one(kind, name, given, row) for name, given in where.items())

    def _one(self, kind: Kind, name: str, given: Any, row: Row) -> bool:
        if name in {"and", "or"}:
            each = [self.holds(kind, inner, row) for inner in (given if isinstance(given, list) else [given])]
            return all(each) if name == "and" else any(each)
        if name == "not":
            return not self.holds(kind, given, row)
        if name in kind.columns:
            return all(self._compares(kind, name, how, value, row) for how, value in given.items())
        if name in kind.to_one:
            return self._to_one(kind, name, given, row)
        return self._to_many(kind, name, given, row)

    def _to_one(self, kind: Kind, name: str, given: Filter, row: Row) -> bool:
        column, target = kind.to_one[name]
        other = self._rows.by_id[target].get(row[column])
        return other is not None and self.holds(self._rows.kinds[target], given, other)

    def _to_many(self, kind: Kind, name: str, given: Filter, row: Row) -> bool:
        target, column = kind.to_many[name]
        related = [each for each in self._rows.of[target] if each[column] == row["id"]]
        meaning = {"some": any, "none": lambda each: not any(each), "every": all}
        return all(
            meaning[how]([self.holds(self._rows.kinds[target], inner, each) for each in related])
            for how, inner in given.items()
        )

    def _compares(self, kind: Kind, name: str, how: str, given: Any, row: Row) -> bool:
        column = kind.columns[name]
        value = shown(kind, column, row)
        if how == "contains" and isinstance(column.type, JSONB):
            return value is not None and json_contains(value, given)
        if how not in PIECES and how != "isNull":
            listed = how in {"in", "notIn"} and not isinstance(given, list)
            given = [given] if listed else given
            given = [_read(column, each) for each in given] if isinstance(given, list) else _read(column, given)
        return COMPARATORS[how](value, given)


def shown(kind: Kind, column: Column[Any], row: Row) -> Any:
    """What the API shows of a column, to be compared: ids as it writes them, names of types as it calls them."""
    value = row[column.key]
    if value is None:
        return None
    named = policy_of(column).named_in
    if named:
        said = row[named.column]
        type_name = named.type_of(said)
        words = shown_words(column.table.columns[named.column])
        return None if type_name is None else ids.encode(words.get(type_name, type_name), value)
    type_name = kind.name if column.key == "id" else named_by(column)
    if type_name:
        return ids.encode(type_name, value)
    return shown_words(column).get(value, value) if isinstance(value, str) else value


def _read(column: Column[Any], given: Any) -> Any:
    """Read what is compared with as the value of a column: members of lists by their names, addresses in lower case."""
    words = member_names(column)
    if words is not None:
        return next(stored for stored, name in words.items() if name == given)
    form = policy_of(column).text_format
    if form in {Format.EMAIL, Format.COLOR}:
        return given.lower() if form is Format.EMAIL else given.upper()
    read = READ.get(column.type.python_type)
    return read(given) if read and isinstance(given, str) else given
