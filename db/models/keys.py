"""The keys with which other people's programs use a company's API, and how much each was used."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Appended, Base, TenantOwned
from db.columns import SERVER, Classification, column, ref


class ApiKey(TenantOwned, Base):
    """A key of a client: it runs the client's registered documents, and may what its scopes say and its maker may."""

    __tablename__ = "api_keys"
    __event__ = "apikey"

    client_id: Mapped[UUID] = ref(
        "ApiClient", back="keys", on_delete="CASCADE", set_by=SERVER, doc="Whose documents it runs."
    )
    maker_id: Mapped[UUID] = ref("User", set_by=SERVER, doc="Who made it; it never may what they may not.")
    name: Mapped[str] = column(max_length=100, doc="What the company calls it.")
    prefix: Mapped[str] = column(
        max_length=40, set_by=SERVER, unique=True, doc="What the key begins with after `wgk_`, to tell it by."
    )
    key_hash: Mapped[bytes] = column(
        set_by=SERVER, hidden=True, classified=Classification.SECRET, doc="SHA-256 of the key."
    )
    scopes: Mapped[list[str]] = column(doc="Permissions that it has, as long as its maker has them.")
    allowed_ips: Mapped[list[str]] = column(
        doc="Networks that it may be used from, as `192.0.2.0/24`; from anywhere where there are none."
    )
    rate_limit_per_min: Mapped[int | None] = column(
        doc="Requests that it may send in a minute; null where only its budget bounds it."
    )
    expires_at: Mapped[datetime | None] = column(doc="From when on it is refused; null where it does not run out.")
    revoked_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was revoked; null while it was not.")
    rotated_from_id: Mapped[UUID | None] = ref(
        "ApiKey", on_delete="SET NULL", set_by=SERVER, doc="The key whose place it took; null where it took none's."
    )
    rotated_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When another key took its place; null while none did."
    )
    announced_days: Mapped[int | None] = column(
        set_by=SERVER,
        hidden=True,
        doc="The last notice of its end: so many days before; 0 that it has run out; null before the first.",
    )
    last_used_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When it was last used, to a minute; null where it never was."
    )
    last_used_ip: Mapped[str | None] = column(
        max_length=45, set_by=SERVER, doc="Network address from which it was last used."
    )


class ApiKeyUsage(Appended, Base):
    """How much a key was used on one day."""

    __tablename__ = "api_key_usage"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key_id", "day", name="uq_api_key_usage_day"),
        ForeignKeyConstraint(
            ["tenant_id", "key_id"],
            ["api_keys.tenant_id", "api_keys.id"],
            name="fk_api_key_usage_key_id",
            ondelete="CASCADE",
        ),
        Index("ix_api_key_usage_day", "tenant_id", "day"),
    )

    key_id: Mapped[UUID] = mapped_column(doc="Which key.")
    day: Mapped[date] = mapped_column(doc="The day, in UTC.")
    requests: Mapped[int] = mapped_column(BigInteger, doc="Requests that were sent with it.")
    refused: Mapped[int] = mapped_column(BigInteger, doc="How many of these were turned away.")
    points: Mapped[int] = mapped_column(BigInteger, doc="Points that were charged for it.")
