"""Notices of the end of keys: 14, 3 and 1 days before and at the end, to who should know, each once."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app import now
from cli.serving import work_of
from db.catalog import TenantStatus
from resolvers.keys.clock import ANNOUNCING
from tests.documents.builders import a_client
from tests.identity.test_people import me
from tests.keys.builders import Held, a_key, announced, codes, demote, revoke, rotated, told, update
from tests.mail.builders import Answering, listening, posting_to, send, text_of
from tests.world import CompanyWorld, Person

MAILS = (
    "select id, recipient_email, locale from pool.email_messages "
    "where template = 'api_key_expiring' and tenant_id = :tenant order by id"
)
DAY = timedelta(days=1)


async def mailed(company: CompanyWorld) -> list[str]:
    """Who was written to so far, in order of their addresses."""
    return sorted(row.recipient_email for row in await company.rows(MAILS))


async def address_of(company: CompanyWorld, person: Person) -> str:
    rows = await company.rows("select id, email from pool.users where tenant_id = :tenant")
    [found] = [row.email for row in rows if row.id == person.asking.principal.id]
    return found


async def ends(owner: Person, **lasts: float) -> tuple[datetime, Held]:
    """Make a key that runs out after a while."""
    end = now() + timedelta(**lasts)
    return end, await a_key(owner, expiresAt=end.isoformat())


async def test_each_notice_is_given_once_and_in_its_time(company: CompanyWorld, owner: Person) -> None:
    end, _ = await ends(owner, days=30)
    seen: list[tuple[float, int]] = []
    for days in (15, 14, 13.9, 4, 3, 2.5, 1, 0.5, 0.001, 0, -1):
        given = [await announced(company, end - days * DAY) for _ in range(2)]
        assert given[1] == 0, "once"
        seen.append((days, given[0]))
    assert [days for days, given in seen if given] == [14, 3, 1, 0]
    expiring = await told(company, "apikey.expiring")
    assert [each["days"] for each in expiring] == [14, 3, 1]
    assert {datetime.fromisoformat(each["expires_at"]) for each in expiring} == {end}
    assert len(await told(company, "apikey.expired")) == 1
    founder, maker = f"owner@{company.tenant.slug}.example", await address_of(company, owner)
    assert await mailed(company) == sorted([founder, maker] * 3)


async def test_days_that_were_missed_are_one_notice(company: CompanyWorld, owner: Person) -> None:
    end, _ = await ends(owner, days=30)
    assert await announced(company, end - 2 * DAY) == 1
    assert [each["days"] for each in await told(company, "apikey.expiring")] == [3]


async def test_two_workers_give_one_notice(company: CompanyWorld, owner: Person) -> None:
    end, _ = await ends(owner, days=30)
    assert sorted(await asyncio.gather(*(announced(company, end - DAY) for _ in range(3)))) == [0, 0, 1]
    assert len(await told(company, "apikey.expiring")) == 1


async def test_whoever_made_it_is_told_and_whoever_manages_keys_each_once(company: CompanyWorld, owner: Person) -> None:
    admin, manager = await company.person("ADMIN"), await company.person("ADMIN")
    for role in ("HR", "MEMBER"):
        await company.person(role)
    gone = await company.person("ADMIN")
    await owner.do("deactivateUser", {"id": me(gone)})
    end, _ = await ends(admin, days=30)
    await demote(owner, admin)
    await announced(company, end - DAY)
    people = [await address_of(company, each) for each in (owner, admin, manager)]
    assert await mailed(company) == sorted([*people, f"owner@{company.tenant.slug}.example"])


async def test_notices_that_lie_before_its_making_are_not_given(company: CompanyWorld, owner: Person) -> None:
    end, _ = await ends(owner, days=10)
    assert [await announced(company, end - days * DAY) for days in (9.9, 4, 3)] == [0, 0, 1]
    soon = (now() + timedelta(hours=3)).isoformat()
    short = await a_key(owner, client=await a_client(owner, "other"), expiresAt=soon)
    assert await announced(company, now() + timedelta(hours=1)) == 0
    assert codes(await update(owner, short.id, expiresAt=(now() + 20 * DAY).isoformat())) == []
    assert await announced(company, now() + 7 * DAY) == 1, "it has another end now, of which there is notice to give"


@pytest.mark.parametrize("how", ["revoked", "rotated", "without an end"])
async def test_what_is_over_is_not_announced(company: CompanyWorld, owner: Person, how: str) -> None:
    end, key = await ends(owner, days=30)
    if how == "revoked":
        await revoke(owner, key.id)
    elif how == "rotated":
        await rotated(owner, key)
        await company.rows(
            "update pool.api_keys set revoked_at = now() where tenant_id = :tenant and rotated_at is null returning 1"
        )
    else:
        await update(owner, key.id, expiresAt=None)
    assert await announced(company, now()) == 0
    expected = int(how == "rotated")
    assert await announced(company, end + DAY) == expected, "that a rotated key has run out is told, and nothing before"
    assert (len(await told(company, "apikey.expired")), await mailed(company)) == (expected, [])


async def test_a_company_that_may_not_be_written_to_waits(company: CompanyWorld, owner: Person) -> None:
    end, _ = await ends(owner, days=30)
    work = work_of(company.world.wiring, company.world.parts)
    [chore] = [each for each in work.chores if each.name == ANNOUNCING.name]
    await company.rows("update pool.api_keys set expires_at = now() where tenant_id = :tenant returning 1")
    await chore.run([replace(company.tenant, status=TenantStatus.SUSPENDED)])
    assert await told(company, "apikey.expired") == []
    await chore.run([company.tenant])
    assert await told(company, "apikey.expired") == [{}]
    assert end > now()


async def test_the_mail_says_which_key_in_the_language_of_who_reads_it(company: CompanyWorld, owner: Person) -> None:
    await company.rows(
        "update pool.users set locale = 'de-AT' where email not like 'owner@%' and tenant_id = :tenant returning 1"
    )
    end, key = await ends(owner, days=30)
    await announced(company, end - 3 * DAY)
    server = Answering()
    async with listening(server) as port:
        for row in await company.rows(MAILS):
            await send(company, posting_to(port), row.id)
    texts = {str(mail["subject"]): text_of(mail) for mail in server.taken}
    [(german, of_german), (english, of_english)] = sorted(texts.items(), key=lambda each: "runs out" in each[0])
    assert "läuft bald ab" in german
    assert "runs out soon" in english
    for text in (of_german, of_english):
        assert f"wgk_{key.text[4:12]}…" in text
        assert all(word in text for word in ("Nightly", "acme", str(end.year)))
        assert key.text[13:] not in text


@pytest.mark.parametrize("meanwhile", ["revoked", "rotated", "later"])
async def test_a_notice_that_is_not_so_any_more_is_not_sent(
    company: CompanyWorld, owner: Person, meanwhile: str
) -> None:
    end, key = await ends(owner, days=30)
    await announced(company, end - 3 * DAY)
    changes: dict[str, Any] = {
        "revoked": lambda: revoke(owner, key.id),
        "rotated": lambda: rotated(owner, key),
        "later": lambda: update(owner, key.id, expiresAt=(end + 30 * DAY).isoformat()),
    }
    await changes[meanwhile]()
    server = Answering()
    async with listening(server) as port:
        for row in await company.rows(MAILS):
            await send(company, posting_to(port), row.id)
    assert server.taken == []


async def test_a_key_of_another_client_is_announced_by_itself(company: CompanyWorld, owner: Person) -> None:
    end, _ = await ends(owner, days=30)
    await a_key(owner, client=await a_client(owner, "other"), expiresAt=(end + DAY).isoformat())
    assert [await announced(company, end - days * DAY) for days in (14, 13, 3, 2)] == [1, 1, 1, 1]
