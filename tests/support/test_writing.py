"""Writing in a user's stead: refused in a session that reads, and for ever what nobody does for somebody else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from app import now
from db.base import snake
from resolvers.identity import Visitor
from resolvers.support.acts import ENDING, MAY, NEVER
from schema.answering import Engine, asked_of
from schema.execute.errors import shown
from tests.schema.asking import request_for, root_fields
from tests.support.builders import Colleague, Session, codes_of, sessions_of, trail_of
from tests.world import CompanyWorld, Person


@dataclass
class Asking:
    """Who acts for somebody, asking one engine or the other."""

    company: CompanyWorld
    session: Session
    engine: Engine

    async def codes(self, name: str) -> list[Any]:
        """Ask for one mutation, and return the codes of the errors."""
        answering = self.company.world.parts.answering()
        asking = await answering.identity.asking(Visitor("testserver", None, self.session.person.token, "test"))
        query, variables = request_for("Mutation", name)
        asked = asked_of({"query": query, "variables": variables})
        answered = await answering.answer(asking, asked, engine=self.engine)
        return [error["extensions"]["code"] for error in shown(answered.errors)]


RENAME = 'mutation { updateViewer(input: {firstName: "Nobody"}) { refusals { code } } }'
FLOW = 'mutation { createFlow(input: {name: "Engineers", durationDays: 30}) { flow { id } refusals { code } } }'


async def grant(owner: Person, hours: float = 1.0) -> str:
    """Give leave to write for so long; return the public id of it."""
    until = (now() + timedelta(hours=hours)).isoformat()
    given = await owner.do("grantSupportAccess", {"until": until}, "supportAccess { id until withdrawnAt }")
    assert given["refusals"] == []
    return given["supportAccess"]["id"]


async def names_of(company: CompanyWorld) -> list[Any]:
    return [
        tuple(row)
        for row in await company.rows("select first_name from pool.users where tenant_id = :tenant order by id")
    ]


def test_every_mutation_is_one_or_the_other() -> None:
    """A mutation that is new fails here, until somebody has said whether it may be made for somebody else."""
    refused = [name for names in NEVER.values() for name in names]
    assert len(refused) == len(set(refused)), "each has one reason"
    assert MAY.isdisjoint(refused)
    assert {*MAY, *refused, ENDING} == set(root_fields("Mutation"))


async def test_a_mutation_is_refused_and_stands_in_the_trail_as_denied(
    company: CompanyWorld, agent: Colleague, hr: Person
) -> None:
    session = await agent.start(company, hr)
    before = await names_of(company)
    assert (await session.person.ask(RENAME)).codes == ["IMPERSONATION_READ_ONLY"]
    assert await names_of(company) == before
    denied = await trail_of(
        company,
        *("actor_type", "actor_id", "on_behalf_of_id", "impersonation_id", "operation", "entity_type", "entity_id"),
        where="action = 'denied'",
    )
    person = hr.asking.principal.id
    assert denied == [("support", agent.id, person, session.row, "update_viewer", "ImpersonationSession", session.row)]


@pytest.mark.parametrize("engine", Engine)
async def test_no_mutation_at_all_is_made_in_a_session_that_reads(
    company: CompanyWorld, agent: Colleague, owner: Person, engine: Engine
) -> None:
    asked = Asking(company, await agent.start(company, owner), engine)
    found = {name: await asked.codes(name) for name in root_fields("Mutation").keys() - {ENDING}}
    assert {name: codes for name, codes in found.items() if codes != ["IMPERSONATION_READ_ONLY"]} == {}
    denied = {row[0] for row in await trail_of(company, "operation", where="action = 'denied'")}
    assert denied == {snake(name) for name in found}


@pytest.mark.parametrize("engine", Engine)
async def test_what_nobody_does_for_somebody_else_is_refused_with_leave_too(
    company: CompanyWorld, agent: Colleague, owner: Person, engine: Engine
) -> None:
    await grant(owner)
    asked = Asking(company, await agent.start(company, owner, mode="READ_WRITE"), engine)
    found = {name: await asked.codes(name) for names in NEVER.values() for name in names}
    assert {name: codes for name, codes in found.items() if codes != ["IMPERSONATION_FORBIDDEN"]} == {}
    allowed = {name: await asked.codes(name) for name in MAY}
    assert {name for name, codes in allowed.items() if "IMPERSONATION" in str(codes)} == set()


async def test_with_leave_it_may_be_written_in_the_persons_name(
    company: CompanyWorld, agent: Colleague, owner: Person, hr: Person
) -> None:
    consent = await grant(owner)
    session = await agent.start(company, hr, mode="READ_WRITE")
    answer = await session.person.ask(FLOW)
    assert answer.data["createFlow"]["refusals"] == []
    person = hr.asking.principal.id
    [(kind, actor, behalf, acting)] = await trail_of(
        company,
        *("actor_type", "actor_id", "on_behalf_of_id", "impersonation_id"),
        where="operation = 'create_flow'",
    )
    assert (kind, actor, behalf, acting) == ("support", agent.id, person, session.row)
    [(creator,)] = await company.rows("select created_by from pool.onboarding_flows where tenant_id = :tenant")
    assert creator == person
    [(mode, named)] = await sessions_of(company, "mode", "consent_id")
    assert (mode, f"SupportAccess_{named}") == ("read_write", consent)


async def test_what_the_person_may_not_nobody_may_for_them(
    company: CompanyWorld, agent: Colleague, owner: Person
) -> None:
    await grant(owner)
    viewer = await company.person("VIEWER")
    session = await agent.start(company, viewer, mode="READ_WRITE")
    assert (await session.person.ask(FLOW)).codes == ["FORBIDDEN"]


async def test_without_leave_nobody_begins_to_write(
    company: CompanyWorld, agent: Colleague, administrator: Colleague, hr: Person
) -> None:
    for colleague in (agent, administrator):
        assert codes_of(await colleague.try_start(company, hr, mode="READ_WRITE")) == ["NO_SUPPORT_ACCESS"]
    assert await sessions_of(company, "id") == []


async def test_leave_that_has_run_out_is_none(
    company: CompanyWorld, agent: Colleague, owner: Person, hr: Person
) -> None:
    await grant(owner)
    await company.rows("update pool.support_accesses set until = now() where tenant_id = :tenant returning id")
    assert codes_of(await agent.try_start(company, hr, mode="READ_WRITE")) == ["NO_SUPPORT_ACCESS"]


async def test_writing_ends_with_the_leave(company: CompanyWorld, agent: Colleague, owner: Person, hr: Person) -> None:
    await grant(owner, hours=0.25)
    session = await agent.start(company, hr, mode="READ_WRITE")
    assert datetime.fromisoformat(session.expires_at) <= now() + timedelta(minutes=15)


async def test_taking_leave_back_ends_who_writes_and_nobody_else(
    company: CompanyWorld, agent: Colleague, administrator: Colleague, owner: Person, hr: Person
) -> None:
    access = await grant(owner)
    writing, reading = await agent.start(company, hr, mode="READ_WRITE"), await administrator.start(company, hr)
    taken = await owner.do("withdrawSupportAccess", {"id": access}, "supportAccess { withdrawnAt }")
    assert taken["supportAccess"]["withdrawnAt"] is not None
    assert (await writing.codes(), await reading.codes()) == (["UNAUTHENTICATED"], [])
    assert codes_of(await agent.try_start(company, hr, mode="READ_WRITE")) == ["NO_SUPPORT_ACCESS"]
    assert codes_of(await owner.do("withdrawSupportAccess", {"id": access})) == ["ALREADY_WITHDRAWN"]


async def test_shorter_leave_ends_who_would_outlast_it(
    company: CompanyWorld, agent: Colleague, administrator: Colleague, owner: Person, hr: Person
) -> None:
    await grant(owner)
    writing, reading = await agent.start(company, hr, mode="READ_WRITE"), await administrator.start(company, hr)
    await grant(owner, hours=2)
    assert (await writing.codes(), await reading.codes()) == ([], [])
    await grant(owner, hours=0.1)
    assert (await writing.codes(), await reading.codes()) == (["UNAUTHENTICATED"], [])
    counted = "select count(*) from pool.support_accesses where tenant_id = :tenant and withdrawn_at is null"
    assert [row[0] for row in await company.rows(counted)] == [1]


@pytest.mark.parametrize("days", [-1.0, 0.0, 30.1])
async def test_leave_is_for_thirty_days_at_most(owner: Person, days: float) -> None:
    until = (now() + timedelta(days=days)).isoformat()
    refused = await owner.do("grantSupportAccess", {"until": until})
    assert [(each["code"], each["path"]) for each in refused["refusals"]] == [("INVALID_INPUT", ["input", "until"])]


async def test_only_owners_give_leave_and_take_it_back(company: CompanyWorld, owner: Person) -> None:
    access, admin = await grant(owner), await company.person("ADMIN")
    until = (now() + timedelta(hours=1)).isoformat()
    assert codes_of(await admin.do("grantSupportAccess", {"until": until})) == ["OWNERS_ONLY"]
    assert codes_of(await admin.do("withdrawSupportAccess", {"id": access})) == ["OWNERS_ONLY"]


async def test_leave_of_another_company_is_none_here(owner: Person, other_company: CompanyWorld) -> None:
    theirs = await grant(await other_company.person("OWNER"))
    assert codes_of(await owner.do("withdrawSupportAccess", {"id": theirs})) == ["NOT_FOUND"]


async def test_what_was_refused_while_the_company_is_moved_is_refused_all_the_same(
    company: CompanyWorld, agent: Colleague, hr: Person
) -> None:
    session = await agent.start(company, hr)
    moved = "update catalog.tenants set status = 'migrating', status_before = 'active' where id = :tenant returning id"
    await company.rows(moved)
    company.world.parts.identity._tenants.forget()  # pyright: ignore[reportPrivateUsage] - changed past the application
    assert (await session.person.ask(RENAME)).codes == ["IMPERSONATION_READ_ONLY"]
    assert await trail_of(company, "id", where="action = 'denied'") == []
