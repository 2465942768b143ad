"""Counts what an application sends to PostgreSQL: every statement of its pools, in order."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from db.reads import LISTENERS, Sent
from tests.world import CompanyWorld, World

KNOW_WHO_ASKS = 1
"""Read the user with their roles, the tenant named in the same statement; kept for the requests that follow closely."""

ISLAND = "'{\""
"""What a statement has in it that writes JSON: the beginning of an object."""

NAMING = "select set_config("
"""How the statement begins by which a session's transaction names its tenant."""


def asked(seen: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return those statements of one request, with parameters, that read its answer, however their tenant was named."""
    return [each for each in seen if not each[0].startswith(NAMING)][KNOW_WHO_ASKS:]


def reads(seen: Sequence[tuple[str, Any]]) -> list[str]:
    """Return those statements of one request that read its answer."""
    return [statement for statement, _ in asked(seen)]


def islands(sent: Sequence[Sent]) -> list[str]:
    """Return those statements that write JSON."""
    return [each.text for each in sent if ISLAND in each.text]


@contextmanager
def listening(world: World, company: CompanyWorld) -> Generator[list[tuple[str, Any]]]:
    """Collect the statements, with parameters, that the application sends meanwhile; BEGIN and COMMIT are none.

    What is known of the company's people is forgotten first, so that the first request reads who asks.
    """
    engine = world.parts.database.engine(company.tenant.placement).sync_engine
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        seen.append((statement, parameters))

    def note_plain(sent: Sent) -> None:
        seen.append((sent.text, tuple(sent.values)))

    world.parts.identity.forget(company.tenant.placement)
    event.listen(engine, "before_cursor_execute", note)
    LISTENERS.append(note_plain)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
        LISTENERS.remove(note_plain)
