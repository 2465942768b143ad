"""Two companies whose rows have the same ids: whatever is remembered by an id alone gives the one's to the other."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from uuid_utils.compat import uuid7

from app import now
from auth.tokens import AccessTokens
from db.models import Company, ContentBlock, Flow, Role, Stage, User, UserRole
from schema.derive import ids
from tests.wall.parties import Party, a_mark, looked_at
from tests.wall.tally import Tally
from tests.world import CompanyWorld, Person, World

DEEP = """
query($flow: ID!, $stage: ID!, $block: ID!) {
  company { name } node(id: $flow) { ... on Flow { name } } nodes(ids: [$stage, $block]) { id ... on Stage { name } }
  flow(id: $flow) { name stages { edges { cursor node { name flow { name } contentBlocks { nodes { content } } } } } }
  contentBlock(id: $block) { content stage { name flow { name } } }
}
"""
TEXTS = 10
"""So many texts of a company are in the answer."""
EMAIL = "ada@twins.example"
STAMP = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Twins:
    """The ids that both companies' rows have, of one row of each kind; and who acts, under one id, in each."""

    one: Party
    other: Party
    rows: dict[str, UUID]

    def id(self, name: str) -> str:
        """The public id of the row of a type, of which there is one in each company."""
        return ids.encode(name, self.rows[name])


async def the_twins(world: World, *, own_schema: bool = False) -> Twins:
    """Make two companies with the same ids throughout, each with its own mark in every text."""
    rows = {name: uuid7() for name in ("Company", "Flow", "Stage", "ContentBlock", "User")}
    one = await _a_twin(world, rows, own_schema=False)
    return Twins(one, await _a_twin(world, rows, own_schema=own_schema), rows)


async def ask_both(twins: Twins, *, rounds: int) -> Tally:
    """Ask for the same ids in both companies at once; each is answered as when it asks alone, with its own texts."""
    given = {"flow": twins.id("Flow"), "stage": twins.id("Stage"), "block": twins.id("ContentBlock")}
    tally, parties = Tally(), (twins.one, twins.other)
    alone = [(await party.person.ask(DEEP, given)).response.text for party in parties]
    for text, own, other in zip(alone, parties, reversed(parties), strict=True):
        tally.same(text.count(own.mark), TEXTS, f"the texts of {own.mark}")
        tally.same(text.count(other.mark), 0, f"the texts of {other.mark} shown to {own.mark}")
    answers = await asyncio.gather(*(party.person.ask(DEEP, given) for _ in range(rounds) for party in parties))
    for answer, expected in zip(answers, alone * rounds, strict=True):
        tally.same(answer.response.text, expected, "the same ids asked for by both")
    return tally


async def _a_twin(world: World, rows: dict[str, UUID], *, own_schema: bool) -> Party:
    mark = a_mark()
    company = await world.company(f"{mark}-co", own_schema=own_schema)
    async with world.parts.database.transacting(company.tenant.placement) as session:
        [owner] = await session.scalars(select(Role.id).where(Role.name == "OWNER"))
        await session.execute(delete(Company))
        for model, values in _values(rows, mark, owner, await world.password_hash()).items():
            stamped = {"tenant_id": company.tenant.id, "created_at": STAMP, "updated_at": STAMP, **values}
            await session.execute(insert(model).values(stamped))
    return await looked_at(Party(company, _signed_in(company, rows["User"]), mark, {}, {}))


def _values(rows: dict[str, UUID], mark: str, owner: UUID, password_hash: str) -> dict[Any, dict[str, Any]]:
    place = {"position": 0}
    return {
        Company: {"id": rows["Company"], "name": mark},
        User: {
            "id": rows["User"],
            "email": EMAIL,
            "first_name": mark,
            "last_name": mark,
            "password_hash": password_hash,
        },
        UserRole: {"id": uuid7(), "user_id": rows["User"], "role_id": owner},
        Flow: {"id": rows["Flow"], "name": mark, "duration_days": 7},
        Stage: {"id": rows["Stage"], "flow_id": rows["Flow"], "name": mark, **place},
        ContentBlock: {
            "id": rows["ContentBlock"],
            "stage_id": rows["Stage"],
            "type": "text_input",
            "content": mark,
            **place,
        },
    }


def _signed_in(company: CompanyWorld, user: UUID) -> Person:
    tokens = AccessTokens(company.world.wiring.master_key, clock=now)
    issued = tokens.issue(user_id=user, tenant_id=company.tenant.id, token_version=1)
    return Person(company.world.http, issued.text, company.stranger().asking, company.tenant.slug)
