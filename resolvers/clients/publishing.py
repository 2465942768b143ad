"""Publishing documents: all of a version's at once, or none. What is registered under an id stays as it is."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from sqlalchemy import select
from uuid_utils.compat import uuid7

from db.models.clients import ApiClient, ClientVersion, ClientVersionStatus, RegisteredDocument, RestMethod
from resolvers.clients.versions import ACTIVATE, MANAGE
from resolvers.context import Context
from resolvers.documents import DocumentFacts, DocumentWrong, hash_of
from resolvers.operation import operation
from resolvers.paths import Address, AddressWrong, address_of
from resolvers.refusals import IllegalTransition, InvalidInput, Refused
from resolvers.values import check_value, storable

MOST_DOCUMENTS: Final = 5_000
MOST_PROBLEMS: Final = 50
OF_HASH: Final = "sha256:"
ID: Final = re.compile(r"[!-~]{1,200}")
VERSION_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,59}")
AUTOMATIC: Final = "automatic"
"""The version that holds what a client has registered by itself."""

LONGEST: Final = RegisteredDocument.__table__.columns["text"]


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document that is to be registered."""

    document_id: Annotated[
        str, "What the client will call it: 1 to 200 printable characters; `sha256:` and the hash of the text, or any."
    ]
    text: Annotated[str, "The document, exactly as it is to be run; with one operation."]
    method: Annotated[RestMethod | None, "The method by which it is called over REST; `path` is given beside it."] = (
        None
    )
    path: Annotated[str | None, "The path at which it is called over REST, below `/rest/~<client>`."] = None


class DocumentRefused(Refused):
    """A document cannot be registered; the message names it and what is wrong, `path` says where it stands."""

    code = "DOCUMENT_REFUSED"


class DocumentTaken(Refused):
    """The version has another document under this id; publish it in another version."""

    code = "DOCUMENT_TAKEN"


@operation(
    MANAGE,
    refuses=[InvalidInput, DocumentRefused, DocumentTaken, IllegalTransition],
    emits=[
        *("client.version.created", "client.document.created"),
        *("client.version.moved", "client.version.activated"),
    ],
)
async def publish_documents(
    context: Context,
    version: Annotated[str, "The version that brings them, as `1.4.0`; made as a draft if it is not there."],
    client: Annotated[ApiClient, "Whose documents they are."],
    documents: Annotated[
        list[NewDocument],
        "Up to 1,000 of them. One that the version has already, with the same text, is left as it is.",
    ],
    activate: Annotated[bool, "Also let the version's documents be found and run. No when left out."] = False,  # noqa: FBT002 - an argument of the API
) -> ClientVersion:
    """Register documents for a version of a client, all or none: each is validated and planned before."""
    _check_version(version)
    _check_number(documents)
    into = await _version(context, client, version)
    await _register(context, into, documents)
    if activate and into.status is not ClientVersionStatus.ACTIVE:
        await ACTIVATE.check(context, into)
        await ACTIVATE.make(context, into)
    return into


def _check_version(name: str) -> None:
    if not VERSION_NAME.fullmatch(name) or name == AUTOMATIC:
        raise InvalidInput(
            f"1 to 60 letters, digits and `._+-`; `{AUTOMATIC}` holds what a client registers by itself.",
            path=("version",),
        )


def _check_number(documents: Sequence[NewDocument]) -> None:
    if not 0 < len(documents) <= MOST_DOCUMENTS:
        raise InvalidInput(f"1 to {MOST_DOCUMENTS:,} documents; this has {len(documents):,}.", path=("documents",))


async def _version(context: Context, client: ApiClient, name: str) -> ClientVersion:
    """Return a version of a client that is locked, so that there is one of a name; retired ones get nothing new."""
    named = select(ClientVersion).where(ClientVersion.client_id == client.id, ClientVersion.name == name)
    found = await context.all(named.with_for_update(key_share=True))
    if not found:
        made = ClientVersion(id=uuid7(), client_id=client.id, name=name, status=ClientVersionStatus.DRAFT)
        context.add(made)
        await context.flush()
        return made
    if found[0].status is ClientVersionStatus.RETIRED:
        raise InvalidInput(f"The version {name} is retired: activate it first, or name another.", path=("version",))
    return found[0]


