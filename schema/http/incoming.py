"""A request as it comes in: its headers, its parameters, its body, and what it says of its sender."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import uuid4

import orjson
from starlette.requests import HTTPConnection
from starlette.requests import Request as HTTPRequest
from starlette.types import Receive, Scope

from resolvers.identity import Visitor
from schema.answering import Unacceptable
from schema.clients import address_behind
from schema.http.media import JSON, Accepts, accepted

LARGEST_BODY: Final = 1_048_576
LONGEST_USER_AGENT: Final = 300
TOO_LARGE: Final = f"A request has at most {LARGEST_BODY} bytes."
HOST: Final = re.compile(r"(?:(?P<name>[A-Za-z0-9._-]+)|\[(?P<address>[0-9A-Fa-f:.]+)\])(?::\d*)?")
SLUG: Final = re.compile(r"[A-Za-z0-9-]+")
CONTENT_TYPE: Final = re.compile(r"\s*application/json\s*(?:;\s*charset\s*=\s*\"?utf-?8\"?\s*)?;?\s*", re.IGNORECASE)
NOBODYS_SLUG: Final = "-"


class Incoming:
    """What the server tells of a request before its body; of a header that comes twice, the first one counts."""

    __slots__ = ("_headers", "_scope", "method")

    def __init__(self, scope: Scope) -> None:
        self._scope, self.method = scope, scope.get("method", "GET")
        self._headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))

    def header(self, name: bytes) -> str:
        """Return a header; nothing where it is not there."""
        return self._headers.get(name, b"").decode("latin-1")

    def all(self, name: bytes) -> Sequence[str]:
        """Return a header as often as it is there."""
        return [value.decode("latin-1") for each, value in self._scope["headers"] if each == name]

    def accepts(self) -> Accepts:
        """Tell what the client understands."""
        return accepted(",".join(self.all(b"accept")))

    @property
    def parameters(self) -> dict[str, Any]:
        """The request that stands in the address."""
        query = self._scope.get("query_string", b"").decode("latin-1")
        values: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
        for name in ("variables", "extensions"):
            if values.get(name):
                values[name] = object_in(values[name].encode(), name)
        return values

    def visitor(self, proxies: int) -> Visitor:
        """Return what the headers say of the sender."""
        scheme, _, token = self.header(b"authorization").partition(" ")
        peer = self._scope.get("client")
        return Visitor(
            host=_host(self.header(b"host")),
            tenant_slug=slug_of(self.header(b"x-workgraph-tenant")),
            token=token.strip() if scheme.lower() == "bearer" else None,
            request_id=uuid4().hex,
            address=address_behind(peer[0] if peer else "", self.all(b"x-forwarded-for") if proxies else (), proxies),
            user_agent=self.header(b"user-agent")[:LONGEST_USER_AGENT],
        )

    async def body(self, receive: Receive) -> dict[str, Any]:
        """Read the object that stands in the body."""
        self._expect_json()
        body = bytearray()
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if len(body) > LARGEST_BODY:
                raise Unacceptable(413, TOO_LARGE)
            if not message.get("more_body"):
                return object_in(body, "body")
        raise Unacceptable(400, "The request ended early.")

    def _expect_json(self) -> None:
        if not CONTENT_TYPE.fullmatch(self.header(b"content-type")):
            raise Unacceptable(415, f"The content type must be {JSON}.")
        if self.header(b"content-encoding") not in {"", "identity"}:
            raise Unacceptable(415, "The body must not be compressed.", {"accept-encoding": "identity"})
        said = self.header(b"content-length")
        if said.isdecimal() and len(said) < len(str(LARGEST_BODY)) + 10 and int(said) > LARGEST_BODY:
            raise Unacceptable(413, TOO_LARGE)


def object_in(text: bytes | bytearray, what: str) -> dict[str, Any]:
    """Read a JSON object."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Unacceptable(400, f"The {what} is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise Unacceptable(400, f"The {what} must be a JSON object.")
    return value


def visitor_of(http: HTTPConnection, proxies: int) -> Visitor:
    """Return what a request's headers say of its sender."""
    return Incoming(http.scope).visitor(proxies)


async def body_of(http: HTTPRequest) -> dict[str, Any]:
    """Read the object that a request brings."""
    return await Incoming(http.scope).body(http.receive)


@lru_cache(maxsize=1024)
def _host(header: str) -> str:
    found = HOST.fullmatch(header)
    return found["name"] or found["address"] if found else ""


def slug_of(header: str | None) -> str | None:
    """Return the slug as it was given; one that can be nobody's is not taken to the database."""
    return header if not header or SLUG.fullmatch(header) else NOBODYS_SLUG
