"""Clients on the ground: one with a version in use that has a document, one that is retired, and a new release."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from db.models.clients import ApiClient, ClientKind, ClientVersion, ClientVersionStatus, OperationKind
from db.models.keys import ApiKey
from resolvers.clients.publishing import document_of
from resolvers.context import Context
from resolvers.documents import DocumentFacts
from schema.derive import ids

NAMED: Final = {"client.version.activated", "client.version.retired", "apikey.revoked"}
"""The events that mutations of these publish beside those of their rows."""

TEXT: Final = "query Plan { modules { name } }"


@dataclass(frozen=True)
class Clients:
    """A client, its versions, and a key."""

    client: ApiClient
    active: ClientVersion
    retired: ClientVersion
    key: ApiKey

    @property
    def chosen(self) -> dict[tuple[str, str], Any]:
        """What a mutation of them is given."""
        return {
            ("activateClientVersion", "id"): ids.encode("ClientVersion", self.retired.id),
            ("publishDocuments", "version"): "2.0",
            ("publishDocuments", "documents"): [{"documentId": "plan", "text": TEXT}],
            ("publishDocuments", "activate"): False,
            ("createApiClient", "name"): "another",
            ("updateApiKey", "scopes"): ["onboarding.read"],
            ("updateApiKey", "allowed_ips"): ["192.0.2.0/24"],
            ("updateApiKey", "expires_at"): "2099-01-01T00:00:00Z",
        }


async def add_clients(context: Context, maker: UUID) -> Clients:
    """Put them into a company."""
    client = ApiClient(id=uuid7(), name="web", kind=ClientKind.FRONTEND, locked=True, registers_automatically=True)
    active, retired = (
        ClientVersion(id=uuid7(), client_id=client.id, name=status.value, status=status)
        for status in (ClientVersionStatus.ACTIVE, ClientVersionStatus.RETIRED)
    )
    for level in ([client], [active, retired]):
        context.add(*level)
        await context.flush()
    context.add(document_of(active, "plan", TEXT, DocumentFacts("Plan", OperationKind.QUERY, price=20)))
    key = _key(client, maker)
    context.add(key)
    await context.flush()
    return Clients(client, active, retired, key)


def _key(client: ApiClient, maker: UUID) -> ApiKey:
    return ApiKey(
        id=uuid7(),
        client_id=client.id,
        maker_id=maker,
        name="nightly",
        prefix="abcdefgh",
        key_hash=b"hash",
        scopes=["company.read"],
        allowed_ips=[],
    )
