"""Who writes: at a steady rate, each command under a key, sent again to either server until one of them answers it.

Three writers of each company change one flow at once, and make and change flows of their own. Now and then one tries
what must leave no trace: a dry run, a change of a version that is gone, a value that is refused, a step that is barred.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

import httpx

from schema.derive import ids
from tests.proofs.ledger.trial import Company, Trial, Written

PASSWORD: Final = "correct horse battery staple"
PASSING: Final = frozenset({"UNAVAILABLE", "TIMEOUT", "INTERNAL"})
WRITERS: Final = 3
"""Writers of each company."""

NUMBERS: Final = count(1)


class Unanswered(Exception):
    """A server went away, or was not ready: the command is sent again."""


async def ask(http: httpx.AsyncClient, query: str, given: dict[str, Any], **headers: str) -> Any:
    """Send one request; a fault and a lost connection are the same to who waits."""
    try:
        answer = await http.post("/graphql", json={"query": query, "variables": given}, headers=headers)
        body = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unanswered from error
    if body.get("errors"):
        if body["errors"][0]["extensions"]["code"] in PASSING:
            raise Unanswered
        raise RuntimeError(str(body["errors"][0]))
    return body["data"]


async def do(http: httpx.AsyncClient, name: str, given: dict[str, Any], fields: str = "", **headers: str) -> Any:
    """Run one mutation."""
    pascal = name[0].upper() + name[1:]
    query = f"mutation($input: {pascal}Input!) {{ {name}(input: $input) {{ {fields} refusals {{ code }} }} }}"
    return (await ask(http, query, {"input": given}, **headers))[name]


async def a_company(http: httpx.AsyncClient, number: int) -> Company:
    """Register a company, sign its owner in, and make the flow that everybody there changes."""
    slug = f"proof-{number}"
    named = {"x-workgraph-tenant": slug}
    company = {"name": slug.title(), "slug": slug, "firstName": "Olive", "lastName": "Owner"}
    credentials = {"email": f"owner@{slug}.example", "password": PASSWORD}
    made = await do(http, "registerCompany", company | credentials)
    assert made["refusals"] == [], made
    signed_in = await do(http, "login", credentials, "session { accessToken }", **named)
    token = signed_in["session"]["accessToken"]
    signed = {"authorization": f"Bearer {token}"}
    flow = await do(http, "createFlow", {"name": "Shared", "durationDays": 30}, "flow { id }", **signed)
    return Company(slug, UUID(int=0), token, flow["flow"]["id"])


@dataclass
class Writer:
    """One writer of one company."""

    trial: Trial
    company: Company
    servers: Sequence[httpx.AsyncClient]
    waits: list[float] = field(default_factory=list[float])
    own: str = ""

    async def run(self, every: float, stop: asyncio.Event) -> None:
        """Write until told to stop, one command after the other; one that is late is followed at once."""
        turn, due = random.randrange(len(STEPS)), time.monotonic() + random.uniform(0, every)
        while not stop.is_set():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due = max(due + every, time.monotonic() - every)
            await STEPS[turn % len(STEPS)](self)
            turn += 1

    async def create(self) -> None:
        """Make a flow, which is this writer's own from then on."""
        mark = f"made-{next(NUMBERS)}"
        payload = await self.surely("createFlow", {"name": mark, "durationDays": 30}, "flow { id }")
        self.trial.expect(payload["refusals"] == [], f"not made: {payload}")
        self.own = payload["flow"]["id"]
        self._note(mark, "created", self.own)

    async def change_shared(self) -> None:
        """Change the flow that the others change too."""
        await self._change(self.company.shared)

    async def change_own(self) -> None:
        """Change the flow that was made last."""
        await self._change(self.own or self.company.shared)

    async def _change(self, flow: str) -> None:
        mark = f"changed-{next(NUMBERS)}"
        payload = await self.surely("updateFlow", {"id": flow, "name": mark})
        self.trial.expect(payload["refusals"] == [], f"not changed: {payload}")
        self._note(mark, "updated", flow)

    async def try_dry(self) -> None:
        """Ask what would be."""
        payload = await self.surely("createFlow", {"name": self._never(), "durationDays": 30, "dryRun": True})
        self.trial.expect(payload["refusals"] == [], f"a dry run was refused: {payload}")

    async def try_old(self) -> None:
        """Change a version that is gone."""
        given = {"id": self.company.shared, "name": self._never(), "expectedVersion": 1_000_000}
        await self._refused("updateFlow", given, "VERSION_CONFLICT")

    async def try_wrong(self) -> None:
        """Make what is refused."""
        await self._refused("createFlow", {"name": self._never(), "durationDays": 0}, "INVALID_INPUT")

    async def try_barred(self) -> None:
        """Publish a flow that has no stage."""
        await self._refused("publishFlow", {"id": self.company.shared}, "EMPTY_FLOW")

    async def _refused(self, name: str, given: dict[str, Any], code: str) -> None:
        codes = [refusal["code"] for refusal in (await self.surely(name, given))["refusals"]]
        self.trial.expect(codes == [code], f"{name}: {codes} instead of {code}")

    def _never(self) -> str:
        mark = f"never-{next(NUMBERS)}-"
        self.company.never.add(mark)
        return mark

    def _note(self, mark: str, verb: str, flow: str) -> None:
        self.company.written[mark] = Written(mark, verb, flow, time.time(), self.trial.phase)

    async def surely(self, name: str, given: dict[str, Any], fields: str = "") -> Any:
        """Send a command until it is answered, always under the same key, to one server after the other."""
        keyed, began = {**given, "idempotencyKey": str(uuid4())}, time.perf_counter()
        first = random.randrange(len(self.servers))
        for attempt in count(first):
            try:
                signed = {"authorization": f"Bearer {self.company.token}"}
                payload = await do(self.servers[attempt % len(self.servers)], name, keyed, fields, **signed)
            except Unanswered:
                self.trial.lost += 1
                await asyncio.sleep(random.uniform(0.05, 0.2))
            else:
                self.waits.append(time.perf_counter() - began)
                return payload
        raise AssertionError


STEPS: Final = (
    Writer.create,
    Writer.change_shared,
    Writer.change_own,
    Writer.try_dry,
    Writer.change_shared,
    Writer.try_old,
    Writer.change_shared,
    Writer.try_wrong,
    Writer.change_own,
    Writer.try_barred,
)


def row_of(flow: str) -> UUID:
    """Read the row's id out of the API's."""
    row = ids.row_of(flow, "Flow")
    assert row
    return row


@asynccontextmanager
async def writing(
    trial: Trial, companies: Sequence[Company], urls: Sequence[str], rate: float
) -> AsyncGenerator[Sequence[Writer]]:
    """Let everybody write for as long as the block lasts; what is under way at its end is still acknowledged."""
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=32)
        clients = [httpx.AsyncClient(base_url=url, timeout=15, limits=limits) for url in urls]
        servers = [await stack.enter_async_context(client) for client in clients]
        writers = [Writer(trial, company, servers) for company in companies for _ in range(WRITERS)]
        running = [asyncio.create_task(each.run(len(writers) / rate, stop)) for each in writers]
        try:
            yield writers
        finally:
            stop.set()
            await asyncio.gather(*running)
