"""Orders by columns of every type, their own and those of what they refer to, where that is missing too."""

from functools import partial
from random import Random
from typing import Any

import pytest

from schema.derive import ids
from schema.derive.names import camel
from tests.schema.builders import Row
from tests.schema.oracle import Term, in_order, name_key
from tests.schema.things import Things, put_random_things
from tests.schema.walking import page_of, walk
from tests.world import CompanyWorld

COLUMNS = (
    "name",
    "code",
    "contact",
    "website",
    "quantity",
    "amount",
    "starts_on",
    "closed_at",
    "standing",
    "active",
    "owner_name",
    "created_at",
    "version",
)


def value_of(row: Row | None, column: str) -> Any:
    """Return what a row is ordered by; a row that is not there has nothing."""
    if row is None:
        return None
    if column in {"version", "created_at"}:
        return "the same"
    return name_key(row[column]) if column == "name" else row.get(column)


@pytest.mark.parametrize("column", COLUMNS)
async def test_every_type_of_column_orders(company: CompanyWorld, things: Things, column: str) -> None:
    kinds = await put_random_things(company, things, Random(column), 14)
    others = {row["id"]: row for row in kinds[1]}
    owner = things.seen_by(await company.person("OWNER"))
    for way, descending in (("ASC", False), ("DESC", True)):
        own: Term = ({camel(column): way}, lambda row: value_of(row, column), descending)
        through: Term = (
            {"other1": {camel(column): way}},
            lambda row: value_of(others.get(row["other1_id"]), column),
            descending,
        )
        for terms in ([own], [through], [through, own]):
            expected = [ids.encode("Thing0", row["id"]) for row in in_order(kinds[0], terms)]
            order = {"orderBy": [term for term, *_ in terms]}
            ask = partial(page_of, owner, "thing0s", "Thing0")
            assert await walk(ask, 6, order, backwards=descending) == expected, order


async def test_prose_and_json_have_no_order(company: CompanyWorld, things: Things) -> None:
    owner = things.seen_by(await company.person("OWNER"))
    for column in ("notes", "settings", "other1Id"):
        answer = await owner.ask(f"{{ thing0s(orderBy: [{{{column}: ASC}}]) {{ totalCount }} }}")
        assert set(answer.codes) == {"BAD_USER_INPUT"}
