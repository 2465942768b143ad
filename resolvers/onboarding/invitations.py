"""Invitations: a link that lets one new hire begin, for thirty days; a new one ends those before it."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from uuid_utils.compat import uuid7

from auth import links
from auth.links import Purpose
from db.models.mail import MailTemplate
from db.models.onboarding import NewHire, OnboardingInvitation
from resolvers.context import Context
from resolvers.erased import PersonErased
from resolvers.mails import queue_mail
from resolvers.onboarding.hire_refusals import AlreadyInvited, NotInvited
from resolvers.onboarding.hires import EXPIRE, RESEND, SEND, make_move, void_invitations
from resolvers.operation import operation
from resolvers.refusals import AlreadyExists, IllegalTransition
from resolvers.state import Move

LIFETIME: Final = timedelta(hours=30 * 24)
WRITTEN: Final = ("onboarding.invitation.created", "email_message.created")


async def _invite(context: Context, move: Move, hire: NewHire) -> NewHire:
    """Make a new link, end those before it, and have it mailed."""
    await void_invitations(context, hire)
    sent = hire.invitation_count + 1
    await make_move(context, move, hire, invited_at=context.now, invitation_count=sent, reminders_sent=0)
    invitation = await _invitation(context, hire)
    facts = {"invitation_id": invitation.id}
    await queue_mail(context, MailTemplate.INVITATION, to=hire.email, locale=hire.locale, about=hire, **facts)
    return hire


async def _invitation(context: Context, hire: NewHire) -> OnboardingInvitation:
    row = uuid7()
    token = links.write(context.asking.keyring, context.session.tenant_id, Purpose.ONBOARDING, row)
    invitation = OnboardingInvitation(
        id=row,
        new_hire_id=hire.id,
        number=hire.invitation_count,
        token_hash=links.hash_of(token),
        sent_at=context.now,
        expires_at=context.now + LIFETIME,
    )
    context.add(invitation)
    return invitation


@operation(
    "onboarding.edit_hires",
    refuses=[IllegalTransition, AlreadyInvited],
    emits=["onboarding.new_hire.updated", *WRITTEN, "onboarding.invitation.sent"],
)
async def send_invitation(context: Context, hire: NewHire) -> NewHire:
    """Invite a new hire by mail. The link lets them begin for 30 days, and go on for as long as they need."""
    return await _invite(context, SEND, hire)


@operation(
    "onboarding.edit_hires",
    refuses=[IllegalTransition, NotInvited, AlreadyExists, PersonErased],
    emits=[
        *("onboarding.new_hire.moved", "onboarding.new_hire.updated"),
        "onboarding.invitation.updated",
        *WRITTEN,
        "onboarding.invitation.resent",
    ],
)
async def resend_invitation(context: Context, hire: NewHire) -> NewHire:
    """Invite somebody again who has not begun, in time or not: a new link for 30 days; the old one is dead at once."""
    return await _invite(context, RESEND, hire)


async def expire(context: Context, hire: NewHire) -> bool:
    """Let an invitation run out whose time is over, counted to the second; tell whether it was so."""
    alive = select(OnboardingInvitation).where(OnboardingInvitation.new_hire_id == hire.id)
    [invitation] = await context.all(alive.where(OnboardingInvitation.voided_at.is_(None))) or [None]
    if hire.status not in EXPIRE.sources or invitation is None or context.now < invitation.expires_at:
        return False
    invitation.voided_at = context.now
    await EXPIRE.make(context, hire)
    return True


SEND.bind(send_invitation.name)
RESEND.bind(resend_invitation.name)
EXPIRE.bind("expire_invitations")
