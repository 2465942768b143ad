"""Sends webhooks over HTTP: one attempt at a time, to addresses that anybody may have entered.

One session keeps connections open between attempts. It follows no redirect, takes no cookie, no proxy and no netrc
from the environment, unpacks nothing, and reads at most 1 KB of an answer: the status alone decides. How many attempts
are under way, and to whom, is its caller's affair.
"""

import asyncio
import ssl
import time
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from db.tracing import traceparent
from gateways.webhooks.guard import Guard, check_url
from gateways.webhooks.outcome import MOST_BYTES, Outcome, excerpt_of, refusal_of, said
from gateways.webhooks.schedule import retry_after_of
from gateways.webhooks.signing import sign

PATIENCE: Final = 20.0
READING: Final = 2.0
"""How many seconds the text of an answer may take once its status is known."""
KEPT_OPEN: Final = 4.0
"""How many seconds an idle connection is kept: less than the five after which many servers close theirs."""
ASKS_TO_WAIT: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
HEADERS: Final = {
    "content-type": "application/json",
    "user-agent": "Workgraph-Webhooks/1",
    "accept": "*/*",
    "accept-encoding": "identity",
}


class Sender:
    """Sends webhooks. `trust` says which certificates are believed, by default those of the system.

    `patience`: how many seconds an attempt may take. `guard`: what decides which addresses are connected to.
    """

    def __init__(
        self,
        allows_loopback: bool,  # noqa: FBT001
        *,
        patience: float = PATIENCE,
        trust: ssl.SSLContext | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._allows_loopback, self._patience, self._trust = allows_loopback, patience, trust
        self._guard = guard or Guard(allows_loopback=allows_loopback)
        self._opened: ClientSession | None = None

    async def send(self, url: str, *, message_id: str, body: bytes, secrets: Sequence[str], at: datetime) -> Outcome:
        """Attempt a delivery once. `at` is the moment that is signed with it; the bytes sent are those of `body`."""
        timestamp = int(at.timestamp())
        signed = {
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(secrets, message_id, timestamp, body),
        }
        if parent := traceparent():
            signed["traceparent"] = parent
        wrong = check_url(url, self._allows_loopback)
        return Outcome(None, wrong, 0, None, None) if wrong else await self._post(URL(url), signed, body, at)

    async def _post(self, url: URL, signed: dict[str, str], body: bytes, at: datetime) -> Outcome:
        began = time.perf_counter()
        try:
            async with self._session.post(url, data=body, headers=signed, allow_redirects=False) as answer:
                excerpt = excerpt_of(await _beginning(answer))
                return _outcome(answer, _since(began), excerpt, at)
        except (ClientError, TimeoutError, OSError) as error:
            return Outcome(None, said(error, self._patience), _since(began), None, None)

    @property
    def _session(self) -> ClientSession:
        # A session belongs to a running loop, so it is opened by the first attempt.
        if self._opened is None:
            self._opened = ClientSession(
                connector=self._connector(),
                headers=HEADERS,
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=self._patience),
                auto_decompress=False,
                trust_env=False,
                read_bufsize=2 * MOST_BYTES,
            )
        return self._opened

    def _connector(self) -> TCPConnector:
        return TCPConnector(
            resolver=self._guard,
            socket_factory=self._guard.socket,
            use_dns_cache=False,
            ssl=self._trust or True,
            limit=0,
            keepalive_timeout=KEPT_OPEN,
        )

    async def close(self) -> None:
        """Close every connection; attempts under way fail."""
        if self._opened is not None:
            await self._opened.close()
        await self._guard.close()


async def _beginning(answer: ClientResponse) -> bytes:
    """Read the first bytes of an answer. What is not read to its end within them costs the connection."""
    read = bytearray()
    try:
        async with asyncio.timeout(READING):
            while len(read) <= MOST_BYTES and (some := await answer.content.read(MOST_BYTES + 1 - len(read))):
                read += some
    except (ClientError, TimeoutError, OSError):
        answer.close()
    if len(read) > MOST_BYTES:
        answer.close()
    return bytes(read) if "content-encoding" not in answer.headers else b""


def _outcome(answer: ClientResponse, duration_ms: int, excerpt: str | None, at: datetime) -> Outcome:
    wish = retry_after_of(answer.headers.get("retry-after"), at) if answer.status in ASKS_TO_WAIT else None
    return Outcome(answer.status, refusal_of(answer.status), duration_ms, excerpt, wish)


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
