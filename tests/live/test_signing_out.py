"""Whose sessions are ended is out of the live connections too, with the code that asks for a new token."""

from tests.live.client import BOARD, client_of
from tests.onboarding.hires.builders import Published, codes
from tests.world import PASSWORD, CompanyWorld

AGAIN = 4403


async def test_who_signs_out_everywhere_is_out_and_nobody_else(
    address: str, company: CompanyWorld, flow: Published
) -> None:
    leaving = await company.person("HR")
    async with client_of(address, leaving) as client, client_of(address, flow.hr) as other:
        for each in (client, other):
            await each.subscribe(BOARD, id=flow.id)
            await each.next()
        assert await codes(leaving, "logout", everywhere=True) == []
        assert await client.code() == AGAIN
        assert await other.is_quiet()


async def test_a_new_password_ends_the_connections_of_the_old_sessions(
    address: str, company: CompanyWorld, flow: Published
) -> None:
    careful = await company.person("HR")
    async with client_of(address, careful) as client:
        await client.subscribe(BOARD, id=flow.id)
        await client.next()
        given = {"current": PASSWORD, "new": "another horse battery staple"}
        assert (await careful.do("changePassword", given))["refusals"] == []
        assert await client.code() == AGAIN
