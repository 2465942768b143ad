"""Sessions as people see them: where one is signed in, and what is left of one that was ended: nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

import app
from app import now
from auth.tokens import AccessTokens
from schema.derive import ids
from tests.identity.builders import ENDED, Caller, Clock, ask, caller, owner, set_otherwise
from tests.world import CompanyWorld, Person

MINE = "{ mySessions { id begunAt lastUsedAt expiresAt address userAgent current } }"
THEIRS = "{ userSessions(orderBy: [{ id: ASC }]) { nodes { id userId address userAgent endedAt } } }"


@pytest.fixture
async def timed(company: CompanyWorld, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Caller, Clock]]:
    clock = Clock()
    monkeypatch.setattr(app, "now", clock)
    async with set_otherwise(company.world, client=("203.0.113.9", 1)) as http:
        yield caller(company, http), clock


async def mine(door: Caller, session: dict[str, Any]) -> list[dict[str, Any]]:
    return (await door.ask(MINE, token=session["accessToken"])).data["mySessions"]


async def revoke(door: Caller, session: dict[str, Any], revoked: str) -> list[str]:
    payload = await door.do("revokeSession", {"id": revoked}, token=session["accessToken"])
    return [each["code"] for each in payload["refusals"]]


async def test_one_sees_where_one_is_signed_in(company: CompanyWorld, timed: tuple[Caller, Clock]) -> None:
    door, clock = timed
    begun = clock.moment
    here = await door.session(owner(company))
    clock.move(timedelta(hours=1))
    given = {"email": owner(company), "password": "correct horse battery staple"}
    query = "mutation($input: LoginInput!) { login(input: $input) { session { accessToken refreshToken } } }"
    named = {"x_workgraph_tenant": company.tenant.slug, "user_agent": "A phone"}
    phone = (await ask(door.http, query, {"input": given}, **named)).data["login"]["session"]
    there, first = await mine(door, phone)
    assert (there["userAgent"], there["address"], there["current"]) == ("A phone", "203.0.113.9", True)
    assert first["current"] is False
    assert (first["begunAt"], first["lastUsedAt"]) == (begun.isoformat().replace("+00:00", "Z"),) * 2
    clock.move(timedelta(hours=1))
    here = (await door.refresh(here["refreshToken"]))["session"]
    again = (await mine(door, here))[0]
    assert (again["id"], again["begunAt"], again["current"]) == (first["id"], first["begunAt"], True)
    assert again["lastUsedAt"] == clock.moment.isoformat().replace("+00:00", "Z")
    assert again["expiresAt"] == here["refreshExpiresAt"]


async def test_a_session_that_is_ended_is_out_at_once_with_all_its_tokens(company: CompanyWorld) -> None:
    door = caller(company)
    here, there = await door.session(owner(company)), await door.session(owner(company))
    later = (await door.refresh(there["refreshToken"]))["session"]
    [other] = [each["id"] for each in await mine(door, here) if not each["current"]]
    assert await revoke(door, here, other) == []
    assert [await door.is_let_in(each) for each in (here, there, later)] == [True, False, False]
    assert await door.refresh(later["refreshToken"]) == ENDED
    assert [each["current"] for each in await mine(door, here)] == [True]
    assert await revoke(door, here, other) == ["ALREADY_ENDED"]


async def test_one_may_end_the_session_that_asks(company: CompanyWorld) -> None:
    door = caller(company)
    here = await door.session(owner(company))
    [present] = await mine(door, here)
    assert await revoke(door, here, present["id"]) == []
    assert not await door.is_let_in(here)


async def test_all_others_are_ended_and_the_one_that_asks_is_not(company: CompanyWorld, hr: Person) -> None:
    door = caller(company)
    sessions = [await door.session(owner(company)) for _ in range(3)]
    colleague = await door.session(hr.asking.principal.name)
    payload = await door.do("revokeOtherSessions", {}, token=sessions[1]["accessToken"])
    assert payload["refusals"] == []
    assert [await door.is_let_in(each) for each in [*sessions, colleague]] == [False, True, False, True]
    assert [(await door.refresh(each["refreshToken"])) == ENDED for each in sessions] == [True, False, True]


async def test_a_token_that_names_no_session_ends_them_all(company: CompanyWorld, hr: Person) -> None:
    door = caller(company)
    session = await door.session(hr.asking.principal.name)
    assert (await hr.do("revokeOtherSessions", {}))["refusals"] == []
    assert not await door.is_let_in(session)
    assert (await hr.ask("{ mySessions { id } }")).data == {"mySessions": []}


async def test_sessions_of_others_are_as_if_they_were_not(
    company: CompanyWorld, other_company: CompanyWorld, hr: Person
) -> None:
    door = caller(company)
    session = await door.session(owner(company))
    [present] = await mine(door, session)
    for person in (hr, await other_company.person("OWNER")):
        refused = await person.do("revokeSession", {"id": present["id"]})
        assert [each["code"] for each in refused["refusals"]] == ["NOT_FOUND"]
    assert await door.is_let_in(session)
    assert (await hr.ask(THEIRS)).codes == ["FORBIDDEN"]


async def test_who_manages_users_sees_and_ends_those_of_others(company: CompanyWorld, hr: Person) -> None:
    door, admin = caller(company), await company.person("ADMIN")
    session = await door.session(hr.asking.principal.name)
    [seen] = (await admin.ask(THEIRS)).data["userSessions"]["nodes"]
    assert (seen["userId"], seen["endedAt"]) == (ids.encode("User", hr.asking.principal.id), None)  # pyright: ignore[reportArgumentType] - a person has one
    assert (await admin.do("revokeSession", {"id": seen["id"]}))["refusals"] == []
    assert not await door.is_let_in(session)
    [seen] = (await admin.ask(THEIRS)).data["userSessions"]["nodes"]
    assert seen["endedAt"] is not None


async def test_a_copied_refresh_token_ends_the_access_tokens_too(company: CompanyWorld) -> None:
    door = caller(company)
    first = await door.session(owner(company))
    second = (await door.refresh(first["refreshToken"]))["session"]
    assert await door.refresh(first["refreshToken"]) == ENDED
    assert [await door.is_let_in(each) for each in (first, second)] == [False, False]


async def test_what_ended_is_known_for_longer_than_a_token_lives(company: CompanyWorld) -> None:
    door = caller(company)
    session = await door.session(owner(company))
    await door.do("logout", {"refreshToken": session["refreshToken"]})
    for minutes, is_refused in ((15, True), (59, True), (61, False)):
        await company.rows(
            f"update pool.user_sessions set ended_at = now() - interval '{minutes} minutes'"
            " where tenant_id = :tenant returning id"
        )
        assert await door.is_let_in(session) is not is_refused


async def test_where_somebody_was_is_in_no_event_and_no_readable_trail(
    company: CompanyWorld, timed: tuple[Caller, Clock]
) -> None:
    door, clock = timed
    session = await door.session(owner(company))
    clock.move(timedelta(minutes=1))
    await door.refresh(session["refreshToken"])
    told = await company.rows(
        "select data::text from pool.event_outbox where tenant_id = :tenant and type like 'user.session.%'"
    )
    assert len(told) == 2
    assert not any("203.0.113.9" in row[0] for row in told)
    written = await company.rows(
        "select old_values::text || new_values::text from pool.audit_logs"
        " where tenant_id = :tenant and entity_type = 'UserSession'"
    )
    assert not any("203.0.113.9" in row[0] for row in written)


async def test_a_token_of_no_session_counts_as_before(company: CompanyWorld, hr: Person) -> None:
    assert hr.asking.principal.id is not None
    tokens = AccessTokens(company.world.wiring.master_key, clock=now)
    issued = tokens.issue(user_id=hr.asking.principal.id, tenant_id=company.tenant.id, token_version=1)
    assert tokens.read(issued.text).session_id is None
    assert await caller(company).is_let_in({"accessToken": issued.text})
