"""Who can sign in to a tenant, what their roles allow, their teams, and what proves who they are."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import LANGUAGE_TAG, SERVER, Belongs, Classification, Format, Link, Whose, column, ref


class User(TenantOwned, Base):
    """A person who can sign in to the company's workspace, or who has been invited to."""

    __tablename__ = "users"
    __event__ = "user"
    __whose__ = Whose("id", "User")
    __belongs__ = Belongs(("id",))

    email: Mapped[str] = column(
        max_length=254,
        text_format=Format.EMAIL,
        unique=True,
        create_only=True,
        classified=Classification.PERSONAL,
        doc="Address to sign in with, stored in lower case; unique in the company.",
    )
    first_name: Mapped[str] = column(max_length=120, classified=Classification.PERSONAL, doc="Given name.")
    last_name: Mapped[str] = column(max_length=120, classified=Classification.PERSONAL, doc="Family name.")
    department: Mapped[str | None] = column(max_length=120, doc="Where the person works, in the company's own words.")
    home_department_id: Mapped[UUID | None] = ref(
        "Department",
        back="people",
        create_only=False,
        doc="The department of the company's tree that the person belongs to.",
    )
    manager_id: Mapped[UUID | None] = ref(
        "User",
        back="reports",
        on_delete="SET NULL",
        create_only=False,
        doc="Whom the person reports to; reporting lines have no circle.",
    )
    locale: Mapped[str] = column(max_length=35, pattern=LANGUAGE_TAG, default="en", doc="Language of mails (BCP 47).")
    timezone: Mapped[str] = column(
        max_length=64, text_format=Format.TIME_ZONE, default="UTC", doc="IANA time zone in which the person works."
    )
    password_hash: Mapped[str | None] = column(
        max_length=300,
        hidden=True,
        set_by=SERVER,
        classified=Classification.SECRET,
        doc="argon2id hash; null until the person has chosen a password.",
    )
    is_active: Mapped[bool] = column(set_by=SERVER, default=True, doc="Whether the person may sign in.")
    token_version: Mapped[int] = column(
        set_by=SERVER, hidden=True, default=1, doc="Raised to end every session of the person at once."
    )
    last_login_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When the person last signed in.")
    email_verified_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When the person proved to receive mail at the address; null until they have."
    )
    failed_logins: Mapped[int] = column(
        set_by=SERVER, hidden=True, default=0, doc="Wrong passwords in a row since the last sign-in or lock."
    )
    locked_until: Mapped[datetime | None] = column(
        set_by=SERVER, doc="Until when no password is accepted, after too many wrong ones; null or past when none is."
    )
    mfa_enabled: Mapped[bool] = column(
        set_by=SERVER, default=False, doc="Whether signing in also takes a code of an authenticator."
    )
    erased_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When the person's data was erased, for good; null while it is there."
    )
    erasure_reason: Mapped[str | None] = column(max_length=1000, set_by=SERVER, doc="Why it was erased.")


class Department(TenantOwned, Base):
    """A part of the company, which may be part of another; people belong to one."""

    __tablename__ = "departments"
    __event__ = "department"
    __belongs__ = Belongs()

    name: Mapped[str] = column(max_length=120, sorted_as_name=True, unique=True, doc="Name of the department; unique.")
    parent_id: Mapped[UUID | None] = ref(
        "Department", back="parts", create_only=False, doc="The department that it is part of; there is no circle."
    )
    head_id: Mapped[UUID | None] = ref(
        "User",
        on_delete="SET NULL",
        create_only=False,
        closes_circle=True,
        doc="Who leads it; a user of the company.",
    )
    cost_center: Mapped[str | None] = column(max_length=60, doc="Where the cost of its people is booked.")


class Role(TenantOwned, Base):
    """A named set of permissions. What a built-in role holds is in `auth.roles`, so that it grows with the product."""

    __tablename__ = "roles"
    __event__ = "role"
    __belongs__ = Belongs()

    name: Mapped[str] = column(max_length=60, unique=True, doc="Name of the role, such as HR.")
    description: Mapped[str] = column(max_length=500, doc="What its holders do.")
    built_in: Mapped[bool] = column(set_by=SERVER, default=False, doc="Whether it came with the product.")


class RolePermission(TenantOwned, Base):
    """One permission of a role of the company's own."""

    __tablename__ = "role_permissions"
    __event__ = "role.permission"
    __belongs__ = Belongs()
    __table_args__ = (UniqueConstraint("tenant_id", "role_id", "permission", name="uq_role_permissions_role_id"),)

    role_id: Mapped[UUID] = ref("Role", back="allows", on_delete="CASCADE", set_by=SERVER, doc="The role.")
    permission: Mapped[str] = column(max_length=60, set_by=SERVER, doc="Name of the permission.")


