"""A second factor: what a password alone leads to, and codes that count once, however they are tried."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from structlog.testing import capture_logs

import app
from auth.challenges import parse
from db.catalog import TenantStatus, set_status
from gateways.mail import MailFolder
from schema.derive import ids
from tests.identity.builders import SESSION, Caller, Clock, caller, everything, last_link, owner, set_otherwise
from tests.identity.second_factors import CONFIRM, Guarded, codes, guarded
from tests.mail.builders import SENDER, send
from tests.world import PASSWORD, CompanyWorld, Person

WRONG = "not the password"
OTHER = "another long password"


@pytest.fixture
async def timed(company: CompanyWorld, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Caller, Clock]]:
    clock = Clock()
    monkeypatch.setattr(app, "now", clock)
    async with set_otherwise(company.world) as http:
        yield caller(company, http), clock


@pytest.fixture
async def ada(company: CompanyWorld, timed: tuple[Caller, Clock]) -> Guarded:
    return await guarded(*timed, owner(company))


async def state(company: CompanyWorld) -> tuple[Any, ...]:
    [row] = await company.rows(
        "select mfa_enabled, failed_logins, locked_until is not null from pool.users where tenant_id = :tenant"
        " order by id limit 1"
    )
    return tuple(row)


async def test_a_password_leads_to_a_challenge_and_that_with_a_code_to_a_session(
    company: CompanyWorld, ada: Guarded
) -> None:
    first = await ada.first()
    assert (first["session"], codes(first)) == (None, ["SECOND_FACTOR_REQUIRED"])
    second = await ada.second(first["challenge"]["token"], ada.app.code())
    assert second["refusals"] == []
    assert await ada.door.is_let_in(second["session"])
    assert codes(await ada.door.refresh(second["session"]["refreshToken"])) == []
    signed_in = await company.rows(
        "select operation from pool.audit_logs where tenant_id = :tenant and action = 'login' order by id"
    )
    assert [row.operation for row in signed_in] == ["login", "complete_login"]


async def test_the_refusal_carries_the_challenge_for_who_reads_no_more(ada: Guarded) -> None:
    fields = "challenge { token expiresAt } refusals { ... on SecondFactorRequired { challenge challengeExpiresAt } }"
    first = await ada.door.do("login", {"email": ada.email, "password": PASSWORD}, fields)
    challenge = first["challenge"]
    assert first["refusals"] == [{"challenge": challenge["token"], "challengeExpiresAt": challenge["expiresAt"]}]


async def test_over_rest_too_it_takes_two_steps(ada: Guarded) -> None:
    headers = {"x-workgraph-tenant": ada.door.slug or ""}
    given = {"email": ada.email, "password": PASSWORD}
    first = await ada.door.http.post("/rest/login", json=given, headers=headers)
    [problem] = first.json()["errors"]
    assert (first.status_code, first.json()["code"]) == (401, "SECOND_FACTOR_REQUIRED")
    given = {"challenge": problem["challenge"], "code": ada.app.code()}
    second = await ada.door.http.post("/rest/login/code", json=given, headers=headers)
    assert second.status_code == 200
    assert await ada.door.is_let_in(second.json())


async def test_turning_it_on_ends_every_other_session(company: CompanyWorld, timed: tuple[Caller, Clock]) -> None:
    door, clock = timed
    other = await door.session(owner(company))
    ada = await guarded(door, clock, owner(company))
    assert not await door.is_let_in(other)
    assert codes(await door.refresh(other["refreshToken"])) == ["INVALID_REFRESH_TOKEN"]
    assert await door.is_let_in(ada.session)


async def test_a_code_counts_once(ada: Guarded) -> None:
    code = ada.app.code()
    assert codes(await ada.second(await ada.challenge(), code)) == []
    assert codes(await ada.second(await ada.challenge(), code)) == ["WRONG_CODE"]


async def test_a_challenge_leads_to_one_session(ada: Guarded) -> None:
    challenge = await ada.challenge()
    assert codes(await ada.second(challenge, ada.app.code())) == []
    assert codes(await ada.second(challenge, ada.app.code())) == ["INVALID_CHALLENGE"]
    assert codes(await ada.second(challenge, ada.app.recovery[0])) == ["INVALID_CHALLENGE"]


@pytest.mark.parametrize("other", ["the same code", "a recovery code"])
async def test_two_at_once_get_one_session(ada: Guarded, other: str) -> None:
    challenge, code = await ada.challenge(), ada.app.code()
    given = [code, code if other == "the same code" else ada.app.recovery[0]] * 3
    made = await asyncio.gather(*(ada.second(challenge, each) for each in given))
    assert len([each for each in made if each["session"]]) == 1


async def test_a_recovery_code_counts_once_and_is_told(company: CompanyWorld, ada: Guarded) -> None:
    code = ada.app.recovery[3].upper().replace("-", " ")
    assert codes(await ada.second(await ada.challenge(), code)) == []
    assert codes(await ada.second(await ada.challenge(), code)) == ["WRONG_CODE"]
    told = await company.rows(
        "select type from pool.event_outbox where tenant_id = :tenant and type = 'user.recovery_code_used'"
    )
    assert len(told) == 1


async def test_a_challenge_runs_out(ada: Guarded) -> None:
    first = await ada.first()
    challenge = first["challenge"]["token"]
    said = parse(challenge)
    assert said is not None
    ada.app.clock.moment = said.expires_at - timedelta(microseconds=1)
    assert codes(await ada.second(challenge, "000000")) == ["WRONG_CODE"]
    ada.app.clock.moment = said.expires_at
    assert codes(await ada.second(challenge, ada.app.code())) == ["INVALID_CHALLENGE"]


async def test_a_challenge_is_good_for_nothing_else(ada: Guarded) -> None:
    challenge = await ada.challenge()
    answer = await ada.door.ask("{ viewer { email } }", token=challenge)
    assert answer.codes == ["UNAUTHENTICATED"]
    assert codes(await ada.door.refresh(challenge)) == ["INVALID_REFRESH_TOKEN"]
    chosen = await ada.door.do("resetPassword", {"token": challenge, "password": OTHER})
    assert codes(chosen) == ["INVALID_LINK"]


async def test_what_is_no_challenge_is_refused_alike(company: CompanyWorld, ada: Guarded) -> None:
    await ada.do("logout", {"refreshToken": ada.session["refreshToken"]})
    await ada.door.do("requestPasswordReset", {"email": ada.email})
    challenge = await ada.challenge()
    others = (
        ada.session["accessToken"],
        ada.session["refreshToken"],
        await last_link(company),
        challenge[:-1] + ("A" if challenge[-1] != "A" else "B"),
        "",
    )
    answers = [await ada.second(each, ada.app.code()) for each in others]
    assert [codes(each) for each in answers] == [["INVALID_CHALLENGE"]] * 5
    assert answers == [answers[0]] * 5


async def test_a_challenge_of_another_company_or_person_is_refused(
    company: CompanyWorld, other_company: CompanyWorld, ada: Guarded
) -> None:
    there = caller(other_company, ada.door.http)
    theirs = await guarded(there, ada.app.clock, owner(other_company))
    foreign, mine = await theirs.challenge(), await ada.challenge()
    code = ada.app.code()
    assert codes(await ada.second(foreign, code)) == ["INVALID_CHALLENGE"]
    assert codes(await theirs.second(mine, code)) == ["INVALID_CHALLENGE"]
    colleague = await company.person("HR")
    bob = await guarded(ada.door, ada.app.clock, colleague.asking.principal.name)
    assert codes(await ada.second(await bob.challenge(), ada.app.code())) == ["WRONG_CODE"]


@pytest.mark.parametrize("change", ["token_version = token_version + 1", "is_active = false", "mfa_enabled = false"])
async def test_a_challenge_ends_with_what_the_person_might_then(
    company: CompanyWorld, ada: Guarded, change: str
) -> None:
    challenge = await ada.challenge()
    await company.rows(f"update pool.users set {change} where tenant_id = :tenant returning id")
    assert codes(await ada.second(challenge, ada.app.code())) == ["INVALID_CHALLENGE"]


async def test_ten_wrong_codes_lock_and_a_password_alone_forgives_none(company: CompanyWorld, ada: Guarded) -> None:
    for number in range(9):
        assert codes(await ada.second(await ada.challenge(), "000000")) == ["WRONG_CODE"]
        assert await state(company) == (True, number + 1, False)
    challenge = await ada.challenge()
    assert codes(await ada.second(challenge, "abcd-efgh-jkmn")) == ["WRONG_CODE"]
    assert await state(company) == (True, 0, True)
    assert codes(await ada.second(challenge, ada.app.code())) == ["WRONG_CODE"]
    assert codes(await ada.first()) == ["INVALID_CREDENTIALS"]
    told = await company.rows(
        "select actor_type from pool.event_outbox where tenant_id = :tenant and type = 'user.login_failed_locked'"
    )
    assert told == [("system",)]
    ada.app.clock.move(timedelta(minutes=15))
    assert await ada.sign_in()
    assert await state(company) == (True, 0, False)


async def test_however_many_guess_at_once_ten_are_looked_at(company: CompanyWorld, ada: Guarded) -> None:
    challenge = await ada.challenge()
    right = ada.app.code()
    wrong = [f"{(int(right) + number) % 1_000_000:06}" for number in range(400_000, 400_012)]
    made = await asyncio.gather(*(ada.second(challenge, each) for each in wrong))
    assert [codes(each) for each in made] == [["WRONG_CODE"]] * 12
    assert await state(company) == (True, 0, True)
    assert codes(await ada.second(challenge, right)) == ["WRONG_CODE"]


async def test_guessing_is_limited_by_account(company: CompanyWorld) -> None:
    async with set_otherwise(company.world, limit_factor=1.0, client=("203.0.113.77", 1)) as http:
        ada = await guarded(caller(company, http), Clock(), owner(company))
        challenge = await ada.challenge()
        answers = [
            await ada.door.ask(
                "mutation($input: CompleteLoginInput!) { completeLogin(input: $input) { refusals { code } } }",
                {"input": {"challenge": challenge, "code": "000000"}},
            )
            for _ in range(21)
        ]
    assert [each.codes for each in answers] == [[]] * 20 + [["RATE_LIMITED"]]


async def test_nobody_learns_of_a_second_factor_without_the_password(
    company: CompanyWorld, timed: tuple[Caller, Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one, without one and unknown: the same words, one hash computed, and no sooner than the same time."""
    plain = (await company.person("HR")).asking.principal.name
    ada = await guarded(*timed, owner(company))
    computed: list[str] = []
    verify = PasswordHasher.verify

    def note(hasher: PasswordHasher, stored: str, password: str) -> Any:
        computed.append(stored.rsplit("$", 2)[0])
        return verify(hasher, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", note)
    answers: list[Any] = []
    async with set_otherwise(company.world, slow_refusals=0.4) as http:
        for email in (ada.email, plain, f"nobody@{company.tenant.slug}.example"):
            begun = time.monotonic()
            fields = f"challenge {{ token }} {SESSION}"
            answers.append(await caller(company, http).do("login", {"email": email, "password": WRONG}, fields))
            assert time.monotonic() - begun >= 0.4
    assert answers == [answers[0]] * 3
    assert (answers[0]["challenge"], codes(answers[0])) == (None, ["INVALID_CREDENTIALS"])
    assert computed == ["$argon2id$v=19$m=8,t=1,p=1"] * 3


async def test_nothing_of_it_is_stored_told_or_logged(company: CompanyWorld, timed: tuple[Caller, Clock]) -> None:
    with capture_logs() as logged:
        ada = await guarded(*timed, owner(company))
        challenge, code, recovery = await ada.challenge(), ada.app.code(), ada.app.recovery[0]
        await ada.second(challenge, recovery)
        await ada.second(await ada.challenge(), code)
    stored = await everything(company) + repr(logged)
    secrets = [ada.app.secret, ada.app.secret.encode().hex(), challenge, code.encode().hex(), *ada.app.recovery]
    secrets += [each.replace("-", "") for each in ada.app.recovery]
    assert [each for each in secrets if each in stored] == []
    hashes = await company.rows(
        "select encode(code_hash, 'hex') from pool.recovery_codes where tenant_id = :tenant"
        " union all select encode(secret, 'hex') from pool.second_factors where tenant_id = :tenant"
    )
    told = await company.rows(
        "select t::text from pool.audit_logs t where tenant_id = :tenant"
        " union all select t::text from pool.event_outbox t where tenant_id = :tenant"
    )
    assert len(hashes) == 11
    assert [each for (each,) in hashes if any(each in row[0] for row in told)] == []


async def test_a_secret_opens_in_its_own_row_alone(company: CompanyWorld, ada: Guarded) -> None:
    """Copied to another person's row, it makes no codes."""
    colleague = await company.person("HR")
    bob = await guarded(ada.door, ada.app.clock, colleague.asking.principal.name)
    await company.rows(
        "update pool.second_factors set secret = (select secret from pool.second_factors where user_id <> :bob"
        " and tenant_id = :tenant), last_step = 0 where user_id = :bob returning id",
        bob=colleague.asking.principal.id,
    )
    answer = await bob.door.ask(
        "mutation($input: CompleteLoginInput!) { completeLogin(input: $input) { session { accessToken } } }",
        {"input": {"challenge": await bob.challenge(), "code": ada.app.code()}},
    )
    assert answer.codes == ["INTERNAL"]


async def test_to_begin_takes_the_password_and_wrong_ones_are_counted(
    company: CompanyWorld, timed: tuple[Caller, Clock]
) -> None:
    door, _ = timed
    token = (await door.session(owner(company)))["accessToken"]
    fields = "enrolment { secret } refusals { code path }"
    refused = await door.do("beginSecondFactor", {"password": WRONG}, fields, token)
    assert refused == {"enrolment": None, "refusals": [{"code": "WRONG_PASSWORD", "path": ["input", "password"]}]}
    assert await state(company) == (False, 1, False)


async def test_it_is_on_once_it_was_confirmed(company: CompanyWorld, timed: tuple[Caller, Clock]) -> None:
    door, _ = timed
    token = (await door.session(owner(company)))["accessToken"]
    confirmed = await door.do("confirmSecondFactor", {"code": "123456"}, CONFIRM, token)
    assert codes(confirmed) == ["NOT_ENROLLED"]
    await door.do("beginSecondFactor", {"password": PASSWORD}, token=token)
    assert (await door.sign_in(owner(company)))["session"], "nothing is asked for before it is confirmed"
    for wrong in ("000000", "abcd-efgh-jkmn", ""):
        confirmed = await door.do("confirmSecondFactor", {"code": wrong}, CONFIRM, token)
        assert (confirmed["recoveryCodes"], codes(confirmed)) == (None, ["WRONG_CODE"])
    assert await state(company) == (False, 3, False)


async def test_what_is_on_is_not_begun_again(ada: Guarded) -> None:
    begun = await ada.do("beginSecondFactor", {"password": PASSWORD})
    confirmed = await ada.do("confirmSecondFactor", {"code": ada.app.code()})
    assert (codes(begun), codes(confirmed)) == (["ALREADY_ENROLLED"], ["ALREADY_ENROLLED"])


@pytest.mark.parametrize("by", ["code", "recovery code"])
async def test_turning_it_off_takes_the_password_and_a_code(company: CompanyWorld, ada: Guarded, by: str) -> None:
    refused = await ada.do("disableSecondFactor", {"password": WRONG, "code": ada.app.code()})
    assert codes(refused) == ["WRONG_PASSWORD"]
    refused = await ada.do("disableSecondFactor", {"password": PASSWORD, "code": "000000"})
    assert codes(refused) == ["WRONG_CODE"]
    assert (await state(company))[:2] == (True, 2)
    code = ada.app.code() if by == "code" else ada.app.recovery[9]
    assert codes(await ada.do("disableSecondFactor", {"password": PASSWORD, "code": code})) == []
    assert (await ada.door.sign_in(ada.email))["session"]
    for table in ("second_factors", "recovery_codes"):
        assert await company.rows(f"select id from pool.{table} where tenant_id = :tenant") == []
    told = await company.rows(
        "select type from pool.event_outbox where tenant_id = :tenant and type like 'user.mfa%' order by position, id"
    )
    assert [row.type for row in told] == ["user.mfa_enabled", "user.mfa_disabled"]
    assert codes(await ada.do("renewRecoveryCodes", {"code": code})) == ["NOT_ENROLLED"]


async def test_new_recovery_codes_take_a_code_and_end_the_old_ones(ada: Guarded) -> None:
    fields = "recoveryCodes refusals { code }"
    assert codes(await ada.do("renewRecoveryCodes", {"code": "000000"}, fields)) == ["WRONG_CODE"]
    renewed = await ada.do("renewRecoveryCodes", {"code": ada.app.code()}, fields)
    assert len({*renewed["recoveryCodes"], *ada.app.recovery}) == 20
    assert codes(await ada.second(await ada.challenge(), ada.app.recovery[0])) == ["WRONG_CODE"]
    assert codes(await ada.second(await ada.challenge(), renewed["recoveryCodes"][0])) == []


async def test_another_password_leaves_it_on(company: CompanyWorld, ada: Guarded) -> None:
    changed = await ada.do("changePassword", {"current": PASSWORD, "new": OTHER}, SESSION)
    assert changed["session"]
    assert codes(await ada.first(OTHER)) == ["SECOND_FACTOR_REQUIRED"]
    await ada.door.do("requestPasswordReset", {"email": ada.email})
    chosen = await ada.door.do("resetPassword", {"token": await last_link(company), "password": PASSWORD})
    assert chosen["refusals"] == []
    assert codes(await ada.first()) == ["SECOND_FACTOR_REQUIRED"]
    assert await ada.sign_in()


async def test_into_a_suspended_company_one_gets_with_both_and_without_a_refresh_token(
    company: CompanyWorld, ada: Guarded
) -> None:
    async with company.world.parts.catalog.begin() as connection:
        await set_status(connection, company.tenant.id, TenantStatus.SUSPENDED)
    async with set_otherwise(company.world) as http:
        ada.door = caller(company, http)
        session = await ada.sign_in()
        assert (session["refreshToken"], await ada.door.is_let_in(session)) == (None, True)
        assert codes(await ada.second(await ada.challenge(), "000000")) == ["WRONG_CODE"]


async def test_an_older_kind_of_hash_is_replaced_by_the_way(
    company: CompanyWorld, ada: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = "select password_hash from pool.users where tenant_id = :tenant"
    before = await company.rows(hashed)
    monkeypatch.setattr(PasswordHasher, "check_needs_rehash", lambda *_given: True)
    assert codes(await ada.first()) == ["SECOND_FACTOR_REQUIRED"]
    assert await company.rows(hashed) != before


async def lost(ada: Guarded, by: Person, company: CompanyWorld) -> dict[str, Any]:
    [(user_id,)] = await company.rows(
        "select id from pool.users where tenant_id = :tenant and email = :email", email=ada.email
    )
    return await by.do("resetSecondFactor", {"id": ids.encode("User", user_id)}, "user { mfaEnabled }")


async def test_who_manages_users_takes_it_off_who_has_lost_it(
    company: CompanyWorld, timed: tuple[Caller, Clock], tmp_path: Path
) -> None:
    hr = await company.person("HR")
    bob = await guarded(*timed, hr.asking.principal.name)
    admin = await company.person("ADMIN")
    done = await lost(bob, admin, company)
    assert (done["user"], done["refusals"]) == ({"mfaEnabled": False}, [])
    assert not await bob.door.is_let_in(bob.session)
    assert (await bob.door.sign_in(bob.email))["session"]
    [(mail, recipient)] = await company.rows(
        "select id, recipient_email from pool.email_messages"
        " where tenant_id = :tenant and template = 'second_factor_reset'"
    )
    folder = MailFolder(tmp_path, SENDER)
    await send(company, folder, mail)
    [stored] = await folder.newest(10)
    assert recipient == bob.email
    assert "your second factor was taken off" in stored.mail["subject"]
    assert codes(await lost(bob, admin, company)) == ["NOT_ENROLLED"]


async def test_nobody_takes_off_their_own_so_or_without_the_right(company: CompanyWorld, ada: Guarded) -> None:
    admin = await company.person("ADMIN")
    himself = await guarded(ada.door, ada.app.clock, admin.asking.principal.name)
    admin.token = himself.session["accessToken"]
    admin.http = ada.door.http
    assert codes(await lost(himself, admin, company)) == ["INVALID_INPUT"]
    query = "mutation($input: ResetSecondFactorInput!) { resetSecondFactor(input: $input) { refusals { code } } }"
    answer = await (await company.person("HR")).ask(query, {"input": {"id": ids.encode("User", company.tenant.id)}})
    assert answer.codes == ["FORBIDDEN"]
    assert (await state(company))[0] is True


async def test_nobody_takes_it_off_who_may_more(
    company: CompanyWorld, ada: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No built-in role manages users and holds less than another does: so one is made to."""
    admin = await company.person("ADMIN")
    fewer = admin.asking.principal.permissions - {"privacy.erase"}
    monkeypatch.setattr("resolvers.identity.standing.permissions_of", lambda _roles: fewer)
    company.world.parts.identity.forget(company.tenant.placement)
    assert codes(await lost(ada, admin, company)) == ["ROLE_ABOVE_YOURS"]
    assert (await state(company))[0] is True
