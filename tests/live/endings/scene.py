"""Where connections and streams end: a company, somebody who watches, and how the end is told."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest

from app import now
from auth.tokens import AccessTokens
from tests.live.client import BOARD, Client, connected
from tests.live.sse import EVENTS, Stream, client, streaming
from tests.onboarding.hires.builders import Published
from tests.world import CompanyWorld, Person, World

NOTHING: Final = "–"
CUT: Final = "no `complete`"
CLOSED: Final = "the client closes it"
FOLLOW: Final = "subscription { events { cursor event { id } } }"
TOO_MUCH: Final = "x" * 1_048_577


@dataclass(frozen=True)
class Scene:
    """A company with a flow, somebody who may be shut out of it, and a server."""

    world: World
    address: str
    company: CompanyWorld
    stranger: Person
    flow: Published
    hr: Person
    patch: pytest.MonkeyPatch

    @asynccontextmanager
    async def watching(self, token: str | None = None) -> AsyncGenerator[Client]:
        """Watch the board over a socket."""
        async with connected(self.address) as socket_client:
            await socket_client.begin(authorization=f"Bearer {token or self.hr.token}")
            await socket_client.subscribe(BOARD, id=self.flow.id)
            await socket_client.next()
            yield socket_client

    @asynccontextmanager
    async def streaming(self, token: str | None = None) -> AsyncGenerator[Stream]:
        """Watch the board over a stream."""
        headers = {"authorization": f"Bearer {token or self.hr.token}"}
        async with client(self.address) as http, streaming(http, BOARD, headers, id=self.flow.id) as stream:
            await stream.next()
            yield stream

    async def posted(self, json: Any = None, content: Any = None, **headers: str) -> str:
        """Ask for a stream that does not come; return the status."""
        known = {"authorization": f"Bearer {self.hr.token}", "content-type": "application/json", **EVENTS, **headers}
        async with client(self.address) as http:
            answer = await http.post("/graphql", json=json, content=content, headers=known)
        return str(answer.status_code)

    def short_token(self) -> str:
        """Sign somebody in for a moment."""
        short = AccessTokens(self.world.wiring.master_key, clock=now, lifetime=timedelta(seconds=2))
        assert self.hr.asking.principal.id
        tenant = self.hr.asking.tenant.id
        return short.issue(user_id=self.hr.asking.principal.id, tenant_id=tenant, token_version=1).text


Way = Callable[[Scene], Awaitable[int | None]]
StreamWay = Callable[[Scene], Awaitable[str]]


async def last_words(stream: Stream) -> str:
    """Read what a stream says last: a code and that it is complete, or nothing."""
    event = await stream.event_or_end()
    if event is None:
        return CUT
    assert (event.name, event.data.keys()) == ("next", {"errors"})
    assert await stream.is_complete()
    return ", ".join([*(f"`{error['extensions']['code']}`" for error in event.data["errors"]), "`complete`"])