class GrantScope(Choice):
    """Whose rows a role reaches for who holds it."""

    TENANT = "tenant", "Everything in the company."
    DEPARTMENT = "department", "The people of one department and of those that are part of it."
    TEAM = "team", "The people of one team."
    REPORTS = "reports", "Whoever reports to the holder, directly or through others."
    SELF = "self", "The holder alone."


class UserRole(TenantOwned, Base):
    """One role that a user holds, and whose rows it reaches."""

    __tablename__ = "user_roles"
    __event__ = "user.role"
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (
        UniqueConstraint(
            *("tenant_id", "user_id", "role_id", "scope", "department_id", "team_id"),
            name="uq_user_roles_user_id",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("(scope = 'department') = (department_id is not null)", name="department_of_scope"),
        CheckConstraint("(scope = 'team') = (team_id is not null)", name="team_of_scope"),
    )

    user_id: Mapped[UUID] = ref("User", back="roles", on_delete="CASCADE", doc="The user.")
    role_id: Mapped[UUID] = ref("Role", back="users", on_delete="RESTRICT", doc="The role.")
    scope: Mapped[GrantScope] = column(set_by=SERVER, default=GrantScope.TENANT, doc="Whose rows it reaches.")
    department_id: Mapped[UUID | None] = ref("Department", set_by=SERVER, doc="The department, of such a scope.")
    team_id: Mapped[UUID | None] = ref("Team", set_by=SERVER, doc="The team, of such a scope.")


class TeamRole(Choice):
    """What somebody is in a team."""

    LEAD = "lead", "Leads the team."
    MEMBER = "member", "Works in the team."


class Team(TenantOwned, Base):
    """People who work together."""

    __tablename__ = "teams"
    __event__ = "team"
    __belongs__ = Belongs(("manager_id",), links=(Link("TeamMember", "team_id", "user_id"),))

    name: Mapped[str] = column(max_length=120, sorted_as_name=True, unique=True, doc="Name of the team; unique.")
    description: Mapped[str | None] = column(max_length=5000, doc="What the team does.")
    department: Mapped[str | None] = column(max_length=120, doc="Where the team belongs, in the company's own words.")
    manager_id: Mapped[UUID | None] = ref(
        "User", on_delete="SET NULL", create_only=False, doc="Who manages the team; a user of the company."
    )


class TeamMember(TenantOwned, Base):
    """Somebody in a team; a user is in a team once."""

    __tablename__ = "team_members"
    __event__ = "team.member"
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (UniqueConstraint("tenant_id", "team_id", "user_id", name="uq_team_members_team_id"),)

    team_id: Mapped[UUID] = ref("Team", back="members", on_delete="CASCADE", doc="The team.")
    user_id: Mapped[UUID] = ref("User", back="teams", on_delete="CASCADE", doc="The user.")
    role: Mapped[TeamRole] = column(default=TeamRole.MEMBER, doc="What the user is in the team.")


class RefreshToken(TenantOwned, Base):
    """One link of a chain of refresh tokens: each is used once, and replaced by the next of its family."""

    __tablename__ = "refresh_tokens"
    __event__ = "user.refresh_token"
    __table_args__ = (Index("ix_refresh_tokens_expires_at", "tenant_id", "expires_at"),)

    user_id: Mapped[UUID] = ref("User", on_delete="CASCADE", set_by=SERVER, doc="Whose session it continues.")
    family: Mapped[UUID] = column(set_by=SERVER, doc="The sign-in from which it descends; a family ends as one.")
    token_hash: Mapped[bytes] = column(
        set_by=SERVER, hidden=True, classified=Classification.SECRET, doc="SHA-256 of the token."
    )
    expires_at: Mapped[datetime] = column(set_by=SERVER, doc="From when on it is refused.")
    used_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was exchanged for the next one.")
    revoked_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When its family was ended.")


class ProofPurpose(Choice):
    """What a mailed link lets its receiver do."""

    RESET = "reset", "Choose a new password."
    INVITATION = "invitation", "Choose the first password, and so accept an invitation."


class PasswordReset(TenantOwned, Base):
    """A link that was mailed to a user, with which a password can be chosen once."""

    __tablename__ = "password_resets"
    __event__ = "user.password_reset"

    user_id: Mapped[UUID] = ref("User", on_delete="CASCADE", set_by=SERVER, doc="Whose password can be chosen.")
    purpose: Mapped[ProofPurpose] = column(set_by=SERVER, doc="What the link is for.")
    token_hash: Mapped[bytes] = column(
        set_by=SERVER, hidden=True, classified=Classification.SECRET, doc="SHA-256 of the token."
    )
    expires_at: Mapped[datetime] = column(set_by=SERVER, doc="From when on it is refused.")
    used_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was used.")
