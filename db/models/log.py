"""What is written beside every change, in its transaction: the audit entry, the event, and the idempotency key."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Appended, Base
from db.choices import Choice
from db.columns import any_id, frozen_id, row_values, type_name


class AuditAction(Choice):
    """What was done to the entity."""

    CREATE = "create", "It was made."
    UPDATE = "update", "Some of its fields changed."
    DELETE = "delete", "It was removed."
    TRANSITION = "transition", "Its status moved."
    LOGIN = "login", "A person signed in."
    EXPORT = "export", "Data left the system."
    READ_SENSITIVE = "read_sensitive", "A protected field was read."
    DENIED = "denied", "An attempt was refused for want of permission."


class AuditLog(Appended, Base):
    """One change of one entity by one actor; never changed afterwards."""

    __tablename__ = "audit_logs"
    __table_args__ = (
        Index("ix_audit_logs_entity", "tenant_id", "entity_type", "entity_id", "id"),
        Index("ix_audit_logs_actor", "tenant_id", "actor_type", "actor_id", "id"),
    )

    occurred_at: Mapped[datetime] = mapped_column(doc="When the change was made.")
    actor_type: Mapped[str] = mapped_column(
        doc="What kind of principal acted: user, new_hire, api_key, system; or support, for the user of `onBehalfOfId`."
    )
    actor_id: Mapped[UUID | None] = any_id(
        "actor_type",
        words={"user": "User", "new_hire": "NewHire", "api_key": "ApiKey"},
        doc="Who acted; null for the system, and for support, whom `impersonator` names.",
    )
    on_behalf_of_id: Mapped[UUID | None] = frozen_id(
        "User", doc="The user for whom support acted; null where nobody acted for anybody."
    )
    impersonation_id: Mapped[UUID | None] = frozen_id(
        "ImpersonationSession", doc="The session in which support acted; null where nobody acted for anybody."
    )
    action: Mapped[AuditAction] = mapped_column(doc="What was done.")
    operation: Mapped[str] = mapped_column(
        doc="The operation in whose transaction it happened: `publish_flow` for the mutation `publishFlow`."
    )
    entity_type: Mapped[str] = type_name(doc="Type of the entity.", shown={"File": "StoredFile"})
    entity_id: Mapped[UUID] = any_id("entity_type", doc="The entity; it may be gone since.")
    entity_version: Mapped[int] = mapped_column(doc="Version of the entity after the change.")
    old_values: Mapped[dict[str, Any]] = row_values(
        "entity_type", doc="Changed fields before; protected values are masked."
    )
    new_values: Mapped[dict[str, Any]] = row_values(
        "entity_type", doc="Changed fields after; protected values are masked."
    )
    request_id: Mapped[str] = mapped_column(doc="The request that caused it.")
    address: Mapped[str | None] = mapped_column(
        doc="Network address that it came from; null for the system's own work."
    )
    user_agent: Mapped[str | None] = mapped_column(doc="What the caller's program said it is, at most 300 characters.")


class AuditWaiting(Appended, Base):
    """An audit entry that has no place in the chain yet: `id` is the entry's. A trigger writes it with the entry."""

    __tablename__ = "audit_waiting"
    __table_args__ = (Index("ix_audit_waiting_sequence", "sequence"),)

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(), doc="Order in which entries were written.")


class AuditChain(Appended, Base):
    """The place of an audit entry in its company's chain of hashes, each over the one before: `id` is the entry's."""

    __tablename__ = "audit_chain"
    __table_args__ = (UniqueConstraint("tenant_id", "position", name="uq_audit_chain_position"),)

    position: Mapped[int] = mapped_column(BigInteger, doc="Place in the chain, from 1 and without a gap.")
    prev_hash: Mapped[bytes] = mapped_column(doc="Hash of the entry before; 32 zero bytes for the first.")
    hash: Mapped[bytes] = mapped_column(doc="SHA-256 of `prev_hash` and the entry as canonical JSON (RFC 8785).")
    form: Mapped[int] = mapped_column(SmallInteger, doc="Which fields of the entry the hash covers: db.audit_form.")
    chained_at: Mapped[datetime] = mapped_column(doc="When the entry got its place.")


