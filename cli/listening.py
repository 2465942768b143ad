"""The port that is listened on, and the HTTP server behind it."""

import asyncio
import errno
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from gateways.logs import listen_to
from schema.live.protocol import LARGEST
from schema.live.stream.response import STOPPING


class CannotListen(Exception):
    """The address cannot be listened on."""


@contextmanager
def listening(host: str, port: int) -> Generator[socket.socket]:
    """Take the port before anything is started, so that a taken one is told at once."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"WORKGRAPH_HOST: {host} is no address of this machine ({error.strerror}).") from None
    with sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(place)
        except OSError as error:
            raise CannotListen(_why_not(error, host, port)) from None
        yield sock


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is already taken, perhaps by another Workgraph. "
            "Stop that program, or choose another port with --port or WORKGRAPH_PORT."
        )
    return f"Cannot listen on port {port} of {host} ({error.strerror}). Look at --host and --port."


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handling, as `run` also stops what is around it; tells when it listens."""

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event, tell_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop
        self._tell_ready = tell_ready

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.lifespan.state[STOPPING] = self._stop  # so that streams end when it is set, and are not waited for
        await super().startup(sockets)
        self._tell_ready()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.is_set()


async def answer(app: ASGIApp, sock: socket.socket, stop: asyncio.Event, tell_ready: Callable[[], None]) -> None:
    """Answer requests until told to stop; those under way then have a second to finish."""
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        lifespan="off",
        access_log=False,
        proxy_headers=False,  # whose X-Forwarded-For is believed is a setting of ours
        log_config=None,
        timeout_graceful_shutdown=1,
        ws_max_size=LARGEST,
        ws_per_message_deflate=False,  # answers are small and go to many: the work would be done for each
    )
    listen_to("uvicorn.error")
    await _Server(config, stop, tell_ready).serve([sock])
