"""A new hire with a link, put there as the operations of onboarding would."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from app import now
from auth.links import Purpose, hash_of, write
from auth.principal import Principal
from db.models import Flow, FlowRevision, NewHire, OnboardingInvitation
from resolvers.context import Asking, Context
from tests.world import Answer, CompanyWorld, Person


@dataclass(frozen=True)
class Invited:
    """A new hire, the invitation's row, and the token in the link."""

    id: UUID
    invitation_id: UUID
    token: str


async def an_invited_hire(company: CompanyWorld, **facts: Any) -> Invited:
    """Put a new hire with a live invitation into a company."""
    system = Asking(Principal("system", tenant_id=company.tenant.id), company.tenant, company.keyring, now(), "test")
    flow, row_id = Flow(id=uuid7(), name="Engineers", duration_days=30), uuid7()
    token = write(company.keyring, company.tenant.id, Purpose.ONBOARDING, row_id)
    revision = FlowRevision(
        id=uuid7(),
        flow_id=flow.id,
        number=1,
        name=flow.name,
        language="en",
        content={"stages": []},
        published_at=system.now,
    )
    hire = NewHire(
        id=uuid7(),
        flow_id=flow.id,
        revision_id=revision.id,
        email=f"grace-{row_id.hex[-6:]}@example.com",
        first_name="Grace",
        last_name="Hopper",
        **facts,
    )
    invitation = OnboardingInvitation(
        id=row_id,
        new_hire_id=hire.id,
        number=1,
        token_hash=hash_of(token),
        sent_at=system.now,
        expires_at=system.now + timedelta(days=30),
    )
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        context = Context(system, session, "test")
        for each in (flow, revision, hire, invitation):
            context.add(each)
            await context.flush()
    return Invited(hire.id, row_id, token)


async def with_token(company: CompanyWorld, token: str, query: str, **headers: str) -> Answer:
    """Ask with a token and no other word of the company."""
    person: Person = company.stranger()
    person.token = token
    return await person.ask(query, None, **headers)
