"""Answers over REST as they go out: a value as JSON with its tag and its place, nothing at all, or a problem."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import quote

import orjson
from graphql import GraphQLError
from starlette.types import Receive, Scope, Send

from db.base import snake
from db.models.clients import RestMethod
from schema.answering import Answered, Unacceptable
from schema.execute.addressed.endpoint import Endpoint
from schema.execute.errors import shown
from schema.http.caching import PRIVATE
from schema.http.incoming import REQUEST_ID, Incoming
from schema.http.media import JSON
from schema.http.writing import Written
from schema.rest.problems import MEDIA, STATUS, Problem
from schema.rest.table import Table

VARY: Final = "authorization, x-workgraph-tenant"
HIDDEN: Final = "workgraph-hidden"
COST: Final = "graphql-cost"
MOST_HIDDEN: Final = 50
"""Hidden fields that one answer names."""

BODILESS: Final = frozenset({204, 304})
NOT_READ: Final[Mapping[int, str]] = {405: "METHOD_NOT_ALLOWED", 413: "TOO_LARGE", 415: "UNSUPPORTED_MEDIA_TYPE"}


class Reply(Written):
    """What is sent: JSON of any media type, or nothing but a status."""

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it; who asks for the head gets what the whole would have."""
        headers = [self.cached, (REQUEST_ID, self.request_id.encode())]
        if self.status not in BODILESS:
            headers += [(b"content-type", self.media.encode()), (b"content-length", b"%d" % len(self.body))]
        headers += [(name.encode(), value.encode()) for name, value in (self.headers or {}).items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        bodiless = self.status in BODILESS or scope["method"] == "HEAD"
        await send({"type": "http.response.body", "body": b"" if bodiless else self.body})


def problem_reply(problem: Problem, form: str = "") -> Reply:
    """Write a problem."""
    return Reply(problem.status, problem.body(), MEDIA, problem.sent_with(), [problem.code], form)


def problem_of(error: Exception) -> Problem:
    """Return the problem that an error is which came before anything was answered."""
    match error:
        case Problem():
            return error
        case Unacceptable():
            code = NOT_READ.get(error.status, "BAD_USER_INPUT")
            told = [{"code": code, "detail": error.message}]
            return Problem(error.status, error.message, code, told, error.headers or {})
        case _:
            original = error.original_error if isinstance(error, GraphQLError) else error
            [entry] = shown([GraphQLError(str(error), original_error=original)])
            return _told(entry["message"], entry["extensions"])


def _told(message: str, extensions: Mapping[str, Any]) -> Problem:
    code, wait = extensions["code"], extensions.get("retryAfter")
    headers = {} if wait is None else {"retry-after": str(wait)}
    return Problem(STATUS.get(code, 500), message, code, [{**extensions, "detail": message}], headers)


def reply_to(endpoint: Endpoint, table: Table, base: str, answered: Answered, asked: "AskedWith", value: Any) -> Reply:
    """Write what an endpoint answers."""
    headers = hidden_in(answered)
    if endpoint.gives.empty:
        return Reply(204, b"", JSON, headers, form=answered.form)
    body = orjson.dumps(value)
    if endpoint.address.method is RestMethod.GET:
        return _tagged(Reply(200, body, JSON, headers, form=answered.form), value, asked.incoming)
    if not endpoint.gives.makes or asked.dry:
        return Reply(200, body, JSON, headers, form=answered.form)
    place = _location(endpoint, table, asked.given, value)
    return Reply(201, body, JSON, headers | ({"location": base + place} if place else {}), form=answered.form)


def costing(answered: Answered, reply: Reply | None) -> Reply:
    """Tell what an answer costs, where that was asked for or it was refused for it; without one, that is the answer."""
    if answered.cost is None:
        assert reply is not None, "what was priced and not run tells its price"
        return reply
    told = answered.cost.shown()
    reply = reply or Reply(200, orjson.dumps(told), JSON, form=answered.form)
    figures = {**told.pop("throttle", {}), **told}
    header = ", ".join(f"{snake(name).replace('_', '-')}={value}" for name, value in figures.items())
    reply.headers = {**(reply.headers or {}), COST: header}
    return reply


@dataclass(frozen=True, slots=True)
class AskedWith:
    """A request as far as its answer depends on it."""

    incoming: Incoming
    given: Mapping[str, str]
    dry: bool


def _tagged(reply: Reply, value: Any, incoming: Incoming) -> Reply:
    """Let an answer be kept by who asked, and say that it is unchanged to who has it. A tag begins with the version."""
    version = value.get("version") if isinstance(value, dict) else None
    digest = blake2b(reply.body, digest_size=16).hexdigest()
    tag = f'"{version}.{digest}"' if isinstance(version, int) else f'"{digest}"'
    reply.headers, reply.cached = {**(reply.headers or {}), "etag": tag, "vary": VARY}, PRIVATE
    known = {each.strip().removeprefix("W/") for each in incoming.header(b"if-none-match").split(",")}
    if tag in known:
        reply.status = 304
    return reply


def hidden_in(answered: Answered) -> dict[str, str]:
    """Name the fields that are null because who asks may not read them."""
    if not answered.hidden:
        return {}
    pairs = [*answered.hidden.items()][:MOST_HIDDEN]
    return {HIDDEN: ", ".join(f'"{path}";permission="{needs}"' for path, needs in pairs)}


def _location(endpoint: Endpoint, table: Table, given: Mapping[str, str], value: Any) -> str | None:
    """Return the path at which the thing that was made can be read, if one of these endpoints reads it."""
    kind, made = endpoint.gives.node, value.get("id") if isinstance(value, dict) else None
    if kind is None or made is None:
        return None
    for each in table.endpoints:
        names = each.address.names
        if each.address.method is not RestMethod.GET or each.gives.node != kind or not names:
            continue
        known = {**given, names[-1]: made}
        if each.address.path.endswith(f"{{{names[-1]}}}") and set(names) <= set(known):
            filled = (known[part[1:-1]] if part.startswith("{") else part for part in each.address.segments)
            return "/" + "/".join(quote(part, safe="") for part in filled)
    return None
