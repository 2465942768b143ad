"""The audit trail as a chain: each entry's hash covers the one before; entries say from where they came.

Entries that were written before get their places in the chain in the order of their writing.
"""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
)

from db.migrations.operations import lift_wall, raise_wall, restore_wall, widen_reach

revision: str = "t0004"
down_revision: str | None = "t0003"
branch_labels: str | None = None
depends_on: str | None = None


WAITING = "insert into audit_waiting (tenant_id, id) select tenant_id, id from audit_logs order by occurred_at, id"


def upgrade() -> None:
    op.create_table(
        "audit_chain",
        Column("position", BigInteger(), nullable=False),
        Column("prev_hash", LargeBinary(), nullable=False),
        Column("hash", LargeBinary(), nullable=False),
        Column("form", SmallInteger(), nullable=False),
        Column("chained_at", DateTime(timezone=True), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_chain")),
        UniqueConstraint("tenant_id", "position", name="uq_audit_chain_position"),
    )
    raise_wall("audit_chain")
    op.create_table(
        "audit_waiting",
        Column("sequence", BigInteger(), Identity(always=False), nullable=False),
        Column("tenant_id", Uuid(), nullable=False),
        Column("id", Uuid(), nullable=False),
        PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_audit_waiting")),
    )
    raise_wall("audit_waiting")
    op.create_index("ix_audit_waiting_sequence", "audit_waiting", ["sequence"], unique=False)
    op.add_column("audit_logs", Column("address", Text(), nullable=True))
    op.add_column("audit_logs", Column("user_agent", Text(), nullable=True))
    lift_wall("audit_logs", "audit_waiting")
    op.execute(WAITING)
    restore_wall("audit_logs", "audit_waiting")
    widen_reach("audit_logs")
