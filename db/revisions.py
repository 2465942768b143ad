"""Writes a new revision from the difference between the models and the database, ready to be reviewed."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Final

from alembic import command
from alembic.script import Script
from sqlalchemy import Connection

from db.catalog.tables import SCHEMA
from db.identifiers import quoted
from db.migrate import owner_engine
from db.migrations.trees import Tree
from db.tenancy import TEMPLATE

DIGITS: Final = 4
LINE: Final = 120


class NothingToWrite(Exception):
    """The database is as the models say: there is no revision to write."""


async def new_revision(owner_url: str, message: str, *, tree: Tree, prefix: str, into: Path | None = None) -> Path:
    """Compare the models with the template (or the control plane), and write what leads from one to the other.

    The database must be at the head. Read what was written before it is committed: a renamed column, for example, looks
    like one that is gone and another that is new. `into` is another folder of the tree than its own.
    """
    engine = owner_engine(owner_url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_write, message, tree, prefix, into)
    finally:
        await engine.dispose()


def _write(connection: Connection, message: str, tree: Tree, prefix: str, into: Path | None) -> Path:
    if tree.name != SCHEMA:
        connection.exec_driver_sql(f"set search_path = {quoted(TEMPLATE)}")
        connection.dialect.default_schema_name = TEMPLATE
    config = tree.config(connection=connection, role_prefix=prefix)
    number = max((int(each.revision[1:]) for each in tree.scripts.walk_revisions()), default=0) + 1
    written = command.revision(
        config,
        message,
        autogenerate=True,
        rev_id=f"{tree.name[0]}{number:0{DIGITS}}",
        version_path=str(into or tree.folder / "versions"),
    )
    if not isinstance(written, Script):
        raise NothingToWrite(str(NothingToWrite.__doc__))
    path = Path(written.path)
    _import_names(path)
    _format(path)
    return path


def _import_names(path: Path) -> None:
    """Import from SQLAlchemy exactly the names that the revision uses."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    source = "".join(line for line in lines if not line.strip().startswith("# ###"))
    used = {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    names = sorted(used & set(vars(sys.modules["sqlalchemy"])))
    line = f"from sqlalchemy import {', '.join(names)}\n" if names else ""
    path.write_text(source.replace("from alembic import op\n", f"from alembic import op\n{line}", 1), "utf-8")


def _format(path: Path) -> None:
    """Format it as the rest is; a text that is still too long is left whole, as it is compared with the database's."""
    for arguments in (["format"], ["check", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *arguments, "--silent", str(path)], check=False)
    lines = path.read_text("utf-8").splitlines()
    excused = (f"{line}  # noqa: E501 - one text" if len(line) > LINE else line for line in lines)
    path.write_text("\n".join([*excused, ""]), "utf-8")
