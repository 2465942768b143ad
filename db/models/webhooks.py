"""Where a company wants its events sent, what signs them, and what became of each delivery and each attempt."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Appended, Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, Classification, Format, column, encrypted_column, frozen_id, ref


class WebhookEndpointStatus(Choice):
    """Whether an endpoint is sent events."""

    ACTIVE = "active", "It is sent every event that it asked for."
    PAUSED = "paused", "It is sent nothing until it is resumed; what happens meanwhile can be replayed."
    DISABLED = "disabled", "It was given up: it is gone, failed for five days, or nobody reads its selection any more."


class WebhookEndpoint(TenantOwned, Base):
    """An address of another system to which the company's events are sent, signed (Standard Webhooks)."""

    __tablename__ = "webhook_endpoints"
    __event__ = "webhook.endpoint"

    url: Mapped[str] = column(max_length=2000, text_format=Format.URL, doc="Address that is sent the events; https.")
    description: Mapped[str | None] = column(max_length=500, doc="What it is for, in the company's own words.")
    events: Mapped[list[str]] = column(
        doc="Types of events that it is sent: exact, as `onboarding.started`, or all of a domain, as `onboarding.*`."
    )
    filter: Mapped[dict[str, Any] | None] = column(
        doc='Sends only events whose `data` has these values: `{"flowId": "..."}`; without it, all of the types.'
    )
    selection: Mapped[str | None] = column(
        max_length=4000,
        selects="Event",
        doc="A GraphQL selection set on `Event`, as `{ type subject { id } }`: what it answers is sent as `data`. "
        "Without it, the event's own data.",
    )
    reader_id: Mapped[UUID | None] = ref(
        "User",
        on_delete="SET NULL",
        set_by=SERVER,
        doc="Whoever made the endpoint or changed it last, if it has a selection: that is answered as them, with what "
        "they may read at that moment.",
    )
    status: Mapped[WebhookEndpointStatus] = column(
        set_by=SERVER, default=WebhookEndpointStatus.ACTIVE, doc="Whether it is sent events."
    )
    failing_since: Mapped[datetime | None] = column(
        set_by=SERVER, doc="Since when every attempt has failed; null while it works."
    )
    disabled_reason: Mapped[str | None] = column(max_length=500, set_by=SERVER, doc="Why it was given up.")


class WebhookSecret(TenantOwned, Base):
    """A secret that signs what an endpoint is sent. After a rotation the one before signs beside it for a while."""

    __tablename__ = "webhook_secrets"
    __event__ = "webhook.secret"

    endpoint_id: Mapped[UUID] = ref("WebhookEndpoint", back="secrets", on_delete="CASCADE", doc="What it signs for.")
    secret: Mapped[bytes] = encrypted_column(
        set_by=SERVER,
        hidden=True,
        readable_with="webhooks.manage",
        classified=Classification.SECRET,
        doc="The secret, `whsec_` and base64; shown once.",
    )
    expires_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="Until when it signs beside its successor; null for the newest."
    )


class DeliveryStatus(Choice):
    """What became of a delivery."""

    PENDING = "pending", "It is to be attempted, or attempted again."
    SUCCEEDED = "succeeded", "The endpoint took it: it answered with a status from 200 to 299."
    DEAD = "dead", "Every attempt has failed, or the endpoint was given up; it can be replayed."
    SKIPPED = "skipped", "The endpoint's filter left it out."


class WebhookDelivery(Appended, Base):
    """One event on its way to one endpoint. The relay makes it in the transaction that places the event in the log."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("tenant_id", "endpoint_id", "message_id", name="uq_webhook_deliveries_message"),
        Index("ix_webhook_deliveries_due", "next_attempt_at", postgresql_where=text("status = 'pending'")),
        Index(
            "ix_webhook_deliveries_pending",
            *("tenant_id", "endpoint_id", "next_attempt_at"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index("ix_webhook_deliveries_finished", "finished_at", postgresql_where=text("finished_at is not null")),
        Index("ix_webhook_deliveries_endpoint", "tenant_id", "endpoint_id", "id"),
    )

    endpoint_id: Mapped[UUID] = frozen_id("WebhookEndpoint", doc="Where it goes; the endpoint may be gone since.")
    message_id: Mapped[str] = mapped_column(doc="`webhook-id` of every attempt: the event's, the same in a replay.")
    event_type: Mapped[str] = mapped_column(doc="Type of the event.")
    position: Mapped[int | None] = mapped_column(
        BigInteger, doc="Place of the event in the company's log; null for a test."
    )
    body: Mapped[str | None] = column(
        set_by=SERVER,
        readable_with="webhooks.manage",
        doc="What is sent, byte for byte; written before the first attempt.",
    )
    selected: Mapped[bool] = mapped_column(
        server_default=false(),
        doc="Whether `body` is what the endpoint selects of the event. It may tell of people, and is not "
        "kept when one is erased.",
    )
    status: Mapped[DeliveryStatus] = mapped_column(doc="What became of it.")
    attempt_count: Mapped[int] = mapped_column(SmallInteger, doc="Attempts since it was made, or replayed.")
    next_attempt_at: Mapped[datetime] = mapped_column(doc="When it is attempted next; while it is claimed, again.")
    claimed_until: Mapped[datetime | None] = mapped_column(doc="Until when a dispatcher has it in hand; else null.")
    created_at: Mapped[datetime] = mapped_column(doc="When it was made.")
    finished_at: Mapped[datetime | None] = mapped_column(doc="When it succeeded, was left out or was given up.")


class WebhookAttempt(Appended, Base):
    """One attempt to deliver: when, how long, and what the endpoint answered."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (Index("ix_webhook_attempts_delivery", "tenant_id", "delivery_id", "id"),)

    delivery_id: Mapped[UUID] = mapped_column(doc="What was to be delivered.")
    number: Mapped[int] = mapped_column(SmallInteger, doc="Which attempt it was, from 1; a replay goes on counting.")
    started_at: Mapped[datetime] = mapped_column(doc="When it began.")
    duration_ms: Mapped[int] = mapped_column(doc="How long it took, in milliseconds.")
    http_status: Mapped[int | None] = mapped_column(SmallInteger, doc="Status that the endpoint answered with.")
    error: Mapped[str | None] = mapped_column(doc="Why there was no answer, or why it was not sent.")
    response_excerpt: Mapped[str | None] = mapped_column(doc="Beginning of the answer, at most 1 KB.")
