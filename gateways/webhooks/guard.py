"""The guard before every connection of a webhook: a company may name any address, and must reach none of our own.

It looks three times. `check_url` judges the form, for people who enter an address and again before each attempt.
`Guard.resolve` looks a name up once for each connection and refuses it if *any* of its addresses is not allowed; the
connection goes to the addresses that were judged, so a name that answers differently the next time gains nothing.
`Guard.socket` judges the address of each socket just before it connects: nothing that reads a URL otherwise than we
do can pass it.
"""

import asyncio
import re
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from gateways.webhooks.addresses import Address, is_public, read_address

AddressInfo = tuple[int, int, int, str, tuple[object, ...]]
"""What `socket.getaddrinfo` says of one address: family, kind, protocol, name, and where to connect to."""

LONGEST_URL: Final = 2000
NOT_IN_A_URL: Final = re.compile(r"[\s\\\x00-\x20\x7f-\x9f]")
NAME: Final = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
OWN_NAMES: Final = ("local", "internal", "localhost", "home.arpa")
WEB_PORTS: Final = frozenset({80, 443})
FIRST_FREE_PORT: Final = 1024
LOOKUPS: Final = 32

PRIVATE: Final = "The address is not allowed: it leads to a private network."
NOT_AN_ADDRESS: Final = "The address is not a valid URL."
NOT_HTTPS: Final = "The address must begin with https://."
NOT_A_HOST: Final = "The address does not name a valid host."


class NotAllowed(OSError):
    """A connection that was not made, because its address is not public."""

    def __init__(self) -> None:
        super().__init__(PRIVATE)


@lru_cache(maxsize=1024)
def check_url(url: str, allows_loopback: bool) -> str | None:  # noqa: FBT001
    """Tell people what is wrong with the address of an endpoint, or None. Looks nothing up.

    Ports are those of the web and those from 1024 on: below there are mail, shells and other services of machines.
    `allows_loopback` lets this machine's own addresses pass, and http for them: for developers.
    """
    if len(url) > LONGEST_URL or NOT_IN_A_URL.search(url):
        return NOT_AN_ADDRESS
    try:
        parts = URL(url)
        host, port = (parts.raw_host or "").lower(), parts.port
    except ValueError:
        return NOT_AN_ADDRESS
    if parts.scheme not in {"https", "http"}:
        return NOT_HTTPS
    return _wrong_parts(parts, port) or _wrong_host(host, parts.scheme, allows=allows_loopback)


def _wrong_parts(parts: URL, port: int | None) -> str | None:
    if parts.raw_user is not None or parts.raw_password is not None:
        return "The address must not hold a user name or password."
    if port is None or (port not in WEB_PORTS and port < FIRST_FREE_PORT):
        return "The address must use port 443, 80, or one from 1024 on."
    return None


def _wrong_host(host: str, scheme: str, *, allows: bool) -> str | None:
    address = read_address(host)
    is_own = is_loopback_name(host) if address is None else address.is_loopback
    if is_own and allows:
        return None
    if scheme != "https":
        return NOT_HTTPS
    if address is not None:
        return None if is_public(address) else PRIVATE
    return _wrong_name(host)


def _wrong_name(host: str) -> str | None:
    # A host whose last part is a number is an IPv4 address to many libraries, in spellings that hide which one.
    name = host.removesuffix(".")
    if not NAME.fullmatch(name) or NUMBER.fullmatch(name.rpartition(".")[2]):
        return NOT_A_HOST
    is_own = "." not in name or name.endswith(tuple(f".{own}" for own in OWN_NAMES))
    return PRIVATE if is_own else None


def is_loopback_name(host: str) -> bool:
    """Whether a name means this machine."""
    name = host.lower().removesuffix(".")
    return name == "localhost" or name.endswith(".localhost")


class Guard(AbstractResolver):
    """Looks names up and judges addresses for a connector. Threads of its own wait for slow name servers."""

    def __init__(self, *, allows_loopback: bool) -> None:
        self._allows_loopback = allows_loopback
        self._threads = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="webhook-names")

    def allows(self, address: Address) -> bool:
        """Whether a connection to an address may be made."""
        return is_public(address) or (self._allows_loopback and address.is_loopback)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Look a name up; raises `NotAllowed` if any of its addresses is."""
        found = [_result(host, port, info) for info in await self.look_up(host, port, family)]
        if not all(self._may_be(host, result["host"]) for result in found):
            raise NotAllowed
        return found

    def _may_be(self, host: str, text: str) -> bool:
        address = read_address(text)
        must_be_own = is_loopback_name(host)
        return address is not None and self.allows(address) and (address.is_loopback or not must_be_own)

    async def look_up(self, host: str, port: int, family: socket.AddressFamily) -> Sequence[AddressInfo]:
        """Ask the machine's resolver, once."""
        ask = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM)
        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)

    def socket(self, info: AddressInfo) -> socket.socket:
        """Make the socket for an address that is about to be connected to; raises `NotAllowed` if it may not be."""
        family, kind, protocol, _, target = info
        address = read_address(str(target[0]))
        if address is None or not self.allows(address):
            raise NotAllowed
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        self._threads.shutdown(wait=False)


def _result(host: str, port: int, info: AddressInfo) -> ResolveResult:
    family, _, protocol, _, target = info
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=str(target[0]), port=port, family=family, proto=protocol, flags=flags)
