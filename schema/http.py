"""GraphQL over HTTP: reads a request, finds out for whom it is, executes it, and writes the answer.

Follows the GraphQL over HTTP specification: POST with JSON, GET for queries, `application/graphql-response+json` beside
`application/json`. A browser that asks for a page gets GraphiQL.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import orjson
from graphql import GraphQLError, OperationType, get_operation_ast
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.requests import Request as HTTPRequest
from starlette.responses import HTMLResponse, Response

from resolvers.barred import Barred, RateLimited
from resolvers.identity import Visitor
from schema.answering import Answered, Answering, Asked, Unacceptable, asked_of
from schema.clients import client_address
from schema.execute.errors import shown

LARGEST_BODY: Final = 1_048_576
JSON: Final = "application/json"
GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
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


class GraphQLEndpoint:
    """The endpoint `/graphql`."""

    def __init__(self, answering: Answering, page: HTMLResponse | None, *, proxies: int = 0) -> None:
        self._answering, self._page, self._proxies = answering, page, proxies

    async def respond(self, http: HTTPRequest) -> Response:
        """Answer one HTTP request."""
        media = _media(http.headers)
        try:
            if _wants_page(http) and self._page:
                return self._page
            asked = await _read(http)
            asking = await self._answering.identity.asking(visitor_of(http, self._proxies))
            return _respond(await self._answering.answer(asking, asked), media)
        except Unacceptable as error:
            return _refuse(error.status, error.message, "BAD_USER_INPUT", media, error.headers)
        except Barred as barred:
            status = STATUS.get(barred.code, 400)
            return _refuse(status, barred.message, barred.code, media)
        except GraphQLError as error:
            return _respond(Answered(None, [error], {}), media)
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            return _fail(error, media)


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
    )


def _host(header: str) -> str:
    found = HOST.fullmatch(header)
    return found["name"] or found["address"] if found else ""


def slug_of(header: str | None) -> str | None:
    """Return the slug as it was given; one that can be nobody's is not taken to the database."""
    return header if not header or SLUG.fullmatch(header) else NOBODYS_SLUG


async def _read(http: HTTPRequest) -> Asked:
    by_post = http.method == "POST"
    asked = asked_of(await _body(http) if by_post else _parameters(http))
    operation = get_operation_ast(asked.document, asked.operation_name)
    if operation is None:
        raise GraphQLError("Name one operation of the document by `operationName`.")
    if operation.operation is OperationType.SUBSCRIPTION:
        raise GraphQLError("Subscribe over graphql-transport-ws, a WebSocket at this same address.")
    if operation.operation is not OperationType.QUERY and not by_post:
        raise Unacceptable(405, "A mutation must be sent by POST.", {"allow": "POST"})
    return asked


def _parameters(http: HTTPRequest) -> dict[str, Any]:
    parameters: dict[str, Any] = dict(http.query_params)
    for name in ("variables", "extensions"):
        if parameters.get(name):
            parameters[name] = _json(parameters[name].encode(), name)
    return parameters


async def _body(http: HTTPRequest) -> dict[str, Any]:
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
