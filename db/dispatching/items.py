"""What passes between the deliveries in a database and whoever sends them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from db.models.webhooks import DeliveryStatus


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery in hand: where it goes, what it tells of, and the sealed secrets that sign it.

    Of the event there is nothing for a test, which has its body already. `reader_id` is who the selection is read as.
    """

    tenant_id: UUID
    id: UUID
    endpoint_id: UUID
    message_id: str
    event_type: str
    body: str | None
    attempt_count: int
    claimed_until: datetime
    last_number: int
    url: str
    filter: dict[str, Any] | None
    selection: str | None
    reader_id: UUID | None
    position: int | None
    occurred_at: datetime | None
    subject_type: str | None
    subject_id: UUID | None
    data: dict[str, Any] | None
    secrets: Sequence[Mapping[str, str]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Written:
    """What a delivery sends; or the status that it gets without being sent; neither where that is found out later."""

    tenant_id: UUID
    id: UUID
    body: str | None
    status: DeliveryStatus | None = None

    @property
    def comes_later(self) -> bool:
        """Whether it is still to be found out what is sent."""
        return self.body is None and self.status is None


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits in a database: events for their place, deliveries that are due for whoever sends them."""

    events: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of an attempt, and what becomes of the delivery: after `delay` seconds it is pending again."""

    tenant_id: UUID
    id: UUID
    endpoint_id: UUID
    claimed_until: datetime
    attempt_id: UUID
    number: int
    status: DeliveryStatus
    delay: float | None
    started_at: datetime
    duration_ms: int
    http_status: int | None
    error: str | None
    excerpt: str | None

    @property
    def works(self) -> bool:
        """Whether the endpoint took it."""
        return self.status is DeliveryStatus.SUCCEEDED
