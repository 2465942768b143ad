"""Tokens with which a browser opens a stream: its EventSource sends no headers, and an address is no place for more.

A stream token is the access token, sealed, and good for a minute to begin with. Later it lets in only who comes again
with the last event's id: in streams that were opened in this way, the id proves that its holder has seen the stream. So
an address that was noted somewhere lets nobody in, and a stream goes on for as long as the session of its token.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

import orjson
from starlette.requests import Request as HTTPRequest
from starlette.responses import JSONResponse, Response

from db.encryption import CannotDecrypt, Sealer
from resolvers.barred import Unauthenticated
from resolvers.identity import Identity
from resolvers.tenants import NOBODY
from schema.http import refusal, visitor_of

PURPOSE: Final = "stream token"
SEEN: Final = "stream seen"
BEGIN_WITHIN: Final = timedelta(seconds=60)
LONGEST: Final = 4096
INVALID: Final = "This stream token is not valid (any more); ask for a new one at /graphql/stream/token."
ANONYMOUS: Final = "Nobody is signed in; send the access token as `Authorization: Bearer <token>`."


@dataclass(frozen=True, slots=True)
class StreamToken:
    """What a stream token holds, and the proof that its stream has been seen."""

    token: str
    begins_until: datetime
    proof: str


class StreamTokens:
    """Issues stream tokens, and reads them back."""

    def __init__(self, sealer: Sealer, *, clock: Callable[[], datetime]) -> None:
        self._sealer, self._clock = sealer, clock

    def issue(self, token: str) -> tuple[str, datetime]:
        """Make a stream token of an access token; return it, and until when a stream may be opened with it."""
        until = self._clock() + BEGIN_WITHIN
        content = orjson.dumps([token, until.timestamp()])
        return self._sealer.seal(content, tenant_id=NOBODY, purpose=PURPOSE), until

    def read(self, text: str, last_event_id: str) -> StreamToken:
        """Open a stream token, for who begins in time or comes again."""
        opened = self._opened(text)
        proof = last_event_id.partition(".")[2]
        if self._clock() >= opened.begins_until and not hmac.compare_digest(proof.encode(), opened.proof.encode()):
            raise Unauthenticated(INVALID)
        return opened

    def _opened(self, text: str) -> StreamToken:
        if len(text) > LONGEST:
            raise Unauthenticated(INVALID)
        try:
            token, until = orjson.loads(self._sealer.open(text, tenant_id=NOBODY, purpose=PURPOSE))
        except CannotDecrypt:
            raise Unauthenticated(INVALID) from None
        proof = self._sealer.seal(sha256(text.encode()).digest()[:16], tenant_id=NOBODY, purpose=SEEN)
        return StreamToken(token, datetime.fromtimestamp(until, UTC), proof)


class TokenEndpoint:
    """The endpoint `/graphql/stream/token`."""

    def __init__(self, identity: Identity, tokens: StreamTokens, *, proxies: int = 0) -> None:
        self._identity, self._tokens, self._proxies = identity, tokens, proxies

    async def respond(self, http: HTTPRequest) -> Response:
        """Give a stream token to who is signed in."""
        try:
            text, until = self._tokens.issue(await self._token(http))
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            return refusal(error, http)
        answer = {"token": text, "expiresAt": until.isoformat().replace("+00:00", "Z")}
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    async def _token(self, http: HTTPRequest) -> str:
        """Return the token of who is signed in."""
        visitor = visitor_of(http, self._proxies)
        await self._identity.asking(visitor)
        if not visitor.token:
            raise Unauthenticated(ANONYMOUS)
        return visitor.token
