"""Events as they travel between processes: the envelope and its data as JSON, without what the place already says.

A tenant's stream and the position in it are the event's address, so neither is written again.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from db.outbox import Event

__all__ = ["Event", "packed", "unpacked"]

ADDRESS: Final = ("tenant_id", "position")


def packed(event: Event) -> bytes:
    """Write an event."""
    said = asdict(event)
    left_out = ADDRESS if event.impersonation_id else (*ADDRESS, "impersonation_id")
    stored = {name: value for name, value in said.items() if name not in left_out}
    return orjson.dumps(stored, default=str)  # the driver has a UUID of its own


def unpacked(tenant_id: UUID, position: int, text: bytes) -> Event:
    """Read the event that stands at a position of a tenant's log."""
    said: dict[str, Any] = orjson.loads(text)
    actor, impersonation = said.pop("actor_id"), said.pop("impersonation_id", None)
    return Event(
        tenant_id=tenant_id,
        position=position,
        occurred_at=datetime.fromisoformat(said.pop("occurred_at")),
        actor_id=UUID(actor) if actor else None,
        subject_id=UUID(said.pop("subject_id")),
        impersonation_id=UUID(impersonation) if impersonation else None,
        **said,
    )
