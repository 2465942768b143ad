"""New hires with mails in the queue, the job that sends them, and a mail server that answers as it is told to."""

import ssl
from asyncio import get_running_loop
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage as Mail
from email.policy import default
from typing import Any
from uuid import UUID

from aiosmtpd.smtp import SMTP, Envelope
from sqlalchemy import select
from uuid_utils.compat import uuid7

from app import now
from auth.links import Purpose, hash_of, write
from auth.principal import Principal
from db.base import TenantOwned
from db.models import (
    Company,
    EmailMessage,
    Flow,
    FlowRevision,
    NewHire,
    OnboardingInvitation,
    PasswordReset,
    Progress,
    User,
)
from db.models.identity import ProofPurpose
from db.models.mail import MailTemplate
from db.models.onboarding import Assignee, NewHireStatus
from gateways.mail import Letter, MailServer, Post, Sender, SmtpAddress
from resolvers.context import Asking, Context
from resolvers.mailing import Mails, Places
from resolvers.mails import queue_mail
from tests.world import CompanyWorld

SENDER = Sender("no-reply@workgraph.example")
PUBLIC = "https://workgraph.example"


def a_letter(**changes: Any) -> Letter:
    given: dict[str, Any] = {
        "id": uuid7(),
        "written_at": now(),
        "to": "grace@example.com",
        "signed": "Acme",
        "subject": "Hello",
        "language": "en",
        "text": "Hello Grace\n",
        "html": "<p>Hello Grace</p>\n",
    }
    return Letter(**(given | changes))


@dataclass
class Answering:
    """Keeps what it takes; `recipient` and `content` are what it answers to each, and `dies` cuts the connection."""

    recipient: str = "250 OK"
    content: str = "250 OK"
    echoes: bool = False
    dies: bool = False
    taken: list[Mail] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.dies:
            transport: Any = server.transport
            transport.abort()
        if self.recipient.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        if self.echoes:
            return f"{self.content} {' '.join(text_of(mail).split())[:900]}"
        if self.content.startswith("2"):
            self.taken.append(mail)
            self.envelopes.append(envelope)
        return self.content


