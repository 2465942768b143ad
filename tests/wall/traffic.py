"""Many requests of several companies at once over a small pool: everybody gets their own, whatever the others do."""

import asyncio
from collections.abc import Awaitable, Sequence
from random import Random
from typing import Any
from uuid import uuid4

from tests.wall.graph import Document
from tests.wall.parties import TABLES, Party, made
from tests.wall.reading import answers, every_question, lasting_text
from tests.wall.tally import Tally
from tests.wall.traces import Traces

AT_ONCE = 15
"""So many requests are under way at once, half as many again as the pool has connections; the others wait.

Not so many that the last of them waits longer for a connection than a request may.
"""


async def all_at_once(tasks: Sequence[Awaitable[None]]) -> None:
    """Run everything interleaved, within the bound."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(task: Awaitable[None]) -> None:
        async with turns:
            await task

    await asyncio.gather(*map(in_turn, tasks))


async def mixed_reads(parties: Sequence[Party], *, of: int, rounds: int = 1) -> Tally:
    """Ask for every company what it was answered when it asked alone, all of it at once in a random order."""
    tally, asked = Tally(), list[tuple[Party, Document, str]]()
    for party, other in zip(parties, [*parties[1:], parties[0]], strict=True):
        questions = every_question(party, other.mark, of=of, at_once=1)
        alone = await answers(party.person, questions)
        asked += [(party, *each) for each in zip(questions, alone, strict=True)] * rounds
    Random(len(asked)).shuffle(asked)
    await all_at_once([_ask_again(tally, *each) for each in asked])
    return tally


async def _ask_again(tally: Tally, party: Party, question: Document, alone: str) -> None:
    answer = await party.person.ask(*question)
    tally.same(lasting_text(answer.response.text), alone, f"{party.mark} asks {question}")
    tally.check(not answer.errors, f"{answer.errors} for {party.mark}, which asks {question}")


async def mixed_writes(parties: Sequence[Party], *, writers: int) -> Tally:
    """Let every company write, with the same idempotency keys, all at once; then look where everything went."""
    storm, tally = f"storm {uuid4().hex[:6]}", Tally()
    traces = {party.mark: Traces(party.mark, (await party.traces()).ids) for party in parties}
    write = [
        _write(tally, party, f"{storm} {number}", [each for each in traces.values() if each.mark != party.mark])
        for number in range(writers)
        for party in parties
    ]
    await all_at_once(write)
    for party in parties:
        await _look(tally, party, storm, writers)
    await _keep_apart(tally, parties)
    return tally


async def _write(tally: Tally, party: Party, name: str, others: Sequence[Traces]) -> None:
    """Write a flow with all that belongs to it, through its whole life, and read it back."""
    given = {"name": f"{party.mark} {name}", "durationDays": 7, "idempotencyKey": name}
    flow, again = await asyncio.gather(*(made(party.person, "createFlow", given) for _ in range(2)))
    tally.same(flow, again, "one key, one flow")
    stage = await made(party.person, "addStage", {"flowId": flow, "name": f"{party.mark} {name}"})
    block = {"stageId": stage, "type": "text_input", "content": f"{party.mark} {name}"}
    blocks = [await made(party.person, "addContentBlock", block) for _ in range(2)]
    await party.person.do("reorderContentBlocks", {"id": stage, "ids": blocks[::-1]})
    await made(party.person, "updateFlow", {"id": flow, "description": f"{party.mark} {name}", "expectedVersion": 1})
    for step in ("publishFlow", "editFlow", "publishFlow", "archiveFlow"):
        await made(party.person, step, {"id": flow})
    await _read_back(tally, party, flow, others)


async def _read_back(tally: Tally, party: Party, flow: str, others: Sequence[Traces]) -> None:
    document = (
        f'{{ flow(id: "{flow}") {{ name description stages {{ totalCount nodes {{ name contentBlocks '
        "{ totalCount nodes { id content } } } } } flows { totalCount nodes { id name description } } "
        "contentBlocks(last: 50) { nodes { id content } } }"
    )
    answer = await party.person.ask(document)
    tally.same(answer.errors, [], f"errors of {party.mark}")
    tally.same(answer.data["flow"]["stages"]["nodes"][0]["contentBlocks"]["totalCount"], 2, "the blocks of a flow")
    for other in others:
        tally.check(not other.found_in(answer.response.text), f"{other.mark} shown to {party.mark}")


async def _look(tally: Tally, party: Party, storm: str, writers: int) -> None:
    """What was written is there once, and so are the key, the audit entry and the event of each."""
    named = f"'{party.mark} {storm} %'"
    for table, condition in {
        "onboarding_flows": f"name like {named} and description = name and status = 'archived'",
        "stages": f"name like {named}",
        "idempotency_keys": f"key like '{storm} %'",
        "audit_logs": f"operation = 'create_flow' and new_values ->> 'name' like {named}",
        "event_outbox": f"type = 'onboarding.flow.created' and data::text like '%{party.mark} {storm} %'",
    }.items():
        [(count,)] = await party.rows(
            f"select count(*) from {{schema}}.{table} where tenant_id = :tenant and {condition}"
        )
        tally.same(count, writers, f"{table} of {party.mark}")


async def _keep_apart(tally: Tally, parties: Sequence[Party]) -> None:
    """No row of anybody holds the mark of another or was written for another's request, by another's person."""
    requests: dict[str, str] = {}
    for party in parties:
        for other in parties:
            if other is not party:
                tally.same(await rows_with(party, other.mark), 0, f"rows of {party.mark} with {other.mark}")
        logged: list[Any] = []
        for column, table in (("request_id", "audit_logs"), ("correlation_id", "event_outbox")):
            logged += await party.rows(
                f"select distinct {column}, actor_id from {{schema}}.{table} where tenant_id = :tenant"
                " and actor_type = 'user'"
            )
        own = set(party.samples["User"])
        tally.check(all(actor in own for _, actor in logged), f"a stranger acted in {party.mark}")
        tally.check(all(requests.setdefault(each, party.mark) == party.mark for each, _ in logged), "a shared request")


async def rows_with(party: Party, mark: str) -> int:
    """The number of a company's rows that hold a mark anywhere."""
    each = " union all ".join(
        f"select count(*) as n from {{schema}}.{table} t where tenant_id = :tenant and t::text like '%{mark}%'"
        for table in TABLES
    )
    [(count,)] = await party.rows(f"select sum(n) from ({each}) counts")
    return int(count)
