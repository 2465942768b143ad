from tests.imports.builders import Desk, counts, rejections

NAMED = {"Name": "name"}
TREE = {"Name": "name", "Part of": "parent.name"}


async def test_each_row_becomes_an_object_made_in_the_name_of_who_has_begun(desk: Desk) -> None:
    state = await desk.imported("Department", "Name,Note\nSales,x\nPeople,y\n", NAMED)
    assert counts(state) == ("COMPLETED", 2, 2, 0, 0)
    assert state["rowsTotal"] == 2
    assert await desk.names() == ["Sales", "People"]
    assert await desk.audited("Department") == [("run_import", desk.person.asking.principal.id)] * 2
    events = await desk.company.rows(
        "select type, actor_id from pool.event_outbox where tenant_id = :tenant and type = 'department.created'"
    )
    assert [row.actor_id for row in events] == [desk.person.asking.principal.id] * 2


async def test_a_refused_row_keeps_no_other_from_being_made(desk: Desk) -> None:
    table = "Name\nSales\nSales\n\n" + "x" * 121 + "\nPeople\n"
    state = await desk.imported("Department", table, NAMED)
    assert counts(state) == ("COMPLETED", 4, 2, 2, 0)
    assert rejections(state) == [(3, "name", "ALREADY_EXISTS"), (5, "name", "INVALID_INPUT")]
    assert await desk.names() == ["Sales", "People"]


async def test_what_is_in_a_row_does_not_stand_in_its_rejection(desk: Desk) -> None:
    table = "Address;First;Last;Zone\nada@x.example;Ada;Lovelace;Ruritania\nnone;Bob;Bobson;\n"
    mapping = {"Address": "email", "First": "firstName", "Last": "lastName", "Zone": "timezone"}
    state = await desk.imported("User", table, mapping)
    assert counts(state) == ("COMPLETED", 2, 0, 2, 0)
    assert state["rejections"]["nodes"] == [
        {
            "rowNumber": 2,
            "header": "Zone",
            "field": "timezone",
            "code": "INVALID_INPUT",
            "message": "TimeZone: must be an IANA time zone, such as Europe/Berlin.",
        },
        {
            "rowNumber": 3,
            "header": "Address",
            "field": "email",
            "code": "INVALID_INPUT",
            "message": "EmailAddress: must be an e-mail address, such as ada@example.com.",
        },
    ]


async def test_a_row_may_name_another_that_is_there_or_stands_before_it(desk: Desk) -> None:
    await desk.imported("Department", "Name\nCompany\n", NAMED)
    state = await desk.imported("Department", "Name,Part of\nSales,Company\nField,Sales\nInside, Sales \n", TREE)
    assert counts(state) == ("COMPLETED", 3, 3, 0, 0)
    assert await parents(desk) == {"Company": None, "Sales": "Company", "Field": "Sales", "Inside": "Sales"}


async def test_a_row_may_name_one_further_down_and_what_is_never_there_is_rejected(desk: Desk) -> None:
    table = "Name,Part of\nA,B\nB,C\nC,D\nD,\nX,Y\nY,X\nZ,Nowhere\n"
    state = await desk.imported("Department", table, TREE)
    assert counts(state) == ("COMPLETED", 7, 4, 3, 0)
    assert await parents(desk) == {"A": "B", "B": "C", "C": "D", "D": None}
    assert rejections(state) == [(number, "parent.name", "NOT_FOUND") for number in (6, 7, 8)]
    assert {each["message"] for each in state["rejections"]["nodes"]} == {"There is no department with this name."}
    assert await left(desk) == (0, 0)


async def test_people_name_whom_they_report_to_by_address_in_any_order(desk: Desk) -> None:
    table = "mail\tgiven\tfamily\tboss\nbob@x.example\tBob\tB\tAda@X.example\nada@x.example\tAda\tA\t\n"
    mapping = {"mail": "email", "given": "firstName", "family": "lastName", "boss": "manager.email"}
    state = await desk.imported("User", table, mapping)
    assert counts(state) == ("COMPLETED", 2, 2, 0, 0)
    found = await desk.company.rows(
        "select m.email from pool.users u join pool.users m on m.id = u.manager_id "
        "where u.tenant_id = :tenant and u.email = 'bob@x.example'"
    )
    assert [row.email for row in found] == ["ada@x.example"]


async def test_many_rows_are_made_some_at_a_time_and_the_count_of_rejections_is_exact(desk: Desk) -> None:
    table = "Name\n" + "".join(f"D{number % 700}\n" for number in range(1900))
    state = await desk.imported("Department", table, NAMED)
    assert counts(state) == ("COMPLETED", 1900, 700, 1200, 0)
    assert state["rejections"]["totalCount"] == 1000
    assert len(await desk.names()) == 700


async def test_an_empty_cell_leaves_the_default_and_one_that_is_needed_is_rejected(desk: Desk) -> None:
    mapping = {"Name": "name", "About": "description"}
    state = await desk.imported("Team", "Name,About\nRed,\n,what\nBlue,We sell.\nGreen\n", mapping)
    assert rejections(state) == [(3, "name", "INVALID_INPUT")]
    found = await desk.company.rows("select name, description from pool.teams where tenant_id = :tenant order by id")
    assert [(row.name, row.description) for row in found] == [("Red", None), ("Blue", "We sell."), ("Green", None)]


async def parents(desk: Desk) -> dict[str, str | None]:
    found = await desk.company.rows(
        "select d.name, p.name as parent from pool.departments d left join pool.departments p on p.id = d.parent_id "
        "where d.tenant_id = :tenant"
    )
    return {row.name: row.parent for row in found}


async def left(desk: Desk) -> tuple[int, int]:
    """How much is put aside."""
    [found] = await desk.company.rows(
        "select (select count(*) from pool.import_postponed_rows where tenant_id = :tenant) as rows, "
        "(select count(*) from pool.import_rehearsed_keys where tenant_id = :tenant) as marks"
    )
    return found.rows, found.marks
