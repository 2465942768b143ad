"""Reminders: after as many days of silence as the flow says, on each of them once, until the person is active again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select

from db.models.mail import MailTemplate
from db.models.onboarding import (
    Assignee,
    Flow,
    NewHire,
    NewHireStatus,
    OnboardingInvitation,
    Progress,
    ProgressStatus,
)
from resolvers.context import Context
from resolvers.mails import queue_mail
from resolvers.onboarding.events import ReminderSent
from resolvers.onboarding.standing import told_of

SHORTEST: Final = timedelta(days=1)
REMINDED: Final = (NewHireStatus.PENDING, NewHireStatus.ACTIVE)


def silent(now: datetime) -> Select[UUID]:
    """Select who may have to be reminded: invited, not done, without activity for a day."""
    seen = func.coalesce(NewHire.last_seen_at, NewHire.invited_at)
    return (
        select(NewHire.id)
        .join(Flow, Flow.id == NewHire.flow_id)
        .where(NewHire.status.in_(REMINDED), seen <= now - SHORTEST)
        .where(func.cardinality(Flow.reminder_after_days) > NewHire.reminders_sent)
        .order_by(NewHire.id)
    )


def due(days: Sequence[int], since: datetime, now: datetime) -> int:
    """Return how many reminders should have been sent by now."""
    return sum(1 for each in set(days) if since + timedelta(days=each) <= now)


async def remind(context: Context, hire: NewHire) -> bool:
    """Remind a new hire, whose row is locked, if one of the flow's days has come; tell whether it was so."""
    since = hire.last_seen_at or hire.invited_at
    if hire.status not in REMINDED or since is None:
        return False
    [days] = await context.all(select(Flow.reminder_after_days).where(Flow.id == hire.flow_id))
    reached, invitation = due(days, since, context.now), await _live_invitation(context, hire)
    open_blocks = await _open_blocks(context, hire)
    if reached <= hire.reminders_sent or invitation is None or not open_blocks:
        return False
    hire.reminders_sent = reached
    facts = {"invitation_id": invitation.id, "open_blocks": open_blocks}
    await queue_mail(context, MailTemplate.REMINDER, to=hire.email, locale=hire.locale, about=hire, **facts)
    days_silent = (context.now - since).days
    await context.publish(ReminderSent(**told_of(hire), days_silent=days_silent), hire)
    return True


async def _live_invitation(context: Context, hire: NewHire) -> OnboardingInvitation | None:
    """Return the invitation whose link works."""
    alive = select(OnboardingInvitation).where(
        OnboardingInvitation.new_hire_id == hire.id, OnboardingInvitation.voided_at.is_(None)
    )
    found: Sequence[OnboardingInvitation] = await context.all(alive)
    begun = hire.status is NewHireStatus.ACTIVE
    return next((each for each in found if begun or context.now < each.expires_at), None)


async def _open_blocks(context: Context, hire: NewHire) -> int:
    """Count what the person has still to do; what waits for others is not theirs to be reminded of."""
    [count] = await context.all(
        select(func.count())
        .select_from(Progress)
        .where(Progress.new_hire_id == hire.id, Progress.live, Progress.required)
        .where(Progress.assignee == Assignee.NEW_HIRE, Progress.status != ProgressStatus.COMPLETED)
    )
    return count
