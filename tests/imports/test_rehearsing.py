from tests.imports.builders import Desk, counts, rejections
from tests.imports.test_rows import NAMED, TREE, left


async def test_a_rehearsal_makes_nothing_and_tells_of_every_row(desk: Desk) -> None:
    await desk.imported("Department", "Name\nOld\n", NAMED)
    table = "Name,Part of\nA,\nOld,\nB,Nowhere\n" + "x" * 121 + ",\nC,Old\n"
    state = await desk.imported("Department", table, TREE, rehearsal=True)
    assert counts(state) == ("COMPLETED", 5, 2, 3, 0)
    assert rejections(state) == [
        (3, "name", "ALREADY_EXISTS"),
        (5, "name", "INVALID_INPUT"),
        (4, "parent.name", "NOT_FOUND"),
    ]
    assert await desk.names() == ["Old"]
    assert len(await desk.audited("Department")) == 1
    assert await left(desk) == (0, 0)


async def test_a_rehearsal_says_what_the_import_says_however_far_apart_rows_are(desk: Desk) -> None:
    lines = [f"D{number},Last" for number in range(450)]
    lines += ["D7,", "Last,", "D449,", "E,D3"]
    table = "\n".join(["Name,Part of", *lines])
    rehearsed = await desk.imported("Department", table, TREE, rehearsal=True)
    assert counts(rehearsed) == ("COMPLETED", 454, 452, 2, 0)
    assert await desk.names() == []
    made = await desk.imported("Department", table, TREE)
    assert made == rehearsed | {"rejections": made["rejections"]}
    assert len(await desk.names()) == 452


async def test_a_rehearsal_of_people_mails_nobody(desk: Desk) -> None:
    mapping = {"mail": "email", "given": "firstName", "family": "lastName"}
    table = "mail,given,family\nada@x.example,Ada,A\n"
    state = await desk.imported("User", table, mapping, rehearsal=True)
    assert counts(state) == ("COMPLETED", 1, 1, 0, 0)
    [mails] = await desk.company.rows("select count(*) from pool.email_messages where tenant_id = :tenant")
    assert mails[0] == 0
    await desk.imported("User", table, mapping)
    [mails] = await desk.company.rows("select count(*) from pool.email_messages where tenant_id = :tenant")
    assert mails[0] == 1
