"""What the caller is told of an error: a code, a message that may be shown, and nothing of the inside.

A fault that nobody declared is a bug: it is logged with an incident id, and the id is all that the caller gets.
"""

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import uuid4

import structlog
from graphql import GraphQLError
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError

from db.away import is_away, sqlstate_of
from db.reads import OUTDATED as READ_OUTDATED
from resolvers.barred import Barred
from schema.derive.names import camel

LOG: Final = structlog.get_logger("workgraph.faults")
CANCELLED: Final = "57014"
TOO_LONG: Final = "This took too long and was stopped."
CONTENDED: Final = frozenset({"40P01", "40001"})
OUTDATED: Final = (AsyncAdapt_asyncpg_dbapi.InvalidCachedStatementError, READ_OUTDATED)
INPUT_PATH: Final = re.compile(
    r"(?:Variable '\$(?P<variable>\w+)'|Argument '[^(]*\((?P<argument>\w+):\)') [^:]*?(?: at (?P<path>[^:]*))?:"
)


class DeadlinePassed(Exception):
    """An operation took longer than it may."""


def shown(errors: Sequence[GraphQLError]) -> list[dict[str, Any]]:
    """Return errors as the response holds them."""
    return [_shown(error) for error in errors]


def is_request_error(error: GraphQLError) -> bool:
    """Tell whether an error arose before anything was executed: the document or its variables are wrong."""
    return error.path is None


def _shown(error: GraphQLError) -> dict[str, Any]:
    entry: dict[str, Any] = {"message": error.message}
    if error.locations:
        entry["locations"] = [{"line": each.line, "column": each.column} for each in error.locations]
    if error.path:
        entry["path"] = error.path
    original = cause_of(error)
    if isinstance(original, Barred):
        entry["extensions"] = _barred(original)
    elif _about_literal(error) or (original is None and (is_request_error(error) or _about_argument(error))):
        entry["extensions"] = {"code": "BAD_USER_INPUT", **_input_path(error.message)}
    elif isinstance(original, RecursionError):
        entry |= {"message": "This nests too deeply.", "extensions": {"code": "BAD_USER_INPUT"}}
    else:
        entry |= _fault(original or error)
    return entry


def cause_of(error: GraphQLError) -> BaseException | None:
    """Return what an error of graphql-core stands for; nothing, where it is its own."""
    original = error.original_error
    while isinstance(original, GraphQLError):
        original = original.original_error
    return original


def _about_argument(error: GraphQLError) -> bool:
    """Tell whether graphql-core refused an argument while it executed, as it does for a variable left out."""
    return error.message.startswith("Argument ")


def _about_literal(error: GraphQLError) -> bool:
    """Tell whether validation refused a value written into the document, as a number of too many digits to be read."""
    return is_request_error(error) and error.message.startswith("Expected value of type ")


def _barred(barred: Barred) -> dict[str, Any]:
    extensions: dict[str, Any] = {"code": barred.code, **{camel(name): value for name, value in barred.data.items()}}
    if barred.path:
        extensions["inputPath"] = [str(each) if isinstance(each, int) else camel(each) for each in barred.path]
    return extensions


def _input_path(message: str) -> dict[str, Any]:
    """Say where in the variables a value is wrong: graphql-core writes it into its message."""
    found = INPUT_PATH.match(message)
    if not found:
        return {}
    below = re.findall(r"\w+", found["path"] or "")
    return {"inputPath": [found["variable"] or found["argument"], *below]}


def _fault(error: BaseException) -> dict[str, Any]:
    """Log a fault, and answer with its incident id; say whether trying again can help."""
    incident = uuid4().hex
    if isinstance(error, DeadlinePassed):
        LOG.warning("too slow", incident=incident)
        return _masked(TOO_LONG, "TIMEOUT", incident)
    LOG.error("fault", incident=incident, exc_info=error)
    if sqlstate_of(error) == CANCELLED:
        return _masked(TOO_LONG, "TIMEOUT", incident)
    if is_away(error) or may_pass(error):
        return _masked("The service cannot answer at the moment; try again.", "UNAVAILABLE", incident)
    return _masked("Something went wrong on our side; it was recorded.", "INTERNAL", incident)


def may_pass(error: BaseException | None) -> bool:
    """Tell whether the same transaction may succeed when it is run again.

    PostgreSQL broke a deadlock, or a conflict of snapshots, at its expense; or a migration changed a table under a
    statement that was prepared before.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, OUTDATED) or sqlstate_of(cause) in CONTENDED


def _masked(message: str, code: str, incident: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code, "incidentId": incident}}
