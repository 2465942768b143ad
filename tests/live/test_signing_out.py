"""Whose sessions are ended is out of the live connections too, with the code that asks for a new token."""

from dataclasses import replace
from typing import Any

import pytest

from tests.identity.builders import caller
from tests.live.client import BOARD, client_of
from tests.onboarding.hires.builders import Published, codes
from tests.world import PASSWORD, CompanyWorld, Person

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


async def session_of(person: Person, company: CompanyWorld) -> tuple[Person, str]:
    """Sign somebody in once more: as whom, and the refresh token."""
    session = await caller(company).session(person.asking.principal.name)
    return replace(person, token=session["accessToken"]), session["refreshToken"]


@pytest.mark.parametrize("ended_by", ["revokeSession", "revokeOtherSessions", "logout"])
async def test_a_session_that_is_ended_is_out_of_its_connections_and_no_other(
    address: str, company: CompanyWorld, flow: Published, ended_by: str
) -> None:
    person = await company.person("HR")
    (here, _), (there, refresh_token) = [await session_of(person, company) for _ in range(2)]
    async with client_of(address, here) as staying, client_of(address, there) as leaving:
        for each in (staying, leaving):
            await each.subscribe(BOARD, id=flow.id)
            await each.next()
        given: dict[str, Any] = {}
        if ended_by == "revokeSession":
            [other] = [
                each["id"]
                for each in (await here.ask("{ mySessions { id current } }")).data["mySessions"]
                if not each["current"]
            ]
            given = {"id": other}
        if ended_by == "logout":
            given = {"refreshToken": refresh_token}
        assert await codes(here, ended_by, **given) == []
        assert await leaving.code() == AGAIN
        assert await staying.is_quiet()
