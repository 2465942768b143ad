import pytest

from resolvers.imports.rows import without
from tests.files.test_purge import HOUR, purge
from tests.imports.builders import Desk
from tests.imports.test_rows import NAMED


@pytest.mark.parametrize(
    ("table", "failure", "row", "said"),
    [
        (b"Name\nSales\nA\0B\n", "NOT_A_TABLE", 3, "The text holds a NUL character."),
        ("Name\nSales\nMünchen\n".encode("latin-1"), "NOT_A_TABLE", 3, "The text is not UTF-8. Save the table as"),
        ("Name\nSales\n".encode("utf-16"), "NOT_A_TABLE", 1, "The text holds a NUL character."),
        (b"Name\nSales\n" + b"x" * 3_000_000, "NOT_A_TABLE", 3, "A row has more than a megabyte"),
        (b"Name\nSales\n" + b"," * 10_000, "NOT_A_TABLE", 3, "A row has at most 500 cells."),
        (b"," * 10_000 + b"Name\nSales\n", "NO_SUCH_COLUMN", 1, "The first row names no column"),
        (b'Name\nSales\n"never closed\n' + b"more\n" * 10, "NOT_A_TABLE", 3, "It is not CSV: unexpected end of data."),
        (b'Name\nSales\n"' + b"\n" * 200_000, "NOT_A_TABLE", 3, "It is not CSV: field larger than field limit"),
        (b"\n\n", "NOT_A_TABLE", 1, "The first row has to name the columns."),
        (b"Other\nSales\n", "NO_SUCH_COLUMN", 1, "The first row names no column “Name”."),
        (b"Name,Name\nSales,Sales\n", "NO_SUCH_COLUMN", 1, "The first row names several columns “Name”."),
    ],
)
async def test_what_is_no_table_is_refused_as_a_whole(
    desk: Desk, table: bytes, failure: str, row: int, said: str
) -> None:
    state = await desk.imported("Department", table, NAMED)
    assert (state["status"], state["failure"], state["failureRow"]) == ("FAILED", failure, row)
    assert state["failureMessage"].startswith(said)
    assert await desk.names() == []


@pytest.mark.parametrize(
    "table",
    [
        "\ufeffName,Note\r\nSales,x\r\n",
        "Note;Name\n;Sales\n",
        'Name\tNote\nSales\t"x\ny"\n',
        '"Name";"Note"\n"Sales";"x;y"',
    ],
)
async def test_tables_are_read_as_programs_write_them(desk: Desk, table: str) -> None:
    state = await desk.imported("Department", table, NAMED)
    assert (state["status"], state["rowsMade"], await desk.names()) == ("COMPLETED", 1, ["Sales"])


async def test_a_row_with_more_cells_than_there_are_columns_is_rejected(desk: Desk) -> None:
    state = await desk.imported("Department", "Name,Note\nA,b,c\nB,,,\nC\n", NAMED)
    assert [(each["rowNumber"], each["field"]) for each in state["rejections"]["nodes"]] == [(2, None)]
    assert await desk.names() == ["B", "C"]


async def test_the_file_is_kept_while_it_is_read_and_removed_the_day_after(desk: Desk) -> None:
    import_id = await desk.begun("Department", "Name\nSales\n", NAMED)
    assert await purge(desk.company, desk.depot.store, 48 * HOUR) == 0
    await desk.work(import_id)
    assert await purge(desk.company, desk.depot.store, 24 * HOUR) == 1
    assert desk.depot.kept(desk.company) == []
    assert (await desk.state(import_id))["status"] == "COMPLETED"


async def test_a_file_that_is_gone_ends_the_import(desk: Desk) -> None:
    import_id = await desk.begun("Department", "Name\nSales\n", NAMED)
    await desk.depot.store.remove([f"{desk.company.tenant.id}/{name}" for name in desk.depot.kept(desk.company)])
    await desk.work(import_id)
    state = await desk.state(import_id)
    assert (state["status"], state["failure"]) == ("FAILED", "FILE_GONE")


def test_a_message_is_kept_without_what_is_in_the_row() -> None:
    assert without("At least 5; this is 3, not 33.", ["3", " "]) == "At least 5; this is …, not 33."
    assert without("Ada Lovelace is not ADA.", ["Ada", "Ada Lovelace"]) == "… is not …."
