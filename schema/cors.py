"""Which pages of other origins may use the API from a browser: those that a setting names, and by default none.

Nothing here is a cookie, so credentials are never allowed: a page sends a token because it has one.
"""

from collections.abc import Sequence
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

EXACTLY: Final = frozenset({"/graphql"})
BELOW: Final = ("/graphql/", "/files/", "/rest/")
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
HEADERS: Final = (
    "authorization",
    "content-type",
    "x-workgraph-tenant",
    "last-event-id",
    "graphql-cost",
    "x-graphql-event-stream-token",
    "x-request-id",
    "traceparent",
    "graphql-client-name",
    "if-none-match",
    "if-match",
    "idempotency-key",
)
REMEMBERED: Final = 600


class CrossOrigin:
    """Answers preflights and names allowed origins, on the paths of the API and of files."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._shared = CORSMiddleware(
            app,
            allow_origins=origins,
            allow_methods=METHODS,
            allow_headers=HEADERS,
            allow_credentials=False,
            expose_headers=("retry-after", "etag", "location", "workgraph-hidden", "x-request-id"),
            max_age=REMEMBERED,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        shared = scope["type"] == "http" and _is_shared(scope["path"])
        await (self._shared if shared else self._app)(scope, receive, send)


def _is_shared(path: str) -> bool:
    return path in EXACTLY or path.startswith(BELOW)
