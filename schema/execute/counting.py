"""Counts which fields, arguments, input fields and values of enums are used, from one operation in so many.

A request that is not chosen pays for one random number. What one uses is worked out once for its plan; counting is
adding one to a number in this process, and what was counted goes to Valkey every ten seconds, all at once. Neither
the tenant nor the person nor any value is noted, only coordinates of the schema, the client and the day.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from random import random
from typing import Any, Final

import structlog
from graphql import DocumentNode, GraphQLSchema, get_operation_ast
from redis.exceptions import RedisError

from db.catalog.usage import Use
from gateways.usage import Counts
from resolvers.usage import named
from schema.execute.coordinates import coordinates_given, coordinates_of
from schema.execute.fragments import fragments_of
from schema.execute.planned.plan import Plan

EVERY: Final = 10.0
PATIENCE: Final = 2.0
NOBODY: Final = "-"
"""Stands for a client that is not registered."""

MOST_KEPT: Final = 10_000
"""Different sets of coordinates that are counted between two times that they are handed on."""

LOG: Final = structlog.get_logger("workgraph.usage")


class Usage:
    """What this process has counted since it was last handed on; `one_in` requests is counted, none where it is 0."""

    def __init__(self, counts: Counts, *, one_in: int, clock: Callable[[], datetime]) -> None:
        self._counts, self._one_in, self._clock = counts, one_in, clock
        self._share = 1 / one_in if one_in else 0.0
        self._seen: Counter[tuple[str, tuple[str, ...]]] = Counter()

    def note(self, plan: Plan, given: Mapping[str, Any] | None, client: str = NOBODY) -> None:
        """Count what an operation uses, if it is chosen."""
        if random() < self._share:  # noqa: S311 - chance decides what is counted, nothing else
            self._count(client, plan.coordinates)
            if given:
                self._count(client, tuple(sorted(coordinates_given(plan.schema, plan.operation, given))))

    def note_document(
        self, schema: GraphQLSchema, document: DocumentNode, name: str | None, client: str = NOBODY
    ) -> None:
        """Count what an operation uses that has no plan, if it is chosen: a subscription, when it begins."""
        operation = get_operation_ast(document, name)
        if operation and random() < self._share:  # noqa: S311 - as above
            self._count(client, coordinates_of(schema, operation, fragments_of(document)))

    def _count(self, client: str, coordinates: tuple[str, ...]) -> None:
        key = (client, coordinates)
        if len(self._seen) < MOST_KEPT or key in self._seen:
            self._seen[key] += self._one_in

    async def run(self) -> None:
        """Hand on what was counted, every ten seconds until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            await self.hand_on()

    async def hand_on(self) -> None:
        """Hand on what was counted. Where Valkey is away it is lost: it is an estimate, and must not be told twice."""
        seen, self._seen = self._seen, Counter()
        if not seen:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._counts.add(self._by_name(seen))
        except (RedisError, OSError, TimeoutError) as error:
            LOG.warning("usage not counted, Valkey is away", error=type(error).__name__)

    def _by_name(self, seen: Counter[tuple[str, tuple[str, ...]]]) -> dict[str, int]:
        today = self._clock().date()
        counts: Counter[str] = Counter()
        for (client, coordinates), times in seen.items():
            for coordinate in coordinates:
                counts[named(Use(coordinate, client, today))] += times
        return counts
