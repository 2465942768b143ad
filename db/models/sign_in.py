"""Where people are signed in, and what proves who they are beside a password."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.columns import SERVER, Belongs, Classification, Format, Whose, column, encrypted_column, ref


class UserSession(TenantOwned, Base):
    """A session of a user: all that follows from one sign-in. It is removed when it could not be continued any more."""

    __tablename__ = "user_sessions"
    __event__ = "user.session"
    __whose__ = Whose("user_id", "User")
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (Index("ix_user_sessions_expires_at", "tenant_id", "expires_at"),)

    user_id: Mapped[UUID] = ref("User", on_delete="CASCADE", set_by=SERVER, doc="Who is signed in.")
    last_used_at: Mapped[datetime] = column(set_by=SERVER, doc="When it began or was last continued.")
    address: Mapped[str | None] = column(
        max_length=45,
        set_by=SERVER,
        classified=Classification.PERSONAL,
        doc="Network address from which it began or was last continued; null where nobody knows it.",
    )
    user_agent: Mapped[str | None] = column(
        max_length=300,
        set_by=SERVER,
        classified=Classification.PERSONAL,
        doc="What the program said it is that began or last continued it.",
    )
    expires_at: Mapped[datetime] = column(set_by=SERVER, doc="From when on it cannot be continued.")
    ended_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was ended; null while it was not.")


class SecondFactor(TenantOwned, Base):
    """The authenticator of a user, who has at most one. It counts once `User.mfa_enabled` says so."""

    __tablename__ = "second_factors"
    __event__ = "user.second_factor"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id", name="uq_second_factors_user_id"),)

    user_id: Mapped[UUID] = ref("User", on_delete="CASCADE", set_by=SERVER, doc="Whose codes it makes.")
    secret: Mapped[bytes] = encrypted_column(
        set_by=SERVER,
        hidden=True,
        readable_with="users.manage",
        classified=Classification.SECRET,
        doc="The secret in base32; shown once.",
    )
    last_step: Mapped[int] = column(
        set_by=SERVER, hidden=True, default=0, doc="Time step of the last code that was accepted; 0 before the first."
    )
    uses: Mapped[int] = column(
        set_by=SERVER, hidden=True, default=0, doc="How many codes were accepted, recovery codes too."
    )


class RecoveryCode(TenantOwned, Base):
    """A code that stands in for the authenticator of a user, once."""

    __tablename__ = "recovery_codes"
    __event__ = "user.recovery_code"

    user_id: Mapped[UUID] = ref("User", on_delete="CASCADE", set_by=SERVER, doc="Whose authenticator it stands in for.")
    code_hash: Mapped[bytes] = column(
        set_by=SERVER, hidden=True, classified=Classification.SECRET, doc="Keyed hash of the code and the user."
    )
    used_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was used.")


class AddressProof(TenantOwned, Base):
    """A link that was mailed to an address, with which a user proves once that it is theirs."""

    __tablename__ = "address_proofs"
    __event__ = "user.address_proof"
    __whose__ = Whose("user_id", "User")
    __table_args__ = (Index("ix_address_proofs_expires_at", "tenant_id", "expires_at"),)

    user_id: Mapped[UUID] = ref("User", on_delete="CASCADE", set_by=SERVER, doc="Whose address it proves.")
    email: Mapped[str] = column(
        max_length=254,
        text_format=Format.EMAIL,
        set_by=SERVER,
        hidden=True,
        classified=Classification.PERSONAL,
        doc="The address: the one that the user has, or the one that they have from then on.",
    )
    token_hash: Mapped[bytes] = column(
        set_by=SERVER, hidden=True, classified=Classification.SECRET, doc="SHA-256 of the token."
    )
    token_version: Mapped[int] = column(
        set_by=SERVER, hidden=True, doc="The user's when it was mailed: a change ends with the sessions of that time."
    )
    session_id: Mapped[UUID | None] = column(
        set_by=SERVER, hidden=True, doc="The session that asked for a change, which goes on when the others end."
    )
    expires_at: Mapped[datetime] = column(set_by=SERVER, doc="From when on it is refused.")
    used_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was used.")
