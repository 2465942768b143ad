"""What a mail is about: read when it is sent, as things then stand, so that nobody is told what is no longer so.

A link that is dead by now is not mailed, and neither is one to an address that the person no longer has.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hmac import compare_digest
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from auth import links
from auth.links import Purpose
from db.base import TenantOwned
from db.models.approvals import ApprovalRequest, ApprovalStatus
from db.models.clients import ApiClient
from db.models.company import Company
from db.models.identity import PasswordReset, User
from db.models.keys import ApiKey
from db.models.mail import EmailMessage, MailTemplate
from db.models.onboarding import (
    Assignee,
    Audience,
    Flow,
    NewHire,
    NewHireStatus,
    OnboardingInvitation,
    Progress,
    ProgressStatus,
)
from db.models.sign_in import AddressProof
from db.models.support import ImpersonationMode, ImpersonationSession
from db.models.webhooks import WebhookEndpoint, WebhookEndpointStatus
from resolvers.addresses import address_of
from resolvers.company import own_company
from resolvers.context import Looking
from resolvers.mailing.wording import Fact

Row = TypeVar("Row", bound=TenantOwned)
HAS_TO_STAND: Final = {
    MailTemplate.INVITATION: {NewHireStatus.PENDING, NewHireStatus.ACTIVE},
    MailTemplate.REMINDER: {NewHireStatus.PENDING, NewHireStatus.ACTIVE},
    MailTemplate.WELCOME: {NewHireStatus.ACTIVE, NewHireStatus.COMPLETED},
    MailTemplate.COMPLETION: {NewHireStatus.COMPLETED},
}
WITH_LINK: Final = frozenset({MailTemplate.INVITATION, MailTemplate.REMINDER})


class NothingToSay(Exception):
    """What the mail was to say is no longer so; the text says why, for whoever looks at the mail."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where links lead. Without a portal of the installation's own, each company's lies at its address."""

    public_url: str
    portal_url: str | None = None

    def home(self, slug: str) -> str:
        """Return where a company is reached."""
        return address_of(self.public_url, slug)

    def portal(self, slug: str) -> str:
        """Return where a new hire's onboarding is."""
        return self.portal_url or f"{self.home(slug)}/portal"

    def reset(self, slug: str) -> str:
        """Return where a password is chosen."""
        return f"{self.home(slug)}/reset"

    def verify(self, slug: str) -> str:
        """Return where an address is proved."""
        return f"{self.home(slug)}/verify"


@dataclass(frozen=True, slots=True)
class OpenBlock:
    """Something that a new hire has still to do."""

    title: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Telling:
    """Everything that a mail may say."""

    company: Company
    facts: Mapping[str, Fact]
    zone: str
    home: str = ""
    link: str | None = field(default=None, repr=False)
    offboarding: bool = False
    open: Sequence[OpenBlock] = ()
    contact: User | None = None


async def telling_of(looking: Looking, message: EmailMessage, places: Places) -> Telling:
    """Gather what a mail says, or find that there is nothing to say any more."""
    company = await own_company(looking)
    if company is None:
        raise NothingToSay("The company is gone.")
    telling = await GATHERED_BY[message.template](looking, message, company, places)
    facts = {"company": company.name, "email": message.recipient_email, **telling.facts}
    return replace(telling, facts=facts, home=places.home(looking.asking.tenant.slug))


async def _for_new_hire(looking: Looking, message: EmailMessage, company: Company, places: Places) -> Telling:
    hire = await _found(looking, select(NewHire).where(NewHire.id == message.subject), "The new hire is gone.")
    _expect(hire.status in HAS_TO_STAND[message.template], f"The new hire is {hire.status.value} by now.")
    _expect(_same(hire.email, message.recipient_email), "The address of the new hire has changed.")
    flow = await _found(looking, select(Flow).where(Flow.id == hire.flow_id), "The flow is gone.")
    invitation = await _invitation(looking, message, hire)
    reminds = message.template is MailTemplate.REMINDER
    return Telling(
        company,
        _facts_of(looking, hire, invitation),
        hire.timezone,
        link=_onboarding_link(looking, invitation, places) if invitation else None,
        offboarding=flow.audience is Audience.OFFBOARDING,
        open=await _open_blocks(looking, hire) if reminds else (),
        contact=await _contact(looking, hire.hr_owner_id or flow.default_owner_id),
    )


