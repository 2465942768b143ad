"""Looks at the servers and says what is not as it has to be, in the words of whoever runs them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from db.migrate import owner_engine
from db.reach import reach_bus, reach_database
from db.standing import Heads

NEEDED_LOCKS: Final = 256
"""Making or dropping a tenant's schema locks hundreds of tables in one transaction."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's table: what was looked at, what was found, and whether it will do, if that matters."""

    name: str
    found: str
    good: bool | None = None

    def __str__(self) -> str:
        mark = {True: "ok", False: "WRONG", None: ""}[self.good]
        return f"{self.name:22}{mark:7}{self.found}"


async def examine(database_url: str, redis_url: str) -> Sequence[Finding]:
    """Look at both servers. One that cannot be reached raises `Unreachable`."""
    return [*await _server(database_url), *await _migrations(database_url), *await _bus(redis_url)]


async def _server(url: str) -> Sequence[Finding]:
    facts = await reach_database(url)
    locks = f"{facts.locks_per_transaction} (max_locks_per_transaction; {NEEDED_LOCKS} or more is needed)"
    return [
        Finding("Database", f"reached in {facts.seconds * 1000:.0f} ms", good=True),
        Finding("PostgreSQL", f"{facts.version} (18 or newer is needed)", good=facts.new_enough),
        Finding("Locks", locks, good=facts.locks_per_transaction >= NEEDED_LOCKS),
    ]


async def _migrations(url: str) -> Sequence[Finding]:
    engine = owner_engine(url)
    try:
        async with engine.connect() as connection:
            standing = await Heads().standing(connection)
    finally:
        await engine.dispose()
    late = {**standing.behind, **standing.stragglers}
    if not late:
        return [Finding("Migrations", "every schema is at the newest revision", good=True)]
    return [Finding("Migrations", f"{name} {why}; run `workgraph migrate`", good=False) for name, why in late.items()]


async def _bus(url: str) -> Sequence[Finding]:
    facts = await reach_bus(url)
    return [Finding("Bus", f"{facts.version}, reached in {facts.seconds * 1000:.0f} ms", good=True)]
