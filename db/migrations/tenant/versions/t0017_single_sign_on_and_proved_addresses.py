"""Single sign-on by OpenID Connect, and links that prove addresses."""

from alembic import op
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from db.migrations.operations import raise_wall

revision: str = "t0017"
down_revision: str | None = "t0016"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "address_proofs",
        Column("user_id", Uuid(), nullable=False),
        Column("email", String(length=254), nullable=False),
        Column("token_hash", LargeBinary(), nullable=False),
        Column("token_version", Integer(), nullable=False),
        Column("session_id", Uuid(), nullable=True),
        Column("expires_at", DateTime(timezone=True), nullable=False),
        Column("used_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_address_proofs_user_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_address_proofs")),
    )
    raise_wall("address_proofs")
    op.create_index("ix_address_proofs_user_id", "address_proofs", ["tenant_id", "user_id", "id"], unique=False)
    op.create_index("ix_address_proofs_expires_at", "address_proofs", ["tenant_id", "expires_at"], unique=False)
    op.create_table(
        "sso_providers",
        Column("name", String(length=60), nullable=False),
        Column("issuer", String(length=500), nullable=False),
        Column("client_identifier", String(length=300), nullable=False),
        Column("client_secret", LargeBinary(), nullable=False),
        Column("scopes", ARRAY(Text()), nullable=False),
        Column("groups_claim", String(length=100), nullable=True),
        Column("domains", ARRAY(Text()), nullable=False),
        Column("just_in_time", Boolean(), nullable=False),
        Column("enforced", Boolean(), nullable=False),
        Column(
            "status",
            Enum("active", "paused", name="ssostatus", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sso_providers")),
        UniqueConstraint("tenant_id", "name", name="uq_sso_providers_name"),
    )
    raise_wall("sso_providers")
    op.create_table(
        "sso_codes",
        Column("provider_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("code_hash", LargeBinary(), nullable=False),
        Column("browser_hash", LargeBinary(), nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=False),
        Column("used_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "provider_id"],
            ["sso_providers.tenant_id", "sso_providers.id"],
            name="fk_sso_codes_provider_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_sso_codes_user_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sso_codes")),
    )
    raise_wall("sso_codes")
    op.create_index("ix_sso_codes_provider_id", "sso_codes", ["tenant_id", "provider_id", "id"], unique=False)
    op.create_index("ix_sso_codes_user_id", "sso_codes", ["tenant_id", "user_id", "id"], unique=False)
    op.create_index("ix_sso_codes_expires_at", "sso_codes", ["tenant_id", "expires_at"], unique=False)
    op.create_table(
        "sso_group_roles",
        Column("provider_id", Uuid(), nullable=False),
        Column("group_name", String(length=200), nullable=False),
        Column("role_id", Uuid(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "provider_id"],
            ["sso_providers.tenant_id", "sso_providers.id"],
            name="fk_sso_group_roles_provider_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["roles.tenant_id", "roles.id"],
            name="fk_sso_group_roles_role_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sso_group_roles")),
        UniqueConstraint("tenant_id", "provider_id", "group_name", "role_id", name="uq_sso_group_roles_group"),
    )
    raise_wall("sso_group_roles")
    op.create_index(
        "ix_sso_group_roles_provider_id", "sso_group_roles", ["tenant_id", "provider_id", "id"], unique=False
    )
    op.create_index("ix_sso_group_roles_role_id", "sso_group_roles", ["tenant_id", "role_id", "id"], unique=False)
    op.create_table(
        "sso_identities",
        Column("provider_id", Uuid(), nullable=False),
        Column("user_id", Uuid(), nullable=False),
        Column("subject", String(length=255), nullable=True),
        Column("last_used_at", DateTime(timezone=True), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "provider_id"],
            ["sso_providers.tenant_id", "sso_providers.id"],
            name="fk_sso_identities_provider_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["users.tenant_id", "users.id"],
            name="fk_sso_identities_user_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sso_identities")),
        UniqueConstraint("tenant_id", "provider_id", "subject", name="uq_sso_identities_subject"),
        UniqueConstraint("tenant_id", "provider_id", "user_id", name="uq_sso_identities_user_id"),
    )
    raise_wall("sso_identities")
    op.create_index("ix_sso_identities_provider_id", "sso_identities", ["tenant_id", "provider_id", "id"], unique=False)
    op.create_index("ix_sso_identities_user_id", "sso_identities", ["tenant_id", "user_id", "id"], unique=False)
    op.drop_constraint(op.f("ck_email_messages_mailtemplate"), "email_messages", type_="check")
    op.create_check_constraint(
        op.f("ck_email_messages_mailtemplate"),
        "email_messages",
        "template in ('invitation', 'reminder', 'welcome', 'completion', 'password_reset', 'user_invitation', "
        "'email_verification', 'email_change', 'email_change_notice', 'second_factor_reset', 'webhook_disabled', "
        "'api_key_expiring')",
    )
