"""A request as it comes in: its headers, its parameters, its body, and what it says of its sender."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.requests import HTTPConnection
from starlette.requests import Request as HTTPRequest
from starlette.types import Receive, Scope
from uuid_utils import uuid4

from auth.keys import BEGINNING
from resolvers.identity import Visitor
from resolvers.sso.states import COOKIES
from schema.answering import Unacceptable
from schema.clients import address_behind
from schema.http.media import JSON, Accepts, accepted
from schema.metrics import SAFE_ID, Taken

LARGEST_BODY: Final = 1_048_576
LONGEST_USER_AGENT: Final = 300
LONGEST_CLIENT: Final = 100
CLIENT: Final = b"graphql-client-name"
"""The header in which a program says its name."""

COOKIE: Final = b"cookie"
AUTHORIZATION: Final = b"authorization"
KEY: Final = BEGINNING.encode()
OF_SESSION: Final = b"Bearer eyJ"
"""How a header begins that brings an access token, which is a JWT."""

TOO_LARGE: Final = f"A request has at most {LARGEST_BODY} bytes."
HOST: Final = re.compile(r"(?:(?P<name>[A-Za-z0-9._-]+)|\[(?P<address>[0-9A-Fa-f:.]+)\])(?::\d*)?")
SLUG: Final = re.compile(r"[A-Za-z0-9-]+")
CONTENT_TYPE: Final = re.compile(r"\s*application/json\s*(?:;\s*charset\s*=\s*\"?utf-?8\"?\s*)?;?\s*", re.IGNORECASE)
NOBODYS_SLUG: Final = "-"
REQUEST_ID: Final = b"x-request-id"


Reader = Callable[[bytearray, str], dict[str, Any]]


class Incoming:
    """What the server tells of a request before its body; of a header that comes twice, the first one counts."""

    __slots__ = ("_headers", "_scope", "method", "request_id", "taken")

    def __init__(self, scope: Scope) -> None:
        self._scope, self.method = scope, scope.get("method", "GET")
        self._headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))
        given = self._headers.get(REQUEST_ID)
        self.request_id: str = given.decode() if given and SAFE_ID.fullmatch(given) else uuid4().hex
        self.taken: Taken

    def header(self, name: bytes) -> str:
        """Return a header; nothing where it is not there."""
        return self._headers.get(name, b"").decode("latin-1")

    def all(self, name: bytes) -> Sequence[str]:
        """Return a header as often as it is there."""
        return [value.decode("latin-1") for each, value in self._scope["headers"] if each == name]

    @property
    def names_client(self) -> bool:
        """Whether the program that asks says its name, or may have an API key, which says it."""
        return CLIENT in self._headers or self.may_have_key

    @property
    def may_have_key(self) -> bool:
        """Whether the token may be an API key; most are seen at once to be access tokens."""
        token = self._headers.get(AUTHORIZATION)
        return token is not None and not token.startswith(OF_SESSION) and KEY in token

    @property
    def document_id(self) -> str:
        """The id of a document, where the address names one."""
        named = self._scope.get("path_params")
        return named.get("document_id", "") if named else ""

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
            request_id=self.request_id,
            address=address_behind(peer[0] if peer else "", self.all(b"x-forwarded-for") if proxies else (), proxies),
            user_agent=self.header(b"user-agent")[:LONGEST_USER_AGENT],
            client=self.header(CLIENT)[:LONGEST_CLIENT],
            browser=self._browser() if COOKIE in self._headers else "",
        )

    def _browser(self) -> str:
        """Return the mark of a browser in which a single sign-on is under way, with the name of its cookie."""
        cookies = [each.strip() for each in self.header(COOKIE).split(";")]
        return next((each for name in COOKIES for each in cookies if each.startswith(f"{name}=")), "")

    async def body(self, receive: Receive, read: Reader | None = None) -> dict[str, Any]:
        """Read the object that stands in the body, unless it is to be read otherwise."""
        self._expect_json()
        body = bytearray()
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if len(body) > LARGEST_BODY:
                raise Unacceptable(413, TOO_LARGE)
            if not message.get("more_body"):
                return (read or object_in)(body, "body")
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
    if isinstance(value, list):
        said = f"Batches are refused: a request has at most 1 operation; this has {len(value):,}."
        raise Unacceptable(400, said)
    if not isinstance(value, dict):
        raise Unacceptable(400, f"The {what} must be a JSON object.")
    return value


def visitor_of(http: HTTPConnection, proxies: int) -> Visitor:
    """Return what a request's headers say of its sender; lines of the log are about it from now on."""
    return noted(http).visitor(proxies)


def noted(http: HTTPConnection) -> Incoming:
    """Let lines of the log be about a request from now on."""
    incoming = Incoming(http.scope)
    incoming.taken = Taken(incoming.request_id)
    return incoming


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
