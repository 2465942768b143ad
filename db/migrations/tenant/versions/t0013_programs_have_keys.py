"""API keys: with which programs of others run the documents of their client."""

from alembic import op
from sqlalchemy import (
    ARRAY,
    Column,
    DateTime,
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

revision: str = "t0013"
down_revision: str | None = "t0012"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        Column("client_id", Uuid(), nullable=False),
        Column("maker_id", Uuid(), nullable=False),
        Column("name", String(length=100), nullable=False),
        Column("prefix", String(length=40), nullable=False),
        Column("key_hash", LargeBinary(), nullable=False),
        Column("scopes", ARRAY(Text()), nullable=False),
        Column("allowed_ips", ARRAY(Text()), nullable=False),
        Column("rate_limit_per_min", Integer(), nullable=True),
        Column("expires_at", DateTime(timezone=True), nullable=True),
        Column("revoked_at", DateTime(timezone=True), nullable=True),
        Column("last_used_at", DateTime(timezone=True), nullable=True),
        Column("last_used_ip", String(length=45), nullable=True),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["api_clients.tenant_id", "api_clients.id"],
            name="fk_api_keys_client_id",
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "maker_id"],
            ["users.tenant_id", "users.id"],
            name="fk_api_keys_maker_id",
            ondelete="RESTRICT",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_api_keys")),
        UniqueConstraint("tenant_id", "prefix", name="uq_api_keys_prefix"),
    )
    raise_wall("api_keys")
    op.create_index("ix_api_keys_client_id", "api_keys", ["tenant_id", "client_id", "id"], unique=False)
    op.create_index("ix_api_keys_maker_id", "api_keys", ["tenant_id", "maker_id", "id"], unique=False)
