"""What rows come to, at once and in groups, as docs/api.md says: without nulls, exact, the largest group first."""

from collections.abc import Callable, Mapping, Sequence
from datetime import MINYEAR, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from db.columns import shown_words
from tests.engines.naive.matching import ranked, shown
from tests.engines.naive.rows import Kind, Row

Keys = tuple[Any, ...]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


PERIODS: Final[Mapping[str, Callable[[date], date]]] = {
    "DAY": lambda day: day,
    "WEEK": _monday,
    "MONTH": lambda day: day.replace(day=1),
    "QUARTER": lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    "YEAR": lambda day: day.replace(month=1, day=1),
}


def measures(kind: Kind, names: Mapping[str, Sequence[str]], rows: Sequence[Row]) -> dict[str, Any]:
    """The number of rows, and each measure of each column that `names` says."""
    found: dict[str, Any] = {"count": len(rows)}
    for measure, columns in names.items():
        found[measure] = {name: _measured(measure, _values(kind, name, rows)) for name in columns}
    return found


def _values(kind: Kind, name: str, rows: Sequence[Row]) -> list[Any]:
    return [row[kind.columns[name].key] for row in rows if row[kind.columns[name].key] is not None]


def _measured(measure: str, values: Sequence[Any]) -> Any:
    if not values:
        return None
    if measure in {"min", "max"}:
        return (min if measure == "min" else max)(values, key=ranked)
    total = sum(map(Fraction, values), Fraction())
    return total if measure == "sum" else total / len(values)


def groups(kind: Kind, by: Sequence[Mapping[str, str]], zone: str, rows: Sequence[Row]) -> list[tuple[Keys, list[Row]]]:
    """The groups of rows by the terms, the largest first, then by their keys, nulls last."""
    keyed = sorted(((_keys(kind, by, zone, row), row) for row in rows), key=lambda each: _rank(each[0]))
    made = [(keys, [row for _, row in some]) for keys, some in groupby(keyed, key=lambda each: each[0])]
    return sorted(made, key=lambda each: (-len(each[1]), _rank(each[0])))


def _keys(kind: Kind, by: Sequence[Mapping[str, str]], zone: str, row: Row) -> Keys:
    return tuple(_key(kind, name, how, zone, row) for term in by for name, how in term.items())


def _key(kind: Kind, name: str, how: str, zone: str, row: Row) -> Any:
    """What a row has in common with others of its group: its value, or the first day of the period that it falls in.

    Names of types are as the API calls them.
    """
    value = row[kind.columns[name].key]
    if how == "EACH" or value is None:
        return shown_words(kind.columns[name]).get(value, value) if isinstance(value, str) else value
    return PERIODS[how](_day(value, zone) if isinstance(value, datetime) else value)


def _day(instant: datetime, zone: str) -> date:
    """The day where the clocks show an instant; one that a date cannot hold, at either end of time, as its end."""
    try:
        return instant.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        return date.min if instant.year == MINYEAR else date.max


def _rank(keys: Keys) -> tuple[Any, ...]:
    return tuple((key is None, b"" if key is None else ranked(key)) for key in keys)


def key_shown(kind: Kind, name: str, key: Any, row: Row) -> Any:
    """A key as the API shows it: ids as it writes them."""
    return shown(kind, kind.columns[name], row) if name.endswith("Id") else key


def is_mean(told: str | None, exact: Fraction | None) -> bool:
    """Whether a mean is told with at least 16 significant digits, and no zeros at its end."""
    if told is None or exact is None:
        return told is None and exact is None
    if "." in told and told.endswith(("0", ".")):
        return False
    return abs(Fraction(Decimal(told)) - exact) <= abs(exact) * Fraction(1, 10**15)
