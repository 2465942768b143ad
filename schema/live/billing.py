"""What a subscription costs: its first answer beforehand, and each message as it is given.

Those who are given the same message share what it has cost to work out. A subscription pays when it owes something
worth the trouble; one that cannot is ended, and whoever had it can go on from the last cursor when the budget has
been restored: nothing is lost, and others in the same room wait for nobody.
"""

from typing import Final

from resolvers.budgets import Budgets
from resolvers.context import Asking
from resolvers.keys.usage import KeyUsage
from schema.answering import Answering, Asked
from schema.live.streams import Taker
from schema.live.told import Told

DUE: Final = 50
"""Points that a subscription may owe: of messages that cost a point each, so many are given between two payments."""


class Bill:
    """What one subscription owes; less than nothing while it has not used what was paid at first."""

    def __init__(self, budgets: Budgets | None, asking: Asking, paid: int, usage: KeyUsage | None = None) -> None:
        self._budgets, self._usage = budgets, usage
        self._asking, self._owed = asking, float(-paid)

    @classmethod
    async def opened(cls, answering: Answering, asking: Asking, asked: Asked) -> "Bill":
        """Pay for the first answer, or raise RateLimited, or TooMuch."""
        price = answering.price(asking, asked) if answering.budgets else 0
        paid = price if isinstance(price, int) else 0
        usage = answering.identity.key_usage
        bill = cls(answering.budgets, asking, paid, usage)
        if paid:
            with usage.going_on(asking):
                await bill.pay(paid)
        return bill

    async def pay(self, points: int) -> None:
        """Have points charged, and counted where an API key pays them."""
        if self._budgets:
            await self._budgets.take(self._asking, points)
            if self._usage:
                self._usage.answered(self._asking, points)

    async def charge(self, told: Told) -> None:
        """Note a message that is about to be given, and pay if that is due; or raise RateLimited."""
        self._owed += told.points
        if self._budgets and self._owed >= DUE:
            owed = int(self._owed)
            await self.pay(owed)
            self._owed -= owed

    def charging(self, taker: Taker) -> Taker:
        """Return what takes messages outright for as long as nothing has to be paid."""

        def take(told: Told) -> bool:
            if self._owed + told.points >= DUE or not taker(told):
                return False
            self._owed += told.points
            return True

        return take
