"""The documents that a company's clients may run now, one after the other."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from db.models.clients import ApiClient, ClientVersion, ClientVersionStatus, RegisteredDocument
from db.session import Database
from db.tenancy import Placement


class Running(NamedTuple):
    """A document of an active version of a client."""

    client: str
    version: str
    document_id: str
    text: str


async def running(database: Database, placement: Placement) -> Sequence[Running]:
    """Return the documents of all active versions of a company's clients, in one statement."""
    statement = (
        select(ApiClient.name, ClientVersion.name, RegisteredDocument.document_id, RegisteredDocument.text)
        .join(ClientVersion, ClientVersion.client_id == ApiClient.id)
        .join(RegisteredDocument, RegisteredDocument.client_version_id == ClientVersion.id)
        .where(ClientVersion.status == ClientVersionStatus.ACTIVE)
        .order_by(ApiClient.name, ClientVersion.name, RegisteredDocument.document_id)
    )
    async with database.reading(placement) as session:
        return [Running(*row) for row in await session.rows(statement)]
