"""Two hundred new hires go through their onboarding while the server is killed with SIGKILL and started again.

Each person sends every command with an idempotency key and, when the connection is lost, sends the same one again, as
the portal does. What the server acknowledged is noted here. While they are at it and at the end the database is looked
at: every acknowledged completion is there, each has one row and one event, and no stage is complete that should not be.
One block of each person is completed twice at the same moment: one of the two succeeds, and tells one event.

    ./workgraph prove portal
    python -m tests.proofs.portal --people 20 --kills 1
"""

import argparse
import asyncio
import os
import random
import re
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from db.embedded import running_servers
from db.session import async_url
from schema.derive import ids
from tests.proofs.concluding import conclude

ROOT: Final = Path(__file__).parents[2]
PASSWORD: Final = "correct horse battery staple"
TOKEN: Final = re.compile(r"#(wgh_[\w-]+)")
STAGES: Final = 4
BLOCKS: Final = (
    ("header", "Welcome", {}, None),
    ("text_input", "Your name", {"max_length": 60}, "Ada Lovelace"),
    ("select", "Your size", {"options": [{"value": "m", "label": "M"}, {"value": "l", "label": "L"}]}, "m"),
    ("checklist", "Before you start", {"items": [{"id": "a", "label": "Read"}]}, {"checked": ["a"]}),
)
ANSWERS: Final = {kind: answer for kind, _, _, answer in BLOCKS}
SESSION: Final = "{ onboardingSession { canComplete stages { id status blocks { id type status } } } }"

# What must never be so, at any moment.
WRONG_STAGES: Final = """
select count(*) from pool.stage_progress s where s.completed_at is not null and exists (
  select from pool.progress p where p.tenant_id = s.tenant_id and p.new_hire_id = s.new_hire_id
    and p.stage_id = s.stage_id and p.required and p.live and p.status <> 'completed')
"""
UNFINISHED: Final = """
select count(*) from pool.stage_progress s where s.completed_at is null and not exists (
  select from pool.progress p where p.tenant_id = s.tenant_id and p.new_hire_id = s.new_hire_id
    and p.stage_id = s.stage_id and p.required and p.live and p.status <> 'completed')
"""
WRONG_HIRES: Final = """
select count(*) from pool.new_hires h where h.status = 'completed' and exists (
  select from pool.stage_progress s where s.tenant_id = h.tenant_id and s.new_hire_id = h.id
    and s.visible and s.completed_at is null)
"""
TOLD: Final = """
select subject_id, data ->> 'content_block_id', count(*) from pool.event_outbox
where type = 'onboarding.block.completed' group by 1, 2
"""
DONE: Final = (
    "select new_hire_id, content_block_id, count(*) from pool.progress where status = 'completed' group by 1, 2"
)
COUNTED: Final = (
    "select count(*), count(distinct (subject_id, data ->> 'stage_id')) from pool.event_outbox where type = :type"
)


@dataclass
class Trial:
    """One trial: where the server is, what was acknowledged, and what was seen to be wrong."""

    folder: Path
    port: int
    people: int
    acknowledged: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    twice: int = 0
    lost: int = 0
    waits: list[float] = field(default_factory=list[float])
    wrong: list[str] = field(default_factory=list[str])
    figures: dict[str, str] = field(default_factory=dict[str, str])
    process: asyncio.subprocess.Process | None = None

    def expect(self, holds: object, otherwise: str) -> None:
        if not holds:
            self.wrong.append(otherwise)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Unanswered(Exception):
    """The server went away, or was not ready: the command is sent again."""


async def prove(people: int, kills: int) -> Trial:
    with tempfile.TemporaryDirectory(prefix="workgraph-proof-") as parent:
        Path(parent).chmod(0o755)
        trial = Trial(Path(parent) / "data", a_free_port(), people)
        try:
            await start(trial)
            async with httpx.AsyncClient(
                base_url=trial.url, timeout=30, limits=httpx.Limits(max_connections=64)
            ) as http:
                tokens = await invited(trial, http)
                await go_through(trial, http, tokens, kills)
                await look(trial, at_the_end=True)
        finally:
            await stop(trial)
    return trial


def a_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


async def start(trial: Trial) -> None:
    """Start the server as a user does, and wait until it is ready."""
    trial.process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "serve", "--no-demo", "--port", str(trial.port)),
        *("--data-dir", str(trial.folder)),
        cwd=ROOT,
        env={**os.environ, "WORKGRAPH_LOG_LEVEL": "error"},
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with httpx.AsyncClient(base_url=trial.url) as http:
        for _ in range(300):
            try:
                if (await http.get("/readyz")).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.2)
    message = "the server did not become ready within a minute"
    raise RuntimeError(message)


async def stop(trial: Trial) -> None:
    if trial.process and trial.process.returncode is None:
        trial.process.send_signal(signal.SIGINT)
        await asyncio.wait_for(trial.process.wait(), 15)


