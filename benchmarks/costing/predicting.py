"""Prices held against CPU: each operation is asked again and again, and what server and PostgreSQL used is divided.

The server is the endpoint in this process, called as ASGI calls it, so that little but its own work is counted. The
demo company is in its tables, and the case files of the engines are asked, too.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from benchmarks.costing.operations import foretold, typical
from benchmarks.peering.measuring import Postgres, between
from schema.http import GraphQLEndpoint
from tests.engines.cases import Symbols, case_files
from tests.engines.ground import Ground, Operation
from tests.engines.judging import Judge
from tests.engines.trial import Trial
from tests.world import Person

MICRO: Final = 1e6
WARM: Final = 3
LEAST_TIMES: Final = 20
REPORT: Final = (b"graphql-cost", b"report")


@dataclass(frozen=True)
class Measured:
    """An operation: its price beforehand, what it was charged, and the CPU that it took, in microseconds."""

    name: str
    requested: int
    actual: int
    server: float
    postgres: float

    @property
    def cpu(self) -> float:
        """All of it."""
        return self.server + self.postgres


class Door:
    """Asks the endpoint without a network in between."""

    def __init__(self, endpoint: GraphQLEndpoint, person: Person) -> None:
        self._endpoint = endpoint
        self._headers = [
            (b"host", b"testserver"),
            (b"content-type", b"application/json"),
            (b"authorization", f"Bearer {person.token}".encode()),
        ]

    async def ask(self, body: bytes, *more: tuple[bytes, bytes]) -> bytes:
        """Ask once; return the body of the answer."""
        said: list[bytes] = []
        waiting = [body]

        async def receive() -> Any:
            if waiting:
                return {"type": "http.request", "body": waiting.pop()}
            return await asyncio.Event().wait()  # it never leaves

        async def send(message: Any) -> None:
            said.append(message.get("body", b""))

        headers = [*self._headers, *more]
        scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers, "client": ("127.0.0.1", 1)}
        await self._endpoint(scope, receive, send)
        return b"".join(said)


@dataclass(frozen=True)
class Asked:
    """What is asked: the operations to which the weights are fitted, and others, which they are to foretell."""

    fitted: Mapping[str, Operation]
    foretold: Mapping[str, Operation]


async def operations_of(ground: Ground) -> Asked:
    """Everything that is asked: the case files and what is typical, then what the weights do not know."""
    trial = Trial(Judge.of(ground))
    await trial.first_cursors()
    symbols = Symbols.of(ground, trial.first)
    cases = {f"case: {file.stem.replace('_', ' ')}": symbols.read(file.read_text("utf-8")) for file in case_files()}
    known, others = (
        {name: symbols.read(symbols.written(each, "")) for name, each in some.items()}
        for some in (typical(), foretold())
    )
    return Asked(cases | known, others)


async def a_door(ground: Ground) -> Door:
    """The endpoint, as the owner of the company asks it."""
    return Door(GraphQLEndpoint(ground.answering(), None), await ground.company.person("OWNER"))


async def predictions(ground: Ground, door: Door, seconds: float) -> tuple[list[Measured], list[Measured]]:
    """Measure each operation for about so long: those to which the weights are fitted, and the others."""
    postgres = await Postgres.behind(ground.company.world.owner)
    asked = await operations_of(ground)
    fitted = [await measured(door, postgres, name, each, seconds) for name, each in asked.fitted.items()]
    return fitted, [await measured(door, postgres, name, each, seconds) for name, each in asked.foretold.items()]


async def measured(door: Door, postgres: Postgres, name: str, operation: Operation, seconds: float) -> Measured:
    """Ask one operation again and again, after it was priced and its plan is warm."""
    body = orjson.dumps({"query": operation.document, "variables": dict(operation.variables)})
    for _ in range(WARM):
        await door.ask(body)
    cost = _cost(name, orjson.loads(await door.ask(body, REPORT)))
    times, used, began = 0, postgres.cpu(), time.perf_counter()
    mine = time.process_time()
    while times < LEAST_TIMES or time.perf_counter() - began < seconds:
        await door.ask(body)
        times += 1
    server, all_postgres = time.process_time() - mine, between(used, postgres.cpu())
    scale = MICRO / times
    return Measured(name, cost["requested"], cost["actual"], server * scale, all_postgres * scale)


def _cost(name: str, said: Mapping[str, Any]) -> Mapping[str, int]:
    if "data" not in said:
        raise RuntimeError(f"{name} is not answered: {str(said)[:500]}")
    return said["extensions"]["cost"]


def ranks(values: Sequence[float]) -> list[float]:
    """Return the place of each value in their order; equal ones share the middle of theirs."""
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) - 1) / 2 for value in values]


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how far two orders agree: 1 where they are the same, -1 where one is the other turned round."""
    first, second = ranks(one), ranks(other)
    middle = (len(first) - 1) / 2
    together = sum((a - middle) * (b - middle) for a, b in zip(first, second, strict=True))
    apart = [sum((each - middle) ** 2 for each in some) for some in (first, second)]
    return together / (apart[0] * apart[1]) ** 0.5
