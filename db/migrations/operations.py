"""What a revision does beyond Alembic's own operations: after each new table, who may do what with it."""

from alembic import op

from db.catalog.grants import control_ddl
from db.identifiers import quoted
from db.line_triggers import lines_ddl
from db.tenancy import reach_ddl, schema_ddl, wall_ddl


def raise_wall(table: str) -> None:
    """Put the tenants' wall around a new table."""
    _execute(wall_ddl(table, _prefix()))


def widen_reach(table: str) -> None:
    """Let in the roles that have something to do in a table since this revision."""
    _execute(reach_ddl(table, _prefix()))


def keep_lines(table: str) -> None:
    """Have triggers keep the lines of a table."""
    _execute(lines_ddl(table))


def let_roles_in() -> None:
    """Let the roles that came with this revision into the schema that is being migrated."""
    schema = op.get_bind().exec_driver_sql("select current_schema()").scalar_one()
    _execute(schema_ddl(str(schema), _prefix()))


def let_control_in(table: str) -> None:
    """Let the control role use a new table of the control plane."""
    _execute(control_ddl(table, _prefix()))


def lift_wall(*tables: str) -> None:
    """Let the owner see the rows of every tenant until the wall is restored; nobody else sees the tables meanwhile.

    A change of data needs it, and so does a foreign key between tables that have rows: PostgreSQL checks them as the
    owner, and without a tenant the policies would refuse it.
    """
    _execute([f"alter table {quoted(table)} no force row level security" for table in tables])


def restore_wall(*tables: str) -> None:
    """Put the owner behind the wall again."""
    _execute([f"alter table {quoted(table)} force row level security" for table in tables])


def _prefix() -> str:
    return str(op.get_context().opts["role_prefix"])


def _execute(statements: list[str]) -> None:
    for statement in statements:
        op.execute(statement)
