"""Counts what an application sends to PostgreSQL: every statement of its pool, in order."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.world import CompanyWorld, World

KNOW_WHO_ASKS = 2
"""Name the tenant; read the user with their roles."""

NAME_THE_TENANT = 1
"""The answer's own transaction names the tenant before its first statement."""

OVERHEAD = KNOW_WHO_ASKS + NAME_THE_TENANT


@contextmanager
def listening(world: World, company: CompanyWorld) -> Generator[list[tuple[str, Any]]]:
    """Collect the statements, with parameters, that the application sends meanwhile; BEGIN and COMMIT are none."""
    engine = world.parts.database.engine(company.tenant.placement).sync_engine
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
