"""Signing in: who gets in, that nobody learns who is known, and that it is written down."""

import asyncio
from typing import Any

import pytest
from argon2 import PasswordHasher

from auth.passwords import Passwords, Verdict
from subscriptions.recorder import MASK
from tests.world import PASSWORD, Answer, CompanyWorld

LOGIN = """
mutation($input: LoginInput!) {
  login(input: $input) { session { accessToken expiresAt } refusals { code message path } clientMutationId }
}
"""


async def login(company: CompanyWorld, email: str, password: str = PASSWORD) -> Answer:
    return await company.stranger().ask(LOGIN, {"input": {"email": email, "password": password}})


def owner(company: CompanyWorld) -> str:
    return f"owner@{company.tenant.slug}.example"


async def test_the_right_password_opens_a_session(company: CompanyWorld) -> None:
    answer = await login(company, f"  {owner(company).upper()} ")
    session = answer.data["login"]["session"]
    person = company.stranger()
    person.token = session["accessToken"]
    assert (await person.ask("{ company { name } }")).data == {"company": {"name": company.tenant.name}}
    assert answer.data["login"]["refusals"] == []


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that passwords are compared with: each comparison costs the same."""
    compared: list[str] = []
    verify = PasswordHasher.verify

    def note(hasher: PasswordHasher, stored: str, password: str) -> Any:
        compared.append(stored)
        return verify(hasher, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", note)
    return compared


async def test_whoever_is_turned_away_learns_nothing(company: CompanyWorld, hashes: list[str]) -> None:
    wrong = await login(company, owner(company), "not the password")
    unknown = await login(company, f"nobody@{company.tenant.slug}.example")
    await company.rows("update pool.users set is_active = false where tenant_id = :tenant returning id")
    inactive = await login(company, owner(company))
    assert wrong.body == unknown.body == inactive.body
    assert wrong.data["login"] == {
        "session": None,
        "refusals": [
            {
                "code": "INVALID_CREDENTIALS",
                "message": "No active user has this address and password.",
                "path": [],
            }
        ],
        "clientMutationId": None,
    }
    assert [stored.rsplit("$", 2)[0] for stored in hashes] == ["$argon2id$v=19$m=8,t=1,p=1"] * 3
    noted = await company.rows(
        "select actor_type, action, new_values from pool.audit_logs where tenant_id = :tenant and operation = 'login'"
    )
    assert noted == [("system", "update", {"failed_logins": 1})]


async def test_a_user_of_another_company_is_unknown_here(company: CompanyWorld, other_company: CompanyWorld) -> None:
    answer = await login(company, owner(other_company))
    assert [refusal["code"] for refusal in answer.data["login"]["refusals"]] == ["INVALID_CREDENTIALS"]


@pytest.mark.parametrize("text", ["", "\0", "a\0@b.example", "%", "' or 1=1 --", "x" * 500_000, "é" * 300, "\u202e"])
async def test_no_text_breaks_the_door(company: CompanyWorld, text: str, hashes: list[str]) -> None:
    for email, password in ((text, PASSWORD), (owner(company), text)):
        answer = await login(company, email, password)
        assert [refusal["code"] for refusal in answer.data["login"]["refusals"]] == ["INVALID_CREDENTIALS"]
    assert len(hashes) == 2


async def test_signing_in_is_audited_as_such(company: CompanyWorld) -> None:
    await login(company, owner(company))
    [(user_id, seen)] = await company.rows("select id, last_login_at from pool.users where tenant_id = :tenant")
    begun, entry, session = await company.rows(
        "select * from pool.audit_logs where tenant_id = :tenant and operation = 'login' order by entity_type"
    )
    assert (begun.action, begun.entity_type, begun.new_values["token_hash"]) == ("create", "RefreshToken", MASK)
    assert (session.action, session.entity_type) == ("create", "UserSession")
    assert (entry.action, entry.entity_type, entry.entity_id, entry.entity_version) == ("login", "User", user_id, 2)
    assert (entry.actor_type, entry.actor_id) == ("user", user_id)
    assert entry.old_values == {"last_login_at": None}
    assert entry.new_values == {"last_login_at": seen.isoformat()}
    [*_, event] = await company.rows(
        "select * from pool.event_outbox where tenant_id = :tenant and correlation_id = :request order by type",
        request=entry.request_id,
    )
    assert (event.type, event.subject_id, event.subject_version) == ("user.signed_in", user_id, 2)


async def test_a_person_may_sign_in_twice_at_once(company: CompanyWorld) -> None:
    answers = await asyncio.gather(*(login(company, owner(company)) for _ in range(3)))
    assert [answer.data["login"]["refusals"] for answer in answers] == [[], [], []]
    assert len({answer.data["login"]["session"]["accessToken"] for answer in answers}) == 3
    assert [row[0] for row in await company.rows("select version from pool.users where tenant_id = :tenant")] == [4]


async def test_those_who_wait_for_their_password_to_be_checked_hold_no_connection(
    company: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checking is slow on purpose; a crowd at the door must not keep those inside from working."""
    go_on = asyncio.Event()

    async def wait(*_given: object) -> Verdict:
        await go_on.wait()
        return Verdict(matches=False)

    monkeypatch.setattr(Passwords, "verify", wait)
    person = await company.person("HR")
    crowd = [asyncio.create_task(login(company, owner(company))) for _ in range(15)]
    await asyncio.sleep(0.1)
    try:
        async with asyncio.timeout(5):
            assert (await person.ask("{ flows { totalCount } }")).data == {"flows": {"totalCount": 0}}
    finally:
        go_on.set()
        await asyncio.gather(*crowd)


async def test_an_older_kind_of_hash_is_replaced_by_the_way(
    company: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    [(before,)] = await company.rows("select password_hash from pool.users where tenant_id = :tenant")
    monkeypatch.setattr(PasswordHasher, "check_needs_rehash", lambda *_given: True)
    assert (await login(company, owner(company))).data["login"]["refusals"] == []
    [(after,)] = await company.rows("select password_hash from pool.users where tenant_id = :tenant")
    assert after != before
    [entry] = await company.rows(
        "select * from pool.audit_logs where tenant_id = :tenant and operation = 'login' and entity_type = 'User'"
    )
    assert entry.new_values["password_hash"] == entry.old_values["password_hash"] == MASK


async def test_a_password_changed_meanwhile_lets_nobody_in(
    company: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = Passwords.verify

    async def change_meanwhile(passwords: Passwords, *given: Any) -> Verdict:
        verdict = await verify(passwords, *given)
        await company.rows("update pool.users set password_hash = 'other' where tenant_id = :tenant returning id")
        return verdict

    monkeypatch.setattr(Passwords, "verify", change_meanwhile)
    answer = await login(company, owner(company))
    assert [refusal["code"] for refusal in answer.data["login"]["refusals"]] == ["INVALID_CREDENTIALS"]
