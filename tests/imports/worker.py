"""Another process that does the jobs of one import until it has ended, or until it is killed."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from app import connected
from db.catalog import find_tenant
from tests.wiring import wiring_over


async def work(database_url: str, redis_url: str, folder: str, tenant_id: str, import_id: str) -> None:
    async with connected(wiring_over(database_url, redis_url, Path(folder))) as parts:
        async with parts.catalog.connect() as connection:
            tenant = await find_tenant(connection, id=UUID(tenant_id))
        await parts.imports.run(tenant, {"import_id": import_id})


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
