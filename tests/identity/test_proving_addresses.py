"""Addresses are proved with a link that was mailed there, and change once the new one is proved."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

import app
from auth.links import Purpose, hash_of, write
from gateways.mail import MailFolder
from tests.identity.builders import Caller, Clock, an_address, caller, everything, owner, set_otherwise
from tests.mail.builders import SENDER, row_of, send
from tests.world import PASSWORD, CompanyWorld

DEAD = [
    {
        "code": "INVALID_LINK",
        "message": "This link is not valid any more; ask for a new one.",
        "path": ["input", "token"],
    }
]


async def link_of(company: CompanyWorld, template: str = "email_verification") -> str:
    """Return the token of the link that was last put in a mail, as the job derives it."""
    [row] = await company.rows(
        "select facts ->> 'proof_id' as proof from pool.email_messages"
        " where tenant_id = :tenant and template = :template order by id desc limit 1",
        template=template,
    )
    return write(company.keyring, company.tenant.id, Purpose.ADDRESS, UUID(row.proof))


async def verify(door: Caller, token: str) -> list[Any]:
    return (await door.do("verifyEmail", {"token": token}))["refusals"]


async def asked(door: Caller, token: str) -> list[Any]:
    return (await door.do("requestEmailVerification", {}, token=token))["refusals"]


async def change(door: Caller, token: str, email: str, password: str = PASSWORD) -> list[Any]:
    return (await door.do("changeEmail", {"newEmail": email, "password": password}, token=token))["refusals"]


async def is_verified(company: CompanyWorld) -> bool:
    [row] = await company.rows(
        "select email_verified_at is not null as verified from pool.users where tenant_id = :tenant"
    )
    return row.verified


@pytest.fixture
async def token(company: CompanyWorld) -> str:
    return (await caller(company).session(owner(company)))["accessToken"]


@pytest.fixture
async def timed(company: CompanyWorld, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Caller, Clock]]:
    clock = Clock()
    monkeypatch.setattr(app, "now", clock)
    async with set_otherwise(company.world) as http:
        yield caller(company, http), clock


async def test_a_link_proves_an_address_once(company: CompanyWorld, token: str) -> None:
    door = caller(company)
    assert not await is_verified(company)
    assert await asked(door, token) == []
    link = await link_of(company)
    assert await verify(door, link) == []
    assert await is_verified(company)
    assert await door.is_let_in({"accessToken": token}), "nothing has changed that ends a session"
    assert await verify(door, link) == DEAD
    assert [each["code"] for each in await asked(door, token)] == ["ALREADY_VERIFIED"]
    told = await company.rows(
        "select type from pool.event_outbox where type like 'user.email_%' and tenant_id = :tenant"
    )
    assert [row.type for row in told] == ["user.email_verified"]


async def test_a_link_is_good_for_a_day_and_no_longer(company: CompanyWorld, timed: tuple[Caller, Clock]) -> None:
    door, clock = timed
    token = (await door.session(owner(company)))["accessToken"]
    await asked(door, token)
    link = await link_of(company)
    clock.move(timedelta(hours=24))
    assert await verify(door, link) == DEAD
    clock.move(timedelta(microseconds=-1))
    assert await verify(door, link) == []


async def test_the_newest_link_is_the_only_one(company: CompanyWorld, token: str) -> None:
    door = caller(company)
    await asked(door, token)
    first = await link_of(company)
    await asked(door, token)
    assert await verify(door, first) == DEAD
    assert await verify(door, await link_of(company)) == []


async def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(
    company: CompanyWorld, other_company: CompanyWorld, token: str
) -> None:
    door = caller(company)
    await asked(door, token)
    good = await link_of(company)
    [(row_id,)] = await company.rows("select id from pool.address_proofs where tenant_id = :tenant")
    forged = [
        write(other_company.keyring, company.tenant.id, Purpose.ADDRESS, row_id),
        write(company.keyring, other_company.tenant.id, Purpose.ADDRESS, row_id),
        write(company.keyring, company.tenant.id, Purpose.PASSWORD, row_id),
        write(company.keyring, company.tenant.id, Purpose.ADDRESS, uuid7()),
    ]
    for text in ("", "\0", "wgv_", "x" * 100_000, good[:-1] + ("A" if good[-1] != "A" else "E"), *forged):
        assert await verify(door, text) == DEAD, text[:90]
    choose = await door.do("resetPassword", {"token": good, "password": "another long password"})
    assert choose["refusals"] == DEAD, "a link that proves an address chooses no password"
    assert await verify(caller(other_company), good) == DEAD
    assert await verify(door, good) == []


async def test_who_is_shut_out_proves_nothing(company: CompanyWorld, token: str) -> None:
    door = caller(company)
    await asked(door, token)
    await company.rows("update pool.users set is_active = false where tenant_id = :tenant returning id")
    assert await verify(door, await link_of(company)) == DEAD


async def test_nothing_of_a_link_is_stored(company: CompanyWorld, token: str) -> None:
    await asked(caller(company), token)
    link = await link_of(company)
    [row] = await company.rows("select * from pool.address_proofs where tenant_id = :tenant")
    assert row.token_hash == hash_of(link)
    assert link not in await everything(company)


async def test_an_address_changes_once_the_new_one_is_proved(company: CompanyWorld, token: str) -> None:
    door, other = caller(company), await caller(company).session(owner(company))
    assert await change(door, token, " New@People.Example ") == []
    mails = await company.rows(
        "select template, recipient_email from pool.email_messages where tenant_id = :tenant order by id"
    )
    assert [tuple(row) for row in mails] == [
        ("email_change", "new@people.example"),
        ("email_change_notice", owner(company)),
    ]
    assert (await door.sign_in(owner(company)))["refusals"] == [], "nothing has changed yet"
    assert await verify(door, await link_of(company, "email_change")) == []
    assert await is_verified(company)
    assert (await door.sign_in("new@people.example"))["refusals"] == []
    assert [each["code"] for each in (await door.sign_in(owner(company)))["refusals"]] == ["INVALID_CREDENTIALS"]
    assert await door.is_let_in({"accessToken": token}), "the session that asked goes on"
    assert not await door.is_let_in(other)


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [
        ("new@people.example", "not the password", "WRONG_PASSWORD"),
        ("not an address", PASSWORD, "INVALID_INPUT"),
        ("a\0@people.example", PASSWORD, "INVALID_INPUT"),
        ("x" * 300 + "@people.example", PASSWORD, "INVALID_INPUT"),
        ("OWNER", PASSWORD, "INVALID_INPUT"),
        ("TAKEN", PASSWORD, "ALREADY_EXISTS"),
    ],
)
async def test_what_cannot_be_a_new_address_is_refused(
    company: CompanyWorld, token: str, email: str, password: str, code: str
) -> None:
    other = (await company.person("HR")).asking.principal.name
    email = {"OWNER": owner(company).upper(), "TAKEN": other.upper()}.get(email, email)
    assert [each["code"] for each in await change(caller(company), token, email, password)] == [code]
    assert await company.rows("select id from pool.email_messages where tenant_id = :tenant") == []


async def test_an_address_that_was_taken_meanwhile_is_refused(company: CompanyWorld, token: str) -> None:
    door = caller(company)
    await change(door, token, "new@people.example")
    link = await link_of(company, "email_change")
    person = await company.person()
    await person.do("createUser", {"email": "new@people.example", "firstName": "N", "lastName": "N"})
    [refusal] = await verify(door, link)
    assert (refusal["code"], refusal["message"]) == ("ALREADY_EXISTS", "This address cannot be used here.")
    assert (await door.sign_in(owner(company)))["refusals"] == []


async def test_of_two_who_want_one_address_at_the_same_moment_one_gets_it(company: CompanyWorld, token: str) -> None:
    door, other = caller(company), await company.person("HR")
    await change(door, token, "new@people.example")
    mine = await link_of(company, "email_change")
    await change(door, other.token or "", "new@people.example")
    theirs = await link_of(company, "email_change")
    answers = await asyncio.gather(verify(door, mine), verify(door, theirs))
    assert sorted([each["code"] for each in answer] for answer in answers) == [[], ["ALREADY_EXISTS"]]


async def test_another_password_ends_a_change_that_was_asked_for(company: CompanyWorld, token: str) -> None:
    door = caller(company)
    await change(door, token, "new@people.example")
    link = await link_of(company, "email_change")
    given = {"current": PASSWORD, "new": "another long password"}
    assert (await door.do("changePassword", given, token=token))["refusals"] == []
    assert await verify(door, link) == DEAD


async def test_wrong_passwords_are_counted(company: CompanyWorld, token: str) -> None:
    door = caller(company)
    for _ in range(10):
        await change(door, token, "new@people.example", "not the password")
    assert [each["code"] for each in (await door.sign_in(owner(company)))["refusals"]] == ["INVALID_CREDENTIALS"]


async def test_who_asks_too_often_waits(company: CompanyWorld, token: str) -> None:
    async with set_otherwise(company.world, client=an_address(), limit_factor=1.0) as http:
        door = caller(company, http)
        query = "mutation { requestEmailVerification(input: {}) { refusals { code } } }"
        answers = [await door.ask(query, token=token) for _ in range(6)]
    assert [each.codes for each in answers] == [*[[]] * 5, ["RATE_LIMITED"]]


async def test_mails_say_what_they_are_about(company: CompanyWorld, token: str, tmp_path: Path) -> None:
    folder, door = MailFolder(tmp_path, SENDER), caller(company)
    await asked(door, token)
    await change(door, token, "new@people.example")
    texts: dict[str, str] = {}
    for row in await company.rows("select id, template from pool.email_messages where tenant_id = :tenant order by id"):
        await send(company, folder, row.id)
        found = next((each for each in await folder.newest(10) if str(row.id) in each.name), None)
        texts[row.template] = found.body("plain") if found else str((await row_of(company, row.id)).error)
    assert texts["email_verification"] == "The link has run out or was replaced."
    assert f"/verify#{await link_of(company, 'email_change')}" in texts["email_change"]
    assert "new@people.example" in texts["email_change"]
    assert "gave your password" in texts["email_change_notice"]
    assert "/verify#" not in texts["email_change_notice"]


async def test_the_page_of_the_link_is_there(company: CompanyWorld) -> None:
    page = await company.world.http.get("/verify")
    assert (page.status_code, "Confirm your address" in page.text) == (200, True)
    assert "default-src 'none'" in page.headers["content-security-policy"]
