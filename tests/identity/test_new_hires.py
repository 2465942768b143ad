"""The link of a new hire as a way in: it opens one onboarding, and whatever is wrong with it is one answer."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from uuid_utils.compat import uuid7

import app
from auth.links import Purpose, write
from tests.identity.builders import Clock, ask, set_otherwise
from tests.identity.hires import Invited, an_invited_hire, with_token
from tests.world import Answer, CompanyWorld

ASK = "{ viewer { newHireId } }"
DEAD = {
    "errors": [
        {
            "message": "This link is not valid any more; ask for a new one.",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]
}


@pytest.fixture
async def hire(company: CompanyWorld) -> Invited:
    return await an_invited_hire(company)


def is_dead(answer: Answer) -> bool:
    return (answer.response.status_code, answer.body) == (401, DEAD)


async def test_a_link_opens_its_onboarding_and_nothing_else(company: CompanyWorld, hire: Invited) -> None:
    answer = await with_token(company, hire.token, "{ viewer { permissions } flows { totalCount } company { name } }")
    assert [error["extensions"]["code"] for error in answer.errors] == ["FORBIDDEN"] * len(answer.errors)
    assert len(answer.errors) == 2
    assert (await with_token(company, hire.token, ASK)).data["viewer"]["newHireId"]


async def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(
    company: CompanyWorld, other_company: CompanyWorld, hire: Invited
) -> None:
    good, theirs = hire.token, await an_invited_hire(other_company)
    altered = [good[:place] + ("A" if good[place] != "A" else "B") + good[place + 1 :] for place in range(4, len(good))]
    made = [
        write(other_company.keyring, company.tenant.id, Purpose.ONBOARDING, hire.invitation_id),
        write(company.keyring, other_company.tenant.id, Purpose.ONBOARDING, hire.invitation_id),
        write(company.keyring, company.tenant.id, Purpose.ONBOARDING, theirs.invitation_id),
        write(company.keyring, company.tenant.id, Purpose.ONBOARDING, uuid7()),
        write(company.keyring, uuid7(), Purpose.ONBOARDING, hire.invitation_id),
        "wgh_" + write(company.keyring, company.tenant.id, Purpose.PASSWORD, hire.invitation_id)[4:],
    ]
    for token in ("wgh_", "wgh_guess", "wgh_" + "x" * 5000, f"{good}A", *altered, *made):
        assert is_dead(await with_token(company, token, ASK)), token[:90]
    assert (await with_token(company, good, ASK)).data["viewer"]


@pytest.mark.parametrize(
    "change",
    [
        "update pool.onboarding_invitations set voided_at = now() where tenant_id = :tenant returning id",
        "update pool.onboarding_invitations set token_hash = sha256('other') where tenant_id = :tenant returning id",
        "update pool.onboarding_invitations set expires_at = now() where tenant_id = :tenant returning id",
        "update pool.new_hires set status = 'cancelled' where tenant_id = :tenant returning id",
        "update pool.new_hires set status = 'expired' where tenant_id = :tenant returning id",
        "delete from pool.onboarding_invitations where tenant_id = :tenant returning id",
        "update catalog.tenants set status = 'closing' where id = :tenant returning id",
    ],
)
async def test_a_link_that_ended_says_no_more_than_a_guess(company: CompanyWorld, hire: Invited, change: str) -> None:
    await company.rows(change)
    async with set_otherwise(company.world) as http:
        assert is_dead(await ask(http, ASK, authorization=f"Bearer {hire.token}"))


@pytest.fixture
async def timed(company: CompanyWorld, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Any, Clock]]:
    clock = Clock()
    monkeypatch.setattr(app, "now", clock)
    async with set_otherwise(company.world) as http:
        yield http, clock


@pytest.mark.parametrize(("status", "opens"), [("pending", False), ("active", True), ("completed", True)])
async def test_a_link_has_to_be_begun_with_in_time_and_then_stays_good(
    company: CompanyWorld, hire: Invited, timed: tuple[Any, Clock], status: str, *, opens: bool
) -> None:
    http, clock = timed
    await company.rows(f"update pool.new_hires set status = '{status}' where tenant_id = :tenant returning id")
    [(until,)] = await company.rows("select expires_at from pool.onboarding_invitations where tenant_id = :tenant")
    clock.moment = until - timedelta(microseconds=1)
    assert (await ask(http, ASK, authorization=f"Bearer {hire.token}")).data["viewer"]
    clock.moment = until
    answer = await ask(http, ASK, authorization=f"Bearer {hire.token}")
    assert bool(answer.data["viewer"]) if opens else is_dead(answer)


async def test_a_link_is_good_at_its_companys_address_and_at_no_others(
    company: CompanyWorld, other_company: CompanyWorld, hire: Invited
) -> None:
    own = await with_token(company, hire.token, ASK, **{"x-workgraph-tenant": company.tenant.slug})
    assert own.data["viewer"]
    for headers in (
        {"x-workgraph-tenant": other_company.tenant.slug},
        {"host": f"{other_company.tenant.slug}.localhost"},
    ):
        answer = await with_token(company, hire.token, ASK, **headers)
        assert (answer.response.status_code, answer.codes) == (403, ["TENANT_MISMATCH"])
    guess = hire.token[:-1] + ("A" if hire.token[-1] != "A" else "E")
    assert is_dead(await with_token(company, guess, ASK, **{"x-workgraph-tenant": other_company.tenant.slug}))


async def test_an_unknown_host_is_nobodys_whatever_is_sent(company: CompanyWorld, hire: Invited) -> None:
    sent = await _statements(company, hire.token, host="nobody.localhost")
    assert (sent.answer.response.status_code, sent.answer.codes) == (404, ["TENANT_NOT_FOUND"])
    assert sent.statements == []


async def test_one_statement_finds_who_holds_a_link(company: CompanyWorld, hire: Invited) -> None:
    sent = await _statements(company, hire.token, query="{ modules { name } }")
    assert sent.answer.data["modules"]
    assert len([each for each in sent.statements if "onboarding_invitations" in each]) == 1
    assert len([each for each in sent.statements if "set_config" not in each]) == 1


async def test_a_guess_reads_no_table_of_a_company(company: CompanyWorld, hire: Invited) -> None:
    guess = hire.token[:-1] + ("A" if hire.token[-1] != "A" else "E")
    sent = await _statements(company, guess)
    assert is_dead(sent.answer)
    assert sent.statements == []


class Sent:
    """An answer, and the statements that the pool of requests sent for it."""

    def __init__(self, answer: Answer, statements: list[str]) -> None:
        self.answer, self.statements = answer, statements


async def _statements(company: CompanyWorld, token: str, query: str = ASK, **headers: str) -> Sent:
    sent: list[str] = []
    engine = company.world.parts.database.engine(company.tenant.placement).sync_engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        answer = await with_token(company, token, query, **headers)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return Sent(answer, sent)
