"""Choosing a password with a mailed link: once, in time, by who got the mail, and with every session ended."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from uuid_utils.compat import uuid7

import app
from auth.links import Purpose, hash_of, write
from tests.identity.builders import ENDED, Caller, Clock, caller, everything, last_link, owner, set_otherwise
from tests.world import CompanyWorld

OTHER = "another long password"
DEAD = [
    {
        "code": "INVALID_LINK",
        "message": "This link is not valid any more; ask for a new one.",
        "path": ["input", "token"],
    }
]


@pytest.fixture
async def timed(company: CompanyWorld, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Caller, Clock]]:
    clock = Clock()
    monkeypatch.setattr(app, "now", clock)
    async with set_otherwise(company.world) as http:
        yield caller(company, http), clock


async def forget(door: Caller, email: str) -> Any:
    return await door.do("requestPasswordReset", {"email": email}, "refusals { code } clientMutationId")


async def choose(door: Caller, token: str, password: str = OTHER) -> list[Any]:
    return (await door.do("resetPassword", {"token": token, "password": password}))["refusals"]


async def test_a_link_sets_a_password_and_ends_every_session(company: CompanyWorld) -> None:
    door = caller(company)
    mine = await door.session(owner(company))
    await forget(door, f" {owner(company).upper()} ")
    assert await choose(door, await last_link(company)) == []
    assert not await door.is_let_in(mine)
    assert await door.refresh(mine["refreshToken"]) == ENDED
    assert (await door.sign_in(owner(company)))["session"] is None
    assert await door.session(owner(company), OTHER)
    [row] = await company.rows("select email_verified_at is not null from pool.users where tenant_id = :tenant")
    assert row[0]


async def test_a_link_counts_once(company: CompanyWorld) -> None:
    door = caller(company)
    await forget(door, owner(company))
    token = await last_link(company)
    assert await choose(door, token) == []
    assert await choose(door, token, "a third long password") == DEAD
    assert await door.session(owner(company), OTHER)


async def test_of_two_at_the_same_moment_one_counts(company: CompanyWorld) -> None:
    door = caller(company)
    await forget(door, owner(company))
    token = await last_link(company)
    answers = await asyncio.gather(*(choose(door, token, f"password number {each}") for each in range(2)))
    assert sorted(answers, key=len) == [[], DEAD]


async def test_a_link_is_good_for_half_an_hour_and_no_longer(
    company: CompanyWorld, timed: tuple[Caller, Clock]
) -> None:
    door, clock = timed
    await forget(door, owner(company))
    clock.move(timedelta(minutes=30) - timedelta(microseconds=1))
    assert await choose(door, await last_link(company)) == []
    await forget(door, owner(company))
    clock.move(timedelta(minutes=30))
    assert await choose(door, await last_link(company)) == DEAD


async def test_the_newest_link_is_the_only_one(company: CompanyWorld) -> None:
    door = caller(company)
    await forget(door, owner(company))
    first = await last_link(company)
    await forget(door, owner(company))
    assert await choose(door, first) == DEAD
    assert await choose(door, await last_link(company)) == []


async def test_a_link_lifts_a_lock(company: CompanyWorld) -> None:
    door = caller(company)
    for _ in range(10):
        await door.sign_in(owner(company), "not the password")
    assert (await door.sign_in(owner(company)))["session"] is None
    await forget(door, owner(company))
    assert await choose(door, await last_link(company)) == []
    assert await door.session(owner(company), OTHER)


async def test_who_is_shut_out_meanwhile_stays_out(company: CompanyWorld) -> None:
    door = caller(company)
    await forget(door, owner(company))
    await company.rows("update pool.users set is_active = false where tenant_id = :tenant returning id")
    assert await choose(door, await last_link(company)) == DEAD


async def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(
    company: CompanyWorld, other_company: CompanyWorld
) -> None:
    door, other_door = caller(company), caller(other_company)
    await forget(door, owner(company))
    await forget(other_door, owner(other_company))
    good, foreign = await last_link(company), await last_link(other_company)
    [(row_id,)] = await company.rows("select id from pool.password_resets where tenant_id = :tenant")
    altered = [good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :] for place in (4, 30, 60, 77)]
    forged = [
        write(other_company.keyring, company.tenant.id, Purpose.PASSWORD, row_id),
        write(company.keyring, other_company.tenant.id, Purpose.PASSWORD, row_id),
        write(company.keyring, company.tenant.id, Purpose.ONBOARDING, row_id),
        write(company.keyring, company.tenant.id, Purpose.PASSWORD, uuid7()),
    ]
    for text in ("", "\0", "wgp_", "x" * 100_000, *altered, *forged, foreign):
        assert await choose(door, text) == DEAD, text[:90]
    assert await choose(door, good) == []
    assert await choose(other_door, foreign) == []


async def test_a_guess_reads_no_table_and_hashes_nothing(
    company: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_given: object) -> None:
        raise AssertionError

    monkeypatch.setattr(PasswordHasher, "hash", fail)
    monkeypatch.setattr(company.world.parts.database, "reading", fail)
    forged = write(company.keyring, company.tenant.id, Purpose.PASSWORD, uuid7())
    altered = forged[:-1] + ("A" if forged[-1] != "A" else "E")
    with pytest.raises(Exception, match="not valid any more"):
        await company.world.parts.identity.resets.choose(company.stranger().asking, altered, OTHER)


async def test_a_link_says_its_company_where_no_address_does(company: CompanyWorld) -> None:
    await forget(caller(company), owner(company))
    assert await choose(Caller(company.world.http, None), await last_link(company)) == []


async def test_a_weak_password_leaves_the_link_good(company: CompanyWorld) -> None:
    door = caller(company)
    await forget(door, owner(company))
    token = await last_link(company)
    assert [(each["code"], each["path"]) for each in await choose(door, token, "short")] == [
        ("WEAK_PASSWORD", ["input", "password"])
    ]
    assert await choose(door, token) == []


async def test_nobody_learns_who_is_known(company: CompanyWorld) -> None:
    """Known, unknown, inactive and unreadable: the same answer, no sooner than after the same time; one mail."""
    nobody = f"nobody@{company.tenant.slug}.example"
    async with set_otherwise(company.world, slow_refusals=0.4) as http:
        door = caller(company, http)
        answers: list[Any] = []
        for email in (owner(company), nobody, "", "\0", "x" * 10_000):
            begun = time.monotonic()
            answers.append(await forget(door, email))
            assert 0.4 <= time.monotonic() - begun < 1.5
        await company.rows("update pool.users set is_active = false where tenant_id = :tenant returning id")
        answers.append(await forget(door, owner(company)))
    assert answers == [{"refusals": [], "clientMutationId": None}] * 6
    [mail] = await company.rows("select * from pool.email_messages where tenant_id = :tenant")
    assert (mail.template, mail.recipient_email) == ("password_reset", owner(company))


async def test_a_mail_is_queued_with_what_its_job_needs_and_no_token(company: CompanyWorld) -> None:
    await forget(caller(company), owner(company))
    token = await last_link(company)
    [mail] = await company.rows("select * from pool.email_messages where tenant_id = :tenant")
    [link] = await company.rows("select * from pool.password_resets where tenant_id = :tenant")
    assert (mail.status, mail.facts, mail.subject_type) == ("queued", {"reset_id": str(link.id)}, "User")
    assert (link.purpose, link.token_hash) == ("reset", hash_of(token))
    jobs = await company.rows(
        "select args from queue.procrastinate_jobs where task_name = 'tenant.send_mail' and args ->> 'tenant_id' = :id",
        id=str(company.tenant.id),
    )
    assert [row[0]["email_message_id"] for row in jobs] == [str(mail.id)]
    assert token not in await everything(company)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ("status = 'suspended'", "TENANT_SUSPENDED"),
        ("status = 'migrating', status_before = 'active'", "TENANT_MIGRATING"),
    ],
)
async def test_a_company_that_cannot_be_written_resets_nothing(company: CompanyWorld, changes: str, code: str) -> None:
    await forget(caller(company), owner(company))
    token = await last_link(company)
    await company.rows(f"update catalog.tenants set {changes} where id = :tenant returning id")
    async with set_otherwise(company.world) as http:
        door = caller(company, http)
        ask = "mutation($email: String!) { requestPasswordReset(input: { email: $email }) { refusals { code } } }"
        use = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { refusals { code } } }"
        assert (await door.ask(ask, {"email": owner(company)})).codes == [code]
        assert (await door.ask(ask, {"email": "nobody@example.com"})).codes == [code]
        assert (await door.ask(use, {"input": {"token": token, "password": OTHER}})).codes == [code]
