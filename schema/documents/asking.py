"""How a request names its document: by `documentId`, by its hash as Apollo's clients do, or by its address.

Which documents there are depends on the company, so that who asks is known before the document is. Requests that bring
their document and name no client come by here only to be told apart.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from resolvers.barred import DocumentNotFound, DocumentRequired, NotRegisteredYet, NotRegistering
from resolvers.clients.automatic import register_automatically
from resolvers.clients.emitters import REGISTERING
from resolvers.clients.kept import Client, Registered
from resolvers.clients.publishing import OF_HASH
from resolvers.context import Asking, Context
from resolvers.documents import DocumentWrong, hash_of
from resolvers.values import storable
from schema.answering import Answering, Asked, Unacceptable, asked_of, given_with
from schema.execute.documents import Documents

HASH: Final = re.compile(r"[0-9a-f]{64}")
ID: Final = "documentId"
PERSISTED: Final = "persistedQuery"

UNKNOWN: Final = "No document of this id may be run here."
REQUIRED: Final = "Only registered documents are run for this client: send the `documentId` of one."
NOT_A_HASH: Final = "`extensions.persistedQuery.sha256Hash` must be a SHA-256 in lower-case hexadecimal."
OTHER_HASH: Final = "`query` is not the document of `extensions.persistedQuery.sha256Hash`."
NOT_FOUND: Final = "PersistedQueryNotFound"
NOT_SUPPORTED: Final = "PersistedQueryNotSupported"

LONGEST: Final = 100_000
"""Characters of a document that is registered."""

LEFT_OUT: Final = (None, "")
"""What stands for no document beside an id; clients of WebSockets that insist on a text send an empty one."""


@dataclass(frozen=True, slots=True)
class Named:
    """A document as a request names it; `is_persisted` says that Apollo's words are understood."""

    id: str
    is_persisted: bool = False


def names_document(values: Mapping[str, Any]) -> bool:
    """Tell whether a request names a document."""
    extensions = values.get("extensions")
    return ID in values or (isinstance(extensions, dict) and PERSISTED in extensions)


async def asked_for(answering: Answering, asking: Asking, values: Mapping[str, Any]) -> Asked:
    """Read a request of somebody who is known: the document that it names, or the one that it brings, if it may."""
    if asking.key is not None:
        with answering.identity.key_usage.request(asking.tenant.id, asking.principal.id):
            return await _asked_by_key(answering, asking, values)
    placement = asking.tenant.placement
    client = await answering.documents.client(placement, asking.client) if asking.client else None
    if not names_document(values):
        _expect_unlocked(asking, client)
        return asked_of(values, answering.bounds)
    named, brought = _named(values), _brought(values)
    found = await answering.documents.document(placement, named.id, asking.client)
    if found is not None:
        return _asked(answering, asking, values, found)
    if not named.is_persisted:
        raise DocumentNotFound(UNKNOWN)
    return await _persisted(answering, asking, values, client, brought)


async def _asked_by_key(answering: Answering, asking: Asking, values: Mapping[str, Any]) -> Asked:
    """Read a request of an API key: a registered document of its client."""
    if answering.rates is not None:
        await answering.rates.take(asking)
    if not names_document(values):
        raise DocumentRequired(REQUIRED)
    named = _named(values)
    found = await answering.documents.document_of(asking.tenant.placement, named.id, asking.client)
    if found is None:
        raise NotRegistering(NOT_SUPPORTED) if named.is_persisted else DocumentNotFound(UNKNOWN)
    return _asked(answering, asking, values, found)


def expect_may_run(asking: Asking, asked: Asked) -> None:
    """Refuse a document that was brought along, where only registered ones are run: for API keys, in some companies."""
    if asked.registered is None and (asking.tenant.registered_only or asking.key is not None):
        raise DocumentRequired(REQUIRED)


def _expect_unlocked(asking: Asking, client: Client | None) -> None:
    if asking.tenant.registered_only or (client and client.locked):
        raise DocumentRequired(REQUIRED)


def _named(values: Mapping[str, Any]) -> Named:
    """Read under which id a request names its document."""
    if ID not in values:
        return Named(OF_HASH + _hash(values["extensions"][PERSISTED]), is_persisted=True)
    named = values[ID]
    if not isinstance(named, str) or not named or not storable(named):
        raise Unacceptable(400, "`documentId` must be the id of a document, as text.")
    if values.get("query") not in LEFT_OUT:
        raise Unacceptable(400, "Send `query` or `documentId`, and not both.")
    return Named(named)


def _hash(persisted: object) -> str:
    """Return the hash that Apollo's extension gives."""
    if not isinstance(persisted, dict) or persisted.get("version") != 1:
        raise Unacceptable(400, "`extensions.persistedQuery` must be an object with `version: 1`.")
    hashed = persisted.get("sha256Hash")
    if not isinstance(hashed, str) or not HASH.fullmatch(hashed):
        raise Unacceptable(400, NOT_A_HASH)
    return hashed


def _brought(values: Mapping[str, Any]) -> str | None:
    """Return the document that comes with its hash, if there is one and it is the hash's."""
    text = values.get("query")
    if text in LEFT_OUT or ID in values:
        return None
    if not isinstance(text, str) or not storable(text):
        raise Unacceptable(400, "`query` must hold a GraphQL document.")
    if hash_of(text) != values["extensions"][PERSISTED]["sha256Hash"]:
        raise Unacceptable(400, OTHER_HASH)
    return text


def _asked(answering: Answering, asking: Asking, values: Mapping[str, Any], found: Registered) -> Asked:
    """Return a request for a registered document, which is parsed once for as long as it is asked for."""
    variables, name = given_with(values, answering.bounds)
    document = answering.parsed.of(asking.tenant.id, found.hash, found.text)
    return Asked(found.text, document, variables, name, registered=found)


async def _persisted(
    answering: Answering, asking: Asking, values: Mapping[str, Any], client: Client | None, brought: str | None
) -> Asked:
    """Answer in Apollo's words where a hash leads nowhere; register what was brought, for a client that may."""
    may_register = client is not None and client.registers_automatically and not client.locked
    if not may_register or asking.tenant.registered_only:
        raise NotRegistering(NOT_SUPPORTED)
    if brought is None:
        raise NotRegisteredYet(NOT_FOUND)
    asked = asked_of(values, answering.bounds)
    await _register(answering, asking, brought)
    return asked


async def _register(answering: Answering, asking: Asking, text: str) -> None:
    """Register a document, unless it is wrong, which its answer will say, or who asks may not write at all.

    Who acts for somebody registers nothing: what programs run is not theirs to decide.
    """
    who = asking.principal
    if who.id is None or who.impersonator or asking.tenant.status != "active" or len(text) > LONGEST:
        return
    reads = Documents(answering.schema.core, answering.schema.registry)
    try:
        facts = reads(text)
    except DocumentWrong:
        return
    async with answering.database.transacting(asking.tenant.placement) as session:
        context = Context(asking, session, REGISTERING.name, reads)
        await register_automatically(context, asking.client, text, facts)
