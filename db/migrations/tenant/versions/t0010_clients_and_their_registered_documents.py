"""Clients and their registered documents."""

from alembic import op
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Enum,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    Uuid,
    text,
)

from db.migrations.operations import raise_wall

revision: str = "t0010"
down_revision: str | None = "t0009"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "api_clients",
        Column("name", String(length=100), nullable=False),
        Column(
            "kind",
            Enum("frontend", "partner", name="clientkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        Column("description", String(length=500), nullable=True),
        Column("locked", Boolean(), nullable=False),
        Column("registers_automatically", Boolean(), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_api_clients")),
        UniqueConstraint("tenant_id", "name", name="uq_api_clients_name"),
    )
    raise_wall("api_clients")
    op.create_table(
        "client_versions",
        Column("client_id", Uuid(), nullable=False),
        Column("name", String(length=60), nullable=False),
        Column(
            "status",
            Enum(
                "draft",
                "active",
                "retired",
                name="clientversionstatus",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
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
            name="fk_client_versions_client_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_client_versions")),
        UniqueConstraint("tenant_id", "client_id", "name", name="uq_client_versions_name"),
    )
    raise_wall("client_versions")
    op.create_index("ix_client_versions_client_id", "client_versions", ["tenant_id", "client_id", "id"], unique=False)
    op.create_table(
        "registered_documents",
        Column("client_version_id", Uuid(), nullable=False),
        Column("document_id", String(length=200), nullable=False),
        Column("hash", String(length=64), nullable=False),
        Column("text", String(length=100000), nullable=False),
        Column("operation_name", String(length=200), nullable=True),
        Column(
            "operation_kind",
            Enum(
                "query",
                "mutation",
                "subscription",
                name="operationkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), server_default=text("uuidv7()"), nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("created_by", Uuid(), nullable=True),
        Column("updated_by", Uuid(), nullable=True),
        Column("version", Integer(), server_default=text("1"), nullable=False),
        ForeignKeyConstraint(
            ["tenant_id", "client_version_id"],
            ["client_versions.tenant_id", "client_versions.id"],
            name="fk_registered_documents_client_version_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_registered_documents")),
        UniqueConstraint("tenant_id", "client_version_id", "document_id", name="uq_registered_documents_document_id"),
    )
    raise_wall("registered_documents")
    op.create_index(
        "ix_registered_documents_client_version_id",
        "registered_documents",
        ["tenant_id", "client_version_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_registered_documents_document_id", "registered_documents", ["tenant_id", "document_id"], unique=False
    )
    op.create_index("ix_registered_documents_hash", "registered_documents", ["tenant_id", "hash"], unique=False)
