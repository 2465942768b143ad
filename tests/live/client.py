"""A bare client of graphql-transport-ws, so that a test sees every message and every code."""

from asyncio import timeout
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.world import Person

PROTOCOL = "graphql-transport-ws"
PROGRESS = """
subscription($id: ID!, $after: String) {
  onboardingProgress(newHireId: $id, after: $after) {
    cursor state { status percentage blocksPct currentStage { name } stages { name complete completedBlocks } }
  }
}
"""
BOARD = """
subscription($id: ID!, $after: String) {
  onboardingBoard(flowId: $id, after: $after) {
    cursor state { notStarted completed stages { name count newHires { id name percentage } } }
  }
}
"""
PATIENCE = 10.0
QUIET = 0.5


class Client:
    """One connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        await self.connection.send(orjson.dumps(message).decode())

    async def receive(self, within: float = PATIENCE) -> dict[str, Any]:
        async with timeout(within):
            return orjson.loads(await self.connection.recv())

    async def begin(self, **payload: Any) -> None:
        await self.send(type="connection_init", payload=payload)
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, query: str, name: str = "1", **variables: Any) -> None:
        await self.send(type="subscribe", id=name, payload={"query": query, "variables": variables})

    async def next(self, name: str = "1", within: float = PATIENCE) -> Any:
        """Return what the only root field of the next answer holds."""
        message = await self.receive(within)
        assert (message.get("type"), message.get("id")) == ("next", name), message
        assert "errors" not in message["payload"], message
        [value] = message["payload"]["data"].values()
        return value

    async def is_quiet(self) -> bool:
        """Tell whether nothing comes for a while."""
        try:
            message = await self.receive(QUIET)
        except TimeoutError:
            return True
        raise AssertionError(message)

    async def code(self, within: float = PATIENCE) -> int | None:
        """Wait until the server closes the connection, and return the code."""
        try:
            async with timeout(within):
                while True:
                    await self.connection.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


@asynccontextmanager
async def connected(address: str, **options: Any) -> AsyncGenerator[Client]:
    """Connect without beginning."""
    options = {"subprotocols": [PROTOCOL], **options}
    async with connect(f"{address}/graphql", **options) as connection:
        yield Client(connection)


@asynccontextmanager
async def client_of(address: str, person: Person) -> AsyncGenerator[Client]:
    """Connect as somebody."""
    async with connected(address) as client:
        await client.begin(authorization=f"Bearer {person.token}")
        yield client
