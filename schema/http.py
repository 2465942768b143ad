"""GraphQL over HTTP: reads a request, finds out for whom it is, executes it, and writes the answer.

Follows the GraphQL over HTTP specification: POST with JSON, GET for queries, `application/graphql-response+json` beside
`application/json`. A browser that asks for a page gets GraphiQL.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol
from uuid import uuid4

import orjson
from graphql import GraphQLError, OperationType
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.requests import Request as HTTPRequest
from starlette.responses import HTMLResponse, Response

from resolvers.barred import Barred, RateLimited
from resolvers.identity import Visitor
from schema.answering import Answered, Answering, Asked, Unacceptable, asked_of, kind_of
from schema.clients import client_address
from schema.execute.errors import shown

LARGEST_BODY: Final = 1_048_576
LONGEST_USER_AGENT: Final = 300
JSON: Final = "application/json"
GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
EVENT_STREAM: Final = "text/event-stream"
STATUS: Final = {
    "UNAUTHENTICATED": 401,
    "TOKEN_EXPIRED": 401,
    "TENANT_MISMATCH": 403,
    "TENANT_NOT_FOUND": 404,
    "RATE_LIMITED": 429,
}
FAULT_STATUS: Final = {"UNAVAILABLE": 503, "TIMEOUT": 504}
HOST: Final = re.compile(r"(?:(?P<name>[A-Za-z0-9._-]+)|\[(?P<address>[0-9A-Fa-f:.]+)\])(?::\d*)?")
SLUG: Final = re.compile(r"[A-Za-z0-9-]+")
NOBODYS_SLUG: Final = "-"
SUBSCRIBE: Final = (
    "Subscribe over graphql-transport-ws, a WebSocket at this same address, or with `Accept: text/event-stream`."
)


class Streaming(Protocol):
    """Answers with a stream of events, where that was asked for."""

    async def begin(self, http: HTTPRequest, asked: Asked) -> Response:
        """Begin to answer one operation."""
        ...

    def refuse(self, errors: Sequence[GraphQLError]) -> Response:
        """Say in a stream what is wrong with a document."""
        ...


class GraphQLEndpoint:
    """The endpoint `/graphql`."""

    def __init__(
        self,
        answering: Answering,
        page: HTMLResponse | None,
        *,
        proxies: int = 0,
        streaming: Streaming | None = None,
    ) -> None:
        self._answering, self._page, self._proxies, self._streaming = answering, page, proxies, streaming

    async def respond(self, http: HTTPRequest) -> Response:
        """Answer one HTTP request."""
        try:
            return await self._respond(http)
        except GraphQLError as error:
            if self._streaming and _takes_only_events(http):
                return self._streaming.refuse([error])
            return refusal(error, http)
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            return refusal(error, http)

    async def _respond(self, http: HTTPRequest) -> Response:
        if _wants_page(http) and self._page:
            return self._page
        asked = await read(http)
        kind = kind_of(asked)
        if self._streaming and (
            _takes_only_events(http) or (kind is OperationType.SUBSCRIPTION and _takes_events(http))
        ):
            _check_method(http, kind)
            return await self._streaming.begin(http, asked)
        if kind is OperationType.SUBSCRIPTION:
            raise GraphQLError(SUBSCRIBE)
        _check_method(http, kind)
        asking = await self._answering.identity.asking(visitor_of(http, self._proxies))
        return _respond(await self._answering.answer(asking, asked), _media(http.headers))


def refusal(error: Exception, http: HTTPRequest) -> Response:
    """Answer what was not even begun: with what is wrong, or that something went wrong here."""
    media = _media(http.headers)
    match error:
        case Unacceptable():
            return _refuse(error.status, error.message, "BAD_USER_INPUT", media, error.headers)
        case Barred():
            return _refuse(STATUS.get(error.code, 400), error.message, error.code, media)
        case GraphQLError():
            return _respond(Answered(None, [error], {}), media)
        case _:
            return _fail(error, media)


def _takes_events(http: HTTPRequest) -> bool:
    """Tell whether a stream of events would be understood."""
    return http.method != "HEAD" and EVENT_STREAM in http.headers.get("accept", "")


def _takes_only_events(http: HTTPRequest) -> bool:
    """Tell whether nothing but a stream would: some clients name every media type, and want the plainest."""
    accept = http.headers.get("accept", "")
    return _takes_events(http) and JSON not in accept and GRAPHQL_RESPONSE not in accept


def _check_method(http: HTTPRequest, kind: OperationType) -> None:
    """Refuse a mutation by GET: whatever follows a link must not change anything."""
    if kind is OperationType.MUTATION and http.method != "POST":
        raise Unacceptable(405, "A mutation must be sent by POST.", {"allow": "POST"})


def _wants_page(http: HTTPRequest) -> bool:
    return http.method == "GET" and "query" not in http.query_params and "text/html" in http.headers.get("accept", "")


def _media(headers: Headers) -> str:
    """Choose the media type of the answer: the newer one for those who ask for it."""
    return GRAPHQL_RESPONSE if GRAPHQL_RESPONSE in headers.get("accept", "") else JSON


def visitor_of(http: HTTPConnection, proxies: int) -> Visitor:
    """Return what a request's headers say of its sender."""
    scheme, _, token = http.headers.get("authorization", "").partition(" ")
    return Visitor(
        host=_host(http.headers.get("host", "")),
        tenant_slug=slug_of(http.headers.get("x-workgraph-tenant")),
        token=token.strip() if scheme.lower() == "bearer" else None,
        request_id=uuid4().hex,
        address=client_address(http, proxies),
        user_agent=http.headers.get("user-agent", "")[:LONGEST_USER_AGENT],
    )


