"""Aggregates and groups: what they come to, worked out the plain way in Python over the same rows."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from benchmarks.synthetic import Standing
from tests.schema.builders import START, Row
from tests.schema.matching import on_the_wire
from tests.schema.oracle import comparable
from tests.schema.things import Things, put_random_things
from tests.world import CompanyWorld, Person

WIRE = {
    "code": "code",
    "name": "name",
    "contact": "contact",
    "website": "website",
    "quantity": "quantity",
    "amount": "amount",
    "startsOn": "starts_on",
    "endsOn": "ends_on",
    "closedAt": "closed_at",
    "ownerName": "owner_name",
}
"""What is ranked of a thing, with its name in the rows."""

NUMBERS = ("quantity", "amount")
RANKED = " ".join(WIRE)
WHOLE = f"count min {{ {RANKED} }} max {{ {RANKED} }} sum {{ quantity amount }} avg {{ quantity amount }}"


def written(value: Any) -> Any:
    """Write a value as the API answers it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return format(value, ".4f") if isinstance(value, Decimal) else on_the_wire(value)


def extreme(rows: Sequence[Row], name: str, choose: Callable[..., Any]) -> Any:
    """Return the smallest or greatest value of a column; nulls are none."""
    values = [row[name] for row in rows if row[name] is not None]
    return written(choose(values, key=comparable)) if values else None


def total(rows: Sequence[Row], name: str) -> Decimal | None:
    """Return the exact sum of a column."""
    values = [Decimal(row[name]) for row in rows if row[name] is not None]
    return sum(values, Decimal()) if values else None


def check(found: dict[str, Any], rows: Sequence[Row]) -> None:
    """Compare all measures of some things with those that Python finds."""
    assert found["count"] == len(rows)
    for measure, choose in (("min", min), ("max", max)):
        assert found[measure] == {name: extreme(rows, column, choose) for name, column in WIRE.items()}
    for name in NUMBERS:
        added, mean = found["sum"][name], found["avg"][name]
        expected = total(rows, name)
        if expected is None:
            assert (added, mean) == (None, None)
            continue
        assert Decimal(added) == expected
        exact = Fraction(expected) / len(rows)
        assert abs(Fraction(mean) - exact) <= abs(exact) / 10**15
        assert not mean.endswith("0") or "." not in mean


@pytest.fixture
async def owner(company: CompanyWorld, things: Things) -> Person:
    """The owner of the company, asking the application of things."""
    return things.seen_by(await company.person("OWNER"))


async def test_what_all_things_come_to(company: CompanyWorld, owner: Person, things: Things) -> None:
    rows = await put_random_things(company, things, Random(3), 40)
    answer = await owner.ask(f"{{ thing0s(first: 1) {{ aggregate {{ {WHOLE} }} nodes {{ id }} }} }}")
    check(answer.data["thing0s"]["aggregate"], rows[0])


async def test_of_nothing_there_is_nothing(company: CompanyWorld, owner: Person) -> None:
    query = f"{{ thing0s {{ aggregate {{ {WHOLE} }} groups(by: [{{standing: EACH}}]) {{ count }} }} }}"
    found = (await owner.ask(query)).data["thing0s"]
    assert found["groups"] == []
    check(found["aggregate"], [])


def lately(row: Row) -> bool:
    """Tell whether a thing was closed not at the beginning of time."""
    return row["closed_at"] is not None and row["closed_at"] > START - timedelta(days=9)


FILTERS: list[tuple[str, Callable[[Row], bool]]] = [
    ("{quantity: {gt: 1}}", lambda row: row["quantity"] > 1),
    ("{startsOn: {isNull: true}}", lambda row: row["starts_on"] is None),
    (
        "{standing: {eq: OPEN}, not: {active: {eq: true}}}",
        lambda row: row["standing"] is Standing.OPEN and not row["active"],
    ),
    (
        '{or: [{contact: {startsWith: "ada"}}, {closedAt: {gt: "2025-01-01T00:00:00Z"}}]}',
        lambda row: (row["contact"] or "").startswith("ada") or lately(row),
    ),
    ("{quantity: {gt: 10000}}", lambda _row: False),
]


@pytest.mark.parametrize(("where", "holds"), FILTERS, ids=[where for where, _ in FILTERS])
async def test_what_those_that_match_come_to(
    company: CompanyWorld, owner: Person, things: Things, where: str, holds: Callable[[Row], bool]
) -> None:
    rows = await put_random_things(company, things, Random(4), 40)
    query = f"{{ thing0s(where: {where}, first: 0) {{ totalCount aggregate {{ {WHOLE} }} }} }}"
    found = (await owner.ask(query)).data["thing0s"]
    matching = [row for row in rows[0] if holds(row)]
    assert found["totalCount"] == len(matching)
    check(found["aggregate"], matching)
