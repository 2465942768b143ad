"""Asks both engines a number of operations, each drawn towards what was not used by those before it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count as count_up
from typing import Any, Final

import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings
from structlog import DropEvent
from structlog.typing import EventDict

from db.session import SessionClosed
from tests.engines.cases import Symbols
from tests.engines.comparing import Body, Difference
from tests.engines.coverage import FEW_LEAVES, LONG_LISTS, Coverage
from tests.engines.ground import Operation
from tests.engines.judging import Judge
from tests.engines.operations import Known, operations
from tests.engines.paging import Cursors, connections
from tests.engines.reach import Wanted
from tests.engines.reducing import reduced

ROUND: Final = 250
STEERED: Final = 3
EXCLUDED: Final[Mapping[str, str]] = {
    "Gadget.mustNotFail": "it always fails where it must not be null, so that it stands in no answer",
}
"""Coordinates that no query uses here, and why."""


def _unsaid(_logger: Any, _name: str, _event: EventDict) -> EventDict:
    """Log no fault: they are meant here, and there are thousands of them."""
    raise DropEvent


def _unheard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say nothing of reads that graphql-core leaves behind when it gives up an answer: their session is closed."""
    if not isinstance(context.get("exception"), SessionClosed):
        loop.default_exception_handler(context)


class Unequal(AssertionError):
    """Two engines answered differently."""

    def __init__(self, operation: Operation, difference: Difference) -> None:
        super().__init__(str(difference))
        self.operation, self.difference = operation, difference


@dataclass
class Trial:
    """A number of operations, asked of both engines."""

    judge: Judge
    coverage: Coverage = field(init=False)
    known: Known = field(init=False)
    first: Cursors = field(default_factory=Cursors)
    found: list[Unequal] = field(default_factory=list[Unequal])

    def __post_init__(self) -> None:
        self.coverage, self.known = Coverage(self.judge.ground.schema), Known.of(self.judge.ground)
        self.known.cursors = self.coverage.cursors

    async def run(
        self, count: int, *, most_found: int = 1, told: Callable[[str], None] | None = None, first_seed: int = 0
    ) -> "Trial":
        """Ask so many operations; stop when enough differences are found."""
        structlog.configure(processors=[_unsaid])
        asyncio.get_running_loop().set_exception_handler(_unheard)
        await self.first_cursors()
        for number in count_up(first_seed):
            left = min(ROUND, count - self.coverage.operations)
            if left <= 0 or len(self.found) >= most_found:
                return self
            await self._round(number, left, most_found)
            if told:
                told(self.line())
        return self

    async def _round(self, number: int, count: int, most_found: int) -> None:
        """Ask some operations; hypothesis draws them in a thread, and the loop here asks."""
        loop = asyncio.get_running_loop()

        @seed(number)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
        )
        @given(operations(self.known))
        def ask(operation: Operation) -> None:
            if len(self.found) < most_found:
                asyncio.run_coroutine_threadsafe(self._ask(operation), loop).result()

        await asyncio.to_thread(ask)

    async def _ask(self, operation: Operation) -> None:
        body, difference = await self.judge.judge(operation)
        self.coverage.note(operation, body)
        if difference:
            self.found.append(Unequal(operation, difference))
        if self.coverage.operations % STEERED == 0:
            self.known.wanted = Wanted(self.known.reach, frozenset(self.coverage.used))

    async def first_cursors(self) -> None:
        """Ask each list once, so that there are cursors from the beginning."""
        ground = self.judge.ground
        for kind in self.known.reach.outputs.values():
            own = self.known.samples.own.get(kind.name, ())
            for name, _ in connections(kind) if own or kind is ground.schema.query_type else ():  # pyright: ignore[reportArgumentType]
                page = f"{name}(first: 3) {{ edges {{ cursor }} }}"
                ids = str(list(own[:100])).replace("'", '"')
                text = f"{{ {page} }}" if not own else f"{{ nodes(ids: {ids}) {{ ... on {kind.name} {{ {page} }} }} }}"
                self._keep(f"{kind.name}.{name}", await ground.body(self.judge.reference, Operation(text, {})))

    def _keep(self, coordinate: str, body: Body) -> None:
        data = body.get("data") or {}
        pages = data.get("nodes", [data])
        name = coordinate.split(".")[1]
        for page in pages:
            if page and page.get(name):
                cursors = [each["cursor"] for each in page[name]["edges"]]
                self.first.add(coordinate, None, cursors)
                self.known.cursors.add(coordinate, None, cursors)

    def unused(self) -> list[str]:
        """What nobody has used, and is not excluded."""
        return sorted(self.known.reach.coordinates - set(self.coverage.used) - set(EXCLUDED))

    @property
    def used_share(self) -> float:
        """The share of the schema that was used."""
        return 1 - len(self.unused()) / len(self.known.reach.coordinates)

    def wanting(self) -> list[str]:
        """What is wrong with the operations themselves."""
        told = [f"not used: {', '.join(self.unused())}"] if self.unused() else []
        return told + [f"excluded, and used: {each}" for each in EXCLUDED if each in self.coverage.used] + self.poor()

    def poor(self) -> list[str]:
        """What is wrong with the answers that they got."""
        coverage, told = self.coverage, list[str]()
        if coverage.leafy < FEW_LEAVES:
            told.append(f"only {coverage.leafy:.0%} of operations answered with a value")
        if coverage.listing < LONG_LISTS:
            told.append(f"only {coverage.listing:.0%} of operations answered with a list of two or more")
        return told

    async def told(self) -> str:
        """Each difference with the smallest operation that shows it, as a case file."""
        symbols, parts = Symbols.of(self.judge.ground, self.first), list[str]()
        for each in self.found:
            operation = await reduced(self.judge.ground.schema, each.operation, self._fails)
            _, difference = await self.judge.judge(operation)
            parts.append(symbols.written(operation, str(difference or each.difference)))
        return "\n".join(parts)

    async def _fails(self, operation: Operation) -> bool:
        return (await self.judge.judge(operation))[1] is not None

    def line(self) -> str:
        """One line on how far it is."""
        coverage, reach = self.coverage, self.known.reach
        used = len(reach.coordinates) - len(self.unused())
        return (
            f"{coverage.operations:>7} operations  {coverage.ran:>7} ran  {used:>5} of {len(reach.coordinates)} used  "
            f"{coverage.leafy:>4.0%} with a value  {coverage.listing:>4.0%} with a list  {len(self.found)} differences"
        )
