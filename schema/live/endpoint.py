"""The WebSocket at `/graphql`: whom it lets in."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from starlette.websockets import WebSocket

from schema.answering import Answering
from schema.http import visitor_of
from schema.live.connection import Connection
from schema.live.protocol import PROTOCOL, Code
from schema.live.rooms import Rooms

USUAL_PORTS: Final = {"http": 80, "https": 443}
NOWHERE: Final = (None, None)


class SocketEndpoint:
    """Accepts connections and serves each until its end.

    A page of another origin may connect where it may use the API over HTTP. Nothing is granted by being let in: what
    signs in is a token, which a foreign page does not have.
    """

    def __init__(self, answering: Answering, rooms: Rooms, *, origins: Sequence[str] = (), proxies: int = 0) -> None:
        self._answering, self._rooms, self._origins, self._proxies = answering, rooms, origins, proxies

    async def respond(self, websocket: WebSocket) -> None:
        """Serve one connection."""
        if not self._is_welcome(websocket.headers.get("origin"), websocket.headers.get("host", "")):
            await websocket.close()  # before it is accepted, this is an answer 403
            return
        if PROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(Code.OTHER_PROTOCOL, f"Subprotocol not acceptable: this speaks {PROTOCOL}")
            return
        await websocket.accept(PROTOCOL)
        await Connection(websocket, self._answering, self._rooms, visitor_of(websocket, self._proxies)).serve()

    def _is_welcome(self, origin: str | None, host: str) -> bool:
        """Tell whether a page of an origin may connect; what is no browser names none."""
        return origin is None or "*" in self._origins or origin in self._origins or _is_same(origin, host)


def _is_same(origin: str, host: str) -> bool:
    """Tell whether an origin is the host that was called, with or without the usual port written out."""
    scheme = origin.partition("://")[0]
    return _place(origin, scheme) == _place(f"{scheme}://{host}", scheme) != NOWHERE


def _place(url: str, scheme: str) -> tuple[str | None, int | None]:
    with suppress(ValueError):
        parts = urlsplit(url)
        return parts.hostname, parts.port or USUAL_PORTS.get(scheme)
    return NOWHERE
