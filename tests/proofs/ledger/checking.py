"""What the database says at the end: rows, audit entries, events and their positions, held against each other."""

import asyncio
from collections import Counter
from typing import Any, Final
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models.log import AuditAction
from subscriptions.recorder import VERBS
from tests.proofs.ledger.places import Place
from tests.proofs.ledger.trial import Committed, Company, Event, Trial, Written
from tests.proofs.ledger.writing import ask, row_of

PATIENCE: Final = 60
LONGEST: Final = 180
"""Seconds after the last write: what a killed dispatcher had in hand is claimed by another after a minute."""

DELIVERIES: Final = "select status, count(*) from pool.webhook_deliveries group by 1"
WAITING: Final = "select count(*) from pool.event_outbox where position is null"
OUTBOX: Final = """
select tenant_id, position, message_id, type, subject_id, subject_version from pool.event_outbox
order by tenant_id, position
"""
GAPS: Final = """
select count(*) from (
  select tenant_id from pool.event_outbox group by tenant_id
  having count(*) <> max(position) or min(position) <> 1 or count(distinct position) <> count(*)
) uneven
"""
MADE: Final = "select name, id from pool.onboarding_flows where tenant_id = :tenant"
ENTRIES: Final = """
select entity_id, action, new_values ->> 'name' as mark from pool.audit_logs
where tenant_id = :tenant and entity_type = 'Flow'
"""
TOLD: Final = """
select subject_id, type, data -> 'changed' ->> 'name' as mark from pool.event_outbox
where tenant_id = :tenant and subject_type = 'Flow'
"""
AUDITED: Final = "select tenant_id, entity_type, entity_id, entity_version, action from pool.audit_logs"
EVENTS: Final = """
select tenant_id, subject_type, subject_id, subject_version, split_part(type, '.', -1) as verb from pool.event_outbox
where data ? 'changed'
"""
TRACES: Final = """
select count(*) from (
  select name as said from pool.onboarding_flows union all
  select old_values::text || new_values::text from pool.audit_logs union all
  select data::text from pool.event_outbox
) everything where said like '%never-%'
"""
MOVED: Final = """
select count(*) from pool.audit_logs where entity_type = 'Flow' and action = 'transition'
"""
VERIFY: Final = "{ verifyAudit { isIntact checked waiting firstBroken { position why } } }"


async def settled(place: Place) -> None:
    """Wait until every event has its position."""
    async with place.looking() as engine, asyncio.timeout(PATIENCE):
        waiting = 1
        while waiting:
            async with engine.connect() as connection:
                waiting = await connection.scalar(text(WAITING))
            await asyncio.sleep(0.2)


async def delivered(trial: Trial, place: Place) -> None:
    """Wait until nothing is under way to a webhook any more; nothing may have been given up."""
    statuses: dict[str, int] = {"pending": 1}
    async with place.looking() as engine, asyncio.timeout(LONGEST):
        while statuses.get("pending"):
            await asyncio.sleep(0.5)
            async with engine.connect() as connection:
                statuses = {str(status): int(count) for status, count in await connection.execute(text(DELIVERIES))}
    trial.expect(statuses.keys() <= {"succeeded"}, f"deliveries of webhooks at the end: {statuses}")
    trial.figures["deliveries of webhooks, each of which succeeded"] = f"{statuses.get('succeeded', 0):,}"


async def committed_in(place: Place) -> Committed:
    """Return the events of every company, in the order of its log."""
    found: dict[UUID, list[Event]] = {}
    async with place.looking() as engine, engine.connect() as connection:
        for tenant_id, *facts in await connection.execute(text(OUTBOX)):
            found.setdefault(_plain(tenant_id), []).append(_event(*facts))
    return found


def _event(position: int, name: str, kind: str, subject: Any, version: int) -> Event:
    return Event(position, name, kind, _plain(subject), version)


def _plain(found: Any) -> UUID:
    """The driver has a UUID of its own."""
    return UUID(str(found))


