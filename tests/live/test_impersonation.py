"""Who acts for a user follows what the user may, in rooms of their own, and is out when the session ends."""

import pytest

from tests.live.client import BOARD, client_of
from tests.onboarding.hires.builders import Published
from tests.support.builders import a_colleague, codes_of
from tests.support.test_writing import grant
from tests.world import CompanyWorld, World

AGAIN = 4403
EVENTS = 'subscription { events(types: ["onboarding.*"]) { event { type actor { kind id impersonationId } } } }'


@pytest.mark.parametrize("ended_by", ["owner", "assignment"])
async def test_a_connection_ends_with_the_session_and_the_persons_goes_on(
    world: World, address: str, company: CompanyWorld, flow: Published, ended_by: str
) -> None:
    agent, owner = await a_colleague(world), await company.person("OWNER")
    await agent.looks_after(company)
    session = await agent.start(company, flow.hr)
    async with client_of(address, session.person) as leaving, client_of(address, flow.hr) as staying:
        for each in (leaving, staying):
            await each.subscribe(BOARD, id=flow.id)
            await each.next()
        if ended_by == "owner":
            assert codes_of(await owner.do("revokeImpersonation", {"id": session.id})) == []
        else:
            assert (
                codes_of(
                    await agent.person.do(
                        "endImpersonation", {"tenantId": f"PlatformTenant_{company.tenant.id}", "id": session.id}
                    )
                )
                == []
            )
        assert await leaving.code() == AGAIN
        assert await staying.is_quiet()


async def test_an_event_says_that_support_acted(world: World, address: str, company: CompanyWorld) -> None:
    agent, owner = await a_colleague(world), await company.person("OWNER")
    await agent.looks_after(company)
    await grant(owner)
    session = await agent.start(company, owner, mode="READ_WRITE")
    async with client_of(address, owner) as following:
        await following.subscribe(EVENTS)
        assert await following.next() == {"event": None}
        made = await session.person.do("createFlow", {"name": "Engineers", "durationDays": 30})
        assert made["refusals"] == []
        event = (await following.next())["event"]
    person = f"User_{owner.asking.principal.id}"
    assert event["actor"] == {"kind": "user", "id": person, "impersonationId": session.id}
