"""Answers that a client may keep: those to GET of registered documents, which it asks about before it uses them again.

They depend on who asks, so that nobody between us keeps them, and on what is in the database, so that they are asked
about each time: what has not changed is not sent again.
"""

from dataclasses import replace
from hashlib import blake2b
from typing import Final

from starlette.types import Receive, Scope, Send

from schema.http.incoming import REQUEST_ID, Incoming
from schema.http.writing import Written

PRIVATE: Final = (b"cache-control", b"private, no-cache")
VARY: Final = "accept, authorization, x-workgraph-tenant, graphql-client-name, graphql-cost"
NOTHING_WRONG: Final = b'{"data":'
NOT_MODIFIED: Final = 304


class Unchanged(Written):
    """Says that what the client has is what it would be sent."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        del scope, receive
        headers = [(name.encode(), value.encode()) for name, value in (self.headers or {}).items()]
        headers.append((REQUEST_ID, self.request_id.encode()))
        await send({"type": "http.response.start", "status": NOT_MODIFIED, "headers": [self.cached, *headers]})
        await send({"type": "http.response.body", "body": b""})


def revalidated(answer: Written, incoming: Incoming) -> Written:
    """Let an answer without errors be kept; say that it is unchanged to who has it."""
    if not answer.body.startswith(NOTHING_WRONG):
        return answer
    tag = f'"{blake2b(answer.media.encode() + answer.body, digest_size=16).hexdigest()}"'
    headers = {**(answer.headers or {}), "etag": tag, "vary": VARY}
    if tag in tags_in(incoming.header(b"if-none-match")):
        return Unchanged(NOT_MODIFIED, b"", answer.media, headers, codes=answer.codes, form=answer.form, cached=PRIVATE)
    return replace(answer, headers=headers, cached=PRIVATE)


def tags_in(header: str) -> set[str]:
    """Return the tags that a client names; a proxy may have marked them as weak."""
    return {each.strip().removeprefix("W/") for each in header.split(",")}
