"""A database of one's own at the newest revision, thrown away afterwards: what the models are compared with."""

import secrets
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from db.embedded import embedded_servers
from db.encryption import MasterKey
from db.migrate import migrate


@asynccontextmanager
async def scratch_database(prefix: str) -> AsyncGenerator[str]:
    """Start a server in a temporary folder, migrate its database, and give its owner's address."""
    with tempfile.TemporaryDirectory(prefix="workgraph-", ignore_cleanup_errors=True) as folder:
        async with embedded_servers(Path(folder), role_prefix=prefix, valkey=False) as servers:
            await migrate(servers.database_url, prefix=prefix, master_key=MasterKey(secrets.token_bytes(32)))
            yield servers.database_url
