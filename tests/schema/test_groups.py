"""Groups: which there are, in which order, and what each comes to, worked out in Python over the same rows."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cmp_to_key
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from db.models.onboarding import Flow
from schema.derive import ids
from schema.derive.groupings import PERIODS
from schema.derive.scalars import ZONES
from tests.schema.builders import Row, put
from tests.schema.matching import on_the_wire
from tests.schema.oracle import comparable
from tests.schema.things import Things, put_random_things
from tests.world import CompanyWorld, Person

Key = Callable[[Row], Any]
BERLIN, NEW_YORK, APIA = "Europe/Berlin", "America/New_York", "Pacific/Apia"


def period(day: date | None, name: str) -> date | None:
    """Return the first day of the period that a day is in."""
    if day is None or name == "DAY":
        return day
    if name == "WEEK":
        return day - timedelta(days=day.weekday())
    month = {"MONTH": day.month, "QUARTER": (day.month - 1) // 3 * 3 + 1, "YEAR": 1}[name]
    return day.replace(month=month, day=1)


def local(instant: datetime | None, zone: str) -> date | None:
    """Return the day of an instant in a time zone; one before the first day or after the last is in that."""
    if instant is None:
        return None
    try:
        return instant.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        return date.min if instant.year == 1 else date.max


def expected(rows: Sequence[Row], keys: Mapping[str, Key]) -> list[tuple[dict[str, Any], list[Row]]]:
    """Group rows by the values of keys: the largest group first, then by the keys, nulls last."""
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(key(row) for key in keys.values())].append(row)

    def before(one: Any, other: Any) -> int:
        if len(one[1]) != len(other[1]):
            return len(other[1]) - len(one[1])
        for mine, theirs in zip(one[0], other[0], strict=True):
            if mine != theirs:
                return (
                    1 if mine is None else -1 if theirs is None else 1 if comparable(mine) > comparable(theirs) else -1
                )
        return 0

    ordered = sorted(found.items(), key=cmp_to_key(before))
    return [(dict(zip(keys, map(on_the_wire, values), strict=True)), group) for values, group in ordered]


@pytest.fixture
async def owner(company: CompanyWorld, things: Things) -> Person:
    """The owner of the company, asking the application of things."""
    return things.seen_by(await company.person("OWNER"))


def days(column: str, name: str) -> Key:
    return lambda row: period(row[column], name)


def instants(name: str, zone: str) -> Key:
    return lambda row: period(local(row["closed_at"], zone), name)


BY: list[tuple[str, dict[str, Key]]] = [
    ("by: [{standing: EACH}]", {"standing": lambda row: row["standing"]}),
    ("by: [{active: EACH}]", {"active": lambda row: row["active"]}),
    ("by: [{quantity: EACH}]", {"quantity": lambda row: row["quantity"]}),
    ("by: {contact: EACH}", {"contact": lambda row: row["contact"]}),
    ("by: [{name: EACH}]", {"name": lambda row: row["name"]}),
    (
        "by: [{standing: EACH}, {contact: EACH}, {active: EACH}, {startsOn: YEAR}]",
        {
            "standing": lambda row: row["standing"],
            "contact": lambda row: row["contact"],
            "active": lambda row: row["active"],
            "startsOn": days("starts_on", "YEAR"),
        },
    ),
    *((f"by: [{{startsOn: {name}}}]", {"startsOn": days("starts_on", name)}) for name in PERIODS),
    *((f"by: [{{closedAt: {name}}}]", {"closedAt": instants(name, "UTC")}) for name in PERIODS),
    *(
        (f'timeZone: "{zone}", by: [{{closedAt: {name}}}]', {"closedAt": instants(name, zone)})
        for name in PERIODS
        for zone in (BERLIN, NEW_YORK, APIA)
    ),
]


@pytest.mark.parametrize(("arguments", "keys"), BY, ids=[arguments for arguments, _ in BY])
async def test_groups_are_those_of_python(
    company: CompanyWorld, owner: Person, things: Things, arguments: str, keys: dict[str, Key]
) -> None:
    rows = (await put_random_things(company, things, Random(arguments), 60))[0]
    query = f"""{{ thing0s(first: 1) {{ groups({arguments}) {{
        key {{ {" ".join(keys)} code }} count
        min {{ amount }} max {{ code }} sum {{ quantity amount }} avg {{ quantity }}
    }} }} }}"""
    found = (await owner.ask(query)).data["thing0s"]["groups"]
    groups = expected(rows, keys)
    assert [(each["key"], each["count"]) for each in found] == [
        ({**key, "code": None}, len(group)) for key, group in groups
    ]
    for each, (_, group) in zip(found, groups, strict=True):
        assert each["min"]["amount"] == format(min(row["amount"] for row in group), ".4f")
        assert each["max"]["code"] == max(row["code"] for row in group)
        assert Decimal(each["sum"]["amount"]) == sum(row["amount"] for row in group)
        assert Decimal(each["sum"]["quantity"]) == sum(row["quantity"] for row in group)
        mean = Decimal(sum(row["quantity"] for row in group)) / len(group)
        assert abs(Decimal(each["avg"]["quantity"]) - mean) < Decimal("1e-12")


async def test_a_reference_is_an_id_in_the_key(company: CompanyWorld, owner: Person, things: Things) -> None:
    rows = (await put_random_things(company, things, Random(5), 30))[0]
    found = (await owner.ask("{ thing0s { groups(by: [{other1Id: EACH}]) { key { other1Id } count } } }")).data
    groups = expected(rows, {"other1Id": lambda row: row["other1_id"]})
    keys = [None if key["other1Id"] is None else ids.encode("Thing1", key["other1Id"]) for key, _ in groups]
    assert found["thing0s"]["groups"] == [
        {"key": {"other1Id": key}, "count": len(group)} for key, (_, group) in zip(keys, groups, strict=True)
    ]


async def test_groups_follow_the_filter_and_not_the_page(company: CompanyWorld, owner: Person, things: Things) -> None:
    rows = (await put_random_things(company, things, Random(6), 40))[0]
    query = (
        "{ thing0s(where: {quantity: {gt: 1}}, last: 0) { groups(by: [{standing: EACH}]) { key { standing } count } } }"
    )
    found = (await owner.ask(query)).data["thing0s"]["groups"]
    groups = expected([row for row in rows if row["quantity"] > 1], {"standing": lambda row: row["standing"]})
    assert found == [{"key": key, "count": len(group)} for key, group in groups]


async def test_the_largest_are_the_first(company: CompanyWorld, owner: Person, things: Things) -> None:
    rows = (await put_random_things(company, things, Random(7), 40))[0]
    groups = expected(rows, {"name": lambda row: row["name"]})
    for first in (0, 1, 3, 1000):
        query = f"{{ thing0s {{ groups(by: [{{name: EACH}}], first: {first}) {{ key {{ name }} count }} }} }}"
        found = (await owner.ask(query)).data["thing0s"]["groups"]
        assert found == [{"key": key, "count": len(group)} for key, group in groups[:first]]


def many(count: int) -> list[Row]:
    return [{"name": f"Flow {place:04}", "duration_days": 30} for place in range(count)]


async def test_a_thousand_groups_and_not_one_more(company: CompanyWorld, hr: Person) -> None:
    await put(company, Flow, many(1000))
    query = "{ flows(first: 1) { nodes { name } groups(by: [{name: EACH}]) { key { name } } } }"
    assert len((await hr.ask(query)).data["flows"]["groups"]) == 1000
    await put(company, Flow, [{"name": "One more", "duration_days": 30}])
    answer = await hr.ask(query)
    assert answer.body["data"] == {"flows": {"nodes": [{"name": "Flow 0000"}], "groups": None}}
    [error] = answer.errors
    assert error["extensions"] == {"code": "COST_EXCEEDED", "most": 1000}
    assert "1,000" in error["message"]
    some = (await hr.ask("{ flows { groups(by: [{name: EACH}], first: 1000) { key { name } } } }")).data["flows"]
    assert [each["key"]["name"] for each in some["groups"]] == [f"Flow {place:04}" for place in range(1000)]


WRONG: list[tuple[str, list[str]]] = [
    ("by: []", ["by"]),
    ("by: [{name: EACH}, {status: EACH}, {audience: EACH}, {revision: EACH}, {language: EACH}]", ["by"]),
    ("by: [{name: EACH}, {createdAt: DAY}, {createdAt: YEAR}]", ["by", "2", "createdAt"]),
    ("by: [{name: EACH}], first: -1", ["first"]),
    ("by: [{name: EACH}], first: 1001", ["first"]),
    ("by: [{name: EACH}], timeZone: null", ["timeZone"]),
]


@pytest.mark.parametrize(("arguments", "path"), WRONG, ids=[arguments for arguments, _ in WRONG])
async def test_groups_that_cannot_be(company: CompanyWorld, hr: Person, arguments: str, path: list[str]) -> None:
    answer = await hr.ask(f"{{ flows {{ totalCount groups({arguments}) {{ count }} }} }}")
    assert answer.body["data"] == {"flows": {"totalCount": 0, "groups": None}}
    assert answer.errors[0]["extensions"] == {"code": "BAD_USER_INPUT", "inputPath": path}


@pytest.mark.parametrize(
    "arguments",
    [
        "by: [{name: EACH, status: EACH}]",
        "by: [{}]",
        "by: [{name: null}]",
        "by: [{name: MONTH}]",
        "by: [{createdAt: EACH}]",
        "by: [{id: EACH}]",
        "by: [{version: EACH}]",
        "by: [{description: EACH}]",
        "by: [null]",
        "by: null",
        "first: 1",
        'by: [{createdAt: DAY}], timeZone: "Mars/Olympus"',
    ],
)
async def test_groups_that_the_schema_refuses(company: CompanyWorld, hr: Person, arguments: str) -> None:
    answer = await hr.ask(f"{{ flows {{ groups({arguments}) {{ count }} }} }}")
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert "data" not in answer.body


async def test_every_time_zone_is_one_that_postgresql_has(company: CompanyWorld) -> None:
    rows = await company.rows("select name from pg_timezone_names")
    assert ZONES - {row[0] for row in rows} == set()
