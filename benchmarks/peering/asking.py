"""What each server is asked: the same rows, named by its own ids and between its own cursors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final
from uuid import UUID

import httpx
import orjson
from sqlalchemy import text

from benchmarks.peering.queries import (
    BUDGETED,
    BY_HAND,
    DOCUMENTS,
    FLAT_PAGES,
    GENEROUS,
    LARGE,
    LARGE_PAGES,
    ONE,
    PAGE,
    POSTGRAPHILE,
    REFERENCE,
    WALKS,
    WORKGRAPH,
)
from benchmarks.stage import Process, Stage
from resolvers.ids import encode

OURS: Final = (REFERENCE, WORKGRAPH, GENEROUS, BUDGETED)
HEADERS: Final[Mapping[str, Mapping[str, str]]] = {REFERENCE: {"X-Workgraph-Engine": "reference"}}
PATIENCE: Final = 300.0


@dataclass(frozen=True)
class Question:
    """A request as it is sent: where to, and what."""

    path: str
    body: str
    headers: Mapping[str, str]


@dataclass
class Server:
    """One of the servers: its process, where it listens, and what it is asked."""

    name: str
    process: Process
    port: int
    token: str = field(repr=False)
    questions: dict[str, Question] = field(default_factory=dict[str, Question])

    async def send(self, question: Question, token: str) -> httpx.Response:
        """Ask once, with some token."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE) as http:
            known = {"content-type": "application/json", "accept": "application/json", **question.headers}
            headers = {**known, "authorization": f"Bearer {token}"}
            return await http.post(question.path, content=question.body.encode(), headers=headers)

    async def sees_with(self, token: str) -> bool:
        """Tell whether the one object is shown to whoever has this token."""
        response = await self.send(self.questions[ONE], token)
        is_json = response.headers.get("content-type", "").startswith("application/")
        data = orjson.loads(response.content).get("data") if is_json else None
        return bool(data and data.get(ONE))

    async def answer(self, question: Question) -> tuple[bytes, Any]:
        """Ask once; return the text that came, and what it says."""
        response = await self.send(question, self.token)
        said = orjson.loads(response.content)
        if not response.is_success or "errors" in said:
            raise RuntimeError(f"{self.name} does not answer: {response.text[:2000]}")
        return response.content, said["data"]

    def question(self, name: str, variables: Mapping[str, Any]) -> Question:
        """Say it in this server's words."""
        if self.name == BY_HAND:
            return Question(f"/{name}", orjson.dumps(variables).decode(), {})
        return self.asked(DOCUMENTS[self.name][name], variables)

    def asked(self, document: str, variables: Mapping[str, Any]) -> Question:
        """Ask a document."""
        body = orjson.dumps({"query": document, "variables": variables}).decode()
        return Question("/graphql", body, HEADERS.get(self.name, {}))


@dataclass(frozen=True)
class Rows:
    """Which rows are asked for: a flow, the one of many stages, and the last row of each page of blocks but one."""

    tenant: str
    flow: UUID
    largest: UUID
    ends: Sequence[str]


async def rows_of(stage: Stage) -> Rows:
    """Look which rows there are."""
    async with stage.world.owner.begin() as connection:
        tenant = str(stage.company.tenant.id)
        await connection.execute(text("select set_config('app.tenant_id', :tenant, true)"), {"tenant": tenant})
        flows = (await connection.scalars(text("select id from pool.onboarding_flows order by id"))).all()
        blocks = (await connection.scalars(text("select id from pool.content_blocks order by id"))).all()
    return Rows(tenant, flows[3], flows[-1], [str(each) for each in blocks[PAGE - 1 :: PAGE]][: LARGE_PAGES - 1])


async def prepare(server: Server, rows: Rows) -> None:
    """Write what this server is asked, with its own ids and cursors."""
    ends = await cursors(server, len(rows.ends)) if server.name in WALKS else rows.ends
    after = {f"c{place}": end for place, end in enumerate([None, *ends])}
    by_id = {"id": encode("Flow", rows.flow) if server.name in OURS else str(rows.flow)}
    if server.name == POSTGRAPHILE:
        by_id["tenant"] = rows.tenant
    pages = dict(islice(after.items(), FLAT_PAGES))
    variables: dict[str, Mapping[str, Any]] = {ONE: by_id, "flow": by_id, "flows": {}, "hires": {}, "flat": pages}
    if server.name in OURS:
        variables[LARGE] = after
    server.questions = {name: server.question(name, each) for name, each in variables.items()}


async def check_doors(server: Server, foreign: str) -> None:
    """See that a forged token shows nothing, and another company's neither: or the server does less than the others.

    PostGraphile writes the refusal to its log.
    """
    head, payload, signature = server.token.split(".")
    forged = f"{head}.{payload}.{signature[::-1][1:]}A"
    if not await server.sees_with(server.token) or await server.sees_with(forged) or await server.sees_with(foreign):
        raise RuntimeError(f"{server.name} does not keep others out.")


async def cursors(server: Server, number: int) -> list[str]:
    """Walk through the pages of blocks, and return the cursor at the end of each."""
    found: list[str] = []
    for _ in range(number):
        variables = {"c": found[-1]} if found else {}
        _, said = await server.answer(server.asked(WALKS[server.name], variables))
        found.append(said["page"]["pageInfo"]["endCursor"])
    return found
