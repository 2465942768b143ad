"""Filters against their meaning in plain Python: every operator on every type of column, and trees of them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from benchmarks.synthetic import Standing
from schema.derive import ids
from tests.schema.builders import START, Row
from tests.schema.matching import OF_TYPE, Holds, compares, on_the_wire, operand_for
from tests.schema.things import SETTINGS, STARTS, TEXTS, Things, put_random_things
from tests.world import CompanyWorld, Person

PARTS = [*TEXTS, "%", "_", "\\", "/", "SS", "ß", "é", "É", "Ο", "ς", "i", "x' or true --"]
COLUMNS: dict[str, tuple[str, str, list[Any]]] = {
    "notes": ("notes", "text", PARTS),
    "name": ("name", "text", PARTS),
    "quantity": ("quantity", "ranged", [0, 1, 2, 5, -(2**31), 2**31 - 1]),
    "startsOn": ("starts_on", "ranged", [*STARTS, STARTS[0] + timedelta(days=1)]),
    "closedAt": ("closed_at", "ranged", [START, START + timedelta(microseconds=1), datetime(1, 1, 1, tzinfo=UTC)]),
    "amount": ("amount", "ranged", [Decimal("1.0001"), Decimal("1.00005"), Decimal(-5), Decimal(10) ** 30]),
    "standing": ("standing", "choice", list(Standing)),
    "active": ("active", "flag", [True, False]),
    "settings": ("settings", "json", list(SETTINGS)),
}


async def found(person: Person, filters: list[dict[str, Any]], kind: int = 0) -> list[set[str]]:
    """Ask for the codes that each of several filters finds, in one request."""
    names = [f"w{place}" for place in range(len(filters))]
    declared = ", ".join(f"${name}: Thing{kind}Filter" for name in names)
    fields = "\n".join(f"{name}: thing{kind}s(first: 200, where: ${name}) {{ nodes {{ code }} }}" for name in names)
    answer = await person.ask(f"query({declared}) {{ {fields} }}", dict(zip(names, filters, strict=True)))
    return [{node["code"] for node in answer.data[name]["nodes"]} for name in names]


async def agrees(person: Person, cases: list[tuple[dict[str, Any], Holds]], rows: list[Row]) -> None:
    """Assert that each filter finds the rows for which its meaning holds, and no other."""
    for start in range(0, len(cases), 40):
        some = cases[start : start + 40]
        answers = await found(person, [given for given, _ in some])
        for (given, holds), codes in zip(some, answers, strict=True):
            assert codes == {row["code"] for row in rows if holds(row)}, given


def a_comparison(random: Random, field: str, operator: str) -> tuple[dict[str, Any], Holds]:
    """Make one comparison and its meaning."""
    column, kind, values = COLUMNS[field]
    given = ["a", "b", "%", "é", "missing"] if operator == "hasKey" else values
    operand = operand_for(random, operator, given)
    return {field: {operator: on_the_wire(operand)}}, compares(column, operator, operand, json=kind == "json")


@pytest.mark.parametrize("field", COLUMNS)
async def test_every_operator_finds_what_it_says(company: CompanyWorld, things: Things, field: str) -> None:
    random = Random(field)
    [rows, *_] = await put_random_things(company, things, random, 30)
    owner = things.seen_by(await company.person("OWNER"))
    operators = OF_TYPE[COLUMNS[field][1]]
    cases = [a_comparison(random, field, operator) for operator in operators for _ in range(6)]
    await agrees(owner, cases, rows)


@pytest.mark.parametrize("seed", range(3))
async def test_a_tree_of_conditions_finds_what_it_says(company: CompanyWorld, things: Things, seed: int) -> None:
    random = Random(seed)
    kinds = await put_random_things(company, things, random, 15)
    owner = things.seen_by(await company.person("OWNER"))
    for kind in range(3):
        cases = [a_tree(random, kinds, kind, depth=3) for _ in range(40)]
        await agrees_on(owner, cases, kinds, kind)


async def agrees_on(
    person: Person, cases: list[tuple[dict[str, Any], Holds]], kinds: list[list[Row]], kind: int
) -> None:
    answers = await found(person, [given for given, _ in cases], kind)
    for (given, holds), codes in zip(cases, answers, strict=True):
        assert codes == {row["code"] for row in kinds[kind] if holds(row)}, given


def a_tree(random: Random, kinds: list[list[Row]], kind: int, depth: int) -> tuple[dict[str, Any], Holds]:
    """Make a nested filter of one kind of thing, and its meaning."""
    shape = random.choice(["and", "or", "not", "up", "down", "leaf"]) if depth else "leaf"
    if shape in {"and", "or"}:
        parts = [a_tree(random, kinds, kind, depth - 1) for _ in range(random.randrange(4))]
        decide = all if shape == "and" else any
        return {shape: [given for given, _ in parts]}, lambda row: decide(holds(row) for _, holds in parts)
    if shape == "not":
        given, holds = a_tree(random, kinds, kind, depth - 1)
        return {"not": given}, lambda row: not holds(row)
    if shape == "up" and kind < 2:
        return _to_one(random, kinds, kind, depth)
    if shape == "down" and kind > 0:
        return _to_many(random, kinds, kind, depth)
    field = random.choice(list(COLUMNS))
    return a_comparison(random, field, random.choice(OF_TYPE[COLUMNS[field][1]]))


def _to_one(random: Random, kinds: list[list[Row]], kind: int, depth: int) -> tuple[dict[str, Any], Holds]:
    step = random.randrange(1, 3 - kind)
    given, holds = a_tree(random, kinds, kind + step, depth - 1)
    by_id = {row["id"]: row for row in kinds[kind + step]}
    return {f"other{step}": given}, lambda row: (key := row[f"other{step}_id"]) is not None and holds(by_id[key])


def _to_many(random: Random, kinds: list[list[Row]], kind: int, depth: int) -> tuple[dict[str, Any], Holds]:
    """Say something of the things that refer to this one."""
    step, match = random.randrange(1, kind + 1), random.choice(["some", "none", "every"])
    given, holds = a_tree(random, kinds, kind - step, depth - 1)

    def means(row: Row) -> bool:
        related = [other for other in kinds[kind - step] if other[f"other{step}_id"] == row["id"]]
        matching = [other for other in related if holds(other)]
        return {"some": bool(matching), "none": not matching, "every": len(matching) == len(related)}[match]

    # Things of every kind refer by `other1` to the next kind; the way back is named by the step.
    return {f"things{step}": {match: given}}, means


async def test_ids_are_compared_as_what_they_name(company: CompanyWorld, things: Things) -> None:
    rows, others, _ = await put_random_things(company, things, Random(3), 12)
    owner = things.seen_by(await company.person("OWNER"))
    own = [ids.encode("Thing0", row["id"]) for row in rows]
    other = ids.encode("Thing1", others[0]["id"])
    cases: list[tuple[dict[str, Any], Holds]] = [
        ({"id": {"eq": own[0]}}, lambda row: row is rows[0]),
        ({"id": {"in": own[:3]}}, lambda row: row in rows[:3]),
        ({"id": {"notIn": own[:3]}}, lambda row: row not in rows[:3]),
        ({"id": {"in": []}}, lambda _: False),
        ({"id": {"notIn": []}}, lambda _: True),
        ({"id": {"ne": own[0]}}, lambda row: row is not rows[0]),
        ({"other1Id": {"eq": other}}, lambda row: row["other1_id"] == others[0]["id"]),
        ({"other1Id": {"ne": other}}, lambda row: row["other1_id"] != others[0]["id"]),
        ({"other1Id": {"isNull": True}}, lambda row: row["other1_id"] is None),
        ({"other1": {}}, lambda row: row["other1_id"] is not None),
        ({"not": {"other1": {}}}, lambda row: row["other1_id"] is None),
        ({}, lambda _: True),
        ({"name": {}}, lambda _: True),
        ({"and": []}, lambda _: True),
        ({"or": []}, lambda _: False),
        ({"not": {}}, lambda _: False),
    ]
    await agrees(owner, cases, rows)


async def test_an_id_as_long_as_a_thousand_lists_is_few_parameters(company: CompanyWorld, things: Things) -> None:
    [rows, *_] = await put_random_things(company, things, Random(3), 5)
    owner = things.seen_by(await company.person("OWNER"))
    many = {"or": [{"quantity": {"in": list(range(place, 1000 + place))}} for place in range(50)]}
    await agrees(owner, [(many, lambda row: row["quantity"] < 1050)], rows)


async def test_a_total_counts_what_matches(company: CompanyWorld, things: Things) -> None:
    [rows, *_] = await put_random_things(company, things, Random(6), 20)
    owner = things.seen_by(await company.person("OWNER"))
    answer = await owner.ask("{ thing0s(first: 1, where: {active: {eq: true}}) { totalCount nodes { code } } }")
    assert answer.data["thing0s"]["totalCount"] == sum(row["active"] for row in rows)
