"""Lines: where each user stands below others, and each department within others, so that "below" is told by the row.

Each row has a step, four bytes that no other row of its table has and that never change. Its line is the steps of all
rows above it, from the top. So the line of whoever is below somebody begins with that person's line and step. Users
also have the steps down to their department, itself the last, and tables of `CARRIED` the lines of the people whom
their rows name. Triggers keep all of it (`db.line_triggers`). The models do not map these columns, so that no answer,
event or entry of the audit trail has them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Identity,
    Integer,
    LargeBinary,
    Table,
    case,
    func,
    literal_column,
)

USERS: Final = "users"
DEPARTMENTS: Final = "departments"
CARRIED: Final[Mapping[str, Sequence[str]]] = {"new_hires": ("manager_id", "buddy_id", "hr_owner_id")}
"""Which references to users have the lines of those whom they name in the row."""

COVERED: Final[Mapping[str, str]] = {"new_hires": "ix_new_hires_manager_id"}
"""Which index of a table has its lines, too."""

STEP, LINE, DEPARTMENT_LINE = "step", "line", "department_line"


def lines_of(reference: str) -> tuple[str, str]:
    """Name the columns that carry the lines of whom a reference names: where they stand, and their department."""
    stem = reference.removesuffix("_id")
    return f"{stem}_{LINE}", f"{stem}_{DEPARTMENT_LINE}"


def line_columns(table: str) -> list[Column[Any]]:
    """Return the columns of a table that hold steps and lines."""
    names = {USERS: [LINE, DEPARTMENT_LINE], DEPARTMENTS: [LINE]}.get(table, [])
    names += [name for reference in CARRIED.get(table, ()) for name in lines_of(reference)]
    steps = [Column(STEP, Integer, Identity(always=True))] if table in {USERS, DEPARTMENTS} else []
    return [*steps, *(Column(name, LargeBinary) for name in names)]


def add_lines(table: Table, policy: Any) -> None:
    """Add the columns to a table, and to one of its indexes, so that rows are counted without looking at them."""
    columns = line_columns(table.name)
    for column in columns:
        column.info["policy"] = policy
        table.append_column(column)
    if table.name in COVERED:
        covering = next(index for index in table.indexes if index.name == COVERED[table.name])
        covering.dialect_options["postgresql"]["include"] = [column.name for column in columns if column.name != STEP]


def expected(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Have PostgreSQL plan a statement as if a condition held for all rows, so that it is planned as without.

    Of the condition it would expect the opposite, and read all rows where a page of them is asked for; of a number it
    expects that it is hardly ever 0.
    """
    no = literal_column("0", Integer)
    return case((condition, literal_column("1", Integer)), else_=no) != no


def steps_to(rows: Any) -> ColumnElement[bytes]:
    """Return the steps down to a row, with its own: what the line begins with of all that is below."""
    return rows.c[LINE].concat(func.int4send(rows.c[STEP]))


def begins_with(line: Any, steps: Any) -> ColumnElement[bool]:
    """Tell whether a line begins with some steps: all are of one length, so that none begins within another."""
    return func.position(steps.op("in")(line)) == literal_column("1")
