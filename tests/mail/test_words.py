"""What mails say, in every language that there are words in."""

import tomllib
from datetime import UTC, date, datetime
from string import Formatter
from typing import Any

import pytest
from sqlalchemy import select

from db.models import NewHire, User
from db.models.identity import ProofPurpose
from db.models.mail import MailStatus, MailTemplate
from db.models.onboarding import Assignee, NewHireStatus
from gateways.mail import MailFolder, StoredMail
from resolvers.mailing.wording import FOLDER, Fact, languages, wording_of
from tests.mail.builders import (
    Hire,
    a_hire,
    begin,
    change,
    dress,
    open_blocks,
    queued,
    queued_for_user,
    row_of,
    send,
    writing,
)
from tests.world import CompanyWorld

LONG_AGO = datetime(2027, 1, 5, 9, 30, tzinfo=UTC)
FACTS: dict[str, Fact] = {
    "company": "Acme",
    "first_name": "Grace",
    "email": "grace@example.com",
    "position": "Engineer",
    "start_date": date(2027, 3, 1),
    "start_date_ahead": date(2027, 3, 1),
    **dict.fromkeys(("expires_at", "reset_at", "asked_at", "started_at"), datetime(2027, 2, 4, 9, 30, tzinfo=UTC)),
    **dict.fromkeys(("endpoint", "gone", "failing", "unread"), "hooks.example.com"),
    **dict.fromkeys(("key", "prefix", "client"), "till"),
    **dict.fromkeys(("requester", "title", "approved", "rejected"), "Ada"),
    **dict.fromkeys(("amount", "reason"), "1500 EUR"),
    **dict.fromkeys(("person", "reader", "writer", "ticket"), "Grace"),
}
KINDS = [(language, template) for language in ("en", "de") for template in MailTemplate]


async def sent(
    company: CompanyWorld, folder: MailFolder, hire: Hire, template: MailTemplate, locale: str
) -> StoredMail:
    message = await queued(company, hire, template, locale)
    await send(company, folder, message, clock=lambda: LONG_AGO)
    row = await row_of(company, message)
    assert row.status is MailStatus.SENT, row.error
    return next(stored for stored in await folder.newest(10) if str(message) in stored.name)


async def hired(company: CompanyWorld, **facts: Any) -> Hire:
    return await a_hire(company, at=LONG_AGO, **facts)


def test_there_are_words_in_english_and_german() -> None:
    assert languages() == {"en", "de"}


@pytest.mark.parametrize(("language", "template"), KINDS)
@pytest.mark.parametrize("offboarding", [False, True])
def test_every_sentence_can_be_said(language: str, template: MailTemplate, *, offboarding: bool) -> None:
    words = wording_of(template, language, zone="Europe/Berlin", offboarding=offboarding)
    for text in sentences(words.sentences):
        line = words.line(text, FACTS)
        assert line
        assert "{" not in line
    assert words.one("subject", FACTS)
    assert words.one("heading", FACTS)
    assert words.lines("before", FACTS)


def sentences(found: Any) -> list[str]:
    if isinstance(found, str):
        return [found]
    inner = found.values() if isinstance(found, dict) else found
    return [text for each in inner for text in sentences(each)]


def test_every_language_says_the_same_things() -> None:
    """The same parts, with the same names in them."""
    told = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.toml")}
    shapes = {language: names_in({k: v for k, v in words.items() if k != "dates"}) for language, words in told.items()}
    assert shapes["de"] == shapes["en"]


def names_in(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: names_in(inner) for name, inner in found.items()}
    return sorted(name for text in sentences(found) for _, name, _, _ in Formatter().parse(text) if name)


def test_what_is_unknown_is_not_said() -> None:
    words = wording_of(MailTemplate.INVITATION, "en", zone="UTC")
    said = words.lines("before", FACTS | {"position": None, "start_date": None})
    assert [line for line in said if "None" in line or "join us as" in line or "first day" in line] == []
    assert len(said) == len(words.lines("before", FACTS)) - 2
    assert words.line("as {position}.", FACTS | {"position": " \n"}) is None


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de", "de"), ("de-AT", "de"), ("DE-ch", "de"), ("en-GB", "en"), ("fr", "en"), ("xx-YY", "en")],
)
async def test_a_mail_is_written_in_the_language_of_its_receiver(
    company: CompanyWorld, folder: MailFolder, locale: str, language: str
) -> None:
    mail = await sent(company, folder, await hired(company), MailTemplate.INVITATION, locale)
    greeting = {"de": "Willkommen, Grace!", "en": "Welcome, Grace!"}[language]
    assert mail.body("plain").startswith(greeting)
    assert f'<html lang="{language}">' in mail.body("html")
    assert mail.mail["content-language"] == language


async def test_dates_are_written_as_people_write_them_where_they_are(company: CompanyWorld, folder: MailFolder) -> None:
    hire = await hired(company, timezone="Europe/Berlin")
    english = (await sent(company, folder, hire, MailTemplate.INVITATION, "en")).body("plain")
    german = (await sent(company, folder, hire, MailTemplate.INVITATION, "de")).body("plain")
    assert "Your first day is 1 March 2027." in english
    assert "until 4 February 2027, 10:30 (Europe/Berlin)." in english
    assert "Ihr erster Tag ist der 1. März 2027." in german
    assert "bis zum 4. Februar 2027, 10:30 Uhr (Europe/Berlin) beginnen." in german


