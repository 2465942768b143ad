"""Published flows, people who go through them, and their portals, for the tests of onboarding."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any, Final
from uuid import UUID

from sqlalchemy import event, select
from uuid_utils.compat import uuid7

from app import now
from auth.links import Purpose
from auth.links import write as token_for
from auth.principal import Principal
from auth.roles import NEW_HIRE
from db.models.onboarding import Flow, FlowRevision, FlowStatus, NewHire, OnboardingInvitation
from resolvers.context import Asking, Context
from schema.derive import ids
from tests.world import CompanyWorld, Person

NUMBERS: Final = count(1)
SESSION: Final = """
status: newHire { status startedAt completedAt }
progress { percentage blocksPct completedStages totalStages completedBlocks requiredBlocks }
canStart canComplete currentStage { id }
stages {
  id name position status opensOn dueOn completion { complete requiredBlocks completedBlocks missing }
  blocks {
    id type base title required displayOnly assignee mine status value errors { code path }
    reviewStatus reviewComment completedAt
  }
}
"""


def a_block(**facts: Any) -> dict[str, Any]:
    """A required text that the new hire writes, or whatever else is said of it."""
    kind = facts.get("type", "text_input")
    plain: dict[str, Any] = {
        "id": str(uuid7()),
        "type": kind,
        "base": kind,
        "title": f"Block {next(NUMBERS)}",
        "content": None,
        "config": {},
        "required": True,
        "display_only": kind in {"header", "description", "divider", "image", "video", "link"},
        "assignee": "new_hire",
        "estimated_minutes": 5,
        "condition": None,
        "maps_to": None,
        "value_schema": None,
    }
    return plain | facts


def a_stage(*blocks: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """A stage that opens after the one before, with blocks in their order."""
    plain: dict[str, Any] = {
        "id": str(uuid7()),
        "name": f"Stage {next(NUMBERS)}",
        "description": None,
        "type": "form",
        "available_offset_days": 0,
        "due_offset_days": None,
        "lock": "sequential",
        "visible_if": None,
    }
    return plain | facts | {"blocks": [{**block, "position": place} for place, block in enumerate(blocks)]}


@dataclass
class Published:
    """A flow that takes new hires, with the content of its revision."""

    company: CompanyWorld
    hr: Person
    row: UUID
    stages: Sequence[Mapping[str, Any]]
    hires: list[str] = field(default_factory=list[str])

    @property
    def id(self) -> str:
        return ids.encode("Flow", self.row)

    def stage(self, number: int) -> str:
        return ids.encode("Stage", UUID(self.stages[number]["id"]))

    def block(self, stage: int, number: int) -> str:
        return ids.encode("ContentBlock", UUID(self.stages[stage]["blocks"][number]["id"]))

    async def hire(self, **facts: Any) -> str:
        """Add a new hire, and return their id."""
        number = next(NUMBERS)
        given = {"flowId": self.id, "firstName": "John", "lastName": f"Doe {number}"}
        given["email"] = f"hire-{number}@example.com"
        payload = await self.hr.do("createNewHire", given | facts, "newHire { id }")
        assert payload["refusals"] == [], payload["refusals"]
        self.hires.append(payload["newHire"]["id"])
        return payload["newHire"]["id"]

    async def invited(self, **facts: Any) -> tuple[str, Person]:
        """Add and invite a new hire; return their id and their portal."""
        hire = await self.hire(**facts)
        assert await codes(self.hr, "sendInvitation", id=hire) == []
        return hire, await portal(self.company, hire)

    async def begun(self, **facts: Any) -> tuple[str, Person]:
        """Add a new hire who has begun; return their id and their portal."""
        hire, person = await self.invited(**facts)
        assert await codes(person, "startOnboarding") == []
        return hire, person


async def a_flow(company: CompanyWorld, *stages: dict[str, Any], **facts: Any) -> Published:
    """Put a published flow into a company, as publishing leaves it."""
    placed = [{**stage, "position": place} for place, stage in enumerate(stages)]
    flow = Flow(id=uuid7(), name="Engineers", duration_days=30, status=FlowStatus.PUBLISHED, **facts)
    async with acting(company) as context:
        context.add(flow)
        await context.flush()
        context.add(
            FlowRevision(
                id=uuid7(),
                flow_id=flow.id,
                number=1,
                name=flow.name,
                language="en",
                published_at=context.now,
                content={"stages": placed},
            )
        )
    return Published(company, await company.person("HR"), flow.id, placed)


@asynccontextmanager
async def acting(company: CompanyWorld, *, at: datetime | None = None) -> AsyncGenerator[Context]:
    """Work in a transaction of the company as the system does, and keep what was done."""
    principal = Principal("system", tenant_id=company.tenant.id)
    asking = Asking(principal, company.tenant, company.keyring, at or now(), "test")
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        context = Context(asking, session, "test")
        yield context
        await context.flush()


def row_of(text: str) -> UUID:
    """Return the row that a public id names."""
    named = ids.decode(text)
    assert named is not None
    return named.row_id


async def invitations(company: CompanyWorld, hire: str) -> Sequence[OnboardingInvitation]:
    """Return the invitations of a new hire, the first one first."""
    async with company.world.parts.database.reading(company.tenant.placement) as session:
        mine = select(OnboardingInvitation).where(OnboardingInvitation.new_hire_id == row_of(hire))
        return await session.scalars(mine.order_by(OnboardingInvitation.number))


def token_of(company: CompanyWorld, invitation: OnboardingInvitation) -> str:
    """Return the token that is in the mail of an invitation."""
    return token_for(company.keyring, company.tenant.id, Purpose.ONBOARDING, invitation.id)


async def portal(company: CompanyWorld, hire: str) -> Person:
    """Return a new hire with the link that was mailed to them last."""
    *_, newest = await invitations(company, hire)
    principal = Principal("new_hire", row_of(hire), company.tenant.id, NEW_HIRE, "hire")
    asking = Asking(principal, company.tenant, company.keyring, now(), "test")
    return Person(company.world.http, token_of(company, newest), asking, company.tenant.slug)


async def codes(person: Person, mutation: str, **given: Any) -> list[str]:
    """Run a mutation, and return the codes of its refusals."""
    return [refusal["code"] for refusal in (await person.do(mutation, given))["refusals"]]


async def session(person: Person) -> dict[str, Any]:
    """Return what a new hire's portal shows."""
    return (await person.ask(f"{{ onboardingSession {{ {SESSION} }} }}")).data["onboardingSession"]