async def ask(http: httpx.AsyncClient, token: str | None, query: str, given: dict[str, Any] | None = None) -> Any:
    """Send one request; a fault and a lost connection are the same to who waits."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        answer = await http.post("/graphql", json={"query": query, "variables": given or {}}, headers=headers)
        body = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unanswered from error
    if body.get("errors"):
        if body["errors"][0]["extensions"]["code"] in {"UNAVAILABLE", "TIMEOUT", "INTERNAL"}:
            raise Unanswered
        raise RuntimeError(str(body["errors"][0]))
    return body["data"]


async def do(http: httpx.AsyncClient, token: str | None, name: str, given: dict[str, Any], fields: str = "") -> Any:
    pascal = name[0].upper() + name[1:]
    query = f"mutation($input: {pascal}Input!) {{ {name}(input: $input) {{ {fields} refusals {{ code message }} }} }}"
    return (await ask(http, token, query, {"input": given}))[name]


async def surely(trial: Trial, http: httpx.AsyncClient, token: str, name: str, given: dict[str, Any]) -> list[str]:
    """Send a command until it is answered, always under the same key; return the codes of its refusals."""
    keyed, began = {**given, "idempotencyKey": str(uuid4())}, time.perf_counter()
    while True:
        try:
            payload = await do(http, token, name, keyed)
        except Unanswered:
            trial.lost += 1
            await asyncio.sleep(random.uniform(0.1, 0.5))
        else:
            trial.waits.append(time.perf_counter() - began)
            return [refusal["code"] for refusal in payload["refusals"]]


async def invited(trial: Trial, http: httpx.AsyncClient) -> list[str]:
    """Register a company, publish a flow, invite everyone, and read their tokens from the mails."""
    owner = await an_owner(http)
    flow = await a_flow(http, owner)
    for number in range(trial.people):
        hire = {"flowId": flow, "email": f"hire{number}@example.com", "firstName": "Hire", "lastName": str(number)}
        made = await do(http, owner, "createNewHire", hire, "newHire { id }")
        sent = await do(http, owner, "sendInvitation", {"id": made["newHire"]["id"]})
        trial.expect(sent["refusals"] == [], f"not invited: {sent['refusals']}")
    return await tokens_in_mails(trial)


async def an_owner(http: httpx.AsyncClient) -> str:
    company = {"name": "Proof", "slug": "proof", "firstName": "Olive", "lastName": "Owner"}
    credentials = {"email": "owner@proof.example", "password": PASSWORD}
    made = await do(http, None, "registerCompany", company | credentials)
    assert made["refusals"] == [], made
    http.headers["x-workgraph-tenant"] = "proof"
    signed_in = await do(http, None, "login", credentials, "session { accessToken }")
    return signed_in["session"]["accessToken"]


async def a_flow(http: httpx.AsyncClient, owner: str) -> str:
    made = await do(http, owner, "createFlow", {"name": "Everyone", "durationDays": 30}, "flow { id }")
    flow = made["flow"]["id"]
    for number in range(STAGES):
        added = await do(http, owner, "addStage", {"flowId": flow, "name": f"Stage {number}"}, "stage { id }")
        for kind, content, config, _ in BLOCKS:
            block = {"stageId": added["stage"]["id"], "type": kind, "content": content, "config": config}
            refused = (await do(http, owner, "addContentBlock", block))["refusals"]
            assert refused == [], refused
    published = await do(http, owner, "publishFlow", {"id": flow})
    assert published["refusals"] == [], published
    return flow


async def tokens_in_mails(trial: Trial) -> list[str]:
    """Wait until every invitation lies in the folder of mails."""
    mails: list[Path] = []
    for _ in range(600):
        mails = list((trial.folder / "mails").rglob("*.eml"))
        if len(mails) >= trial.people:
            return sorted({token for mail in mails for token in tokens_of(mail)})
        await asyncio.sleep(0.2)
    message = f"only {len(mails)} of {trial.people} mails came"
    raise RuntimeError(message)


def tokens_of(mail: Path) -> list[str]:
    body = message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("plain",))
    return TOKEN.findall(body.get_content()) if body else []


async def go_through(trial: Trial, http: httpx.AsyncClient, tokens: Sequence[str], kills: int) -> None:
    """Let everyone go through their onboarding at once, and kill the server meanwhile."""
    trial.expect(len(tokens) == trial.people, f"{len(tokens)} tokens for {trial.people} people")
    began = time.perf_counter()
    people = asyncio.gather(*(one_person(trial, http, token) for token in tokens))
    killing = asyncio.create_task(kill_and_start(trial, kills))
    await people
    killing.cancel()
    trial.figures["people at once"] = str(trial.people)
    trial.figures["seconds until everyone was done"] = f"{time.perf_counter() - began:.1f}"


async def kill_and_start(trial: Trial, kills: int) -> None:
    """Kill when a share of all completions has been acknowledged, so that each kill finds people at work."""
    in_all = trial.people * STAGES * len(BLOCKS)
    for number in range(1, kills + 1):
        while len(trial.acknowledged) < in_all * number / (kills + 1):
            await asyncio.sleep(0.05)
        assert trial.process is not None
        trial.process.kill()
        await trial.process.wait()
        trial.figures["killed with SIGKILL and started again"] = str(number)
        await start(trial)
        await look(trial, at_the_end=False)


async def one_person(trial: Trial, http: httpx.AsyncClient, token: str) -> None:
    """Go through all stages as the portal does, from the first page to the last."""
    started = await surely(trial, http, token, "startOnboarding", {})
    trial.expect(started == [], f"not started: {started}")
    hire = (await session(trial, http, token, "{ viewer { newHireId } }"))["viewer"]["newHireId"]
    for stage in (await session(trial, http, token, SESSION))["onboardingSession"]["stages"]:
        await one_stage(trial, http, token, hire, stage)
    refused = await surely(trial, http, token, "completeOnboarding", {})
    trial.expect(refused == [], f"not completed: {refused}")


async def session(trial: Trial, http: httpx.AsyncClient, token: str, query: str) -> Any:
    while True:
        try:
            return await ask(http, token, query)
        except Unanswered:
            trial.lost += 1
            await asyncio.sleep(0.3)


async def one_stage(trial: Trial, http: httpx.AsyncClient, token: str, hire: str, stage: dict[str, Any]) -> None:
    for place, block in enumerate(stage["blocks"]):
        given = {"contentBlockId": block["id"], "value": ANSWERS[block["type"]]}
        at_once = 2 if place == 1 else 1
        answers = await asyncio.gather(
            *(surely(trial, http, token, "completeContentBlock", given) for _ in range(at_once))
        )
        trial.expect(sorted(answers) == [[], ["ILLEGAL_TRANSITION"]][:at_once], f"{block['type']}: {answers}")
        trial.acknowledged.add((hire, block["id"]))
        trial.twice += at_once - 1
    refused = await surely(trial, http, token, "completeStage", {"stageId": stage["id"]})
    trial.expect(refused == [], f"stage: {refused}")


@asynccontextmanager
async def looking(trial: Trial) -> AsyncGenerator[AsyncEngine]:
    """Connect to the server's own database as its superuser, who sees every row."""
    servers = await running_servers(trial.folder)
    assert servers is not None
    database = servers.database_url.rpartition("/")[2]
    url = async_url(f"{servers.superuser_url.rpartition('/')[0]}/{database}")
    engine = create_async_engine(url, isolation_level="REPEATABLE READ")  # all that is compared is of one moment
    try:
        yield engine
    finally:
        await engine.dispose()


