"""An application of a test's own over the parts of the world, and what it tells of itself."""

import io
import json
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import structlog
from prometheus_client.parser import text_string_to_metric_families

from app import make_app
from gateways.logs import configure
from tests.world import Person, World


@dataclass
class Own:
    """An application that nobody else asks."""

    http: httpx.AsyncClient

    def seen_by(self, person: Person) -> Person:
        """Let somebody ask this application."""
        return replace(person, http=self.http)

    async def text(self, host: str = "localhost", **headers: str) -> str:
        """What it tells of itself, to this machine."""
        found = await self.http.get(f"http://{host}/metrics", headers=headers)
        assert found.status_code == 200, found.text
        assert found.headers["content-type"].startswith("text/plain; version=0.0.4")
        return found.text

    async def figures(self) -> dict[tuple[str, ...], float]:
        """Each sample by its name and the values of its labels, in the order of their names."""
        return {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(await self.text())
            for sample in family.samples
        }


@asynccontextmanager
async def own_app(world: World, client: str = "127.0.0.1", **wiring: Any) -> AsyncGenerator[Own]:
    """An application over the world's parts, called from an address."""
    app = make_app(replace(world.wiring, **wiring), world.parts)
    transport = httpx.ASGITransport(app=app, client=(client, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield Own(http)


@dataclass
class Log:
    """What was written."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def lines(self, event: str) -> list[dict[str, Any]]:
        """The lines on something."""
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line["event"] == event]


@contextmanager
def written() -> Generator[Log]:
    """Write the log as the program does, where a test can read it."""
    log, before = Log(), structlog.get_config()
    configure("info", log.stream)
    try:
        yield log
    finally:
        structlog.configure(**before)