def _facts_of(looking: Looking, hire: NewHire, invitation: OnboardingInvitation | None) -> Mapping[str, Fact]:
    today = looking.asking.now.astimezone(ZoneInfo(hire.timezone)).date()
    return {
        "first_name": hire.first_name,
        "position": hire.position,
        "start_date": hire.start_date,
        "start_date_ahead": hire.start_date if hire.start_date and hire.start_date > today else None,
        "expires_at": invitation.expires_at if invitation else None,
    }


async def _invitation(looking: Looking, message: EmailMessage, hire: NewHire) -> OnboardingInvitation | None:
    """Return the invitation whose link the mail holds: the one it was queued for, or for a welcome the live one."""
    if message.template is MailTemplate.COMPLETION:
        return None
    of_hire = select(OnboardingInvitation).where(OnboardingInvitation.new_hire_id == hire.id)
    if message.template in WITH_LINK:
        named = of_hire.where(OnboardingInvitation.id == _id(message, "invitation_id"))
        found = await _found(looking, named, "The invitation is gone.")
        _expect(found.voided_at is None, "The invitation was replaced or called off.")
        begun, now = hire.status is not NewHireStatus.PENDING, looking.asking.now
        _expect(begun or now < found.expires_at, "The invitation has run out.")
        return found
    live = of_hire.where(OnboardingInvitation.voided_at.is_(None)).order_by(OnboardingInvitation.number.desc())
    return next(iter(await looking.all(live.limit(1))), None)


def _onboarding_link(looking: Looking, invitation: OnboardingInvitation, places: Places) -> str:
    token = _token(looking, Purpose.ONBOARDING, invitation)
    return f"{places.portal(looking.asking.tenant.slug)}#{token}"


async def _open_blocks(looking: Looking, hire: NewHire) -> Sequence[OpenBlock]:
    """What the person has to do themselves; what waits for others is not theirs to be reminded of."""
    waiting = (
        select(Progress.title, Progress.due_on)
        .where(Progress.new_hire_id == hire.id, Progress.live, Progress.required)
        .where(Progress.assignee == Assignee.NEW_HIRE, Progress.status != ProgressStatus.COMPLETED)
        .order_by(Progress.stage_position, Progress.position, Progress.id)
    )
    return [OpenBlock(title, due_on) for title, due_on in await looking.rows(waiting)]


async def _contact(looking: Looking, user_id: UUID | None) -> User | None:
    if user_id is None:
        return None
    return next(iter(await looking.all(select(User).where(User.id == user_id, User.is_active))), None)


async def _for_user(looking: Looking, message: EmailMessage, company: Company, places: Places) -> Telling:
    named = select(PasswordReset).where(PasswordReset.id == _id(message, "reset_id"))
    reset = await _found(looking, named, "The link is gone.")
    _expect(reset.used_at is None, "The link was used.")
    _expect(looking.asking.now < reset.expires_at, "The link has run out or was replaced.")
    user = await _found(looking, select(User).where(User.id == reset.user_id), "The user is gone.")
    _expect(user.is_active, "The user may not sign in.")
    _expect(_same(user.email, message.recipient_email), "The address of the user has changed.")
    token = _token(looking, Purpose.PASSWORD, reset)
    return Telling(
        company,
        {"first_name": user.first_name, "expires_at": reset.expires_at},
        user.timezone,
        link=f"{places.reset(looking.asking.tenant.slug)}#{token}",
    )