async def complete(person: Person, block: str, value: Any = None) -> list[str]:
    """Complete a block, and return the codes of the refusals."""
    return await codes(person, "completeContentBlock", contentBlockId=block, value=value)


async def change(company: CompanyWorld, hire: str, **values: Any) -> None:
    """Set what only time would: when somebody was invited, began, was last seen."""
    async with acting(company) as context:
        row = await context.one(NewHire, row_of(hire))
        for name, value in values.items():
            setattr(row, name, value)


async def told(company: CompanyWorld, hire: str, *, named: str = "onboarding.%") -> list[tuple[str, dict[str, Any]]]:
    """Return the named events about a new hire, in their order."""
    rows = await company.rows(
        "select type, data from pool.event_outbox where tenant_id = :tenant and subject_type = 'NewHire'"
        " and subject_id = :hire and type like :named and type not like 'onboarding.new_hire.%' order by id",
        hire=row_of(hire),
        named=named,
    )
    return [(row.type, row.data) for row in rows]


@asynccontextmanager
async def counted(company: CompanyWorld) -> AsyncGenerator[list[str]]:
    """Note every statement that is sent meanwhile."""
    sent: list[str] = []
    engine = company.world.parts.database.engine(company.tenant.placement).sync_engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(" ".join(statement.split()[:3]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def asked_by(person: Person, **facts: Any) -> Person:
    """The same person, at another moment."""
    return replace(person, asking=replace(person.asking, **facts))
