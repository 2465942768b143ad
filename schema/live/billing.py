"""What a subscription costs: its first answer beforehand, and each message after it was given.

Those who are given the same message share what it has cost to work out. A subscription pays when it owes something
worth the trouble, and no message waits for that. One that could not pay is ended when there is the next message, and
whoever had it can go on from the last cursor when the budget has been restored: nothing is lost, and others in the
same room wait for nobody.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from resolvers.barred import Barred
from resolvers.budgets import Budgets
from resolvers.context import Asking
from resolvers.keys.usage import KeyUsage
from schema.answering import Answering, Asked
from schema.live.streams import Taker
from schema.live.told import Told
from subscriptions.ending import end

DUE: Final = 50
"""Points that a subscription may owe: of messages that cost a point each, so many are given between two payments."""


class Bill:
    """What one subscription owes; less than nothing while it has not used what was paid at first."""

    def __init__(self, budgets: Budgets, usage: KeyUsage, asking: Asking, paid: int) -> None:
        self._budgets, self._usage, self._asking, self._owed = budgets, usage, asking, float(-paid)
        self._paying: asyncio.Task[None] | None = None
        self._refused: Barred | None = None

    def expect_paid(self) -> None:
        """Raise why the subscription has to end, where what it owed could not be paid."""
        if self._refused:
            raise self._refused

    def note(self, told: Told) -> None:
        """Note a message that was given, and pay if that is due."""
        self._owed += told.points
        whole = int(self._owed)
        if whole < DUE or self._paying or self._refused:
            return
        if self._budgets.takes(self._asking, whole):
            self._owed -= whole
            self._usage.answered(self._asking, whole)
        else:
            self._paying = asyncio.create_task(self._pay())

    async def _pay(self) -> None:
        """Pay what is owed by now."""
        whole = int(self._owed)
        self._owed -= whole
        try:
            await self._budgets.take(self._asking, whole)
            self._usage.answered(self._asking, whole)
        except Barred as refused:
            self._refused = refused
        finally:
            self._paying = None

    def charging(self, taker: Taker) -> Taker:
        """Return what takes messages outright, and notes them, until one could not be paid."""

        def take(told: Told) -> bool:
            if self._refused or not taker(told):
                return False
            self.note(told)
            return True

        return take

    async def close(self) -> None:
        """Leave a payment that is under way."""
        if self._paying:
            await end([self._paying])


@asynccontextmanager
async def billed(answering: Answering, asking: Asking, asked: Asked) -> AsyncGenerator[Bill | None]:
    """Charge a subscription for as long as the block lasts; nobody, where there are no budgets.

    Raises RateLimited, or TooMuch, where the first answer cannot be paid.
    """
    if answering.budgets is None:
        yield None
        return
    price, usage = answering.price(asking, asked), answering.identity.key_usage
    paid = price if isinstance(price, int) else 0
    with usage.going_on(asking):
        await answering.budgets.take(asking, paid)
        usage.answered(asking, paid)
    bill = Bill(answering.budgets, usage, asking, paid)
    try:
        yield bill
    finally:
        await bill.close()
