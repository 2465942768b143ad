"""What an error of the database says: that PostgreSQL is not there, or why it did not do what it was asked.

While it stops, is away and starts again it says so in many ways: connections are refused, cut, or not taken yet; what
was under way on a connection fails, and so does everything behind it in the same transaction.
"""

import socket
from typing import Final

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
from sqlalchemy.exc import DBAPIError, InterfaceError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

GONE: Final = (
    PoolTimeout,
    InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
    socket.gaierror,
)
STATES: Final = ("08", "53", "57P")
"""Beginnings of SQLSTATE: the connection failed, there is no room for it, the server stops or starts."""

BEHIND_A_CUT: Final = "8s2b"
"""SQLAlchemy's code for a statement in a transaction whose connection was lost before."""


def is_away(error: BaseException) -> bool:
    """Tell whether an error says that the database could not be reached, or not any more."""
    if isinstance(error, GONE) or (isinstance(error, PendingRollbackError) and error.code == BEHIND_A_CUT):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return (sqlstate_of(error) or "").startswith(STATES)


def sqlstate_of(error: BaseException | None) -> str | None:
    """Return PostgreSQL's code of an error, also where SQLAlchemy has wrapped it; None where it is not of it."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    return state if isinstance(state, str) else None
