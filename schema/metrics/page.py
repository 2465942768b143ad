"""`/metrics`: what a process tells of itself, for Prometheus, and for those only who may know.

With a token, for who brings it. Without one, for this machine alone: for connections from it, that ask for it by a name
of it, and that no proxy hands on; behind proxies of one's own, for nobody.
"""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from db.dispatching import Backlog
from schema.devmail import is_this_machine
from schema.metrics.families import Figures, Sources

LOG: Final = structlog.get_logger("workgraph.metrics")
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
PATIENCE: Final = 1.0
KEPT_FOR: Final = 15.0
"""Seconds for which a backlog that was counted is told again, so that asking often costs the database nothing."""

NO_STORE: Final = {"cache-control": "no-store"}
WITH_TOKEN: Final = (
    "Metrics are for who brings the token of WORKGRAPH_METRICS_TOKEN as `Authorization: Bearer <token>`.\n"  # noqa: S105 - it is none
)
HERE_ONLY: Final = (
    "Metrics are shown only to the machine that this server runs on, and not through a proxy. "
    "Set WORKGRAPH_METRICS_TOKEN to let others read them.\n"
)


class MetricsPage:
    """The page; `count` looks how much waits in the database."""

    def __init__(
        self, sources: Sources, count: Callable[[], Awaitable[Backlog]], *, token: str | None, proxies: int = 0
    ) -> None:
        self._sources, self._count, self._token, self._proxies = sources, count, token, proxies
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        self._counted: tuple[float, Backlog | None] = (-KEPT_FOR, None)

    async def respond(self, request: Request) -> Response:
        """Answer one request."""
        if self._token is not None and not _brings(request, self._token):
            return PlainTextResponse(WITH_TOKEN, 401, headers={**NO_STORE, "www-authenticate": "Bearer"})
        if self._token is None and (self._proxies or not is_this_machine(request)):
            return PlainTextResponse(HERE_ONLY, 403, headers=NO_STORE)
        registry = CollectorRegistry()
        registry.register(Figures(replace(self._sources, backlog=await self._backlog())))
        body = generate_latest(registry) + generate_latest(self._process)
        return Response(body, headers={**NO_STORE, "content-type": CONTENT_TYPE})

    async def _backlog(self) -> Backlog | None:
        """Return how much waits; nothing, where that cannot be found out at the moment."""
        since, backlog = self._counted
        if time.monotonic() < since + KEPT_FOR:
            return backlog
        try:
            async with asyncio.timeout(PATIENCE):
                backlog = await self._count()
        except Exception as error:  # noqa: BLE001 - the other figures are told in any case
            LOG.warning("what waits was not counted", error=type(error).__name__)
            backlog = None
        self._counted = time.monotonic(), backlog
        return backlog


def _brings(request: Request, token: str) -> bool:
    scheme, _, brought = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(brought.strip().encode(), token.encode())
