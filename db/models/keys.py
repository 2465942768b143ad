"""The keys with which other people's programs use a company's API."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.columns import SERVER, Classification, column, ref


class ApiKey(TenantOwned, Base):
    """A key of a client: it runs the client's registered documents, and may what its scopes say and its maker may."""

    __tablename__ = "api_keys"
    __event__ = "apikey"

    client_id: Mapped[UUID] = ref(
        "ApiClient", back="keys", on_delete="CASCADE", set_by=SERVER, doc="Whose documents it runs."
    )
    maker_id: Mapped[UUID] = ref("User", set_by=SERVER, doc="Who made it; it never may what they may not.")
    name: Mapped[str] = column(max_length=100, set_by=SERVER, doc="What the company calls it.")
    prefix: Mapped[str] = column(
        max_length=40, set_by=SERVER, unique=True, doc="What the key begins with after `wgk_`, to tell it by."
    )
    key_hash: Mapped[bytes] = column(
        set_by=SERVER, hidden=True, classified=Classification.SECRET, doc="SHA-256 of the key."
    )
    scopes: Mapped[list[str]] = column(set_by=SERVER, doc="Permissions that it has, as long as its maker has them.")
    allowed_ips: Mapped[list[str]] = column(
        set_by=SERVER, doc="Networks that it may be used from, as `192.0.2.0/24`; from anywhere where there are none."
    )
    rate_limit_per_min: Mapped[int | None] = column(
        set_by=SERVER, doc="Requests that it may send in a minute; null where only its budget bounds it."
    )
    expires_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="From when on it is refused; null where it does not run out."
    )
    revoked_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was revoked; null while it was not.")
    last_used_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When it was last used, to a minute; null where it never was."
    )
    last_used_ip: Mapped[str | None] = column(
        max_length=45, set_by=SERVER, doc="Network address from which it was last used."
    )
