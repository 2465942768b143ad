"""Registered documents may have a method and a path."""

from alembic import op
from sqlalchemy import Column, Enum, String

revision: str = "t0012"
down_revision: str | None = "t0011"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.add_column(
        "registered_documents",
        Column(
            "rest_method",
            Enum(
                *("get", "post", "put", "patch", "delete"),
                name="restmethod",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
    )
    op.add_column("registered_documents", Column("rest_path", String(length=300), nullable=True))
    op.create_unique_constraint(
        "uq_registered_documents_rest_path",
        "registered_documents",
        ["tenant_id", "client_version_id", "rest_method", "rest_path"],
    )
    op.create_check_constraint(
        op.f("ck_registered_documents_rest"),
        "registered_documents",
        "(rest_method is null) = (rest_path is null)",
    )
