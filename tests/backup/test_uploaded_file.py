"""A file that a new hire has uploaded survives with its installation: it is downloaded again from what was restored."""

import asyncio
import re
import secrets
from pathlib import Path
from typing import Any, Final

from tests.backup.conftest import REGISTER, Person, serving, workgraph
from tests.files.samples import A_PDF, PDF
from tests.world import PASSWORD

ADA: Final = {"firstName": "Ada", "lastName": "Lovelace"}
HIRE: Final = "mira@hires.example"
LINK: Final = re.compile(r"/portal#(wgh_[\w-]+)")
ASKED: Final = {"type": "file_upload", "content": "Your contract", "config": {"accept": [PDF], "max_bytes": 1_000_000}}
FILES: Final = "{ progressEntries { nodes { title files { filename mime size status url } } } }"
CONTENT: Final = A_PDF.replace(b"trailer", b"%" + secrets.token_hex(150_000).encode() + b"\ntrailer")


async def test_an_uploaded_file_is_downloaded_again_from_what_was_restored(place: Path) -> None:
    async with serving(place / "data") as person:
        await registered(person)
        await uploaded(await invited(person))
        assert await downloaded(person) == CONTENT
        done = await asyncio.to_thread(workgraph, "backup", place / "b.tar.gz", "--data-dir", place / "data")
        assert done.returncode == 0, done.stderr
    done = await asyncio.to_thread(workgraph, "restore", place / "b.tar.gz", "--data-dir", place / "restored")
    assert done.returncode == 0, done.stderr
    async with serving(place / "restored") as person:
        await person.sign_in()
        assert await downloaded(person) == CONTENT


async def do(person: Person, mutation: str, shown: str, **given: Any) -> Any:
    """Run a mutation that is not refused, and return what its payload shows."""
    kind = f"{mutation[0].upper()}{mutation[1:]}Input!"
    query = f"mutation($input: {kind}) {{ {mutation}(input: $input) {{ it: {shown} refusals {{ code message }} }} }}"
    payload = (await person.ask(query, input=given))[mutation]
    assert payload["refusals"] == [], payload
    return payload["it"]


async def registered(person: Person) -> None:
    """Register the company, and sign in as its owner."""
    given = {"name": "Acme", "slug": "acme", "email": "ada@acme.example", "password": PASSWORD, **ADA}
    assert await person.ask(REGISTER, input=given) == {"registerCompany": {"refusals": []}}
    await person.sign_in()


async def invited(person: Person) -> Person:
    """Invite somebody to a flow that asks for a file, and return them with the link that was mailed to them."""
    flow = await do(person, "createFlow", "flow { id }", name="Engineers", durationDays=30)
    stage = await do(person, "addStage", "stage { id }", flowId=flow["id"], name="Papers")
    await do(person, "addContentBlock", "contentBlock { id }", stageId=stage["id"], **ASKED)
    await do(person, "publishFlow", "flow { id }", id=flow["id"])
    hire = await do(person, "createNewHire", "newHire { id }", flowId=flow["id"], email=HIRE, **ADA)
    await do(person, "sendInvitation", "newHire { id }", id=hire["id"])
    async with asyncio.timeout(10):
        while not (found := LINK.search((await person.http.get("/dev/mail/messages")).text)):
            await asyncio.sleep(0.1)
    return Person(person.http, {"authorization": f"Bearer {found[1]}"})


async def uploaded(hire: Person) -> None:
    """Announce a file, send it, and answer with it."""
    session = await do(hire, "startOnboarding", "session { stages { blocks { id } } }")
    block = session["stages"][0]["blocks"][0]["id"]
    told = {"filename": "contract.pdf", "mime": PDF, "size": len(CONTENT)}
    upload = "upload { id method url headers { name value } }"
    ticket = await do(hire, "uploadOnboardingFile", upload, contentBlockId=block, **told)
    headers = {each["name"]: each["value"] for each in ticket["headers"]}
    sent = await hire.http.request(ticket["method"], ticket["url"], content=CONTENT, headers=headers)
    assert sent.status_code == 200, sent.text
    await do(
        hire,
        "completeContentBlock",
        "session { status: newHire { status } }",
        contentBlockId=block,
        value={"fileIds": [ticket["id"]]},
    )


async def downloaded(person: Person) -> bytes:
    """Read the only file of the company at its signed address, which nothing but the address opens."""
    [row] = (await person.ask(FILES))["progressEntries"]["nodes"]
    [file] = row["files"]
    stored = {"filename": "contract.pdf", "mime": PDF, "size": len(CONTENT), "status": "STORED"}
    assert {name: file[name] for name in stored} == stored
    answer = await person.http.get(file["url"])
    assert answer.status_code == 200, answer.text
    return answer.content
