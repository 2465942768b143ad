"""An answer as it goes out: its status, its headers and its bytes, written in two messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from graphql import GraphQLError
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from resolvers.barred import Barred, RateLimited
from schema.answering import Answered, Unacceptable
from schema.execute.errors import shown
from schema.http.incoming import REQUEST_ID, Incoming
from schema.http.media import GRAPHQL_RESPONSE, JSON

STATUS: Final = {
    "UNAUTHENTICATED": 401,
    "TOKEN_EXPIRED": 401,
    "API_KEY_EXPIRED": 401,
    "FORBIDDEN": 403,
    "INSUFFICIENT_SCOPE": 403,
    "ADDRESS_NOT_ALLOWED": 403,
    "CLIENT_MISMATCH": 403,
    "TENANT_MISMATCH": 403,
    "TENANT_NOT_FOUND": 404,
    "RATE_LIMITED": 429,
    "DOCUMENT_NOT_FOUND": 400,
    "DOCUMENT_REQUIRED": 403,
    "PERSISTED_QUERY_NOT_FOUND": 200,
    "PERSISTED_QUERY_NOT_SUPPORTED": 200,
}
FAULT_STATUS: Final = {"UNAVAILABLE": 503, "TIMEOUT": 504}
CONTENT_TYPES: Final = {media: f"{media}; charset=utf-8".encode() for media in (JSON, GRAPHQL_RESPONSE)}
NO_STORE: Final = (b"cache-control", b"no-store")
Headers = Mapping[str, str]


@dataclass(slots=True)
class Written:
    """An answer that is ready to be sent. `codes` are those of its errors, `form` says how it was read."""

    status: int
    body: bytes
    media: str = JSON
    headers: Headers | None = None
    codes: Sequence[str] = ()
    form: str = ""
    request_id: str = ""
    cached: tuple[bytes, bytes] = NO_STORE

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it; who asks for the head gets what the whole would have."""
        headers = [
            (b"content-type", CONTENT_TYPES[self.media]),
            (b"content-length", b"%d" % len(self.body)),
            self.cached,
        ]
        if self.request_id:
            headers.append((REQUEST_ID, self.request_id.encode()))
        if self.headers:
            headers += [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else self.body})

    @property
    def response(self) -> Response:
        """The same, for who answers with responses."""
        headers = {"cache-control": "no-store", **(self.headers or {})}
        return Response(self.body, self.status, headers, f"{self.media}; charset=utf-8")


def refusal(error: Exception, http: HTTPRequest) -> Response:
    """Answer what was not even begun: with what is wrong, or that something went wrong here."""
    return refused(error, Incoming(http.scope).accepts().media).response


def refused(error: Exception, media: str | None) -> Written:
    """Write why nothing was begun; who takes none of our media types is told in plain JSON."""
    media = media or JSON
    match error:
        case Unacceptable():
            return _refused(error.status, error.message, "BAD_USER_INPUT", media, error.headers)
        case RateLimited():
            wait = {"retry-after": str(error.data["retry_after"])}
            return _refused(STATUS[error.code], error.message, error.code, media, wait)
        case Barred():
            return _refused(STATUS.get(error.code, 400), error.message, error.code, media)
        case GraphQLError():
            return written(Answered(None, [error], {}), media)
        case _:
            [entry] = shown([GraphQLError(str(error), original_error=error)])
            return _failed([entry], media)


def written(answered: Answered, media: str) -> Written:
    """Write an answer."""
    body = answered.body()
    if faults := _nothing_but_faults(body):
        return replace(_failed(faults, media), form=answered.form)
    seconds = _to_wait(answered.errors) if answered.data is None else None
    if seconds:
        wait = {"retry-after": str(seconds)}
        return Written(STATUS[RateLimited.code], orjson.dumps(body), media, wait, _codes(body), answered.form)
    codes = _codes(body) if answered.errors else []
    status = STATUS.get(codes[0], 400) if answered.never_ran and media == GRAPHQL_RESPONSE else 200
    return Written(status, orjson.dumps(body), media, None, codes, answered.form)


def _codes(body: Mapping[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in body["errors"]]


def _nothing_but_faults(body: Mapping[str, Any]) -> Sequence[Any]:
    """Return the errors of an answer that holds nothing else, where each says that something behind us was away."""
    errors = body.get("errors")
    if not errors or any(value is not None for value in (body.get("data") or {}).values()):
        return ()
    return errors if all(each["extensions"]["code"] in FAULT_STATUS for each in errors) else ()


def _failed(errors: Sequence[Any], media: str) -> Written:
    """Write that there is no answer for a fault of ours: masked and numbered like any other."""
    answer = {"errors": errors}
    status = FAULT_STATUS.get(errors[0]["extensions"]["code"], 500)
    return Written(status, orjson.dumps(answer), media, None, _codes(answer))


def _to_wait(errors: Sequence[GraphQLError]) -> int | None:
    """Return after how many seconds to come again, where everything that was asked was asked too often."""
    barred = [error.original_error for error in errors]
    limited = [each.data["retry_after"] for each in barred if isinstance(each, RateLimited)]
    return max(limited) if limited and len(limited) == len(errors) else None


def _refused(status: int, message: str, code: str, media: str, headers: Headers | None = None) -> Written:
    answer = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return Written(status, orjson.dumps(answer), media, headers, [code])
