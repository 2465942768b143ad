"""The statements that find a company's clients and their documents: plain reads, each of which names its tenant."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, bindparam, literal_column, select
from sqlalchemy.dialects.postgresql import distinct_on

from db.models.clients import ApiClient, ClientVersion, ClientVersionStatus, RegisteredDocument
from db.tenancy import folded_text


@lru_cache(maxsize=1_000)
def finding_client(schema: str) -> str:
    """Return the text that finds a client by its name."""
    columns = (ApiClient.name, ApiClient.locked, ApiClient.registers_automatically)
    found: Any = select(*columns).where(ApiClient.name == bindparam("name", type_=Text()))
    return folded_text(found, schema)


@lru_cache(maxsize=4_000)
def finding_document(schema: str, *, by_hash: bool, of_client: bool) -> str:
    """Return the text that finds active documents by hash or by id, and by the name of a client, if there is one."""
    return folded_text(_documents(by_hash=by_hash, of_client=of_client), schema)


def _documents(*, by_hash: bool, of_client: bool) -> Any:
    """Select the document of the newest version; or, of an id without a client, two texts, to see that they differ.

    What is no parameter is written out: parameters are counted by those who call.
    """
    document, version, client = RegisteredDocument, ClientVersion, ApiClient
    named = (document.hash if by_hash else document.document_id) == bindparam("document", type_=Text())
    statement = (
        select(*_columns())
        .join(version, version.id == document.client_version_id)
        .join(client, client.id == version.client_id)
        .where(named, version.status == literal_column(f"'{ClientVersionStatus.ACTIVE.value}'"))
    )
    if of_client:
        statement = statement.where(client.name == bindparam("client_name", type_=Text()))
    if by_hash or of_client:
        return statement.order_by(version.id.desc()).limit(literal_column("1"))
    texts = statement.ext(distinct_on(document.hash))
    return texts.order_by(document.hash, version.id.desc()).limit(literal_column("2"))


@lru_cache(maxsize=1_000)
def finding_endpoints(schema: str) -> str:
    """Return the text that finds the documents of a client that have an address, the newest version's first."""
    document, version, client = RegisteredDocument, ClientVersion, ApiClient
    statement: Any = (
        select(*_columns())
        .join(version, version.id == document.client_version_id)
        .join(client, client.id == version.client_id)
        .where(
            version.status == literal_column(f"'{ClientVersionStatus.ACTIVE.value}'"),
            document.rest_path.is_not(None),
            client.name == bindparam("client_name", type_=Text()),
        )
        .order_by(version.id.desc(), document.id)
    )
    return folded_text(statement, schema)


def _columns() -> Sequence[Any]:
    document = RegisteredDocument
    return (
        *(document.id, document.document_id, document.hash, document.text),
        *(document.operation_name, document.operation_kind, document.price),
        *(document.rest_method, document.rest_path),
        ApiClient.name.label("client"),
        ClientVersion.name.label("version_name"),
    )
