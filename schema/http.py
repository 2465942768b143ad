"""GraphQL over HTTP: reads a request, finds out for whom it is, executes it, and writes the answer.

Follows the GraphQL over HTTP specification: POST with JSON, GET for queries, `application/graphql-response+json` beside
`application/json`. A browser that asks for a page gets GraphiQL.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import orjson
from graphql import DocumentNode, GraphQLError, OperationType, get_operation_ast
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HTTPRequest
from starlette.responses import HTMLResponse, Response

from db.encryption import Sealer
from db.session import Database
from resolvers.barred import Barred
from resolvers.context import Asking
from resolvers.identity import Identity, Visitor
from resolvers.registration import Registration
from schema.derive.converter import JoinedSchema
from schema.execute.errors import shown
from schema.execute.limits import nested_too_deep, parsed
from schema.execute.request import Reading, Request

LARGEST_BODY: Final = 1_048_576
JSON: Final = "application/json"
GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
STATUS: Final = {"UNAUTHENTICATED": 401, "TOKEN_EXPIRED": 401, "TENANT_MISMATCH": 403, "TENANT_NOT_FOUND": 404}
FAULT_STATUS: Final = {"UNAVAILABLE": 503, "TIMEOUT": 504}
HOST: Final = re.compile(r"(?:(?P<name>[A-Za-z0-9._-]+)|\[(?P<address>[0-9A-Fa-f:.]+)\])(?::\d*)?")
SLUG: Final = re.compile(r"[A-Za-z0-9-]+")
NOBODYS_SLUG: Final = "-"


@dataclass(frozen=True, slots=True)
class Asked:
    """A GraphQL request as it came: the document, its variables and which operation of it."""

    query: str
    document: DocumentNode
    variables: dict[str, Any] | None = field(repr=False)
    operation_name: str | None


class Unacceptable(Exception):
    """The HTTP request cannot be read as a GraphQL request."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


class GraphQLEndpoint:
    """The endpoint `/graphql`."""

    def __init__(
        self,
        schema: JoinedSchema,
        database: Database,
        identity: Identity,
        registration: Registration,
        sealer: Sealer,
        page: HTMLResponse | None,
    ) -> None:
        self._schema, self._database, self._sealer = schema, database, sealer
        self._identity, self._registration = identity, registration
        self._page = page

    async def respond(self, http: HTTPRequest) -> Response:
        """Answer one HTTP request."""
        media = _media(http.headers)
        try:
            if _wants_page(http) and self._page:
                return self._page
            asked = await _read(http)
            asking = await self._identity.asking(_visitor(http))
            return await self._answer(asking, asked, media)
        except Unacceptable as error:
            return _refuse(error.status, error.message, "BAD_USER_INPUT", media, error.headers)
        except Barred as barred:
            status = STATUS.get(barred.code, 400)
            return _refuse(status, barred.message, barred.code, media)
        except GraphQLError as error:
            return _respond(None, [error], {}, media)
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            return _fail(error, media)

    async def _answer(self, asking: Asking, asked: Asked, media: str) -> Response:
        async with self._database.reading(asking.tenant.placement) as session:
            request = Request(
                document=asked.document,
                database=self._database,
                sealer=self._sealer,
                asking=asking,
                reading=Reading(asking, session),
                registry=self._schema.registry,
                identity=self._identity,
                registration=self._registration,
            )
            result = await self._schema.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=request,
                operation_name=asked.operation_name,
            )
        return _respond(result.data, result.errors or [], request.hidden, media)


def _wants_page(http: HTTPRequest) -> bool:
    return http.method == "GET" and "query" not in http.query_params and "text/html" in http.headers.get("accept", "")


def _media(headers: Headers) -> str:
    """Choose the media type of the answer: the newer one for those who ask for it."""
    return GRAPHQL_RESPONSE if GRAPHQL_RESPONSE in headers.get("accept", "") else JSON


def _visitor(http: HTTPRequest) -> Visitor:
    scheme, _, token = http.headers.get("authorization", "").partition(" ")
    return Visitor(
        host=_host(http.headers.get("host", "")),
        tenant_slug=_slug(http.headers.get("x-workgraph-tenant")),
        token=token.strip() if scheme.lower() == "bearer" else None,
        request_id=uuid4().hex,
    )


def _host(header: str) -> str:
    found = HOST.fullmatch(header)
    return found["name"] or found["address"] if found else ""


def _slug(header: str | None) -> str | None:
    """Return the slug as it was given; one that can be nobody's is not taken to the database."""
    return header if not header or SLUG.fullmatch(header) else NOBODYS_SLUG


async def _read(http: HTTPRequest) -> Asked:
    by_post = http.method == "POST"
    asked = _asked(await _body(http) if by_post else _parameters(http))
    operation = get_operation_ast(asked.document, asked.operation_name)
    if operation is None:
        raise GraphQLError("Name one operation of the document by `operationName`.")
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


def _asked(values: Mapping[str, Any]) -> Asked:
    query, variables, name = values.get("query"), values.get("variables"), values.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise Unacceptable(400, "`query` must hold a GraphQL document.")
    for option in ("variables", "extensions"):
        if values.get(option) is not None and not isinstance(values[option], dict):
            raise Unacceptable(400, f"`{option}` must be an object.")
    if nested_too_deep(variables):
        raise Unacceptable(400, "`variables` nests too deeply.")
    if name is not None and not isinstance(name, str):
        raise Unacceptable(400, "`operationName` must be a string.")
    return Asked(query, parsed(query), variables, name or None)


def _respond(data: Any, errors: list[GraphQLError], hidden: Mapping[str, str], media: str) -> Response:
    answer: dict[str, Any] = {}
    never_ran = data is None and bool(errors) and all(error.path is None for error in errors)
    if errors:
        answer["errors"] = shown(errors)
    if not never_ran:
        answer["data"] = data
    if hidden:
        answer["extensions"] = {
            "hidden": [{"path": path, "permission": permission} for path, permission in hidden.items()]
        }
    status = 400 if never_ran and media == GRAPHQL_RESPONSE else 200
    return _written(status, answer, media)


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
