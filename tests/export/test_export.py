import csv
import io
from typing import Any

import httpx
import orjson
import pytest

from schema.export.forms import cell_of
from tests.world import CompanyWorld, Person

PARENTED = "name,parent.name,head.email"


async def get(person: Person, address: str, **given: Any) -> httpx.Response:
    known = {"authorization": f"Bearer {person.token}"} if person.token else {"x-workgraph-tenant": person.tenant_slug}
    texts = {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in given.items()}
    return await person.http.get(f"/export/{address}", params=texts, headers=known)


async def departments(owner: Person, *names: str) -> list[str]:
    made: list[str] = []
    for name in names:
        given = {"name": name} | ({"parentId": made[0]} if made else {})
        made.append((await owner.do("createDepartment", given, "department { id }"))["department"]["id"])
    return made


async def many(company: CompanyWorld, count: int) -> None:
    """Put in so many departments."""
    await company.rows(
        "insert into pool.departments (tenant_id, name, created_at, updated_at) "
        "select cast(:tenant as uuid), 'D' || lpad(n::text, 6, '0'), now(), now() from generate_series(1, :count) n "
        "returning id",
        count=count,
    )


def rows(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text, newline="")))


async def test_objects_are_written_as_csv_with_values_of_what_they_refer_to(company: CompanyWorld) -> None:
    owner = await company.person()
    await departments(owner, "Company", "Sales, inside", 'The "field"')
    answer = await get(owner, "departments.csv", fields=PARENTED, orderBy=[{"name": "DESC"}])
    assert rows(answer) == [
        ["name", "parent.name", "head.email"],
        ['The "field"', "Company", ""],
        ["Sales, inside", "Company", ""],
        ["Company", "", ""],
    ]
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="departments.csv"'
    assert answer.headers["cache-control"] == "no-store"


async def test_objects_are_written_as_lines_of_json_as_a_query_shows_them(company: CompanyWorld) -> None:
    owner = await company.person()
    first, _ = await departments(owner, "Company", "Sales")
    where = {"name": {"startsWith": "S"}}
    answer = await get(owner, "departments.jsonl", fields="name,parent.id,parent.name", where=where)
    assert [orjson.loads(line) for line in answer.text.splitlines()] == [
        {"name": "Sales", "parent": {"id": first, "name": "Company"}}
    ]


async def test_without_fields_every_column_is_written(company: CompanyWorld) -> None:
    owner = await company.person()
    await departments(owner, "Company")
    [header, row] = rows(await get(owner, "departments.csv"))
    assert header == ["id", "name", "parentId", "headId", "costCenter", "createdAt", "updatedAt", "version"]
    assert (row[1], row[7]) == ("Company", "1")


async def test_many_objects_are_sent_page_by_page_each_once(company: CompanyWorld) -> None:
    owner = await company.person()
    await many(company, 1001)
    answer = await get(owner, "departments.csv", fields="name", orderBy=[{"name": "ASC"}])
    assert [row[0] for row in rows(answer)[1:]] == [f"D{number:06}" for number in range(1, 1002)]


async def test_who_may_not_read_exports_nothing(company: CompanyWorld, other_company: CompanyWorld) -> None:
    await departments(await company.person(), "Company")
    viewer, stranger = await company.person("VIEWER"), company.stranger()
    refused = await get(viewer, "departments.csv", fields="name")
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    nobody = await get(stranger, "departments.csv", fields="name")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "UNAUTHENTICATED")
    assert rows(await get(await other_company.person(), "departments.csv", fields="name")) == [["name"]]


async def test_a_field_that_one_may_not_read_is_empty_and_named(company: CompanyWorld) -> None:
    assert (await (await company.person()).do("createFlow", {"name": "Engineers", "durationDays": 30}))[
        "refusals"
    ] == []
    answer = await get(await company.person("IT"), "flows.csv", fields="name,newHires.totalCount")
    assert rows(answer) == [["name", "newHires.totalCount"], ["Engineers", ""]]
    hidden = '"flows.nodes.newHires";permission="onboarding.read_hires"'
    assert answer.headers["workgraph-hidden"] == hidden


async def test_only_rows_within_reach_are_exported(company: CompanyWorld) -> None:
    owner = await company.person()
    manager = await company.person("MEMBER")
    role = {"name": "Looks", "description": "Sees their own.", "permissions": ["users.read"]}
    made = (await owner.do("createRole", role, "role { id }"))["role"]["id"]
    given = {"id": f"User_{manager.asking.principal.id}", "roleId": made, "scope": "SELF"}
    assert (await owner.do("giveRole", given))["refusals"] == []
    answer = await get(manager, "users.csv", fields="email")
    assert rows(answer) == [["email"], [manager.asking.principal.name]]


@pytest.mark.parametrize(
    ("address", "given", "status"),
    [
        ("nothing.csv", {}, 404),
        ("departments.xml", {}, 404),
        ("departments", {}, 404),
        ("departments.csv/more", {}, 404),
        ("viewer.csv", {}, 404),
        ("departments.csv", {"fields": "nothing"}, 400),
        ("departments.csv", {"fields": "parent"}, 400),
        ("departments.csv", {"fields": "people.nodes.email"}, 400),
        ("departments.csv", {"fields": "name,name"}, 400),
        ("departments.csv", {"fields": "name } viewer { id"}, 400),
        ("departments.csv", {"fields": "parent.parent.parent.parent.parent.name"}, 400),
        ("departments.csv", {"where": "{"}, 400),
        ("departments.csv", {"where": {"nothing": 1}}, 400),
        ("departments.csv", {"orderBy": {"nothing": "ASC"}}, 400),
        ("departments.csv", {"first": "3"}, 400),
    ],
)
async def test_what_cannot_be_exported_is_a_problem(
    company: CompanyWorld, address: str, given: dict[str, Any], status: int
) -> None:
    answer = await get(await company.person(), address, **given)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_only_reading_is_done_here(company: CompanyWorld) -> None:
    owner = await company.person()
    answer = await owner.http.post("/export/departments.csv", headers={"authorization": f"Bearer {owner.token}"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    head = await owner.http.head("/export/departments.csv", headers={"authorization": f"Bearer {owner.token}"})
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-x", "'-x"),
        ("@sum", "'@sum"),
        ("\tx", "'\tx"),
        (" =1", "' =1"),
        ("-12.50", "-12.50"),
        ("plain = x", "plain = x"),
        (None, ""),
        (True, "true"),
        (7, "7"),
        (["a"], '["a"]'),
        ({"a": 1}, '{"a":1}'),
    ],
)
def test_a_cell_is_never_a_formula(value: Any, written: str) -> None:
    assert cell_of(value) == written