async def _for_address(looking: Looking, message: EmailMessage, company: Company, places: Places) -> Telling:
    named = select(AddressProof).where(AddressProof.id == _id(message, "proof_id"))
    proof = await _found(looking, named, "The link is gone.")
    _expect(proof.used_at is None, "The link was used.")
    _expect(looking.asking.now < proof.expires_at, "The link has run out or was replaced.")
    _expect(_same(proof.email, message.recipient_email), "The link is for another address.")
    user = await _found(looking, select(User).where(User.id == proof.user_id), "The user is gone.")
    _expect(user.is_active, "The user may not sign in.")
    token = _token(looking, Purpose.ADDRESS, proof)
    return Telling(
        company,
        {"first_name": user.first_name, "expires_at": proof.expires_at},
        user.timezone,
        link=f"{places.verify(looking.asking.tenant.slug)}#{token}",
    )


async def _about_change(looking: Looking, message: EmailMessage, company: Company, _places: Places) -> Telling:
    user = await _found(looking, select(User).where(User.id == message.subject), "The user is gone.")
    _expect(user.erased_at is None, "The data of the person was erased.")
    return Telling(company, {"first_name": user.first_name, "asked_at": message.created_at}, user.timezone)


async def _about_second_factor(looking: Looking, message: EmailMessage, company: Company, _places: Places) -> Telling:
    user = await _found(looking, select(User).where(User.id == message.subject), "The user is gone.")
    _expect(_same(user.email, message.recipient_email), "The address of the user has changed.")
    return Telling(company, {"first_name": user.first_name, "reset_at": message.created_at}, user.timezone)


async def _about_webhook(looking: Looking, message: EmailMessage, company: Company, _places: Places) -> Telling:
    named = select(WebhookEndpoint).where(WebhookEndpoint.id == _id(message, "endpoint_id"))
    endpoint = await _found(looking, named, "The endpoint is gone.")
    _expect(endpoint.status is WebhookEndpointStatus.DISABLED, "The endpoint was resumed.")
    user = await _found(looking, select(User).where(User.id == message.subject), "The user is gone.")
    _expect(user.is_active, "The user may not sign in.")
    # The rest of an address may hold what is not to be mailed.
    host = urlsplit(endpoint.url).hostname
    facts = {reason: host if reason == message.facts["reason"] else None for reason in GIVEN_UP_AS}
    return Telling(company, {"first_name": user.first_name, "endpoint": host, **facts}, user.timezone)


async def _about_key(looking: Looking, message: EmailMessage, company: Company, _places: Places) -> Telling:
    key = await _found(looking, select(ApiKey).where(ApiKey.id == _id(message, "api_key_id")), "The key is gone.")
    _expect(key.revoked_at is None and key.rotated_at is None, "The key was revoked or rotated.")
    _expect(key.announced_days == message.facts["days"], "The key runs out at another time, or has run out.")
    client = await _found(looking, select(ApiClient).where(ApiClient.id == key.client_id), "The client is gone.")
    user = await _found(looking, select(User).where(User.id == message.subject), "The user is gone.")
    _expect(user.is_active, "The user may not sign in.")
    facts = {"key": key.name, "prefix": key.prefix, "client": client.name, "expires_at": key.expires_at}
    return Telling(company, {"first_name": user.first_name, **facts}, user.timezone)


async def _about_impersonation(looking: Looking, message: EmailMessage, company: Company, _places: Places) -> Telling:
    named = select(ImpersonationSession).where(ImpersonationSession.id == _id(message, "impersonation_id"))
    session = await _found(looking, named, "The session is gone.")
    user = await _found(looking, select(User).where(User.id == message.subject), "The user is gone.")
    _expect(user.is_active, "The user may not sign in.")
    _expect(_same(user.email, message.recipient_email), "The address of the user has changed.")
    whom = await _found(looking, select(User).where(User.id == session.user_id), "The user is gone.")
    said = f"{session.actor_name} ({session.actor_role})"
    writes = session.mode is ImpersonationMode.READ_WRITE
    facts = {
        "first_name": user.first_name,
        "reason": session.reason,
        "ticket": session.ticket_ref,
        "started_at": session.started_at,
        "expires_at": session.expires_at,
        "person": f"{whom.first_name} {whom.last_name}",
        "reader": None if writes else said,
        "writer": said if writes else None,
    }
    return Telling(company, facts, user.timezone)


