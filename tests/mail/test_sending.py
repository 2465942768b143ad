"""The job: each mail leaves once, is tried again while that can help, and says what became of it."""

from uuid import uuid4

import pytest

from app import now
from db.models.mail import MailStatus
from db.queue.tasks import TRIES
from gateways.mail import Letter, MailFolder
from resolvers.mailing import NotYetSent
from tests.mail.builders import (
    Answering,
    a_hire,
    listening,
    posting_to,
    queued,
    queued_for_user,
    row_of,
    send,
)
from tests.world import CompanyWorld


class Killed(BaseException):
    """What a process that is killed does not survive."""


class Crashing:
    """Hands mails on, and then dies before it can say so."""

    def __init__(self, post: MailFolder) -> None:
        self._post = post

    async def send(self, letter: Letter) -> None:
        await self._post.send(letter)
        raise Killed


class Broken:
    """Fails in a way that nobody has thought of."""

    async def send(self, letter: Letter) -> None:
        raise ZeroDivisionError(letter.text)


async def test_a_mail_is_sent_once_and_says_when(company: CompanyWorld) -> None:
    server, moment = Answering(), now()
    message = await queued(company, await a_hire(company))
    async with listening(server) as port:
        for _ in range(2):
            await send(company, posting_to(port), message, clock=lambda: moment)
    row = await row_of(company, message)
    assert (row.status, row.attempts, row.sent_at, row.error) == (MailStatus.SENT, 1, moment, None)
    assert len(server.taken) == 1


async def test_a_server_that_was_away_is_tried_again(company: CompanyWorld) -> None:
    server = Answering()
    message = await queued(company, await a_hire(company))
    async with listening(server) as port:
        pass
    with pytest.raises(NotYetSent):
        await send(company, posting_to(port), message)
    row = await row_of(company, message)
    assert (row.status, row.attempts, row.sent_at) == (MailStatus.QUEUED, 1, None)
    assert (row.error or "").startswith("SMTPConnectError: ")
    async with listening(server, port):
        await send(company, posting_to(port), message)
    row = await row_of(company, message)
    assert (row.status, row.attempts, row.error) == (MailStatus.SENT, 2, None)
    assert len(server.taken) == 1


async def test_a_server_that_says_later_is_asked_again_and_given_up_in_the_end(company: CompanyWorld) -> None:
    message = await queued(company, await a_hire(company))
    async with listening(Answering(recipient="450 4.2.0 Greylisted, come again")) as port:
        for _ in range(TRIES - 1):
            with pytest.raises(NotYetSent, match=r"450 4\.2\.0 Greylisted"):
                await send(company, posting_to(port), message)
            assert (await row_of(company, message)).status is MailStatus.QUEUED
        await send(company, posting_to(port), message)
        await send(company, posting_to(port), message)
    row = await row_of(company, message)
    assert (row.status, row.attempts, row.error) == (MailStatus.FAILED, TRIES, "450 4.2.0 Greylisted, come again")


async def test_no_such_mailbox_is_given_up_at_once(company: CompanyWorld) -> None:
    hire = await a_hire(company)
    message = await queued(company, hire)
    async with listening(Answering(recipient=f"550 5.1.1 <{hire.email}> unknown")) as port:
        await send(company, posting_to(port), message)
    row = await row_of(company, message)
    assert (row.status, row.attempts, row.error) == (MailStatus.FAILED, 1, "550 5.1.1 <the recipient> unknown")


async def test_after_a_crash_it_is_sent_again_under_the_same_number(company: CompanyWorld, folder: MailFolder) -> None:
    server = Answering()
    message = await queued(company, await a_hire(company))
    with pytest.raises(Killed):
        await send(company, Crashing(folder), message)
    row = await row_of(company, message)
    assert (row.status, row.attempts) == (MailStatus.QUEUED, 1)
    async with listening(server) as port:
        await send(company, posting_to(port), message)
    [before], [after] = await folder.newest(10), server.taken
    assert before.mail["message-id"] == after["message-id"] == f"<{message}@workgraph.example>"
    assert before.mail["date"] == after["date"]
    row = await row_of(company, message)
    assert (row.status, row.attempts) == (MailStatus.SENT, 2)


async def test_what_nobody_has_thought_of_is_noted_by_its_kind_alone(company: CompanyWorld) -> None:
    message = await queued(company, await a_hire(company))
    with pytest.raises(ZeroDivisionError):
        await send(company, Broken(), message)
    row = await row_of(company, message)
    assert (row.status, row.attempts, row.error) == (MailStatus.QUEUED, 1, "ZeroDivisionError")


async def test_a_mail_that_is_no_more_is_no_trouble(company: CompanyWorld, folder: MailFolder) -> None:
    await send(company, folder, uuid4())
    assert not folder.folder.exists()


async def test_another_company_cannot_have_it_sent(
    company: CompanyWorld, other_company: CompanyWorld, folder: MailFolder
) -> None:
    message = await queued(company, await a_hire(company))
    await send(other_company, folder, message)
    assert not folder.folder.exists()
    assert (await row_of(company, message)).attempts == 0


async def test_what_became_of_it_is_recorded_as_done_by_the_system(company: CompanyWorld, folder: MailFolder) -> None:
    message = await queued(company, await a_hire(company))
    await send(company, folder, message)
    told = (
        "select type, actor_type from pool.event_outbox where tenant_id = :tenant and subject_id = :message order by id"
    )
    assert await company.rows(told, message=message) == [
        ("email_message.created", "system"),
        ("email_message.updated", "system"),
        ("email_message.moved", "system"),
    ]
    recorded = (
        "select operation, new_values->>'status' from pool.audit_logs "
        "where tenant_id = :tenant and entity_id = :message and action = 'transition'"
    )
    assert await company.rows(recorded, message=message) == [("send_mail", "sent")]


async def test_a_company_of_its_own_schema_sends_too(company: CompanyWorld, folder: MailFolder) -> None:
    own = await company.world.company(own_schema=True)
    message = await queued(own, await a_hire(own))
    await send(own, folder, message)
    assert (await row_of(own, message)).status is MailStatus.SENT


async def test_where_links_lead(company: CompanyWorld, folder: MailFolder) -> None:
    hire, slug = await a_hire(company), company.tenant.slug
    for portal, expected in (
        (None, f"https://{slug}.workgraph.example/portal#{hire.token}"),
        ("https://welcome.example/hello", f"https://welcome.example/hello#{hire.token}"),
    ):
        await send(company, folder, await queued(company, hire), portal=portal)
        [stored, *_] = await folder.newest(10)
        assert expected in stored.body("plain").splitlines()
        assert f'href="{expected}"' in stored.body("html")
    mail, _, token = await queued_for_user(company)
    await send(company, folder, mail, portal="https://welcome.example/hello")
    [stored, *_] = await folder.newest(1)
    assert f"https://{slug}.workgraph.example/reset#{token}" in stored.body("plain").splitlines()