class DataSubjectKey(Appended, Base):
    """The key that seals the personal data of one person in the audit trail, itself sealed with the company's keys.

    A destroyed one keeps its row, so that no other is made for the same person. `id` is what sealed values name.
    """

    __tablename__ = "data_subject_keys"
    __table_args__ = (
        UniqueConstraint("tenant_id", "subject_type", "subject_id", name="uq_data_subject_keys_subject"),
        CheckConstraint("(sealed is null) = (erased_at is not null)", name="sealed_or_erased"),
    )

    subject_type: Mapped[str] = mapped_column(doc="What the person is: User or NewHire.")
    subject_id: Mapped[UUID] = mapped_column(doc="The person.")
    sealed: Mapped[bytes | None] = mapped_column(doc="The key; null once it is destroyed.")
    created_at: Mapped[datetime] = mapped_column(doc="When it was made.")
    erased_at: Mapped[datetime | None] = mapped_column(doc="When it was destroyed.")


class EventOutbox(Appended, Base):
    """One event, written in the transaction of the change that it tells of."""

    __tablename__ = "event_outbox"
    __table_args__ = (
        Index("uq_event_outbox_position", "tenant_id", "position", unique=True),
        Index("ix_event_outbox_waiting", "sequence", postgresql_where=text("position is null")),
    )
    # The relay gives what the database would be asked for, and later.
    __mapper_args__: Any = {"eager_defaults": False}  # noqa: RUF012 - SQLAlchemy declares it as no ClassVar

    message_id: Mapped[str] = mapped_column(doc="msg_<ulid>: the same in every delivery.")
    type: Mapped[str] = mapped_column(doc="Dotted name, the domain first, past tense last.")
    occurred_at: Mapped[datetime] = mapped_column(doc="When the change was made.")
    actor_type: Mapped[str] = mapped_column(doc="What kind of principal acted.")
    actor_id: Mapped[UUID | None] = mapped_column(doc="Who acted, or for whom support did.")
    impersonation_id: Mapped[UUID | None] = mapped_column(doc="The session in which support acted for the actor.")
    subject_type: Mapped[str] = mapped_column(doc="Type of the entity that the event tells of.")
    subject_id: Mapped[UUID] = mapped_column(doc="The entity that the event tells of.")
    subject_version: Mapped[int] = mapped_column(doc="Version of the entity after the change.")
    data: Mapped[dict[str, Any]] = mapped_column(doc="Facts of the event; no protected value.")
    correlation_id: Mapped[str] = mapped_column(doc="The request from which everything followed.")
    causation_id: Mapped[str | None] = mapped_column(doc="The event that caused this one, if one did.")
    schema_version: Mapped[int] = mapped_column(default=1, doc="Version of the shape of `data`.")
    position: Mapped[int | None] = mapped_column(BigInteger, doc="Place in the tenant's log, given by the relay.")
    sequence: Mapped[int] = mapped_column(
        BigInteger, Identity(), doc="Order in which events were written; of one subject, that of their commits."
    )


class IdempotencyKey(Appended, Base):
    """A command that was given a key: what it was asked, and what became of it. Kept for 24 hours."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        UniqueConstraint("tenant_id", "actor_id", "operation", "key", name="uq_idempotency_keys_key"),
        Index("ix_idempotency_keys_created_at", "tenant_id", "created_at"),
    )

    actor_id: Mapped[UUID] = mapped_column(doc="Who gave the key.")
    operation: Mapped[str] = mapped_column(doc="The mutation it was given to.")
    key: Mapped[str] = mapped_column(doc="The caller's key.")
    input_hash: Mapped[bytes] = mapped_column(doc="Keyed hash of the input and the expected version: HMAC-SHA-256.")
    created_at: Mapped[datetime] = mapped_column(doc="When the command first arrived.")
    result: Mapped[dict[str, Any] | None] = mapped_column(doc="Ids of what it wrote, or its refusals.")