async def _about_approval(looking: Looking, message: EmailMessage, company: Company, _places: Places) -> Telling:
    request, user = await _approval(looking, message)
    waits = (ApprovalStatus.PENDING, message.facts["step"], message.facts["round"])
    _expect((request.status, request.step, request.round) == waits, "It was decided, or waits for others.")
    return Telling(company, await _facts_of_approval(looking, request, user), user.timezone)


async def _about_decision(looking: Looking, message: EmailMessage, company: Company, _places: Places) -> Telling:
    request, user = await _approval(looking, message)
    said = {ApprovalStatus.APPROVED: "approved", ApprovalStatus.REJECTED: "rejected"}
    _expect(request.status in said, "It waits again, or was taken back.")
    facts = await _facts_of_approval(looking, request, user)
    outcome = {word: facts["title"] if said[request.status] == word else None for word in said.values()}
    return Telling(company, {**facts, **outcome, "reason": request.reason}, user.timezone)


async def _approval(looking: Looking, message: EmailMessage) -> tuple[ApprovalRequest, User]:
    named = select(ApprovalRequest).where(ApprovalRequest.id == _id(message, "approval_request_id"))
    request = await _found(looking, named, "The request is gone.")
    user = await _found(looking, select(User).where(User.id == message.subject), "The user is gone.")
    _expect(user.is_active, "The user may not sign in.")
    _expect(_same(user.email, message.recipient_email), "The address of the user has changed.")
    return request, user


async def _facts_of_approval(looking: Looking, request: ApprovalRequest, user: User) -> Mapping[str, Fact]:
    asking = await _found(looking, select(User).where(User.id == request.requester_id), "The requester is gone.")
    amount = None if request.amount is None else f"{request.amount.normalize():f} {request.currency}"
    requester = f"{asking.first_name} {asking.last_name}"
    return {"first_name": user.first_name, "title": request.title, "requester": requester, "amount": amount}


def _token(looking: Looking, purpose: Purpose, row: OnboardingInvitation | PasswordReset | AddressProof) -> str:
    """Derive a row's token again; one that is not what was hashed then would open nothing."""
    asking = looking.asking
    token = links.write(asking.keyring, asking.tenant.id, purpose, row.id)
    _expect(compare_digest(links.hash_of(token), row.token_hash), "The link was made with a key that is no more.")
    return token


async def _found(looking: Looking, statement: Select[Row], gone: str) -> Row:
    rows: Sequence[Row] = await looking.all(statement)
    _expect(bool(rows), gone)
    return rows[0]


def _expect(so: bool, otherwise: str) -> None:  # noqa: FBT001 - what is expected is the sentence's subject
    if not so:
        raise NothingToSay(otherwise)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _id(message: EmailMessage, name: str) -> UUID:
    return UUID(str(message.facts[name]))


GIVEN_UP_AS: Final = ("gone", "failing", "unread")
Gather = Callable[[Looking, EmailMessage, Company, Places], Awaitable[Telling]]
GATHERED_BY: Final[Mapping[Any, Gather]] = {
    **dict.fromkeys(HAS_TO_STAND, _for_new_hire),
    **dict.fromkeys((MailTemplate.PASSWORD_RESET, MailTemplate.USER_INVITATION), _for_user),
    **dict.fromkeys((MailTemplate.EMAIL_VERIFICATION, MailTemplate.EMAIL_CHANGE), _for_address),
    MailTemplate.EMAIL_CHANGE_NOTICE: _about_change,
    MailTemplate.SECOND_FACTOR_RESET: _about_second_factor,
    MailTemplate.WEBHOOK_DISABLED: _about_webhook,
    MailTemplate.API_KEY_EXPIRING: _about_key,
    MailTemplate.APPROVAL_REQUESTED: _about_approval,
    MailTemplate.APPROVAL_DECIDED: _about_decision,
    MailTemplate.IMPERSONATION_STARTED: _about_impersonation,
}
