"""A release of a client: its manifest is read, and its documents published by the product's own operations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from app import Parts, Wiring, now, one_schema
from auth.principal import Principal
from db.catalog import find_tenant, wrapped_keys
from db.encryption import Keyring
from db.models.clients import ApiClient, ClientKind, ClientVersion
from db.session import Database, WriteSession
from resolvers import plain
from resolvers.clients.emitters import RELEASING
from resolvers.clients.publishing import NewDocument, publish_documents
from resolvers.clients.standing import client_named, version_named
from resolvers.clients.versions import ALSO_WHEN_WRITTEN, MANAGE, retire_client_version
from resolvers.context import Asking, Context
from resolvers.edge import Contract, Outcome, admit, perform
from resolvers.operation import Operation
from resolvers.paths import address_said
from resolvers.plain import Plain
from resolvers.refusals import Refused
from schema.documents.manifests import Entry
from schema.execute.documents import Documents

CREATE_CLIENT: Final = plain.create(Plain(ApiClient, MANAGE, created=ALSO_WHEN_WRITTEN))


class NotPublished(Exception):
    """Documents were refused; the text says which, and why."""


class NothingThere(Exception):
    """There is no client, version or document of the name that was given."""


@dataclass(frozen=True, slots=True)
class Release:
    """What is to be published: whose documents, of which version. `new` makes the client where it is not there."""

    client: str
    version: str
    entries: Sequence[Entry]
    new: ClientKind | None = None
    activate: bool = False


async def asking_for(wiring: Wiring, parts: Parts, slug: str) -> Asking:
    """Return the system, asking for a company."""
    async with parts.catalog.connect() as connection:
        tenant = await find_tenant(connection, slug=slug)
        keyring = Keyring(wiring.master_key, tenant.id, await wrapped_keys(connection, tenant.id))
    principal = Principal("system", tenant_id=tenant.id)
    return Asking(principal, tenant, keyring, now(), uuid4().hex, public_url=wiring.public_url)


async def publish(database: Database, asking: Asking, release: Release) -> ClientVersion:
    """Publish a release, or raise NotPublished with everything that is wrong, and nothing is written."""
    admit(asking, needs=None, module=None, writes=True)
    async with database.transacting(asking.tenant.placement) as session:
        outcome = await _publish(asking, session, release)
        if outcome.refusals:
            raise NotPublished("\n".join(["Nothing was registered:", *_lines(release, outcome.refusals)]))
    assert isinstance(outcome.result, ClientVersion)
    return outcome.result


async def wrong_with(database: Database, asking: Asking, release: Release) -> list[str]:
    """Say what would be refused of a release. It is published in a transaction that is not kept."""
    async with database.writing(asking.tenant.placement) as session:
        outcome = await _publish(asking, session, release)
    return _lines(release, outcome.refusals)


async def retire(database: Database, asking: Asking, client: str, version: str) -> None:
    """Retire a version of a client."""
    admit(asking, needs=None, module=None, writes=True)
    async with database.transacting(asking.tenant.placement) as session:
        context = _context(asking, session, retire_client_version.name)
        found = await version_named(context.looking, client, version)
        if found is None:
            raise NothingThere(f"There is no version {version} of a client {client}.")
        await _done(context, retire_client_version, {"id": found})


async def _publish(asking: Asking, session: WriteSession, release: Release) -> Outcome:
    context = _context(asking, session, RELEASING.name)
    client = await _client(context, release)
    given = [_document(each) for each in release.entries]
    arguments: dict[str, Any] = {"client_id": client, "version": release.version, "documents": given}
    return await perform(context, publish_documents, arguments | {"activate": release.activate}, Contract())


def _document(entry: Entry) -> NewDocument:
    """Return a document to be registered; the first line of its text may name where it is called over REST."""
    method, path = address_said(entry.text) or (None, None)
    return NewDocument(entry.document_id, entry.text, method, path)


async def _client(context: Context, release: Release) -> UUID:
    """Return the id of the client, which is made where that was asked for."""
    if found := await client_named(context.looking, release.client):
        return found
    if release.new is None:
        raise NothingThere(f"There is no client {release.client}: name its kind with --new to make it.")
    return (await _done(context, CREATE_CLIENT, {"name": release.client, "kind": release.new})).id


def _context(asking: Asking, session: WriteSession, operation: str) -> Context:
    schema = one_schema()
    return Context(asking, session, operation, Documents(schema.core, schema.registry))


async def _done(context: Context, operation: Operation, arguments: dict[str, Any]) -> Any:
    outcome = await perform(context, operation, arguments, Contract())
    if outcome.refusals:
        raise outcome.refusals[0]
    return outcome.result


def _lines(release: Release, refusals: Sequence[Refused]) -> list[str]:
    return [_line(release, each) for each in refusals]


def _line(release: Release, refused: Refused) -> str:
    """Say what is wrong, with the place in the manifest where it is about one document."""
    match refused.path:
        case ("documents", int(place), *_):
            return f"{release.entries[place].place}: {refused.message}"
        case _:
            return refused.message
