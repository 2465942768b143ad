"""Programs of other people that these tests run against the server, and what they ask of the `server` fixture."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx

import dev

OUTPUT = dev.ROOT / "tests" / "output"
SCHEMA = dev.ROOT / "schema.graphql"


class Served(Protocol):
    """Where the server listens, and one company's administrator."""

    base_url: str
    tenant: str
    email: str
    password: str

    @property
    def token(self) -> str:
        """A token of that administrator."""
        ...


@dataclass(frozen=True)
class Ran:
    exit_code: int
    output: str
    errors: str


async def node(arguments: Sequence[str | Path], given: str = "", folder: Path = dev.ROOT) -> Ran:
    """Run the wheel's node without holding up the event loop, which may be serving the answers."""
    process = await asyncio.create_subprocess_exec(
        dev.NODE,
        *arguments,
        cwd=folder,
        env=dev.node_environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(given.encode()), timeout=120)
    return Ran(process.returncode or 0, output.decode(), errors.decode())


def credentials(server: Served) -> dict[str, str]:
    """The token names the company too, so nothing else has to."""
    return {"Authorization": f"Bearer {server.token}"}


async def post(server: Served, text: str, variables: dict[str, Any]) -> dict[str, Any]:
    """Send one document as a plain client does; an error in the answer is a failure here."""
    async with httpx.AsyncClient(base_url=server.base_url, headers=credentials(server)) as http:
        response = await http.post("/graphql", json={"query": text, "variables": variables})
    answer = response.json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]