async def test_an_invitation_as_a_whole(company: CompanyWorld, folder: MailFolder) -> None:
    await dress(company, name="Acme")
    hire = await hired(company)
    mail = await sent(company, folder, hire, MailTemplate.INVITATION, "en")
    assert mail.mail["subject"] == "Acme invites you to your onboarding"
    assert mail.mail["from"] == "Acme <no-reply@workgraph.example>"
    assert mail.mail["to"] == hire.email
    assert (
        mail.body("plain")
        == f"""Welcome, Grace!

We are glad that you are joining Acme.

You join us as Engineer.

Your first day is 1 March 2027.

Some things are best settled before that. Open your onboarding on your phone or computer and go at your own pace: \
what you have done is kept, and you can go on at any time.

Begin your onboarding:
https://{company.tenant.slug}.workgraph.example/portal#{hire.token}

The link is yours alone, so please do not pass it on. You can begin with it until 4 February 2027, 09:30 (UTC).

--\x20
Sent by Acme with Workgraph.
"""
    )


async def test_a_reminder_lists_what_the_person_has_still_to_do(company: CompanyWorld, folder: MailFolder) -> None:
    hire = await hired(company)
    await begin(company, hire)
    await open_blocks(company, hire, "Your bank account", "A photo of you")
    await open_blocks(company, hire, "Order a laptop", assignee=Assignee.IT)
    await open_blocks(company, hire, "Hidden", live=False)
    await open_blocks(company, hire, "Done", status="completed")
    await open_blocks(company, hire, "If you like", required=False)
    text = (await sent(company, folder, hire, MailTemplate.REMINDER, "en")).body("plain")
    assert (
        "This is still open:\n  - Your bank account (due on 1 March 2027)\n  - A photo of you (due on 2 March 2027)\n\n"
        in text
    )
    assert text.count("  - ") == 2
    german = (await sent(company, folder, hire, MailTemplate.REMINDER, "de")).body("plain")
    assert "Das ist noch offen:\n  - Your bank account (fällig am 1. März 2027)\n" in german


async def test_a_long_list_is_cut_short(company: CompanyWorld, folder: MailFolder) -> None:
    hire = await hired(company)
    await open_blocks(company, hire, *(f"Block {number}" for number in range(13)), due_on=None)
    mail = await sent(company, folder, hire, MailTemplate.REMINDER, "en")
    assert [line for line in mail.body("plain").splitlines() if line.startswith("  ")] == [
        *(f"  - Block {number}" for number in range(10)),
        "  and 3 more",
    ]
    assert mail.body("html").count("<li") == 11


async def test_a_reminder_to_who_has_not_begun_lists_nothing(company: CompanyWorld, folder: MailFolder) -> None:
    mail = await sent(company, folder, await hired(company), MailTemplate.REMINDER, "en")
    assert "still open:" not in mail.body("plain")
    assert "<ul" not in mail.body("html")


async def test_a_welcome_leads_back_and_a_completion_leads_nowhere(company: CompanyWorld, folder: MailFolder) -> None:
    hire = await hired(company)
    await begin(company, hire)
    assert f"/portal#{hire.token}" in (await sent(company, folder, hire, MailTemplate.WELCOME, "en")).body("plain")
    await begin(company, hire, NewHireStatus.COMPLETED)
    done = await sent(company, folder, hire, MailTemplate.COMPLETION, "en")
    assert "http" not in done.body("plain")
    assert "<a " not in done.body("html")
    assert "We look forward to seeing you on 1 March 2027." in done.body("plain")
    await change(company, NewHire, hire.id, start_date=LONG_AGO.date())
    assert "look forward" not in (await sent(company, folder, hire, MailTemplate.COMPLETION, "en")).body("plain")


async def test_who_leaves_is_not_welcomed(company: CompanyWorld, folder: MailFolder) -> None:
    hire = await hired(company, audience="offboarding")
    mail = await sent(company, folder, hire, MailTemplate.INVITATION, "en")
    assert "before you leave" in mail.body("plain")
    assert "elcome" not in mail.body("plain")


async def test_somebody_is_named_for_questions_and_gets_the_replies(company: CompanyWorld, folder: MailFolder) -> None:
    async with writing(company) as context:
        [user] = await context.all(select(User))
    mail = await sent(company, folder, await hired(company, hr_owner_id=user.id), MailTemplate.INVITATION, "en")
    assert f"Questions? Olive Owner looks after you: {user.email}" in mail.body("plain")
    assert mail.mail["reply-to"] == user.email
    await change(company, User, user.id, is_active=False)
    mail = await sent(company, folder, await hired(company, hr_owner_id=user.id), MailTemplate.INVITATION, "en")
    assert "Questions" not in mail.body("plain")
    assert mail.mail["reply-to"] is None


@pytest.mark.parametrize(
    ("purpose", "subject"),
    [
        (ProofPurpose.RESET, "Choose a new password for Acme"),
        (ProofPurpose.INVITATION, "Acme invites you to its workspace"),
    ],
)
async def test_a_link_to_a_password(
    company: CompanyWorld, folder: MailFolder, purpose: ProofPurpose, subject: str
) -> None:
    await dress(company, name="Acme")
    message, _, token = await queued_for_user(company, purpose)
    await send(company, folder, message)
    [mail] = await folder.newest(1)
    assert mail.mail["subject"] == subject
    assert mail.body("plain").startswith("Hello Olive,")
    assert f"/reset#{token}\n" in mail.body("plain")
    assert "The link works once, until " in mail.body("plain")
    assert f"owner@{company.tenant.slug}.example" in mail.body("plain")
