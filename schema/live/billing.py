"""What a subscription costs: its first answer beforehand, and each message after it was given.

Those who are given the same message share what it has cost to work out. A subscription pays when it owes something
worth the trouble and when it ends, and no message waits for that; what it has not used of what was charged beforehand
is given back at its end. One that could not pay is ended when there is the next message, and
whoever had it can go on from the last cursor when the budget has been restored: nothing is lost, and others in the
same room wait for nobody.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from resolvers.barred import Barred
from resolvers.budgets import Budgets, Charge
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

    def __init__(self, budgets: Budgets, usage: KeyUsage, asking: Asking, paid: Charge) -> None:
        self._budgets, self._usage, self._asking, self._paid = budgets, usage, asking, paid
        self._owed, self._counted = float(-paid.points), 0
        self._paying: asyncio.Task[None] | None = None
        self._refused: Barred | None = None

    def expect_paid(self) -> None:
        """Raise why the subscription has to end, where what it owed could not be paid."""
        if self._refused:
            raise self._refused

    def note(self, told: Told) -> None:
        """Note a message that was given, and pay if that is due."""
        self._owed += told.points
        if self._counted < self._paid.points:
            self._count()
        whole = int(self._owed)
        if whole < DUE or self._paying or self._refused:
            return
        if not self._pays_at_once(whole):
            self._paying = asyncio.create_task(self._pay())

    def _pays_at_once(self, whole: int) -> bool:
        """Pay some points, if this process has leased enough."""
        if not self._budgets.takes(self._asking, whole):
            return False
        self._owed -= whole
        self._usage.answered(self._asking, whole)
        return True

    def _count(self) -> None:
        """Count as use of a key what has been used by now of what was paid beforehand."""
        used = self._paid.points - max(0, int(-self._owed))
        self._usage.answered(self._asking, used - self._counted)
        self._counted = used

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
        """Settle the bill, as far as it can be; a payment that is under way is left."""
        if self._paying:
            await end([self._paying])
        unused = int(-self._owed)
        if unused > 0:
            await self._budgets.give_back(self._paid, unused)
        elif unused < 0 and not self._refused and not self._pays_at_once(-unused):
            await self._pay()


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
        charge = await answering.budgets.take(asking, paid)
    bill = Bill(answering.budgets, usage, asking, charge)
    try:
        yield bill
    finally:
        await bill.close()