@asynccontextmanager
async def listening(answering: Answering, port: int = 0, **told: Any) -> AsyncGenerator[int]:
    """A mail server at a port of this machine."""
    tls: ssl.SSLContext | None = told.pop("implicit", None)
    loop = get_running_loop()
    server = await loop.create_server(lambda: SMTP(answering, loop=loop, **told), "127.0.0.1", port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def posting_to(port: int, scheme: str = "smtp", query: str = "", trust: ssl.SSLContext | None = None) -> MailServer:
    return MailServer(SmtpAddress.of(f"{scheme}://127.0.0.1:{port}{query}"), SENDER, trust=trust)


def sending(company: CompanyWorld, post: Post, clock: Callable[[], datetime] = now, portal: str | None = None) -> Mails:
    """The job, over the company's database."""
    world = company.world
    return Mails(
        world.parts.database,
        world.parts.catalog,
        world.wiring.master_key,
        post,
        places=Places(PUBLIC, portal),
        clock=clock,
    )


async def send(company: CompanyWorld, post: Post, message: UUID, **more: Any) -> None:
    await sending(company, post, **more).send(company.tenant, {"email_message_id": str(message)})


@asynccontextmanager
async def writing(company: CompanyWorld, at: datetime | None = None) -> AsyncGenerator[Context]:
    principal = Principal("system", tenant_id=company.tenant.id)
    system = Asking(principal, company.tenant, company.keyring, at or now(), "test")
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        yield Context(system, session, "test")


@dataclass(frozen=True)
class Hire:
    """A new hire with a live invitation."""

    id: UUID
    flow_id: UUID
    invitation_id: UUID
    email: str
    token: str


async def a_hire(
    company: CompanyWorld, *, at: datetime | None = None, audience: str = "employee", **facts: Any
) -> Hire:
    """Put a new hire with an invitation into a company."""
    at = at or now()
    flow, invitation_id = Flow(id=uuid7(), name="Engineers", duration_days=30, audience=audience), uuid7()
    revision = a_revision(flow, at)
    given: dict[str, Any] = {
        "email": f"grace-{invitation_id.hex[-6:]}@example.com",
        "first_name": "Grace",
        "last_name": "Hopper",
        "start_date": date(2027, 3, 1),
        "position": "Engineer",
    }
    hire = NewHire(id=uuid7(), flow_id=flow.id, revision_id=revision.id, **(given | facts))
    invitation, token = an_invitation(company, hire, invitation_id, at)
    async with writing(company, at) as context:
        for each in (flow, revision, hire, invitation):
            context.add(each)
            await context.flush()
    return Hire(hire.id, flow.id, invitation_id, hire.email, token)


def a_revision(flow: Flow, at: datetime) -> FlowRevision:
    return FlowRevision(
        id=uuid7(), flow_id=flow.id, number=1, name=flow.name, language="en", content={"stages": []}, published_at=at
    )


def an_invitation(company: CompanyWorld, hire: NewHire, row_id: UUID, at: datetime) -> tuple[OnboardingInvitation, str]:
    token = write(company.keyring, company.tenant.id, Purpose.ONBOARDING, row_id)
    row = OnboardingInvitation(
        id=row_id,
        new_hire_id=hire.id,
        number=1,
        token_hash=hash_of(token),
        sent_at=at,
        expires_at=at + timedelta(days=30),
    )
    return row, token


async def open_blocks(company: CompanyWorld, hire: Hire, *titles: str, **facts: Any) -> None:
    """Let a new hire have required blocks to do, in this order."""
    async with writing(company) as context:
        for place, title in enumerate(titles):
            given: dict[str, Any] = {
                "assignee": Assignee.NEW_HIRE,
                "required": True,
                "due_on": date(2027, 3, place + 1),
            }
            context.add(
                Progress(
                    id=uuid7(),
                    new_hire_id=hire.id,
                    stage_id=uuid7(),
                    content_block_id=uuid7(),
                    block_revision=1,
                    stage_position=0,
                    position=place,
                    type="text_input",
                    title=title,
                    display_only=False,
                    **(given | facts),
                )
            )
        await context.flush()


async def queued(
    company: CompanyWorld, hire: Hire, template: MailTemplate = MailTemplate.INVITATION, locale: str = "en"
) -> UUID:
    """Queue a mail to a new hire, as the operations of onboarding do."""
    facts: dict[MailTemplate, dict[str, Any]] = {
        MailTemplate.INVITATION: {"invitation_id": hire.invitation_id},
        MailTemplate.REMINDER: {"invitation_id": hire.invitation_id, "open_blocks": 2},
    }
    async with writing(company) as context:
        about = await context.one(NewHire, hire.id)
        message = await queue_mail(
            context, template, to=hire.email, locale=locale, about=about, **facts.get(template, {})
        )
    return message.id


async def queued_for_user(
    company: CompanyWorld, purpose: ProofPurpose = ProofPurpose.RESET, locale: str = "en"
) -> tuple[UUID, UUID, str]:
    """Queue a link to the company's owner: the mail, the link's row, and its token."""
    row_id = uuid7()
    token = write(company.keyring, company.tenant.id, Purpose.PASSWORD, row_id)
    invites = purpose is ProofPurpose.INVITATION
    template = MailTemplate.USER_INVITATION if invites else MailTemplate.PASSWORD_RESET
    async with writing(company) as context:
        [user] = await context.all(select(User))
        context.add(
            PasswordReset(
                id=row_id,
                user_id=user.id,
                purpose=purpose,
                token_hash=hash_of(token),
                expires_at=context.now + timedelta(minutes=30),
            )
        )
        await context.flush()
        message = await queue_mail(context, template, to=user.email, locale=locale, about=user, reset_id=row_id)
    return message.id, row_id, token


async def change(company: CompanyWorld, model: type[TenantOwned], row_id: UUID, **values: Any) -> None:
    async with writing(company) as context:
        row = await context.one(model, row_id)
        for name, value in values.items():
            setattr(row, name, value)


async def dress(company: CompanyWorld, **values: Any) -> None:
    """Change the company's profile."""
    async with writing(company) as context:
        [found] = await context.all(select(Company))
        for name, value in values.items():
            setattr(found, name, value)


async def begin(company: CompanyWorld, hire: Hire, status: NewHireStatus = NewHireStatus.ACTIVE) -> None:
    await change(company, NewHire, hire.id, status=status)


async def row_of(company: CompanyWorld, message: UUID) -> EmailMessage:
    async with writing(company) as context:
        return await context.one(EmailMessage, message)


def text_of(mail: Mail) -> str:
    return _body(mail, "plain")


def html_of(mail: Mail) -> str:
    return _body(mail, "html")


def _body(mail: Mail, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return part.get_content()
