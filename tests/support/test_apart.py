"""Who acts for a user sees what the user sees, and shares nothing that is kept for the user."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from auth.principal import ANONYMOUS, Impersonator, Principal
from auth.scopes import Scope
from db.catalog import Plan
from db.models.onboarding import Flow
from gateways.limits import Bucket, Buckets
from resolvers.budgets import Budget, Budgets
from resolvers.duties import audited
from resolvers.identity import Visitor
from tests.documents.builders import COMPANY, a_client, persisted, registered, send
from tests.support.builders import Colleague, set_plan
from tests.support.test_writing import FLOW, grant
from tests.world import CompanyWorld, Person, World

KEYED = """
mutation($key: String!) {
  createFlow(input: {name: "Engineers", durationDays: 30, idempotencyKey: $key}) { flow { id } refusals { code } }
}
"""
TAX = "{ company { name taxId } users { nodes { email } } }"


def acting_for(person: Principal) -> Principal:
    ends_at = datetime.now(UTC)
    impersonator = Impersonator(uuid4(), "Sam", "SUPPORT_AGENT", uuid4(), writes=False, ends_at=ends_at)
    return replace(person, impersonator=impersonator)


def test_what_is_kept_for_a_person_is_not_for_who_acts_for_them() -> None:
    person = Principal("user", uuid4(), uuid4(), frozenset({"company.read"}))
    one, other = acting_for(person), acting_for(person)
    assert len({person.may, one.may, other.may}) == 3
    assert len({person.apart, one.apart, other.apart}) == 3
    assert person.apart == person.id
    assert (one.id, one.user_id, one.can("company.read")) == (person.id, person.id, True)


@pytest.mark.parametrize("kind", ["new_hire", "system"])
def test_one_acts_for_users_only(kind: str) -> None:
    impersonator = acting_for(Principal("user", uuid4(), uuid4())).impersonator
    with pytest.raises(ValueError, match="for a user"):
        Principal(kind, uuid4(), uuid4(), impersonator=impersonator)  # pyright: ignore[reportArgumentType] - the point
    with pytest.raises(ValueError, match="for a user"):
        replace(ANONYMOUS, impersonator=impersonator)


async def test_the_answers_are_those_of_the_person(
    company: CompanyWorld, agent: Colleague, owner: Person, hr: Person
) -> None:
    tax = 'mutation($id: ID!) { updateCompany(input: {id: $id, taxId: "DE1"}) { company { taxId } } }'
    own = (await owner.ask("{ company { id } }")).data["company"]["id"]
    assert (await owner.ask(tax, {"id": own})).data["updateCompany"]["company"] == {"taxId": "DE1"}
    for person in (owner, hr, await company.person("MEMBER")):
        session = await agent.start(company, person)
        assert (await session.person.ask(TAX)).body == (await person.ask(TAX)).body


async def test_a_scope_reaches_no_further(company: CompanyWorld, agent: Colleague) -> None:
    person = await company.person("MEMBER")
    held = (
        "update pool.user_roles set role_id = (select id from pool.roles where name = 'HR' and tenant_id = :tenant), "
        "scope = 'self' where user_id = :user and tenant_id = :tenant returning id"
    )
    await company.rows(held, user=person.asking.principal.id)
    session = await agent.start(company, person)
    asked = "{ users { totalCount nodes { email } } }"
    mine = (await person.ask(asked)).data["users"]
    assert mine == {"totalCount": 1, "nodes": [{"email": person.asking.principal.name}]}
    assert (await session.person.ask(asked)).data["users"] == mine
    identity = company.world.parts.identity
    asking = await identity.asking(Visitor("testserver", None, session.person.token, "test"))
    assert asking.principal.within("users.read") == Scope(oneself=True)


async def test_a_key_of_the_person_is_another_one(
    company: CompanyWorld, agent: Colleague, owner: Person, hr: Person
) -> None:
    await grant(owner)
    session = await agent.start(company, hr, mode="READ_WRITE")
    made = {
        (await person.ask(KEYED, {"key": "the same"})).data["createFlow"]["flow"]["id"]
        for person in (hr, session.person, hr, session.person)
    }
    assert len(made) == 2


async def test_what_programs_run_is_not_decided_by_who_acts(
    company: CompanyWorld, agent: Colleague, owner: Person
) -> None:
    """Apollo's client may register documents by itself; support that uses it is answered, and registers nothing."""
    await a_client(owner, registersAutomatically=True)
    session = await agent.start(company, owner)
    assert (await send(session.person, persisted(COMPANY, brings=True), "web")).json()["data"]["company"]["name"]
    assert await registered(company) == []
    await send(owner, persisted(COMPANY, brings=True), "web")
    assert len(await registered(company)) == 1


async def test_budgets_are_apart(world: World, company: CompanyWorld, agent: Colleague, hr: Person) -> None:
    """What support asks is not taken from what the person has."""
    session, identity = await agent.start(company, hr), company.world.parts.identity
    budgets = Budgets(Buckets(world.parts.bus, prefix=f"test-{uuid4().hex}"), Budget(Bucket(1000, 1), None))
    mine = await identity.asking(Visitor("testserver", None, hr.token, "test"))
    theirs = await identity.asking(Visitor("testserver", None, session.person.token, "test"))
    await budgets.take(theirs, 900)
    assert (await budgets.take(mine, 900)) is not None


async def test_the_two_who_have_to_be_two_people_are(
    company: CompanyWorld, agent: Colleague, owner: Person, hr: Person
) -> None:
    """What support did for somebody counts as theirs: nobody gets a second hand from support."""
    await grant(owner)
    session = await agent.start(company, hr, mode="READ_WRITE")
    flow = (await session.person.ask(FLOW)).data["createFlow"]["flow"]["id"].partition("_")[2]
    did = audited(Flow, within=owner.asking.now - datetime(2000, 1, 1, tzinfo=UTC))
    found = did(flow, owner.asking.now)
    async with company.world.parts.database.reading(company.tenant.placement) as reading:
        assert {row.who for row in await reading.rows(found)} == {hr.asking.principal.id}


@pytest.mark.parametrize("plan", Plan)
async def test_the_account_manager_is_told_to_plans_that_have_one(
    company: CompanyWorld, agent: Colleague, hr: Person, plan: Plan
) -> None:
    await set_plan(company, plan)
    asked = "{ accountManager { name email phone } }"
    shown = {"name": agent.named.name, "email": agent.named.email, "phone": agent.named.phone}
    expected = shown if plan in {Plan.ENTERPRISE, Plan.AGENCY} else None
    assert (await hr.ask(asked)).data["accountManager"] == expected
    assert (await company.stranger().ask(asked)).codes == ["UNAUTHENTICATED"]


async def test_nobody_is_told_of_who_is_not_there(other_company: CompanyWorld) -> None:
    await set_plan(other_company, Plan.ENTERPRISE)
    member = await other_company.person("MEMBER")
    assert (await member.ask("{ accountManager { name } }")).data == {"accountManager": None}
