"""A bare client of server-sent events, so that a test sees every line."""

from asyncio import timeout
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from tests.live.client import PATIENCE, QUIET
from tests.world import Person

EVENTS = {"accept": "text/event-stream"}


@dataclass(frozen=True)
class Event:
    """One event: its name, its data and its id."""

    name: str
    data: Any
    id: str | None


class Stream:
    """One open stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.comments = 0
        self._lines: AsyncIterator[str] = response.aiter_lines()

    async def event(self, within: float = PATIENCE) -> Event:
        """Return the next event; there has to be one."""
        event = await self.event_or_end(within)
        assert event
        return event

    async def event_or_end(self, within: float = PATIENCE) -> Event | None:
        """Return the next event; None at the end of the stream."""
        fields: dict[str, str] = {}
        async with timeout(within):
            async for line in self._lines:
                if not line and fields:
                    data = fields.get("data", "")
                    return Event(fields["event"], orjson.loads(data) if data else None, fields.get("id"))
                name, _, value = line.partition(":")
                self.comments += line == ":"
                if name:
                    fields[name] = value.removeprefix(" ")
        return None

    async def next(self, within: float = PATIENCE) -> Any:
        """Return what the only root field of the next answer holds."""
        event = await self.event(within)
        assert event.name == "next", event
        assert "errors" not in event.data, event
        [value] = event.data["data"].values()
        return value

    async def codes(self, within: float = PATIENCE) -> list[str]:
        """Return the codes of an answer that is only errors."""
        event = await self.event(within)
        assert event.name == "next", event
        assert event.data.keys() == {"errors"}, event
        return [error["extensions"]["code"] for error in event.data["errors"]]

    async def is_complete(self) -> bool:
        """Tell whether the operation, and with it the stream, ends here."""
        event = await self.event()
        return event == Event("complete", None, None) and await self.event_or_end() is None

    async def is_quiet(self) -> bool:
        """Tell whether nothing comes for a while; the stream cannot be read any more after that."""
        try:
            event = await self.event(QUIET)
        except TimeoutError:
            return True
        raise AssertionError(event)


def client(address: str, person: Person | None = None) -> httpx.AsyncClient:
    """Return a client of the server; as somebody, where one is given."""
    headers = {"authorization": f"Bearer {person.token}"} if person else {}
    return httpx.AsyncClient(base_url=address.replace("ws://", "http://"), headers=headers, timeout=PATIENCE)


@asynccontextmanager
async def streaming(
    http: httpx.AsyncClient, query: str, headers: dict[str, str] | None = None, **variables: Any
) -> AsyncGenerator[Stream]:
    """Begin an operation in a stream of its own."""
    body = {"query": query, "variables": variables}
    async with http.stream("POST", "/graphql", json=body, headers={**EVENTS, **(headers or {})}) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield Stream(response)
