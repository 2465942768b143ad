"""What the application is told when it runs over servers of a test, a proof or a benchmark."""

from pathlib import Path
from typing import Any, Final

from app import Wiring
from db.encryption import MasterKey

MASTER_KEY: Final = MasterKey(b"k" * 32)
PREFIX: Final = "workgraph"


def wiring_over(
    database_url: str,
    redis_url: str,
    folder: Path,
    *,
    host: str = "testserver",
    shows_graphiql: bool = False,
    **otherwise: Any,
) -> Wiring:
    """A wiring for one host, which keeps its files in the folder; all else is as in production, or said by name."""
    return Wiring(
        database_url=database_url,
        redis_url=redis_url,
        master_key=MASTER_KEY,
        role_prefix=PREFIX,
        public_url=f"http://{host}",
        own_hosts=frozenset({host}),
        default_slug=None,
        shows_graphiql=shows_graphiql,
        files=folder / "files",
        **otherwise,
    )