def _host(header: str) -> str:
    found = HOST.fullmatch(header)
    return found["name"] or found["address"] if found else ""


def slug_of(header: str | None) -> str | None:
    """Return the slug as it was given; one that can be nobody's is not taken to the database."""
    return header if not header or SLUG.fullmatch(header) else NOBODYS_SLUG


async def read(http: HTTPRequest) -> Asked:
    """Read the operation that a request brings."""
    return asked_of(await body_of(http) if http.method == "POST" else _parameters(http))


def _parameters(http: HTTPRequest) -> dict[str, Any]:
    parameters: dict[str, Any] = dict(http.query_params)
    for name in ("variables", "extensions"):
        if parameters.get(name):
            parameters[name] = _json(parameters[name].encode(), name)
    return parameters


async def body_of(http: HTTPRequest) -> dict[str, Any]:
    """Read the object that a request brings."""
    if http.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Unacceptable(415, f"The content type must be {JSON}.")
    body = bytearray()
    try:
        async for chunk in http.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise Unacceptable(413, f"A request has at most {LARGEST_BODY} bytes.")
    except ClientDisconnect as error:
        raise Unacceptable(400, "The request ended early.") from error
    return _json(bytes(body), "body")


def _json(text: bytes, what: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Unacceptable(400, f"The {what} is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise Unacceptable(400, f"The {what} must be a JSON object.")
    return value


def _respond(answered: Answered, media: str) -> Response:
    seconds = _to_wait(answered.errors) if answered.data is None else None
    if seconds:
        return _written(STATUS[RateLimited.code], answered.body(), media, {"retry-after": str(seconds)})
    status = 400 if answered.never_ran and media == GRAPHQL_RESPONSE else 200
    return _written(status, answered.body(), media)


def _to_wait(errors: Sequence[GraphQLError]) -> int | None:
    """Return after how many seconds to come again, where everything that was asked was asked too often."""
    barred = [error.original_error for error in errors]
    limited = [each.data["retry_after"] for each in barred if isinstance(each, RateLimited)]
    return max(limited) if limited and len(limited) == len(errors) else None


def _fail(error: Exception, media: str) -> Response:
    """Answer a fault outside the execution: masked and numbered like any other."""
    [entry] = shown([GraphQLError(str(error), original_error=error)])
    return _written(FAULT_STATUS.get(entry["extensions"]["code"], 500), {"errors": [entry]}, media)


def _refuse(status: int, message: str, code: str, media: str, headers: Mapping[str, str] | None = None) -> Response:
    answer = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return _written(status, answer, media, headers)


def _written(status: int, answer: dict[str, Any], media: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        orjson.dumps(answer),
        status_code=status,
        media_type=f"{media}; charset=utf-8",
        headers={"cache-control": "no-store", **(headers or {})},
    )
