"""Support: who of the platform has acted for a user of the company, why and until when, and leave to write so."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, column, ref


class ImpersonationMode(Choice):
    """What may be done in a user's stead."""

    READ_ONLY = "read_only", "See what the user sees; every mutation is refused."
    READ_WRITE = "read_write", "Do what the user may, but for what nobody else may do for them."


class ImpersonationStatus(Choice):
    """Where an impersonation stands."""

    ACTIVE = "active", "Somebody can act for the user, until it expires."
    ENDED = "ended", "Who acted has ended it."
    EXPIRED = "expired", "Its time has run out."
    REVOKED = "revoked", "The company or the platform has ended it."


class SupportAccess(TenantOwned, Base):
    """Leave of the company to write in its users' stead, until a moment: without it, support can only read."""

    __tablename__ = "support_accesses"
    __event__ = "support.access"
    __table_args__ = (
        UniqueConstraint(
            *("tenant_id", "withdrawn_at"),
            name="uq_support_accesses_withdrawn_at",
            postgresql_nulls_not_distinct=True,
        ),
    )

    until: Mapped[datetime] = column(set_by=SERVER, doc="From when on it counts no more.")
    granted_by_id: Mapped[UUID] = ref("User", set_by=SERVER, doc="The owner who gave it.")
    withdrawn_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When it was taken back, or another one took its place; null while it was not."
    )


class ImpersonationSession(TenantOwned, Base):
    """Somebody of the platform acts for a user of the company: who, for whom, why, and until when."""

    __tablename__ = "impersonation_sessions"
    __event__ = "impersonation"
    __table_args__ = (
        Index(
            "uq_impersonation_sessions_active",
            "tenant_id",
            "actor_user_id",
            unique=True,
            postgresql_where=text("status = 'active'"),
        ),
        CheckConstraint("(status = 'active') = (ended_at is null)", name="ended_at"),
        CheckConstraint("expires_at <= started_at + interval '30 minutes'", name="at_most_30_minutes"),
    )

    actor_user_id: Mapped[UUID] = column(
        set_by=SERVER, hidden=True, logged=False, doc="Who acts: a user of another company, which is not told."
    )
    actor_name: Mapped[str] = column(max_length=250, set_by=SERVER, doc="Name of who acts.")
    actor_role: Mapped[str] = column(max_length=40, set_by=SERVER, doc="Their role: SUPPORT_AGENT or PLATFORM_ADMIN.")
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, doc="The user for whom they act.")
    reason: Mapped[str] = column(max_length=1000, set_by=SERVER, doc="Why, in their words.")
    ticket_ref: Mapped[str | None] = column(max_length=120, set_by=SERVER, doc="The ticket that it is about.")
    mode: Mapped[ImpersonationMode] = column(set_by=SERVER, doc="What may be done in it.")
    consent_id: Mapped[UUID | None] = ref(
        "SupportAccess", set_by=SERVER, doc="The leave to write that the company gave; null where it can only read."
    )
    status: Mapped[ImpersonationStatus] = column(
        set_by=SERVER, default=ImpersonationStatus.ACTIVE, doc="Where it stands; `expired` up to a minute late."
    )
    started_at: Mapped[datetime] = column(set_by=SERVER, doc="When it began.")
    expires_at: Mapped[datetime] = column(set_by=SERVER, doc="From when on it counts no more, at most 30 minutes on.")
    ended_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it ended; null while it has not.")
    end_reason: Mapped[str | None] = column(
        max_length=200, set_by=SERVER, doc="Why it was revoked; null where it was not, or was before that was noted."
    )
