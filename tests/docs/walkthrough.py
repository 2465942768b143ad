"""Runs in a copy that has the page's entity: asks its API as a person does, and looks at its table from below.

`python -m tests.docs.walkthrough DATA_FOLDER PAGE` prints what it found as JSON.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from app import connected, make_app
from cli.servers import servers
from cli.wiring import wired
from db.roles import DatabaseRole, url_as
from db.session import async_url
from settings import load_settings
from tests.docs.page import blocks_of
from tests.world import CompanyWorld, World, owner_engine

WALL = """
select relnamespace::regnamespace::text, relrowsecurity and relforcerowsecurity,
  (select string_agg(pg_get_expr(polqual, polrelid) || pg_get_expr(polwithcheck, polrelid), '') from pg_policy
   where polrelid = pg_class.oid),
  (select pg_get_constraintdef(oid) from pg_constraint where conrelid = pg_class.oid and contype = 'p')
from pg_class where relname = 'announcements' and relkind = 'r' order by 1
"""
COUNT = "select count(*) from pool.announcements"


async def main(data: Path, page: Path) -> dict[str, Any]:
    """Make two companies, let one announce something, and return what each of them and the database see."""
    settings = load_settings(data_dir=data)
    async with servers(settings) as addresses:
        wiring = wired(settings, addresses)
        owner = owner_engine(wiring.database_url)
        app_url = url_as(wiring.database_url, DatabaseRole.APP, prefix=wiring.role_prefix, master_key=wiring.master_key)
        below = create_async_engine(async_url(app_url))
        async with connected(wiring) as parts:
            app = make_app(wiring, parts)
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
                world = World(wiring, parts, app, owner, http)
                found = await look(world, below, page)
        await below.dispose()
        await owner.dispose()
        return found


async def look(world: World, below: AsyncEngine, page: Path) -> dict[str, Any]:
    """Do what the page does, then what it promises cannot be done."""
    mutation, query = [block.body for block in blocks_of(page) if block.kind == "graphql"]
    ours, others = await world.company(), await world.company()
    hr, stranger = await ours.person("HR"), await others.person("OWNER")
    flow = (await hr.do("createFlow", {"name": "Engineers", "durationDays": 30}, "flow { id }"))["flow"]["id"]
    answers = [(await hr.ask(mutation, {"flow": flow})).data, (await hr.ask(query)).data]
    announcement = (await hr.ask("{ announcements { nodes { id } } }")).data["announcements"]["nodes"][0]["id"]
    return {
        "answers": answers,
        "of_others": (await stranger.ask("{ announcements { totalCount } }")).data["announcements"]["totalCount"],
        "by_id": (await stranger.ask("query($id: ID!) { announcement(id: $id) { id } }", {"id": announcement})).data,
        "without_permission": (await (await ours.person("VIEWER")).ask("{ announcements { totalCount } }")).codes,
        "log": await log_of(ours),
        "wall": [list(row) for row in await ours.rows(WALL)],
        "rows_of_ours": await counted(below, ours),
        "rows_of_others": await counted(below, others),
        "rows_of_nobody": await counted(below, None),
    }


async def log_of(company: CompanyWorld) -> Sequence[str]:
    """Return the events about announcements, and the actions of their audit entries."""
    events = "select type from pool.event_outbox where tenant_id = :tenant and subject_type = 'Announcement'"
    audit = "select action from pool.audit_logs where tenant_id = :tenant and entity_type = 'Announcement'"
    return [row[0] for statement in (events, audit) for row in await company.rows(statement)]


async def counted(below: AsyncEngine, company: CompanyWorld | None) -> int | str:
    """Count the rows that the application's role sees; without a tenant there is an error, whose code is returned."""
    async with below.connect() as connection:
        try:
            if company:
                setting = {"tenant": str(company.tenant.id)}
                await connection.execute(text("select set_config('app.tenant_id', :tenant, true)"), setting)
            return int(await connection.scalar(text(COUNT)) or 0)
        except DBAPIError as error:
            return str(getattr(error.orig, "sqlstate", None))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))))
