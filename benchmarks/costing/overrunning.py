"""What sixteen clients who overrun their budget do to one who keeps within it.

One process of Workgraph on the first core gives everybody a small budget. The well-behaved client asks for an object
ten times a second: for a while alone, and for a while beside sixteen others, who ask for a flow of a hundred blocks
as fast as they are answered, and go on asking when they are refused.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from app import now
from auth.tokens import AccessTokens
from benchmarks.peering.queries import BUDGETED, ONE
from benchmarks.peering.serving import LOAD, Busy, Yard, a_yard, kept_busy, started
from benchmarks.stage import MASTER_KEY, Process

CLIENTS: Final = 16
EVERY: Final = 0.1
UNDER_WAY: Final = 3.0
"""Seconds after which the others have used up what they had."""


@dataclass(frozen=True)
class Beside:
    """One round: seconds that answers took alone and beside the others, and what became of the requests of these."""

    alone: Sequence[float]
    beside: Sequence[float]
    asked: int
    refused: int


async def rounds(number: int, seconds: float) -> list[Beside]:
    """Take turns."""
    async with a_yard([BUDGETED]) as yard, started(LOAD) as crowd:
        tokens = [await a_clients_token(yard) for _ in range(CLIENTS)]
        return [await one_round(yard, crowd, tokens, seconds) for _ in range(number)]


async def a_clients_token(yard: Yard) -> str:
    """Issue a token for somebody who has a budget of their own."""
    company = yard.stage.company
    user = (await company.person("OWNER")).asking.principal.id
    assert user is not None
    tokens = AccessTokens(MASTER_KEY, clock=now, lifetime=timedelta(days=1))
    return tokens.issue(user_id=user, tenant_id=company.tenant.id, token_version=1).text


async def one_round(yard: Yard, crowd: Process, tokens: Sequence[str], seconds: float) -> Beside:
    """Ask alone, then beside."""
    server = yard.servers[BUDGETED]
    alone = await well_behaved(yard, seconds)
    busy = Busy(CLIENTS, UNDER_WAY + seconds, tokens=tokens)
    beside = asyncio.create_task(kept_busy(crowd, server, server.questions["flow"], busy))
    await asyncio.sleep(UNDER_WAY)
    disturbed = await well_behaved(yard, seconds)
    others = await beside
    return Beside(alone["took"], disturbed["took"], others["answered"], others["wrong"])


async def well_behaved(yard: Yard, seconds: float) -> Any:
    """Ask for an object now and then."""
    server = yard.servers[BUDGETED]
    run = await kept_busy(yard.load, server, server.questions[ONE], Busy(1, seconds, EVERY))
    assert not run["wrong"], run["wrong_answer"]
    return run
