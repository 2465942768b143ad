from typing import Any

import pytest

from auth.principal import Principal
from resolvers.barred import Forbidden
from schema.imports import IMPORTABLES
from tests.imports.builders import Desk, counts
from tests.imports.test_rows import NAMED, TREE
from tests.world import CompanyWorld

COLUMNS = """
query($type: String!, $file: ID!) {
  importColumns(type: $type, fileId: $file) {
    columns { name field first } fields { name required } problem
  }
}
"""


async def test_who_may_not_make_one_may_not_import_any(desk: Desk) -> None:
    hr = await desk.company.person("HR")
    given = {
        "type": "Department",
        "fileId": await desk.upload("Name\nSales\n", hr),
        "mapping": [{"column": "Name", "field": "name"}],
    }
    answer = await hr.ask(
        "mutation($input: StartImportInput!) { startImport(input: $input) { import { id } } }", {"input": given}
    )
    assert answer.codes == ["FORBIDDEN"]
    assert answer.errors[0]["extensions"]["permission"] == "users.manage"
    made = await desk.begin("Team", "Name\nRed\n", NAMED, person=hr)
    assert made["refusals"] == []


async def test_what_somebody_else_has_uploaded_is_not_there(desk: Desk, other_company: CompanyWorld) -> None:
    colleague, stranger = await desk.company.person("ADMIN"), await other_company.person()
    file_id = await desk.upload("Name\nSales\n")
    given = {"type": "Department", "fileId": file_id, "mapping": [{"column": "Name", "field": "name"}]}
    for person in (colleague, stranger):
        payload = await person.do("startImport", given, "import { id }")
        assert [(each["code"], each["path"]) for each in payload["refusals"]] == [("NOT_FOUND", ["input", "fileId"])]
        answer = await person.ask(COLUMNS, {"type": "Department", "file": file_id})
        assert answer.data == {"importColumns": None}


async def test_a_file_is_imported_once(desk: Desk) -> None:
    file_id = await desk.upload("Name\nSales\n")
    given = {"type": "Department", "fileId": file_id, "mapping": [{"column": "Name", "field": "name"}]}
    assert (await desk.person.do("startImport", given))["refusals"] == []
    assert [each["code"] for each in (await desk.person.do("startImport", given))["refusals"]] == ["FILE_REFUSED"]


@pytest.mark.parametrize(
    ("type_name", "mapping", "path"),
    [
        ("Flow", {"Name": "name"}, ["input", "type"]),
        ("Department", {"Name": "id"}, ["input", "mapping", "0", "field"]),
        ("Department", {"Name": "parent.id"}, ["input", "mapping", "0", "field"]),
        ("Department", {"Name": "name", " ": "parentId"}, ["input", "mapping", "1", "column"]),
        ("Department", {"Name": "name", "A": "parentId", "B": "parent.name"}, ["input", "mapping"]),
        ("Department", {"Name": "parent.name"}, ["input", "mapping"]),
        ("Department", {}, ["input", "mapping"]),
    ],
)
async def test_what_cannot_be_read_is_refused(
    desk: Desk, type_name: str, mapping: dict[str, str], path: list[Any]
) -> None:
    payload = await desk.begin(type_name, "Name\nSales\n", mapping)
    assert [(each["code"], each["path"]) for each in payload["refusals"]] == [("INVALID_INPUT", path)]
    assert payload["import"] is None


async def test_an_import_ends_when_who_has_begun_it_may_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await desk.company.person("ADMIN")
    table = "Name\n" + "".join(f"D{number}\n" for number in range(500))
    import_id = await desk.begun("Department", table, NAMED, person=admin)
    monkeypatch.setattr("resolvers.imports.running.OF_A_JOB", 2)
    await desk.work(import_id)
    assert counts(await desk.state(import_id)) == ("RUNNING", 200, 200, 0, 0)
    await desk.company.rows(
        "delete from pool.user_roles where tenant_id = :tenant and user_id = :user returning id",
        user=admin.asking.principal.id,
    )
    await desk.work(import_id)
    state = await desk.state(import_id)
    assert (state["status"], state["failure"], state["rowsMade"]) == ("FAILED", "NOT_ALLOWED", 200)
    assert len(await desk.names()) == 200


async def test_an_import_ends_when_who_has_begun_it_may_not_sign_in(desk: Desk) -> None:
    admin = await desk.company.person("ADMIN")
    import_id = await desk.begun("Department", "Name\nSales\n", NAMED, person=admin)
    await desk.company.rows(
        "update pool.users set is_active = false where tenant_id = :tenant and id = :user returning id",
        user=admin.asking.principal.id,
    )
    await desk.work(import_id)
    state = await desk.state(import_id)
    assert (state["status"], state["failure"], await desk.names()) == ("FAILED", "NOT_ALLOWED", [])


async def test_an_import_is_cancelled_and_what_it_has_made_stays(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    table = "Name,Part of\n" + "".join(f"D{number},{'X' if number % 2 else ''}\n" for number in range(500))
    import_id = await desk.begun("Department", table, TREE)
    monkeypatch.setattr("resolvers.imports.running.OF_A_JOB", 2)
    await desk.work(import_id)
    payload = await desk.person.do("cancelImport", {"id": import_id}, "import { status allowedTransitions { name } }")
    assert payload["import"] == {"status": "CANCELLED", "allowedTransitions": []}
    await desk.work(import_id)
    assert counts(await desk.state(import_id)) == ("CANCELLED", 200, 100, 0, 100)
    again = await desk.person.do("cancelImport", {"id": import_id})
    assert [each["code"] for each in again["refusals"]] == ["ILLEGAL_TRANSITION"]


async def test_only_so_many_are_under_way_at_once(desk: Desk) -> None:
    for number in range(10):
        await desk.begun("Department", f"Name\nD{number}\n", NAMED)
    refused = await desk.begin("Department", "Name\nX\n", NAMED)
    assert [each["code"] for each in refused["refusals"]] == ["TOO_MANY_IMPORTS"]


async def test_columns_are_shown_with_a_guess_for_each(desk: Desk) -> None:
    file_id = await desk.upload("NAME;Head;Parent Name;Note\nSales;ada@x.example;Company;n\nPeople\n")
    answer = await desk.person.ask(COLUMNS, {"type": "Department", "file": file_id})
    found = answer.data["importColumns"]
    assert found["problem"] is None
    assert found["columns"] == [
        {"name": "NAME", "field": "name", "first": ["Sales", "People"]},
        {"name": "Head", "field": "head.email", "first": ["ada@x.example"]},
        {"name": "Parent Name", "field": "parent.name", "first": ["Company"]},
        {"name": "Note", "field": None, "first": ["n"]},
    ]
    own = ["name", "parentId", "parent.name", "headId", "head.email", "costCenter"]
    assert [each["name"] for each in found["fields"]] == own
    wrong = await desk.upload(b"Name\0\n")
    answer = await desk.person.ask(COLUMNS, {"type": "Department", "file": wrong})
    assert answer.data["importColumns"]["problem"] == "The text holds a NUL character."


async def test_who_finds_people_by_their_addresses_may_see_people(desk: Desk) -> None:
    team, me = IMPORTABLES["Team"], desk.person.asking.principal
    held = frozenset({"imports.run", "teams.edit"})
    asking = desk.person.asking.by(Principal("user", me.id, desk.company.tenant.id, held))
    team.expect_may(asking, [team.fields["name"], team.fields["managerId"]])
    with pytest.raises(Forbidden, match=r"permission users\.read"):
        team.expect_may(asking, [team.fields["manager.email"]])
