"""Webhooks as they leave: signatures, addresses that may be sent to, an attempt over HTTP, and when the next is due.

Nothing here knows a database. Whoever delivers asks a `Sender` for an `Outcome`, and `next_delay` what to make of it.
"""

from gateways.webhooks.guard import check_url
from gateways.webhooks.outcome import Outcome
from gateways.webhooks.schedule import DELAYS, next_delay
from gateways.webhooks.sender import Sender
from gateways.webhooks.signing import new_secret, sign

__all__ = ["DELAYS", "Outcome", "Sender", "check_url", "new_secret", "next_delay", "sign"]
