"""Reports that are asked again and again: how long each takes in the middle, and by which indexes it is read."""

import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import text

from tests.schema.statements import asked, listening
from tests.wall.statements import nodes
from tests.world import CompanyWorld, Person, World

MOST: Final = 100.0
"""Milliseconds that a report may take in the middle."""

HEADING: Final = f"\n{'':<26} {'KB':>6} {'statements':>10} {'median':>9}  reads"


async def timed(what: str, work: Awaitable[int]) -> int:
    """Print how long something took, and how many it was."""
    began = time.perf_counter()
    number = await work
    seconds = time.perf_counter() - began
    print(f"{what:<32} {number:>8} {seconds:>9.1f} {number / seconds:>9.0f}", flush=True)
    return number


async def analyzed(world: World) -> None:
    """Let PostgreSQL know what there is, as it would by itself after a while."""
    async with world.owner.begin() as connection:
        await connection.execute(text("analyze"))


async def a_report(
    company: CompanyWorld, person: Person, name: str, document: str, values: dict[str, Any], times: int
) -> float:
    """Ask one report so often, and print what it takes."""
    answer = await person.ask(document, values)
    if answer.errors:
        raise RuntimeError(f"{name} is not answered: {answer.errors}")
    took = list[float]()
    for _ in range(times):
        began = time.perf_counter()
        await person.ask(document, values)
        took.append((time.perf_counter() - began) * 1000)
    with listening(company.world, company) as seen:
        await person.ask(document, values)
    statements = asked(seen)
    plans = [await planned(company, statement, parameters) for statement, parameters in statements]
    median, size = statistics.median(took), len(answer.response.content) / 1000
    print(f"{name:<26} {size:>6.0f} {len(statements):>10} {median:>6.1f} ms  {'; '.join(map(said, plans))}", flush=True)
    return median


async def planned(company: CompanyWorld, statement: str, parameters: Sequence[Any]) -> Mapping[str, Any]:
    """The plan of one statement, of the tenant."""
    async with company.world.owner.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.execute(f"set app.tenant_id = '{company.tenant.id}'; set search_path = 'pool'")
        [plan] = await raw.fetchval(f"explain (format json, verbose) {statement}", *parameters)
        await raw.execute("reset app.tenant_id; reset search_path")
        return plan["Plan"]


def said(plan: Mapping[str, Any]) -> str:
    """How the tables of a plan are read: by which index, or by going through them."""
    ways = Counter(
        node.get("Index Name") or f"all of {node['Relation Name']}" for node in nodes(plan) if "Relation Name" in node
    )
    return ", ".join(f"{way} x{number}" if number > 1 else way for way, number in ways.items()) or "nothing"
