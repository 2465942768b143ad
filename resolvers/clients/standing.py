"""Which clients a company has, and how their versions stand, for whoever looks after the installation."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from db.models.clients import ApiClient, ClientVersion, RegisteredDocument
from resolvers.context import Looking
from resolvers.paths import Address


@dataclass(frozen=True, slots=True)
class Standing:
    """A version of a client, how many documents it has, and which of them are called at an address over REST.

    A client without a version has none.
    """

    client: ApiClient
    version: ClientVersion | None
    documents: int
    addresses: Sequence[Address]


async def standings(looking: Looking) -> Sequence[Standing]:
    """Return every client with its versions, the oldest version first."""
    documents = select(func.count()).where(RegisteredDocument.client_version_id == ClientVersion.id).scalar_subquery()
    rows = await looking.rows(
        select(ApiClient, ClientVersion, documents)
        .join(ClientVersion, ClientVersion.client_id == ApiClient.id, isouter=True)
        .order_by(ApiClient.name, ClientVersion.id)
    )
    called = await _addresses(looking)
    return [Standing(client, of, number, called[of.id] if of else ()) for client, of, number in rows]


async def _addresses(looking: Looking) -> Mapping[UUID, Sequence[Address]]:
    """Return the addresses of each version, by path."""
    document = RegisteredDocument
    columns = select(document.client_version_id, document.rest_method, document.rest_path)
    found = defaultdict[UUID, list[Address]](list)
    for version, method, path in await looking.rows(
        columns.where(document.rest_path.is_not(None)).order_by(document.rest_path, document.rest_method)
    ):
        found[version].append(Address(method, path))
    return found


async def documents_of(
    looking: Looking, client: str
) -> Sequence[tuple[ClientVersion, Sequence[RegisteredDocument]]] | None:
    """Return the versions of a client, the oldest first, each with its documents by id; None without such a client."""
    client_id = await client_named(looking, client)
    if client_id is None:
        return None
    versions = await looking.all(
        select(ClientVersion).where(ClientVersion.client_id == client_id).order_by(ClientVersion.id)
    )
    documents = defaultdict[UUID, list[RegisteredDocument]](list)
    of_versions = RegisteredDocument.client_version_id.in_([version.id for version in versions])
    for document in await looking.all(
        select(RegisteredDocument).where(of_versions).order_by(RegisteredDocument.document_id)
    ):
        documents[document.client_version_id].append(document)
    return [(version, documents[version.id]) for version in versions]


async def client_named(looking: Looking, name: str) -> UUID | None:
    """Return the id of a client."""
    found = await looking.all(select(ApiClient.id).where(ApiClient.name == name))
    return found[0] if found else None


async def version_named(looking: Looking, client: str, version: str) -> UUID | None:
    """Return the id of a version of a client."""
    of_client = select(ClientVersion.id).join(ApiClient, ApiClient.id == ClientVersion.client_id)
    found = await looking.all(of_client.where(ApiClient.name == client, ClientVersion.name == version))
    return found[0] if found else None
