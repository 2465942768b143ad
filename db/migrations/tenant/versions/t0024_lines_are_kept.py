"""Users and departments have lines, which say below whom and in what they are."""

from alembic import op
from sqlalchemy import Column, Identity, Integer, LargeBinary

from db.migrations.operations import keep_lines, lift_wall, restore_wall

revision: str = "t0024"
down_revision: str | None = "t0023"
branch_labels: str | None = None
depends_on: str | None = None

TABLES = ("departments", "users", "new_hires")
PEOPLE = ("manager", "buddy", "hr_owner")
COVERED = [f"{name}_{line}" for name in PEOPLE for line in ("line", "department_line")]
PLACED = """
with recursive placed(tenant_id, id, line, step) as (
  select tenant_id, id, ''::bytea, step from {table} where {above} is null
  union all
  select r.tenant_id, r.id, p.line || int4send(p.step), r.step
  from placed p join {table} r on r.tenant_id = p.tenant_id and r.{above} = p.id
)
update {table} r set line = p.line from placed p where r.tenant_id = p.tenant_id and r.id = p.id"""
HOUSED = """
update users u set department_line = d.line || int4send(d.step)
from departments d where d.tenant_id = u.tenant_id and d.id = u.home_department_id"""
CARRIED = """
update new_hires h set {name}_line = u.line, {name}_department_line = u.department_line
from users u where u.tenant_id = h.tenant_id and u.id = h.{name}_id"""


def upgrade() -> None:
    op.add_column("departments", Column("step", Integer(), Identity(always=True), nullable=False))
    op.add_column("departments", Column("line", LargeBinary(), nullable=True))
    op.add_column("users", Column("step", Integer(), Identity(always=True), nullable=False))
    op.add_column("users", Column("line", LargeBinary(), nullable=True))
    op.add_column("users", Column("department_line", LargeBinary(), nullable=True))
    for name in PEOPLE:
        op.add_column("new_hires", Column(f"{name}_line", LargeBinary(), nullable=True))
        op.add_column("new_hires", Column(f"{name}_department_line", LargeBinary(), nullable=True))
    lift_wall(*TABLES)
    op.execute(PLACED.format(table="departments", above="parent_id"))
    op.execute(PLACED.format(table="users", above="manager_id"))
    op.execute(HOUSED)
    for name in PEOPLE:
        op.execute(CARRIED.format(name=name))
    restore_wall(*TABLES)
    op.drop_index("ix_new_hires_manager_id", "new_hires")
    op.create_index(
        "ix_new_hires_manager_id", "new_hires", ["tenant_id", "manager_id", "id"], postgresql_include=COVERED
    )
    for table in TABLES:
        keep_lines(table)
