"""What a process knows of a company's clients and their documents, kept for two seconds as people's standing is.

All that is known of a company is forgotten at once when this process commits anything there; what another process
writes is seen within `FRESH_FOR`. Ids that lead nowhere are kept too, a few of them, so that asking for one again and
again costs no statement. Whoever names no document and no client asks nothing here.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from db.documents import finding_client, finding_document, finding_endpoints
from db.models.clients import OperationKind, RestMethod
from db.session import Database
from db.tenancy import Placement
from resolvers.clients.publishing import OF_HASH
from resolvers.paths import Address
from resolvers.tenants import FRESH_FOR

MOST_COMPANIES: Final = 1_000
MOST_UNKNOWN: Final = 200
"""Ids and names of a company that lead nowhere and are kept."""

MOST_CHARACTERS: Final = 2_000_000
"""Characters of a company's documents that are kept; beyond them it is begun anew."""

MOST_CHARACTERS_OF_ALL: Final = 20_000_000
LONGEST_ID: Final = 200
NAME: Final = re.compile(r"[A-Za-z0-9._@/-]{1,100}")
"""Only what has this form can be the name of a client."""

Known = TypeVar("Known")
Key = tuple[str, ...]
ENDPOINTS: Final = "endpoints"


@dataclass(frozen=True, slots=True)
class Registered:
    """A document that may be run: its text, what its operation is, and whose it is."""

    id: UUID
    document_id: str
    hash: str
    text: str
    operation_name: str | None
    kind: OperationKind
    price: int | None
    client: str
    version: str
    address: Address | None = None


Endpoints = tuple[Registered, ...]


@dataclass(frozen=True, slots=True)
class Client:
    """A client as far as a request needs it."""

    name: str
    locked: bool
    registers_automatically: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What was read, and until when it counts; None of what is not there."""

    value: Any
    until: float


@dataclass(slots=True)
class OfCompany:
    """What is known of one company."""

    kept: dict[Key, Kept] = field(default_factory=dict[Key, Kept])
    unknown: int = 0
    characters: int = 0

    def forget_unknown(self) -> None:
        """Forget what leads nowhere."""
        self.kept = {key: kept for key, kept in self.kept.items() if kept.value is not None}
        self.unknown = 0


class KeptDocuments:
    """Clients and active documents, company by company."""

    def __init__(self, database: Database, *, ticks: Callable[[], float] = time.monotonic) -> None:
        self._database, self._ticks = database, ticks
        self._companies: OrderedDict[UUID, OfCompany] = OrderedDict()
        self._characters = 0
        database.tell(self.forget)

    async def document(self, placement: Placement, document_id: str, client: str = "") -> Registered | None:
        """Return the active document of an id: `sha256:` and its hash, or what its client calls it.

        Without a client's name what only one text is called in the whole company is found.
        """
        named = "" if document_id.startswith(OF_HASH) else client
        if len(document_id) > LONGEST_ID or (named and not NAME.fullmatch(named)):
            return None

        return await self._document(placement, document_id, named)

    async def document_of(self, placement: Placement, document_id: str, client: str) -> Registered | None:
        """Return the active document of an id of one client, whichever kind of id it is."""
        return await self._document(placement, document_id, client) if len(document_id) <= LONGEST_ID else None

    async def _document(self, placement: Placement, document_id: str, named: str) -> Registered | None:
        async def look() -> Registered | None:
            return await look_document(self._database, placement, document_id, named)

        return await self._known(placement, (named, document_id), look)

    async def client(self, placement: Placement, name: str) -> Client | None:
        """Return a client by the name that it gives itself."""
        if not NAME.fullmatch(name):
            return None

        async def look() -> Client | None:
            return await look_client(self._database, placement, name)

        return await self._known(placement, (name, ""), look)

    async def endpoints(self, placement: Placement, client: str) -> Endpoints | None:
        """Return the active documents of a client that have an address, the newest version's first."""
        if not NAME.fullmatch(client):
            return None

        async def look() -> Endpoints | None:
            return await look_endpoints(self._database, placement, client)

        return await self._known(placement, (client, "", ENDPOINTS), look)

    def forget(self, placement: Placement) -> None:
        """Forget what is known of a company, and what is being read of it."""
        if gone := self._companies.pop(placement.tenant_id, None):
            self._characters -= gone.characters

    async def _known(self, placement: Placement, key: Key, look: Callable[[], Awaitable[Known | None]]) -> Known | None:
        """Return what is kept and counts still, or look, and keep it unless the company was forgotten meanwhile."""
        company = self._companies.get(placement.tenant_id)
        kept = company.kept.get(key) if company else None
        asked = self._ticks()
        if kept and asked < kept.until:
            return kept.value
        company = self._companies.setdefault(placement.tenant_id, OfCompany())
        value = await look()
        if self._companies.get(placement.tenant_id) is company:
            self._keep(placement.tenant_id, company, key, Kept(value, asked + FRESH_FOR))
        return value

    def _keep(self, tenant_id: UUID, company: OfCompany, key: Key, kept: Kept) -> None:
        self._count(company, company.kept.pop(key, None), -1)
        self._companies.move_to_end(tenant_id)
        if kept.value is None and company.unknown >= MOST_UNKNOWN:
            company.forget_unknown()
        company.kept[key] = kept
        self._count(company, kept, 1)
        if company.characters > MOST_CHARACTERS:
            self._drop(tenant_id)
        while self._characters > MOST_CHARACTERS_OF_ALL or len(self._companies) > MOST_COMPANIES:
            self._drop(next(iter(self._companies)))

    def _count(self, company: OfCompany, kept: Kept | None, sign: int) -> None:
        if kept is None:
            return
        if kept.value is None:
            company.unknown += sign
            return
        length = _characters(kept.value)
        company.characters += sign * length
        self._characters += sign * length

    def _drop(self, tenant_id: UUID) -> None:
        self._characters -= self._companies.pop(tenant_id).characters


async def look_document(database: Database, placement: Placement, document_id: str, client: str) -> Registered | None:
    """Read the active document of an id in one statement; None where there is none, or two with different texts."""
    by_hash = document_id.startswith(OF_HASH)
    values = [document_id.removeprefix(OF_HASH), *([client] if client else [])]
    rows = await database.one(
        placement, finding_document(placement.schema, by_hash=by_hash, of_client=bool(client)), values
    )
    if len(rows) != 1:
        return None
    return _registered(rows[0])


async def look_endpoints(database: Database, placement: Placement, client: str) -> Endpoints | None:
    """Read the active documents of a client that have an address, in one statement; None where there are none."""
    rows = await database.one(placement, finding_endpoints(placement.schema), [client])
    return tuple(map(_registered, rows)) or None


def _registered(row: Any) -> Registered:
    method, path = row["rest_method"], row["rest_path"]
    return Registered(
        row["id"],
        row["document_id"],
        row["hash"],
        row["text"],
        row["operation_name"],
        OperationKind(row["operation_kind"]),
        row["price"],
        row["client"],
        row["version_name"],
        Address(RestMethod(method), path) if method else None,
    )


def _characters(value: Any) -> int:
    """Return how many characters of documents are kept with something."""
    match value:
        case Registered():
            return len(value.text)
        case tuple():
            return sum(len(each.text) for each in cast("Endpoints", value))
        case _:
            return 0


async def look_client(database: Database, placement: Placement, name: str) -> Client | None:
    """Read a client in one statement."""
    rows = await database.one(placement, finding_client(placement.schema), [name])
    return Client(*rows[0]) if rows else None
