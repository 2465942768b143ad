"""Cursors in hostile hands: each is opaque, and good for its list, its order and its company alone."""

import pytest

from db.models.onboarding import Flow
from tests.schema.builders import put, put_flows
from tests.schema.walking import page_of
from tests.world import CompanyWorld, Person

QUERY = "query($after: String, $orderBy: [FlowOrder!]) { flows(after: $after, orderBy: $orderBy) { nodes { id } } }"
LONG_NAME = "\ufdfa" * 120
"""A name of 120 characters, each of which is eighteen once it is normalised."""


async def a_cursor(person: Person, order: str = "") -> str:
    answer = await person.ask(f"{{ flows(first: 1{order}) {{ pageInfo {{ endCursor }} }} }}")
    return answer.data["flows"]["pageInfo"]["endCursor"]


async def refused(person: Person, cursor: str, query: str = QUERY, **arguments: object) -> None:
    """Assert that a cursor is refused with its place, and tells nothing else, whichever end it marks."""
    for end in ("after", "before"):
        answer = await person.ask(query.replace("(after:", f"({end}:"), {"after": cursor, **arguments})
        assert [error["extensions"] for error in answer.errors] == [{"code": "BAD_USER_INPUT", "inputPath": [end]}]


async def test_any_change_of_a_cursor_is_refused(company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 2)
    cursor = await a_cursor(hr)
    for place in range(0, len(cursor), 5):
        other = "A" if cursor[place] != "A" else "B"
        await refused(hr, cursor[:place] + other + cursor[place + 1 :])
    for length in (0, 1, 15, 16, len(cursor) // 2, len(cursor) - 1):
        await refused(hr, cursor[:length])


@pytest.mark.parametrize("text", ["", " ", "=", "null", "é", "\0", "a" * 500_000, "👩" * 1000, "-1", "{}"])
async def test_what_is_no_cursor_is_refused(company: CompanyWorld, hr: Person, text: str) -> None:
    await refused(hr, text)


async def test_a_cursor_is_written_in_one_way(company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 1)
    cursor = await a_cursor(hr)
    for other in (f"{cursor}=", f" {cursor}", f"{cursor}\n", cursor + cursor):
        await refused(hr, other)


async def test_another_order_is_refused(company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 2)
    await refused(hr, await a_cursor(hr), orderBy=[{"name": "ASC"}])
    await refused(hr, await a_cursor(hr, ", orderBy: [{name: ASC}]"), orderBy=[{"name": "DESC"}])
    await refused(hr, await a_cursor(hr, ", orderBy: [{name: ASC}]"))


async def test_another_list_is_refused(company: CompanyWorld, hr: Person) -> None:
    await put_flows(company, 1, stages=1)
    cursor = await a_cursor(hr)
    await refused(hr, cursor, "query($after: String) { stages(after: $after) { totalCount nodes { id } } }")
    await refused(hr, cursor, "query($after: String) { flows { nodes { stages(after: $after) { nodes { id } } } } }")


async def test_another_companys_cursor_is_refused(
    company: CompanyWorld, other_company: CompanyWorld, hr: Person
) -> None:
    await put_flows(other_company, 1)
    await refused(hr, await a_cursor(await other_company.person("HR")))


async def test_a_cursor_tells_nothing_of_its_row(company: CompanyWorld, hr: Person) -> None:
    await put(company, Flow, [{"name": "Secret" * 20, "duration_days": 1}])
    cursor = await a_cursor(hr, ", orderBy: [{name: ASC}]")
    assert "Secret" not in cursor
    assert cursor.isascii()


async def test_the_longest_order_has_a_cursor_that_is_taken(company: CompanyWorld, hr: Person) -> None:
    await put(company, Flow, [{"name": LONG_NAME, "duration_days": 1}] * 2)
    order = {"orderBy": [{"name": "ASC"}] * 8}
    page = await page_of(hr, "flows", "Flow", {**order, "first": 1})
    page = await page_of(hr, "flows", "Flow", {**order, "after": page["pageInfo"]["endCursor"]})
    assert len(page["nodes"]) == 1