async def check(trial: Trial, place: Place, companies: list[Company]) -> None:
    """Hold everything that was written against everything that was acknowledged."""
    async with place.looking() as engine, engine.connect() as connection:
        gaps = await connection.scalar(text(GAPS))
        trial.expect(gaps == 0, f"{gaps} companies have a gap in the positions of their log")
        for company in companies:
            await _check_acknowledged(trial, connection, company)
        await _check_pairs(trial, connection)
        await _check_traces(trial, connection, companies)


async def _check_acknowledged(trial: Trial, connection: AsyncConnection, company: Company) -> None:
    """Each change that was acknowledged has one row, one audit entry and one event."""
    tenant = {"tenant": company.tenant_id}
    rows = Counter((_plain(row.id), row.name) for row in await connection.execute(text(MADE), tenant))
    known = Counter(row for row, _ in rows)
    entries = Counter(
        (_plain(row.entity_id), VERBS[AuditAction(row.action)], row.mark)
        for row in await connection.execute(text(ENTRIES), tenant)
    )
    told = Counter(
        (_plain(row.subject_id), row.type.rpartition(".")[2], row.mark)
        for row in await connection.execute(text(TOLD), tenant)
    )
    for written in company.written.values():
        wanted = (row_of(written.flow), written.verb, written.mark)
        found = (known[wanted[0]], entries[wanted], told[wanted])
        trial.expect(found == (1, 1, 1), f"{company.slug} {written.mark}: {found} rows, entries, events")
    made = {written.flow for written in company.written.values() if written.verb == "created"}
    trial.expect(len(known) == len(made) + 1, f"{company.slug} has {len(known)} flows, and made {len(made) + 1}")
    _check_last(trial, company, Counter(name for _, name in rows), entries)


def _check_last(trial: Trial, company: Company, names: Counter[str], entries: Counter[Any]) -> None:
    """What was written was acknowledged in the end: every writer went on until it was."""
    marks = {written.mark for written in company.written.values()}
    unknown = {mark for _, _, mark in entries} - marks - {"Shared"}
    trial.expect(not unknown, f"{company.slug} has changes that nobody was told of: {sorted(unknown)[:3]}")
    trial.expect(names.keys() <= marks | {"Shared"}, f"{company.slug} has a row that nobody wrote")


async def _check_pairs(trial: Trial, connection: AsyncConnection) -> None:
    """Each audit entry of a change has one event, and each event of a change one entry, of whichever type."""
    entries = Counter(
        (*map(str, row[:4]), VERBS[AuditAction(row.action)])
        for row in await connection.execute(text(AUDITED))
        if AuditAction(row.action) in VERBS
    )
    told = Counter((*map(str, row[:4]), row.verb) for row in await connection.execute(text(EVENTS)))
    trial.expect(entries == told, f"{sum(((entries - told) + (told - entries)).values())} entries or events are alone")
    trial.figures["audit entries, each with its one event"] = f"{entries.total():,}"


async def _check_traces(trial: Trial, connection: AsyncConnection, companies: list[Company]) -> None:
    traces, moved = await connection.scalar(text(TRACES)), await connection.scalar(text(MOVED))
    trial.expect(traces == 0, f"{traces} traces of what was tried only")
    trial.expect(moved == 0, f"{moved} flows were published past the guard")
    tried = sum(len(company.never) for company in companies)
    trial.figures["dry runs and refused changes, none with a trace"] = f"{tried:,}"


async def verify(trial: Trial, http: httpx.AsyncClient, company: Company) -> int:
    """Have the company's audit chain verified when nothing waits for its place; return its length."""
    signed = {"authorization": f"Bearer {company.token}"}
    async with asyncio.timeout(PATIENCE):
        while (found := (await ask(http, VERIFY, {}, **signed))["verifyAudit"])["waiting"]:
            await asyncio.sleep(0.5)
    trial.expect(found["isIntact"], f"the audit chain of {company.slug} is broken: {found['firstBroken']}")
    return int(found["checked"])


def latest(written: list[Written]) -> float:
    """When the last of some changes was acknowledged."""
    return max((each.at for each in written), default=0.0)
