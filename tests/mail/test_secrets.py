"""A link's token is in the mail and nowhere else: in no table, no event, no audit entry, no job and no log."""

import re

import pytest
from structlog.testing import CapturingLogger

from auth.links import parse
from db.base import Base
from db.models.mail import MailStatus
from gateways.mail import Letter, MailFolder
from resolvers.mailing import NotYetSent
from tests.mail.builders import Answering, a_hire, listening, posting_to, queued, queued_for_user, row_of, send
from tests.world import CompanyWorld

TABLES = sorted(table.name for table in Base.metadata.tables.values() if "tenant_id" in table.columns)


class Talkative:
    """Fails with the whole mail in its words."""

    async def send(self, letter: Letter) -> None:
        raise RuntimeError(letter.text + letter.html)


def parts_of(token: str) -> list[str]:
    """The token, its secret part, and the bytes of that as they could be written."""
    link = parse(token)
    assert link is not None
    return [token, token[4:], token[-32:], link.mac.hex(), link.mac[:12].hex()]


async def everything(company: CompanyWorld) -> str:
    """Every row of the company in every table, and every job, as text."""
    rows = [
        str(await company.rows(f"select to_jsonb(each)::text from pool.{table} each where tenant_id = :tenant"))
        for table in TABLES
    ]
    of_company = "args->>'tenant_id' = cast(:tenant as uuid)::text"
    jobs = f"select to_jsonb(each)::text from queue.procrastinate_jobs each where {of_company}"
    return "\n".join([*rows, str(await company.rows(jobs))])


async def test_no_token_stands_anywhere_but_in_the_mail(
    company: CompanyWorld, folder: MailFolder, log: CapturingLogger
) -> None:
    hire = await a_hire(company)
    to_hire = await queued(company, hire)
    to_user, _, for_user = await queued_for_user(company)
    for message in (to_hire, to_user):
        await send(company, folder, message)
    refused = await queued(company, hire)
    async with listening(Answering(content="554 Blocked:", echoes=True)) as port:
        await send(company, posting_to(port), refused)
    later = await queued(company, hire)
    async with listening(Answering(content="451 Not now:", echoes=True)) as port:
        with pytest.raises(NotYetSent) as raised:
            await send(company, posting_to(port), later)
    with pytest.raises(RuntimeError):
        await send(company, Talkative(), later)

    mails = "".join(stored.body("plain") for stored in await folder.newest(10))
    written, logged = (await everything(company)).lower(), str(log.calls).lower()
    assert str(to_hire) in written
    assert str(to_hire) in logged
    for token in (hire.token, for_user):
        assert token in mails
        for part in parts_of(token):
            assert part.lower() not in written
            assert part.lower() not in logged
            assert part.lower() not in str(raised.value).lower()


async def test_what_a_server_repeats_of_the_mail_is_not_kept(company: CompanyWorld) -> None:
    hire = await a_hire(company)
    message = await queued(company, hire)
    async with listening(Answering(content="554 Blocked:", echoes=True)) as port:
        await send(company, posting_to(port), message)
    row = await row_of(company, message)
    assert row.status is MailStatus.FAILED
    assert row.error is not None
    assert row.error.startswith("554 Blocked: Welcome, Grace!")
    assert "/portal#…" in row.error
    assert re.search("wgh_", row.error) is None


async def test_the_address_of_the_receiver_is_masked_where_it_is_recorded(
    company: CompanyWorld, folder: MailFolder
) -> None:
    hire = await a_hire(company)
    await send(company, folder, await queued(company, hire))
    for table in ("event_outbox", "audit_logs"):
        found = await company.rows(
            f"select 1 from pool.{table} each where tenant_id = :tenant and to_jsonb(each)::text like :it",
            it=f"%{hire.email}%",
        )
        assert found == []


def test_a_letter_is_shown_without_what_it_says() -> None:
    letter = Letter.__dataclass_fields__
    assert (letter["text"].repr, letter["html"].repr) == (False, False)
