"""A way to PostgreSQL that can be closed and opened again, as if the server had been stopped and started."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from sqlalchemy import make_url


class Way:
    """Passes connections on to a database, as long as it is open."""

    def __init__(self, url: str) -> None:
        self._to, self._tasks, self._writers = make_url(url), set[asyncio.Task[None]](), set[asyncio.StreamWriter]()
        self._server: asyncio.Server | None = None
        self._port = 0
        self.made = 0

    @property
    def url(self) -> str:
        return self._to.set(host="127.0.0.1", port=self._port).render_as_string(hide_password=False)

    async def open(self) -> None:
        """Listen, always on the same port."""
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Listen no longer, and break what is connected."""
        if self._server:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._server = None
        self._writers.clear()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.made += 1
        onward_reader, onward = await asyncio.open_connection(self._to.host, self._to.port)
        self._writers |= {writer, onward}
        for source, sink in ((reader, onward), (onward_reader, writer)):
            task = asyncio.create_task(_pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()


@asynccontextmanager
async def a_way(url: str) -> AsyncGenerator[Way]:
    """A way that is open, and closed at the end."""
    way = Way(url)
    await way.open()
    try:
        yield way
    finally:
        await way.close()