async def _register(context: Context, into: ClientVersion, given: Sequence[NewDocument]) -> None:
    """Add what the version does not have yet, or refuse all of it with everything that is wrong."""
    kept = Kept(await _kept(context, into))
    refused, new = list[Refused](), list[RegisteredDocument]()
    for place, document in enumerate(given):
        await asyncio.sleep(0)  # validating one takes a while: others get their turn in between
        path = ("documents", place)
        try:
            made = _made(context, into, document, kept, path)
        except Refused as wrong:
            refused.append(wrong)
            if len(refused) == MOST_PROBLEMS:
                break
        else:
            new += [made] if made else []
    if refused:
        refused[0].beside = refused[1:]
        raise refused[0]
    context.add(*new)
    await context.flush()


class Kept:
    """What a version has: of each document its hash and address, and whose each address is."""

    def __init__(self, rows: Sequence[tuple[str, str, RestMethod | None, str | None]]) -> None:
        self._known = dict[str, tuple[str, Address | None]]()
        self._at = dict[tuple[RestMethod, tuple[str | None, ...]], str]()
        for name, hashed, method, path in rows:
            self.note(name, hashed, Address(method, path) if method and path else None)

    def note(self, name: str, hashed: str, address: Address | None) -> None:
        """Note a document."""
        self._known[name] = hashed, address
        if address:
            self._at[address.method, address.shape] = name

    def has(self, name: str, hashed: str, address: Address | None, path: tuple[str | int, ...]) -> bool:
        """Tell whether a document is there already; refuse another one under its id or at its address."""
        if (before := self._known.get(name)) == (hashed, address):
            return True
        if before is not None:
            what = "another document" if before[0] != hashed else "this document at another address, or at none,"
            raise DocumentTaken(f"{name}: the version has {what} under this id.", path=path)
        if address and (other := self._at.get((address.method, address.shape))):
            raise DocumentTaken(f"{name}: {address} leads to {other} already.", path=path)
        return False


async def _kept(context: Context, into: ClientVersion) -> Sequence[Any]:
    """Read what there is of the documents that a version has, but for their texts."""
    document = RegisteredDocument
    columns = select(document.document_id, document.hash, document.rest_method, document.rest_path)
    return await context.looking.rows(columns.where(document.client_version_id == into.id))


def _made(
    context: Context, into: ClientVersion, given: NewDocument, kept: Kept, path: tuple[str | int, ...]
) -> RegisteredDocument | None:
    """Make a document, unless it is there already; it is noted in `kept`."""
    name, text = given.document_id, given.text
    _check_form(name, text, path)
    hashed, address = hash_of(text), _address(given, path)
    if name.startswith(OF_HASH) and name != OF_HASH + hashed:
        raise DocumentRefused(f"{name}: this is not the hash of the text, which is {OF_HASH}{hashed}.", path=path)
    if kept.has(name, hashed, address, path):
        return None
    facts = _facts(context, name, text, address, path)
    kept.note(name, hashed, address)
    return document_of(into, name, text, facts, address)


def _address(given: NewDocument, path: tuple[str | int, ...]) -> Address | None:
    """Return where a document is to be called over REST, if it is."""
    if given.method is None and given.path is None:
        return None
    if given.method is None or given.path is None:
        raise DocumentRefused(f"{given.document_id}: give both `method` and `path`, or none.", path=path)
    try:
        return address_of(given.method, given.path)
    except AddressWrong as wrong:
        raise DocumentRefused(f"{given.document_id}: {wrong}", path=path) from wrong


def _check_form(name: str, text: str, path: tuple[str | int, ...]) -> None:
    if not ID.fullmatch(name):
        raise DocumentRefused(f"{name[:200]!r}: an id is 1 to 200 printable characters of ASCII.", path=path)
    if not storable(text):
        raise DocumentRefused(f"{name}: text cannot hold NUL characters or lone surrogates.", path=path)
    try:
        check_value(LONGEST, text)
    except InvalidInput as wrong:
        raise DocumentRefused(f"{name}: {wrong.message}", path=path) from wrong


def _facts(
    context: Context, name: str, text: str, address: Address | None, path: tuple[str | int, ...]
) -> DocumentFacts:
    try:
        return context.read_document(text, address)
    except DocumentWrong as wrong:
        raise DocumentRefused(f"{name}: {wrong}", path=path) from wrong


def document_of(
    into: ClientVersion, name: str, text: str, facts: DocumentFacts, address: Address | None = None
) -> RegisteredDocument:
    """Return a new document of a version."""
    return RegisteredDocument(
        id=uuid7(),
        client_version_id=into.id,
        document_id=name,
        hash=hash_of(text),
        text=text,
        operation_name=facts.operation_name,
        operation_kind=facts.kind,
        price=facts.price,
        rest_method=address.method if address else None,
        rest_path=address.path if address else None,
    )
