"""The server that is written by hand: one statement for each question, whose JSON PostgreSQL builds.

    python -m benchmarks.peering.by_hand DATABASE_URL MASTER_KEY CONNECTIONS

It is what the others are held against, so it does nothing that it need not: the token's signature is verified, the
statement names the tenant within itself, and what PostgreSQL says is the answer. The pool does not reset connections:
no statement leaves anything behind.
"""

import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg  # pyright: ignore[reportMissingTypeStubs] - it has none
import orjson
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from auth.tokens import AccessTokens, TokenInvalid
from benchmarks.peering.queries import FLAT_PAGES, ONE, PAGE
from db.encryption import MasterKey

NONE: Final = UUID(int=0)
NAMED: Final = "tenant.named is not null"
BLOCKS: Final = f"""
select coalesce(json_agg(row_to_json(block)), '[]') from (
  select id, type, position, content, required from pool.content_blocks
  where {NAMED} and stage_id = stages.id order by position) block"""
STAGES: Final = f"""
select coalesce(json_agg(row_to_json(stage)), '[]') from (
  select id, name, type, position, ({BLOCKS}) as "contentBlocks" from pool.stages
  where {NAMED} and flow_id = flows.id order by position) stage"""


def _page(place: int) -> str:
    return f"""'p{place}', (select json_agg(row_to_json(block)) from (
      select id, type, position, content, required, updated_at as "updatedAt" from pool.content_blocks
      where {NAMED} and id > ${place + 2} order by id limit {PAGE}) block)"""


ANSWERS: Final = {
    ONE: f"""json_build_object('one', (select row_to_json(flow) from (
      select id, name, description, status, duration_days as "durationDays", revision, updated_at as "updatedAt"
      from pool.onboarding_flows where {NAMED} and id = $2) flow))""",
    "flow": f"""json_build_object('flow', (select row_to_json(flow) from (
      select id, name, status, ({STAGES}) as stages
      from pool.onboarding_flows flows where {NAMED} and id = $2) flow))""",
    "flows": f"""json_build_object('flows', (select json_agg(row_to_json(flow)) from (
      select id, name, status, ({STAGES}) as stages
      from pool.onboarding_flows flows where {NAMED} order by id limit 20) flow))""",
    "hires": f"""json_build_object('hires', (select json_agg(row_to_json(hire)) from (
      select hires.*, counts.* from (
        select id, first_name as "firstName", last_name as "lastName", email, status
        from pool.new_hires where {NAMED} order by id limit 100) hires
      cross join lateral (
        select count(*) filter (where status = 'pending') as pending,
          count(*) filter (where status = 'in_progress') as "inProgress",
          count(*) filter (where status = 'completed') as completed
        from pool.progress where {NAMED} and new_hire_id = hires.id) counts) hire))""",
    "flat": f"json_build_object({', '.join(map(_page, range(FLAT_PAGES)))})",
}
STATEMENTS: Final[Mapping[str, str]] = {
    name: f"""with tenant as materialized (select set_config('app.tenant_id', $1, true) as named)
    select ({answer})::text from tenant"""
    for name, answer in ANSWERS.items()
}


class Connection(asyncpg.Connection):
    """A connection that is not reset when it is given back."""

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - what asyncpg calls it with
        """Leave everything as it is: it is as it was."""


def values_of(asked: Mapping[str, Any]) -> list[UUID]:
    """Return the values of a statement, after its tenant, from the variables that came."""
    return [UUID(each) if each else NONE for each in asked.values()]


def answering(pool: Any, tokens: AccessTokens, statement: str) -> Callable[[Request], Awaitable[Response]]:
    """Answer one of the questions."""

    async def respond(http: Request) -> Response:
        try:
            token = tokens.read(http.headers["authorization"].removeprefix("Bearer "))
        except TokenInvalid:
            return Response(b"{}", status_code=401, media_type="application/json")
        values = values_of(orjson.loads(await http.body()))
        async with pool.acquire() as connection:
            text: str = await connection.fetchval(statement, str(token.tenant_id), *values)
        return Response(f'{{"data":{text}}}', media_type="application/json")

    return respond


def clock() -> datetime:
    """Tell the time, in UTC."""
    return datetime.now(UTC)


async def run(database_url: str, master_key: str, connections: str) -> None:
    """Serve until killed."""
    size, tokens = int(connections), AccessTokens(MasterKey(bytes.fromhex(master_key)), clock=clock)
    async with asyncpg.create_pool(  # pyright: ignore[reportUnknownMemberType] - asyncpg leaves it untyped
        database_url, min_size=size, max_size=size, connection_class=Connection, max_inactive_connection_lifetime=0
    ) as pool:
        routes = [
            Route(f"/{name}", answering(pool, tokens, statement), methods=["POST"])
            for name, statement in STATEMENTS.items()
        ]
        config = uvicorn.Config(
            Starlette(routes=routes),
            loop="none",
            http="httptools",
            lifespan="off",
            access_log=False,
            log_level="warning",
        )
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            sock.listen(1024)
            print(sock.getsockname()[1], flush=True)
            await uvicorn.Server(config).serve([sock])


if __name__ == "__main__":
    uvloop.run(run(*sys.argv[1:]))
