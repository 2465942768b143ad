"""Single sign-on: at which providers a company's people prove who they are, and as whom they are known there."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, Belongs, Classification, Format, Whose, column, encrypted_column, ref

SCOPES: Final = ("openid", "email", "profile")


class SsoStatus(Choice):
    """Whether one may sign in through a provider."""

    ACTIVE = "active", "People sign in through it."
    PAUSED = "paused", "Nobody signs in through it, and it enforces nothing."


class SsoProvider(TenantOwned, Base):
    """A provider of OpenID Connect at which the company's people sign in."""

    __tablename__ = "sso_providers"
    __event__ = "sso.provider"

    name: Mapped[str] = column(
        max_length=60, unique=True, doc="What the button on the sign-in page says; everybody may see it."
    )
    issuer: Mapped[str] = column(
        max_length=500,
        text_format=Format.URL,
        create_only=True,
        doc="The provider's issuer, letter by letter as its tokens say it; https. Its discovery document is below it.",
    )
    client_identifier: Mapped[str] = column(
        max_length=300, doc="The client id under which the provider knows this company's Workgraph."
    )
    client_secret: Mapped[bytes] = encrypted_column(
        set_by=SERVER,
        hidden=True,
        readable_with="sso.manage",
        classified=Classification.SECRET,
        doc="The client secret; never shown.",
    )
    scopes: Mapped[list[str]] = column(
        default=lambda: list(SCOPES),
        doc="Scopes that are asked for, `openid` among them; `openid`, `email` and `profile` when left out.",
    )
    groups_claim: Mapped[str | None] = column(
        max_length=100, doc="The claim of the ID token that lists a person's groups; null where groups give no roles."
    )
    domains: Mapped[list[str]] = column(
        default=list,
        doc="Domains of e-mail addresses that the provider may speak for: who is not known yet is only let in with a "
        "verified address of one of them. Where there are none, only who is linked already gets in.",
    )
    just_in_time: Mapped[bool] = column(
        default=False, doc="Whether somebody whom the company does not know becomes a user when they first sign in."
    )
    enforced: Mapped[bool] = column(
        default=False, doc="Whether passwords are refused, for everybody but owners, while the provider is active."
    )
    status: Mapped[SsoStatus] = column(
        set_by=SERVER, default=SsoStatus.ACTIVE, doc="Whether one may sign in through it."
    )


class SsoGroupRole(TenantOwned, Base):
    """A role that the members of one of the provider's groups have."""

    __tablename__ = "sso_group_roles"
    __event__ = "sso.group_role"
    __table_args__ = (
        UniqueConstraint("tenant_id", "provider_id", "group_name", "role_id", name="uq_sso_group_roles_group"),
    )

    provider_id: Mapped[UUID] = ref("SsoProvider", back="group_roles", on_delete="CASCADE", doc="Whose group it is.")
    group_name: Mapped[str] = column(
        max_length=200, create_only=True, doc="The group, as the provider's claim names it, letter by letter."
    )
    role_id: Mapped[UUID] = ref("Role", doc="The role, which is given and taken at each sign-in.")


class SsoIdentity(TenantOwned, Base):
    """As whom a user is known at a provider: linked once, and found by it from then on, whatever the address is."""

    __tablename__ = "sso_identities"
    __event__ = "user.sso_identity"
    __whose__ = Whose("user_id", "User")
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (
        UniqueConstraint("tenant_id", "provider_id", "subject", name="uq_sso_identities_subject"),
        UniqueConstraint("tenant_id", "provider_id", "user_id", name="uq_sso_identities_user_id"),
    )

    provider_id: Mapped[UUID] = ref("SsoProvider", on_delete="CASCADE", set_by=SERVER, doc="The provider.")
    user_id: Mapped[UUID] = ref("User", on_delete="CASCADE", set_by=SERVER, doc="The user.")
    subject: Mapped[str | None] = column(
        max_length=255,
        set_by=SERVER,
        hidden=True,
        classified=Classification.PERSONAL,
        doc="What the provider calls the person, for ever; null once the person's data was erased.",
    )
    last_used_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When the person last came from there.")


class SsoCode(TenantOwned, Base):
    """A code with which the page of one browser completes a sign-in, once: the provider has said who it is."""

    __tablename__ = "sso_codes"
    __event__ = "user.sso_code"
    __table_args__ = (Index("ix_sso_codes_expires_at", "tenant_id", "expires_at"),)

    provider_id: Mapped[UUID] = ref("SsoProvider", on_delete="CASCADE", set_by=SERVER, doc="The provider.")
    user_id: Mapped[UUID] = ref("User", on_delete="CASCADE", set_by=SERVER, doc="Who signs in.")
    code_hash: Mapped[bytes] = column(
        set_by=SERVER, hidden=True, classified=Classification.SECRET, doc="SHA-256 of the code."
    )
    browser_hash: Mapped[bytes] = column(
        set_by=SERVER, hidden=True, classified=Classification.SECRET, doc="SHA-256 of the mark of the browser."
    )
    expires_at: Mapped[datetime] = column(set_by=SERVER, doc="From when on it is refused.")
    used_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was used.")
