"""What an operation costs: priced before it runs, charged to a budget, and given back as far as it was not used.

`extensions.cost` tells it to who asks with `GraphQL-Cost: report`. With `GraphQL-Cost: validate` nothing runs: the
operation is validated and priced.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NamedTuple

from graphql import ExecutionResult, GraphQLError

from resolvers.barred import BadInput, Barred
from resolvers.budgets import Budgets, Charge, Standing
from schema.execute.limits import may_be_kept
from schema.execute.planned.pricing import Price, points
from schema.execute.planned.running import Run
from schema.execute.planned.weights import PER_CHARACTER

HEADER: Final = b"graphql-cost"
VALIDATING: Final = 1
"""Points that it costs to have an operation priced."""


class Wish(Enum):
    """What the caller wants to know of the cost."""

    NOTHING = ""
    REPORT = "report"
    VALIDATE = "validate"


@dataclass(frozen=True, slots=True)
class Cost:
    """In points: what an operation may cost, has cost (None where it did not run), and what is left of a budget."""

    requested: int
    actual: int | None = None
    throttle: Standing | None = None

    def shown(self) -> dict[str, Any]:
        """Return it as an answer shows it."""
        told: dict[str, Any] = {"requested": self.requested}
        if self.actual is not None:
            told["actual"] = self.actual
        if self.throttle:
            left = self.throttle
            told["throttle"] = {
                "limit": left.limit,
                "remaining": left.remaining,
                "restoreRate": left.restore_rate,
            }
        return told


class Charged(NamedTuple):
    """What came of an operation, what it has cost where that is to be told, and the points that were charged."""

    result: ExecutionResult
    cost: Cost | None
    points: int


def wish_of(header: str) -> Wish:
    """Read the header, or refuse what it does not know."""
    if not header:
        return Wish.NOTHING
    try:
        return Wish(header.strip().lower())
    except ValueError:
        raise BadInput(f"`GraphQL-Cost` is `report` or `validate`; this is `{header[:50]}`.") from None


async def charged(budgets: Budgets | None, run: Run, query: str, wish: Wish) -> Charged:
    """Run an operation and charge it. Where there are no budgets, and nobody asks, it is not priced at all."""
    if wish is Wish.NOTHING:
        if budgets is None:
            return Charged(await run.answer(), None, 0)
        price = run.price()
        # what most requests are: nothing will be given back, and the process has leased enough
        if price.is_settled and may_be_kept(query) and budgets.takes(run.request.asking, price.requested):
            return Charged(await run.answer(), None, price.requested)
    return await Charging(budgets, run, query, wish).result()


def message_points(run: Run) -> int:
    """Return the points that a message of a subscription has cost, from as many objects as it has handed out."""
    price, request = run.price(), run.request
    told = 1 + request.most - request.room
    return points(price.once + price.each * min(1.0, told / price.objects))


@dataclass(slots=True)
class Charging:
    """One operation that is about to run, and the budget that it is charged to, if there is one."""

    budgets: Budgets | None
    run: Run
    query: str
    wish: Wish

    async def result(self) -> Charged:
        """Price it, charge it, run it, and give back what was not used."""
        price = self.run.price()
        requested = self.requested(price)
        try:
            charge = await self._charged(VALIDATING if self.wish is Wish.VALIDATE else requested)
        except Barred as refused:
            return Charged(_refusal(refused), Cost(requested, None, self._standing(None)), 0)
        if self.wish is Wish.VALIDATE:
            return Charged(ExecutionResult(None, None), Cost(requested, None, self._standing(charge)), VALIDATING)
        return await self._ran(price, requested, charge)

    def requested(self, price: Price) -> int:
        """Return the points that it costs at most."""
        return points(self._parsing() + price.all)

    async def _ran(self, price: Price, requested: int, charge: Charge | None) -> Charged:
        actual = requested
        try:
            result = await self.run.answer()
            actual = min(requested, points(self._parsing() + self.run.used(price)))
        finally:
            if charge is not None and self.budgets is not None:
                await self.budgets.give_back(charge, requested - actual)
        if self.wish is Wish.NOTHING:
            return Charged(result, None, actual)
        return Charged(result, Cost(requested, actual, self._standing(charge)), actual)

    async def _charged(self, number: int) -> Charge | None:
        return None if self.budgets is None else await self.budgets.take(self.run.request.asking, number)

    def _standing(self, charge: Charge | None) -> Standing | None:
        return None if self.budgets is None else self.budgets.standing(charge or self.run.request.asking)

    def _parsing(self) -> float:
        """Return what it costs to parse a document that is parsed each time."""
        return 0.0 if may_be_kept(self.query) else PER_CHARACTER * len(self.query)


def _refusal(refused: Barred) -> ExecutionResult:
    return ExecutionResult(None, [GraphQLError(refused.message, original_error=refused)])
