"""Two people of whom every table has something, and a look for what is left of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from db.base import Base
from resolvers.ids import encode
from tests.files.depot import TICKET, Depot
from tests.files.samples import A_PDF, PDF
from tests.identity.builders import caller
from tests.onboarding.hires.builders import Published, a_block, a_flow, a_stage, codes, row_of
from tests.world import CompanyWorld, Person

FIRST, LAST, EMAIL = "Zebulon", "Quagmire", "zeb.quag@private.example"
PHONE, ANSWER, COMMENT, FILENAME = "0170-777-4242", "Born in Wolfenbuettel", "Which Wolfenbuettel?", "Zeb-passport.pdf"
SECRETS: Final = (FIRST, LAST, "zeb.quag", PHONE, "Wolfenbuettel", "Zeb-passport", FIRST.upper(), FIRST.lower())
WHY: Final = "The person has asked for it."
ERASED_ADDRESS: Final = "@erased.invalid"
TRAIL: Final = (
    "query($after: String) { auditLogs(first: 200, after: $after) "
    "{ pageInfo { hasNextPage endCursor } nodes { id entityId operation oldValues newValues } } }"
)


@dataclass
class Gone:
    """A new hire who has left: their id, the flow, the link, and somebody who may erase."""

    company: CompanyWorld
    flow: Published
    hire: str
    portal: Person
    owner: Person

    @property
    def row(self) -> Any:
        return row_of(self.hire)


async def a_leaver(company: CompanyWorld, depot: Depot) -> Gone:
    """A new hire who has answered, uploaded, was sent something back, and was called off."""
    stage = a_stage(a_block(), a_block(type="file_upload"), a_block(assignee="hr"))
    flow = await a_flow(company, stage)
    hire, portal = await flow.begun(firstName=FIRST, lastName=LAST, email=EMAIL, personalPhone=PHONE)
    text, photo, task = (flow.block(0, number) for number in range(3))
    assert await codes(portal, "completeContentBlock", contentBlockId=text, value=ANSWER) == []
    await codes(
        portal, "completeContentBlock", contentBlockId=photo, value={"fileIds": await _uploaded(portal, depot, photo)}
    )
    assert await codes(flow.hr, "completeOnboardingTask", newHireId=hire, contentBlockId=task, value=ANSWER) == []
    [progress] = (await flow.hr.ask(PROGRESS, {"id": hire})).data["newHire"]["progress"]["nodes"][:1]
    assert await codes(flow.hr, "returnBlock", id=progress["id"], comment=COMMENT) == []
    assert await codes(portal, "saveContentBlock", contentBlockId=text, value=[ANSWER]) == []
    assert await codes(flow.hr, "cancelNewHire", id=hire, reason=f"{FIRST} went to somebody else.") == []
    return Gone(company, flow, hire, portal, await company.person())


PROGRESS: Final = (
    "query($id: ID!) { newHire(id: $id) { firstName email personalPhone cancelReason erasedAt erasureReason "
    "progress(orderBy: [{ position: ASC }]) { nodes { id value validationErrors reviewComment "
    "files { filename } } } } }"
)


async def _uploaded(portal: Person, depot: Depot, block: str) -> list[str]:
    given = {"contentBlockId": block, "filename": FILENAME, "mime": PDF, "size": len(A_PDF)}
    upload = (await portal.do("uploadOnboardingFile", given, TICKET.replace("ticket", "upload", 1)))["upload"]
    assert (await depot.send(upload, A_PDF)).status_code == 200
    return [upload["id"]]


@dataclass
class Colleague:
    """A user who has left, with all secrets of theirs; and somebody who may erase."""

    user: str
    secrets: Sequence[str]
    owner: Person


async def a_colleague(company: CompanyWorld) -> Colleague:
    """Somebody who signed in, asked for another password, uploaded something, and was shut out."""
    owner, person, door = await company.person(), await company.person("HR"), caller(company)
    row, email = person.asking.principal.id, person.asking.principal.name
    assert row is not None
    user = encode("User", row)
    assert await codes(owner, "updateUser", id=user, firstName=FIRST, lastName=LAST, department="Sales") == []
    assert (await door.sign_in(email))["refusals"] == []
    await door.do("requestPasswordReset", {"email": email})
    assert await codes(person, "createUpload", purpose="ONBOARDING_ANSWER", filename=FILENAME, mime=PDF, size=9) == []
    assert await codes(owner, "deactivateUser", id=user) == []
    return Colleague(user, (*SECRETS, email), owner)


async def erase(person: Person, mutation: str, target: str, **more: Any) -> dict[str, Any]:
    """Erase somebody's data."""
    return await person.do(mutation, {"id": target, "reason": WHY, **more})


async def left_of(company: CompanyWorld, secrets: Sequence[str] = SECRETS) -> set[tuple[str, str]]:
    """Name the tables of a company in which something of a person can be read, with what it is; bytes included."""
    found: set[tuple[str, str]] = set()
    for table in Base.metadata.tables:
        rows = await company.rows(f"select t::text from pool.{table} t where tenant_id = :tenant")
        text = "\n".join(row[0] for row in rows)
        found |= {(table, secret) for secret in secrets if secret in text or secret.encode().hex() in text}
    return found


async def whole_trail(person: Person) -> list[dict[str, Any]]:
    """Every entry of the audit trail, as somebody is shown it."""
    entries: list[dict[str, Any]] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        found = (await person.ask(TRAIL, {"after": page["endCursor"]})).data["auditLogs"]
        entries, page = [*entries, *found["nodes"]], found["pageInfo"]
    return entries
