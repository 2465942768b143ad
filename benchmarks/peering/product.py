"""Workgraph as it is, in a process that is measured.

    python -m benchmarks.peering.product CONNECTIONS DATABASE_URL REDIS_URL FOLDER [reference [MOST [SIZE:RATE]]]

With `reference`, GraphiQL is shown, as it is to developers: the header that chooses the reference engine is honoured.
With `MOST`, an answer may have that many objects; with a size and a rate, everybody has that budget.
"""

import asyncio
import socket
import sys
from dataclasses import fields, replace
from typing import Any

import uvloop

from app import GENEROUS, connected, make_app
from benchmarks.stage import a_wiring
from cli.listening import answer
from gateways.limits import Bucket
from resolvers.budgets import Budget
from schema.answering import Answered, Answering, Asked
from schema.execute.request import Reading


class Generous(Answering):
    """Answers with more objects than a request may have."""

    most: int

    async def answer_in(self, reading: Reading, asked: Asked, **options: Any) -> Answered:
        """Execute a request under another bound."""
        bounded: dict[str, Any] = {**options, "most": self.most}
        return await super().answer_in(reading, asked, **bounded)

    @classmethod
    def instead_of(cls, answering: Answering, most: int) -> "Generous":
        """Make one of the same parts."""
        made = cls(**{each.name: getattr(answering, each.name) for each in fields(answering)})
        object.__setattr__(made, "most", most)
        return made


def budget_of(text: str) -> Budget:
    """Read a budget: its size and its rate; without, that of everybody."""
    if not text:
        return GENEROUS
    size, rate = text.split(":")
    return Budget(Bucket(int(size), float(rate)))


async def run(
    connections: str, database_url: str, redis_url: str, folder: str, engine: str = "", most: str = "", budget: str = ""
) -> None:
    """Serve until killed."""
    wiring = replace(
        a_wiring(database_url, redis_url, folder),
        pool_size=int(connections),
        shows_graphiql=engine == "reference",
        budget=budget_of(budget),
    )
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(1024)
        async with connected(wiring) as parts:
            if most:
                generous = Generous.instead_of(parts.answering(), int(most))
                parts = replace(parts, answering=lambda: generous)  # noqa: PLW2901 - the same parts but for one
            port = sock.getsockname()[1]
            await answer(make_app(wiring, parts), sock, asyncio.Event(), lambda: print(port, flush=True))


if __name__ == "__main__":
    uvloop.run(run(*sys.argv[1:]))
