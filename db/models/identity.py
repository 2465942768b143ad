"""Who can sign in to a tenant, and what their roles allow."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.columns import SERVER, Classification, Format, column, ref


class User(TenantOwned, Base):
    """A person who can sign in to the tenant."""

    __tablename__ = "users"
    __event__ = "user"

    email: Mapped[str] = column(
        max_length=254,
        text_format=Format.EMAIL,
        unique=True,
        classified=Classification.PERSONAL,
        doc="Address to sign in with, stored in lower case; unique in the tenant.",
    )
    first_name: Mapped[str] = column(max_length=120, classified=Classification.PERSONAL, doc="Given name.")
    last_name: Mapped[str] = column(max_length=120, classified=Classification.PERSONAL, doc="Family name.")
    password_hash: Mapped[str] = column(
        max_length=300, hidden=True, set_by=SERVER, classified=Classification.SECRET, doc="argon2id hash."
    )
    is_active: Mapped[bool] = column(set_by=SERVER, default=True, doc="Whether the person may sign in.")
    token_version: Mapped[int] = column(
        set_by=SERVER, hidden=True, default=1, doc="Raised to end every session of the person at once."
    )
    last_login_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When the person last signed in.")


class Role(TenantOwned, Base):
    """A named set of permissions. What a built-in role holds is in `auth.roles`, so that it grows with the product."""

    __tablename__ = "roles"
    __event__ = "role"

    name: Mapped[str] = column(max_length=60, unique=True, doc="Name of the role, such as HR.")
    description: Mapped[str] = column(max_length=500, doc="What its holders do.")
    built_in: Mapped[bool] = column(set_by=SERVER, default=False, doc="Whether it came with the product.")


class UserRole(TenantOwned, Base):
    """One role that a user holds."""

    __tablename__ = "user_roles"
    __event__ = "user.role"

    user_id: Mapped[UUID] = ref("User", back="roles", on_delete="CASCADE", doc="The user.")
    role_id: Mapped[UUID] = ref("Role", back="users", on_delete="RESTRICT", doc="The role.")
