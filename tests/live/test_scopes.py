"""Two people with different scopes who subscribe alike: each is told what they see."""

from typing import Any
from uuid import UUID

from db.models.identity import GrantScope
from schema.derive import ids
from tests.live.client import client_of
from tests.schema.builders import put_flows
from tests.scopes.grants import a_user, grant, signed_in
from tests.world import CompanyWorld, Person

SEEN = """
subscription($id: ID!) { changed(type: "Flow", id: $id) { event { subject { node { ... on Flow {
  name defaultOwner { id reports { totalCount nodes { id } } }
} } } } } }
"""


async def a_head(company: CompanyWorld, reports: int, boss: UUID | None = None) -> tuple[Person, UUID]:
    """Return somebody who sees flows, and of people those who report to them."""
    head = await a_user(company, manager_id=boss)
    await grant(company, head, ["onboarding.read", "events.read"])
    await grant(company, head, ["users.read"], GrantScope.REPORTS)
    for _ in range(reports):
        await a_user(company, manager_id=head)
    return signed_in(company, head), head


async def test_each_is_told_what_they_see(address: str, company: CompanyWorld, hr: Person) -> None:
    [flow] = await put_flows(company, 1)
    upper, boss = await a_head(company, 1)
    lower, head = await a_head(company, 2, boss)
    changed = "update pool.onboarding_flows set default_owner_id = :head where id = :id returning id"
    await company.rows(changed, head=head, id=flow["id"])
    flow_id = ids.encode("Flow", flow["id"])
    async with client_of(address, upper) as one, client_of(address, lower) as other:
        for client in (one, other):
            await client.subscribe(SEEN, "1", id=flow_id)
            await client.next("1")
        assert (await hr.do("updateFlow", {"id": flow_id, "name": "Told"}))["refusals"] == []
        told = [await node(client) for client in (one, other)]
    assert [each["name"] for each in told] == ["Told", "Told"]
    owner = told[0]["defaultOwner"]
    assert (owner["id"], owner["reports"]["totalCount"]) == (ids.encode("User", head), 2)
    assert told[1]["defaultOwner"] is None


async def node(client: Any) -> dict[str, Any]:
    return (await client.next("1"))["event"]["subject"]["node"]
