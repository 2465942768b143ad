"""Turns what PostgreSQL refused into the refusal that it means, by the name of the constraint.

Under row-level security the server leaves the details out of its messages, so the name is all there is; names follow
`db.base.NAMING`.
"""

from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy.exc import IntegrityError

from resolvers.refusals import AlreadyExists, InUse, InvalidInput, NotFound, Overlaps, Refused


def refusal_of(error: IntegrityError, written: AbstractSet[str]) -> Refused | None:
    """Return the refusal that a violated constraint means, or None where it can only be a bug.

    `written` names the tables that the transaction wrote rows into: a foreign key of such a table was given an id that
    does not exist; of any other table, it still refers to a row that was to be deleted.
    """
    cause: Any = error.orig.__cause__ if error.orig else None
    name, table = getattr(cause, "constraint_name", None), getattr(cause, "table_name", None)
    if not name or not table:
        return None
    kind, column = name.split("_", 1)[0], name.removeprefix(f"{name.split('_', 1)[0]}_{table}_")
    if kind == "uq":
        return AlreadyExists(f"Another one has this {column.replace('_', ' ')}.", path=(column,))
    if kind == "ex":
        return Overlaps("It covers what another one covers already.", path=(column,))
    if kind == "fk" and table in written:
        return NotFound("There is no such object.", path=(column,))
    if kind == "fk":
        return InUse(f"It is still in use by {table.replace('_', ' ')}.")
    return (
        InvalidInput("The value breaks a rule of its field.", path=(column.rsplit("_", 1)[0],))
        if kind == "ck"
        else None
    )
