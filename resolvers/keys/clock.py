"""What the clock does with API keys: every hour, the end of those that run out is announced."""

from collections.abc import Sequence
from typing import Final

from db.catalog import Tenant
from db.models.keys import ApiKey
from resolvers.emitter import job
from resolvers.jobs import Chore
from resolvers.keys.announcing import announce, ending
from resolvers.turns import Round, Turns

ANNOUNCING: Final = job(
    "announce_key_ends", "apikey.updated", "email_message.created", "apikey.expiring", "apikey.expired"
)
ENDS: Final = Round(ANNOUNCING.name, ApiKey, ending, announce)


class KeyClock:
    """Announces the end of keys, company by company."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    @property
    def chores(self) -> Sequence[Chore]:
        """What is done, and when."""
        return [Chore(ANNOUNCING.name, "41 * * * *", self.announce_ends)]

    async def announce_ends(self, tenants: Sequence[Tenant]) -> int:
        """Give the notices that are due; return how many there were."""
        return sum([await self._turns.give(tenant, ENDS) for tenant in tenants])
