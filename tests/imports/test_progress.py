from tests.imports.builders import Desk
from tests.imports.test_rows import NAMED
from tests.live.client import client_of
from tests.live.conftest import address, relaying

__all__ = ["address", "relaying"]
PROGRESS = """
subscription($id: ID!) {
  importProgress(importId: $id) { state { status phase rowsTotal rowsRead rowsMade rowsRejected } }
}
"""


async def test_progress_is_told_at_once_and_until_the_end(desk: Desk, address: str) -> None:
    table = "Name\n" + "".join(f"D{number}\n" for number in range(450)) + "D1\n"
    import_id = await desk.begun("Department", table, NAMED)
    async with client_of(address, desk.person) as client:
        await client.subscribe(PROGRESS, id=import_id)
        first = (await client.next())["state"]
        assert (first["status"], first["phase"], first["rowsTotal"], first["rowsRead"]) == (
            "PENDING",
            "CHECKING",
            None,
            0,
        )
        await desk.work(import_id)
        told = [first]
        while told[-1]["status"] != "COMPLETED":
            told.append((await client.next())["state"])
        read = [each["rowsRead"] for each in told]
        assert read == sorted(read)
        assert told[-1] == {
            "status": "COMPLETED",
            "phase": "READING",
            "rowsTotal": 451,
            "rowsRead": 451,
            "rowsMade": 450,
            "rowsRejected": 1,
        }


async def test_who_may_not_import_watches_none(desk: Desk, address: str) -> None:
    import_id = await desk.begun("Department", "Name\nSales\n", NAMED)
    async with client_of(address, await desk.company.person("VIEWER")) as client:
        await client.subscribe(PROGRESS, id=import_id)
        message = await client.receive()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")
