"""Ten wrong passwords in a row lock an account for a quarter of an hour, and nobody can tell by trying."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

import app
from tests.identity.builders import Caller, Clock, caller, owner, set_otherwise
from tests.world import PASSWORD, CompanyWorld

WRONG = "not the password"


@pytest.fixture
async def timed(company: CompanyWorld, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Caller, Clock]]:
    clock = Clock()
    monkeypatch.setattr(app, "now", clock)
    async with set_otherwise(company.world) as http:
        yield caller(company, http), clock


async def fail(door: Caller, company: CompanyWorld, times: int) -> None:
    for _ in range(times):
        assert (await door.sign_in(owner(company), WRONG))["session"] is None


async def state(company: CompanyWorld) -> tuple[Any, ...]:
    [row] = await company.rows("select failed_logins, locked_until from pool.users where tenant_id = :tenant")
    return tuple(row)


async def test_the_tenth_wrong_password_locks_for_a_quarter_of_an_hour(
    company: CompanyWorld, timed: tuple[Caller, Clock]
) -> None:
    door, clock = timed
    await fail(door, company, 9)
    assert await state(company) == (9, None)
    await fail(door, company, 1)
    assert await state(company) == (0, clock.moment + timedelta(minutes=15))
    assert (await door.sign_in(owner(company)))["session"] is None
    clock.move(timedelta(minutes=15) - timedelta(microseconds=1))
    assert (await door.sign_in(owner(company)))["session"] is None
    clock.move(timedelta(microseconds=1))
    assert await door.session(owner(company))
    assert await state(company) == (0, None)


async def test_the_lock_is_told_once(company: CompanyWorld, timed: tuple[Caller, Clock]) -> None:
    door, clock = timed
    await fail(door, company, 14)
    told = await company.rows(
        "select actor_type, subject_type, data from pool.event_outbox"
        " where tenant_id = :tenant and type = 'user.login_failed_locked'"
    )
    until = (clock.moment + timedelta(minutes=15)).isoformat()
    assert told == [("system", "User", {"locked_until": until})]
    assert await state(company) == (0, clock.moment + timedelta(minutes=15))


async def test_the_right_password_begins_the_count_again(company: CompanyWorld) -> None:
    door = caller(company)
    for _ in range(2):
        await fail(door, company, 9)
        assert await door.session(owner(company))
    assert await state(company) == (0, None)


async def test_a_crowd_of_wrong_passwords_is_counted_one_by_one(company: CompanyWorld) -> None:
    door = caller(company)
    await asyncio.gather(*(door.sign_in(owner(company), WRONG) for _ in range(9)))
    assert await state(company) == (9, None)


async def test_a_password_that_was_right_too_late_lets_nobody_in(
    company: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock came while the password was checked."""
    door = caller(company)
    monkeypatch.setattr("resolvers.identity.sessions.is_locked", _never_at_first())
    await company.rows(
        "update pool.users set locked_until = now() + interval '1 minute' where tenant_id = :tenant returning id"
    )
    assert (await door.sign_in(owner(company)))["session"] is None


def _never_at_first() -> Any:
    asked: list[object] = []

    def is_locked(user: Any, now: Any) -> bool:
        asked.append(user)
        return len(asked) > 1 and user.locked_until is not None and now < user.locked_until

    return is_locked


async def test_a_lock_is_no_way_to_learn_who_is_known(company: CompanyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locked, wrong, inactive, invited and unknown: one answer, one hash computed, and the same time at least."""
    computed: list[str] = []
    verify = PasswordHasher.verify

    def note(hasher: PasswordHasher, stored: str, password: str) -> Any:
        computed.append(stored.rsplit("$", 2)[0])
        return verify(hasher, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", note)
    answers: list[Any] = []
    async with set_otherwise(company.world, slow_refusals=0.4) as http:
        door = caller(company, http)
        for change, email, password in (
            ("", owner(company), WRONG),
            ("", f"nobody@{company.tenant.slug}.example", PASSWORD),
            ("locked_until = now() + interval '1 hour'", owner(company), PASSWORD),
            ("locked_until = now() + interval '1 hour'", owner(company), WRONG),
            ("locked_until = null, is_active = false", owner(company), PASSWORD),
            ("is_active = true, password_hash = null", owner(company), PASSWORD),
        ):
            if change:
                await company.rows(f"update pool.users set {change} where tenant_id = :tenant returning id")
            begun = time.monotonic()
            answers.append(await door.sign_in(email, password))
            assert time.monotonic() - begun >= 0.4
    assert answers == [answers[0]] * 6
    assert computed == ["$argon2id$v=19$m=8,t=1,p=1"] * 6