async def look(trial: Trial, *, at_the_end: bool) -> None:
    """See whether what was acknowledged is there, once, and nothing is that should not be."""
    noted = set(trial.acknowledged)
    async with looking(trial) as engine, engine.connect() as connection:
        done = {key(row): row[2] for row in await connection.execute(text(DONE))}
        told = {key(row): row[2] for row in await connection.execute(text(TOLD))}
        stages = await connection.scalar(text(WRONG_STAGES))
        hires = await connection.scalar(text(WRONG_HIRES))
        if at_the_end:
            await count(trial, connection)
    trial.expect(noted <= done.keys(), f"{len(noted - done.keys())} acknowledged completions are lost")
    trial.expect(set(done.values()) <= {1}, "a block has more than one row")
    trial.expect(told.keys() == done.keys() and set(told.values()) <= {1}, "a completion has not exactly one event")
    trial.expect(stages == 0, f"{stages} stages are complete that should not be")
    trial.expect(hires == 0, f"{hires} people are done who should not be")


def key(row: Any) -> tuple[str, str]:
    """Name a completion as the API does."""
    return ids.encode("NewHire", row[0]), ids.encode("ContentBlock", type(row[0])(str(row[1])))


async def count(trial: Trial, connection: Any) -> None:
    unfinished = await connection.scalar(text(UNFINISHED))
    trial.expect(unfinished == 0, f"{unfinished} stages are not complete that should be")
    in_all = trial.people * STAGES * len(BLOCKS)
    trial.expect(len(trial.acknowledged) == in_all, f"{len(trial.acknowledged)} of {in_all} were acknowledged")
    for event, expected in (
        ("onboarding.stage.completed", trial.people * STAGES),
        ("onboarding.completed", trial.people),
    ):
        row = (await connection.execute(text(COUNTED), {"type": event})).one()
        trial.expect(row[0] == expected, f"{row[0]} events {event} instead of {expected}")
    trial.figures["completions acknowledged, each with one row and one event"] = f"{in_all:,}"
    trial.figures["completed twice at the same moment, one succeeded"] = f"{trial.twice:,}"
    trial.figures["requests that the kills cost, sent again"] = f"{trial.lost:,}"
    waits = sorted(trial.waits)
    trial.figures["a command, kills included"] = (
        f"{1000 * statistics.median(waits):.0f} ms in the middle, {waits[int(len(waits) * 0.99)]:.1f} s at the 99th"
    )


def main(arguments: Sequence[str] = ()) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200, help="new hires at once")
    parser.add_argument("--kills", type=int, default=3, help="how often the server is killed")
    given = parser.parse_args(arguments)
    trial = asyncio.run(prove(given.people, given.kills))
    return conclude(trial.figures, trial.wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
