"""Which types of events an endpoint has asked for, as a condition in SQL: the same for what is placed and replayed."""

from typing import Final

from sqlalchemy import TextClause, text

ENDPOINT: Final = "e"
EVENT: Final = "o"


def matches(events_sql: str, type_sql: str) -> str:
    """Say that one of some patterns takes a type: `*` takes all, `domain.*` those of a domain, any other only itself.

    Both arguments are expressions of SQL: an array of patterns, and a type.
    """
    return f"({events_sql} && array['*', {type_sql}, split_part({type_sql}, '.', 1) || '.*'])"


def asked_for() -> TextClause:
    """Say that an endpoint has asked for an event, where a statement calls them by `ENDPOINT` and `EVENT`."""
    return text(matches(f"{ENDPOINT}.events", f"{EVENT}.type"))
