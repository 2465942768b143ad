"""Fetches JSON objects of providers: guarded like webhooks, no redirect followed, bounded in time and size."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any, Final

import orjson
from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from gateways.oidc.trouble import ProviderAway
from gateways.webhooks.guard import Guard, check_url
from gateways.webhooks.outcome import said

PATIENCE: Final = 10.0
MOST_BYTES: Final = 512 * 1024
AT_ONCE: Final = 20
SUCCESS: Final = 200
HEADERS: Final = {"user-agent": "Workgraph/1", "accept": "application/json", "accept-encoding": "identity"}


class Fetcher:
    """Fetches from addresses that anybody may have entered; close it when the program ends.

    `trust` says which certificates are believed, by default those of the system.
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

    def problem(self, url: str) -> str | None:
        """Say why an address may not be fetched from, or None."""
        return check_url(url, self._allows_loopback)

    async def get(self, url: str) -> dict[str, Any]:
        """Return the object at an address."""
        return await self._fetched("GET", url, None, {})

    async def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """Send a form, and return the object that it is answered with."""
        return await self._fetched("POST", url, form, headers)

    async def _fetched(
        self, method: str, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        if wrong := self.problem(url):
            raise ProviderAway(wrong)
        try:
            asked = self._session.request(method, URL(url), data=form, headers=headers, allow_redirects=False)
            async with asked as answer:
                if answer.status != SUCCESS:
                    raise ProviderAway(f"It answered with the status {answer.status}.")
                return _object(await _read(answer))
        except (ClientError, TimeoutError, OSError) as error:
            raise ProviderAway(said(error, self._patience)) from error

    @property
    def _session(self) -> ClientSession:
        # A session belongs to a running loop, so it is opened when something is first fetched.
        if self._opened is None:
            connector = TCPConnector(
                resolver=self._guard,
                socket_factory=self._guard.socket,
                use_dns_cache=False,
                ssl=self._trust or True,
                limit=AT_ONCE,
                force_close=True,
            )
            self._opened = ClientSession(
                connector=connector,
                headers=HEADERS,
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=self._patience),
                auto_decompress=False,
                trust_env=False,
            )
        return self._opened

    async def close(self) -> None:
        """Close every connection; what is being fetched fails."""
        if self._opened is not None:
            await self._opened.close()
        await self._guard.close()


async def _read(answer: ClientResponse) -> bytes:
    """Read an answer to its end; one that is too long, or packed, is no answer."""
    read = bytearray()
    while some := await answer.content.read(64 * 1024):
        read += some
        if len(read) > MOST_BYTES:
            answer.close()
            raise ProviderAway("Its answer is too long.")
        await asyncio.sleep(0)
    return bytes(read) if "content-encoding" not in answer.headers else b""


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise ProviderAway("Its answer is not JSON.") from None
    if not isinstance(found, dict):
        raise ProviderAway("Its answer is not a JSON object.")
    return found  # pyright: ignore[reportUnknownVariableType] - a JSON object has texts as keys
