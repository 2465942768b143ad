"""Announcing and uploading as a client does, and a look into the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from gateways.files import FileStore
from tests.files.samples import PNG
from tests.world import CompanyWorld, Person

TICKET = "ticket { id method url headers { name value } expiresAt }"


@dataclass
class Depot:
    """The files of one application."""

    http: httpx.AsyncClient
    store: FileStore
    folder: Path | None = None

    async def announce(
        self, person: Person, content: bytes | int, mime: str = PNG, filename: str = "logo.png", **given: Any
    ) -> dict[str, Any]:
        """Announce a file, and return its ticket."""
        size = content if isinstance(content, int) else len(content)
        asked = {"purpose": "ONBOARDING_ANSWER", "filename": filename, "mime": mime, "size": size, **given}
        payload = await person.do("createUpload", asked, TICKET)
        assert payload["refusals"] == [], payload
        return payload["ticket"]

    async def send(self, ticket: dict[str, Any], content: Any, **headers: str) -> httpx.Response:
        """Send some bytes with a ticket."""
        told = {each["name"].lower(): each["value"] for each in ticket["headers"]}
        return await self.http.request(ticket["method"], ticket["url"], content=content, headers={**told, **headers})

    async def upload(self, person: Person, content: bytes, mime: str = PNG, **given: Any) -> str:
        """Announce and send a file, and return its id."""
        ticket = await self.announce(person, content, mime, **given)
        answer = await self.send(ticket, content)
        assert answer.status_code == 200, answer.text
        return ticket["id"]

    def kept(self, company: CompanyWorld) -> Sequence[str]:
        """Name what is in the folder for a company."""
        assert self.folder is not None
        return sorted(each.name for each in (self.folder / str(company.tenant.id)).glob("*"))


async def statuses(company: CompanyWorld) -> list[str]:
    """The statuses of a company's files, oldest first."""
    found = await company.rows("select status from pool.files where tenant_id = :tenant order by created_at, id")
    return [row.status for row in found]


def tenant_and_ticket(url: str) -> tuple[str, str]:
    """The last two parts of a signed address."""
    *_, tenant, ticket = urlsplit(url).path.split("/")
    return tenant, ticket
