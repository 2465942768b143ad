"""Automatic registration: what a client sends with its hash is registered for it, where it may do so by itself.

Two who send the same at the same moment register it once: the second waits for the row of the client, and finds it.
"""

from typing import Final

from sqlalchemy import func, select
from uuid_utils.compat import uuid7

from db.models.clients import ApiClient, ClientVersion, ClientVersionStatus, RegisteredDocument
from resolvers.clients.publishing import AUTOMATIC, document_of
from resolvers.context import Context
from resolvers.documents import DocumentFacts, hash_of

MOST_AUTOMATIC: Final = 2_000
"""Documents that a client has registered by itself at most; others are answered, and not kept."""


async def register_automatically(context: Context, client_name: str, text: str, facts: DocumentFacts) -> None:
    """Register a document that was found valid, unless it is there, there are too many, or it is not wanted.

    What is registered can be read. A mutation into which texts were written may hold a password, and is not kept.
    """
    if facts.writes_text:
        return
    named = select(ApiClient).where(ApiClient.name == client_name)
    found = await context.all(named.with_for_update(key_share=True).execution_options(populate_existing=True))
    if not found or not found[0].registers_automatically or found[0].locked:
        return
    into = await _version(context, found[0])
    if into.status is ClientVersionStatus.ACTIVE and not await _has(context, into, text):
        context.add(document_of(into, hash_of(text), text, facts))
        await context.flush()


async def _version(context: Context, client: ApiClient) -> ClientVersion:
    named = select(ClientVersion).where(ClientVersion.client_id == client.id, ClientVersion.name == AUTOMATIC)
    if found := await context.all(named):
        return found[0]
    made = ClientVersion(id=uuid7(), client_id=client.id, name=AUTOMATIC, status=ClientVersionStatus.ACTIVE)
    context.add(made)
    await context.flush()
    return made


async def _has(context: Context, into: ClientVersion, text: str) -> bool:
    """Tell whether a version has a document, or as many as it may have."""
    within = RegisteredDocument.client_version_id == into.id
    same = RegisteredDocument.document_id == hash_of(text)
    [row] = await context.looking.rows(
        select(func.count(), func.count().filter(same)).select_from(RegisteredDocument).where(within)
    )
    return row[0] >= MOST_AUTOMATIC or row[1] > 0
