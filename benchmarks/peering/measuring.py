"""Rounds in turn: each server is asked the same for a while, one after the other, again and again.

CPU is what the kernel counted for all threads of a server, and for all processes of PostgreSQL, from before the first
request until after the last answer, divided by the answers. What is compared is compared within a round, because then
the machine was in the same state; the median of the rounds' ratios is given with the interval that holds the true
median in at least 95 of 100 such trials, whatever the distribution: it goes from one of the ordered ratios to another.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.peering.asking import Question, Server
from benchmarks.peering.queries import canonical
from benchmarks.peering.serving import Yard, keep_busy
from benchmarks.stage import Stage

SURE: Final = 0.95
MILLI: Final = 1000.0
SHOWN: Final = 200


class NotEqual(Exception):
    """Two servers do not say the same."""


@dataclass(frozen=True)
class Figures:
    """What one server did in one round: answers a second, milliseconds of waiting, milliseconds of CPU for each."""

    rate: float
    p50: float
    p99: float
    cpu: float
    postgres: float

    @property
    def all_cpu(self) -> float:
        """CPU of server and PostgreSQL together."""
        return self.cpu + self.postgres

    @classmethod
    def middle(cls, rounds: Sequence[Self]) -> Self:
        """Take the median of each figure."""
        names = ("rate", "p50", "p99", "cpu", "postgres")
        return cls(*(statistics.median(getattr(each, name) for each in rounds) for name in names))


@dataclass(frozen=True)
class Ratio:
    """The median of some ratios, and the interval that it lies in; not a sure one with fewer than six rounds."""

    median: float
    low: float
    high: float
    is_sure: bool

    @classmethod
    def of(cls, ratios: Iterable[float]) -> Self:
        """Order the ratios, and leave out as many at both ends as may be."""
        ordered = sorted(ratios)
        number = len(ordered)
        out = max((each for each in range(1, (number + 1) // 2) if certainty(number, each) >= SURE), default=0)
        place = max(out, 1)
        return cls(statistics.median(ordered), ordered[place - 1], ordered[-place], out > 0)

    def __str__(self) -> str:
        """Write it; one that is not sure with a question mark."""
        return f"{self.median:.2f} ({self.low:.2f}-{self.high:.2f}{'' if self.is_sure else '?'})"


def certainty(number: int, place: int) -> float:
    """Tell how sure the median lies between the ordered values at this place from either end."""
    return 1 - 2 * sum(comb(number, each) for each in range(place)) / 2**number


class Postgres:
    """All processes of the server, whose CPU is counted."""

    def __init__(self, postmaster: int) -> None:
        self._postmaster = postmaster

    @classmethod
    async def of(cls, stage: Stage) -> Self:
        """Find it by one of its processes."""
        return await cls.behind(stage.world.owner)

    @classmethod
    async def behind(cls, engine: AsyncEngine) -> Self:
        """Find it by the process that serves a connection."""
        async with engine.connect() as connection:
            pid = await connection.scalar(text("select pg_backend_pid()"))
        return cls(_parent(Path(f"/proc/{pid}")))

    def cpu(self) -> dict[int, float]:
        """Return the seconds of CPU of each process."""
        found: dict[int, float] = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if int(process.name) == self._postmaster or _parent(process) == self._postmaster:
                    found[int(process.name)] = int((process / "schedstat").read_text().split()[0]) / 1e9
            except OSError:  # it has ended meanwhile
                continue
        return found


def _parent(process: Path) -> int:
    return int((process / "stat").read_text().rpartition(")")[2].split()[1])


def between(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """Add up what the processes used."""
    return sum(used - before.get(process, 0.0) for process, used in after.items())


async def equal(servers: Iterable[Server], name: str) -> dict[str, bytes]:
    """Ask each server, and hold their answers against each other; return the answers as they came."""
    texts: dict[str, bytes] = {}
    first: Any = None
    for server in servers:
        texts[server.name], said = await server.answer(server.questions[name])
        found = canonical(said)
        if first is not None and found != first:
            raise NotEqual(f"{server.name} answers {name} with {difference(found, first)}")
        first = found
    return texts


def difference(one: Any, other: Any, path: str = "") -> str:
    """Name the first place at which two answers differ."""
    mine, theirs = parts(one), parts(other)
    if mine and mine.keys() == theirs.keys():
        return next(
            difference(mine[key], theirs[key], path + (f"[{key}]" if isinstance(one, list) else f".{key}"))
            for key in mine
            if mine[key] != theirs[key]
        )
    return f"{str(one)[:SHOWN]} where others have {str(other)[:SHOWN]} at {path or 'the top'}"


def parts(value: Any) -> dict[Any, Any]:
    """Return what is in an object by its name, or in a list by its place."""
    return dict(enumerate(value)) if isinstance(value, list) else value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON


async def one_round(
    yard: Yard, postgres: Postgres, server: Server, question: Question, wanted: tuple[int, float]
) -> Figures:
    """Ask one server for a while, with so many connections."""
    connections, seconds = wanted
    used, before = server.process.cpu, postgres.cpu()
    run = await keep_busy(yard.load, server, question, connections=connections, seconds=seconds)
    cpu, all_postgres = server.process.cpu - used, between(before, postgres.cpu())
    if run["wrong"]:
        raise NotEqual(f"{server.name}: {run['wrong']} of {run['answered']} answers are none: {run['wrong_answer']}")
    number, took = run["answered"], run["took"]
    return Figures(
        number / run["seconds"],
        MILLI * took[number // 2],
        MILLI * took[min(number - 1, int(number * 0.99))],
        MILLI * cpu / number,
        MILLI * all_postgres / number,
    )
