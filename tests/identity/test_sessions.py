"""Sessions that go on: each refresh token counts once, and one that is used twice ends its family for good."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

import app
from auth.refresh import REFRESH_TOKENS
from auth.row_tokens import hash_of
from tests.identity.builders import ENDED, Caller, Clock, caller, everything, owner, set_otherwise
from tests.world import PASSWORD, CompanyWorld

OTHER = "another long password"


@pytest.fixture
async def timed(company: CompanyWorld, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Caller, Clock]]:
    clock = Clock()
    monkeypatch.setattr(app, "now", clock)
    async with set_otherwise(company.world) as http:
        yield caller(company, http), clock


async def test_a_session_goes_on_with_the_next_tokens(company: CompanyWorld) -> None:
    door = caller(company)
    first = await door.session(owner(company))
    second = (await door.refresh(first["refreshToken"]))["session"]
    third = (await door.refresh(second["refreshToken"]))["session"]
    assert len({each["refreshToken"] for each in (first, second, third)}) == 3
    assert [await door.is_let_in(each) for each in (first, second, third)] == [True] * 3
    rows = await company.rows(
        "select count(*), count(distinct family), count(used_at), count(revoked_at)"
        " from pool.refresh_tokens where tenant_id = :tenant"
    )
    assert rows == [(3, 1, 2, 0)]


async def test_no_token_is_stored_or_told(company: CompanyWorld) -> None:
    door = caller(company)
    first = await door.session(owner(company))
    second = (await door.refresh(first["refreshToken"]))["session"]
    stored = await everything(company)
    for each in (first, second):
        assert each["refreshToken"] not in stored
        assert hash_of(each["refreshToken"]).hex() in stored
    logged = await company.rows(
        "select t::text from pool.audit_logs t where tenant_id = :tenant"
        " union all select t::text from pool.event_outbox t where tenant_id = :tenant"
    )
    assert not [row for row in logged if hash_of(first["refreshToken"]).hex() in row[0]]


async def test_a_token_that_is_used_twice_ends_its_family_and_no_other(company: CompanyWorld) -> None:
    door = caller(company)
    mine, other = await door.session(owner(company)), await door.session(owner(company))
    second = (await door.refresh(mine["refreshToken"]))["session"]
    assert await door.refresh(mine["refreshToken"]) == ENDED
    assert await door.refresh(second["refreshToken"]) == ENDED
    assert await door.refresh(mine["refreshToken"]) == ENDED
    assert (await door.refresh(other["refreshToken"]))["refusals"] == []
    revoked = await company.rows(
        "select used_at, revoked_at is not null from pool.refresh_tokens"
        " where tenant_id = :tenant and token_hash = :hash",
        hash=hash_of(second["refreshToken"]),
    )
    assert revoked == [(None, True)]


async def test_of_two_at_the_same_moment_one_wins_and_the_family_ends(company: CompanyWorld) -> None:
    door = caller(company)
    first = await door.session(owner(company))
    answers = await asyncio.gather(*(door.refresh(first["refreshToken"]) for _ in range(2)))
    won = [each["session"] for each in answers if each["session"]]
    assert len(won) == 1
    assert [each for each in answers if not each["session"]] == [ENDED]
    assert await door.refresh(won[0]["refreshToken"]) == ENDED


async def test_a_refresh_token_is_good_for_thirty_days_and_no_longer(
    company: CompanyWorld, timed: tuple[Caller, Clock]
) -> None:
    door, clock = timed
    begun = clock.moment
    early, late = await door.session(owner(company)), await door.session(owner(company))
    assert early["refreshExpiresAt"] == (begun + timedelta(days=30)).isoformat().replace("+00:00", "Z")
    clock.move(timedelta(days=30) - timedelta(microseconds=1))
    assert (await door.refresh(early["refreshToken"]))["refusals"] == []
    clock.move(timedelta(microseconds=1))
    assert await door.refresh(late["refreshToken"]) == ENDED


async def test_an_access_token_that_has_run_out_is_refreshed(
    company: CompanyWorld, timed: tuple[Caller, Clock]
) -> None:
    door, clock = timed
    session = await door.session(owner(company))
    clock.move(timedelta(minutes=15))
    assert (await door.ask("{ company { name } }", token=session["accessToken"])).codes == ["TOKEN_EXPIRED"]
    assert await door.is_let_in((await door.refresh(session["refreshToken"]))["session"])


async def test_whatever_is_wrong_with_a_token_the_answer_is_the_same(
    company: CompanyWorld, other_company: CompanyWorld
) -> None:
    door = caller(company)
    good = (await door.session(owner(company)))["refreshToken"]
    foreign = (await caller(other_company).session(owner(other_company)))["refreshToken"]
    altered = [good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :] for place in (4, 30, 60, 79)]
    for text in ("", "\0", "wgr_", "x" * 100_000, *altered, foreign):
        assert await door.refresh(text) == ENDED, text[:90]
    assert (await door.refresh(good))["refusals"] == []
    assert (await caller(other_company).refresh(foreign))["refusals"] == []


async def test_a_refresh_token_says_its_company_where_no_address_does(company: CompanyWorld) -> None:
    session = await caller(company).session(owner(company))
    nowhere = Caller(company.world.http, None)
    again = (await nowhere.refresh(session["refreshToken"]))["session"]
    assert await nowhere.is_let_in(again)


async def test_who_is_shut_out_is_out_at_once(company: CompanyWorld) -> None:
    door = caller(company)
    session = await door.session(owner(company))
    await company.rows("update pool.users set is_active = false where tenant_id = :tenant returning id")
    assert not await door.is_let_in(session)
    assert await door.refresh(session["refreshToken"]) == ENDED


async def logout(door: Caller, token: str | None = None, **given: Any) -> list[Any]:
    return (await door.do("logout", given, token=token))["refusals"]


async def test_signing_out_ends_one_session(company: CompanyWorld) -> None:
    door = caller(company)
    mine, other = await door.session(owner(company)), await door.session(owner(company))
    assert await logout(door, refreshToken=mine["refreshToken"]) == []
    assert await door.refresh(mine["refreshToken"]) == ENDED
    assert not await door.is_let_in(mine)
    assert await door.is_let_in(other)
    assert (await door.refresh(other["refreshToken"]))["refusals"] == []


@pytest.mark.parametrize("by", ["access", "refresh"])
async def test_signing_out_everywhere_ends_them_all_at_once(company: CompanyWorld, by: str) -> None:
    door = caller(company)
    mine, other = await door.session(owner(company)), await door.session(owner(company))
    if by == "access":
        assert await logout(door, mine["accessToken"], everywhere=True) == []
    else:
        assert await logout(door, refreshToken=mine["refreshToken"], everywhere=True) == []
    assert [await door.is_let_in(each) for each in (mine, other)] == [False, False]
    assert [await door.refresh(each["refreshToken"]) for each in (mine, other)] == [ENDED, ENDED]


async def test_a_token_that_ended_does_not_end_the_others(company: CompanyWorld) -> None:
    door = caller(company)
    mine, other = await door.session(owner(company)), await door.session(owner(company))
    await logout(door, refreshToken=mine["refreshToken"])
    assert await logout(door, refreshToken=mine["refreshToken"], everywhere=True) == []
    assert await door.is_let_in(other)


async def test_signing_out_of_nothing_tells_nothing(company: CompanyWorld) -> None:
    door = caller(company)
    before = await everything(company)
    assert await logout(door, refreshToken="wgr_guess") == []
    assert await logout(door, refreshToken=REFRESH_TOKENS.make(company.tenant.id, company.tenant.id)) == []
    assert [each["code"] for each in await logout(door)] == ["INVALID_INPUT"]
    assert [each["code"] for each in await logout(door, everywhere=True)] == ["INVALID_INPUT"]
    assert await everything(company) == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ("status = 'suspended'", "TENANT_SUSPENDED"),
        ("status = 'migrating', status_before = 'active'", "TENANT_MIGRATING"),
    ],
)
async def test_a_company_that_cannot_be_written_continues_no_session(
    company: CompanyWorld, changes: str, code: str
) -> None:
    session = await caller(company).session(owner(company))
    await company.rows(f"update catalog.tenants set {changes} where id = :tenant returning id")
    query = "mutation($token: String!) { refreshToken(input: { refreshToken: $token }) { refusals { code } } }"
    async with set_otherwise(company.world) as http:
        assert (await caller(company, http).ask(query, {"token": session["refreshToken"]})).codes == [code]


async def test_a_suspended_company_gives_no_refresh_token(company: CompanyWorld) -> None:
    await company.rows("update catalog.tenants set status = 'suspended' where id = :tenant returning id")
    async with set_otherwise(company.world) as http:
        session = await caller(company, http).session(owner(company))
    assert (session["refreshToken"], session["refreshExpiresAt"]) == (None, None)
    assert await company.rows("select id from pool.refresh_tokens where tenant_id = :tenant") == []


CHANGED = "session { accessToken refreshToken } refusals { code path }"


async def test_another_password_ends_every_other_session(company: CompanyWorld) -> None:
    door = caller(company)
    mine, other = await door.session(owner(company)), await door.session(owner(company))
    given = {"current": PASSWORD, "new": OTHER}
    payload = await door.do("changePassword", given, CHANGED, mine["accessToken"])
    assert payload["refusals"] == []
    assert [await door.is_let_in(each) for each in (mine, other, payload["session"])] == [False, False, True]
    assert await door.refresh(other["refreshToken"]) == ENDED
    assert (await door.refresh(payload["session"]["refreshToken"]))["refusals"] == []
    assert (await door.sign_in(owner(company)))["session"] is None
    assert await door.session(owner(company), OTHER)


async def test_a_password_is_changed_by_who_knows_it(company: CompanyWorld) -> None:
    door = caller(company)
    mine = await door.session(owner(company))
    for given, refusal in (
        ({"current": "not the password", "new": OTHER}, {"code": "WRONG_PASSWORD", "path": ["input", "current"]}),
        ({"current": PASSWORD, "new": "short"}, {"code": "WEAK_PASSWORD", "path": ["input", "new"]}),
    ):
        payload = await door.do("changePassword", given, CHANGED, mine["accessToken"])
        assert payload == {"session": None, "refusals": [refusal]}
    [(failed,)] = await company.rows("select failed_logins from pool.users where tenant_id = :tenant")
    assert failed == 1
    assert await door.is_let_in(mine)
