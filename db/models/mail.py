"""Mails: what was to be sent to whom, and what became of it. The text is made when it is sent, and not kept."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, Classification, NamedIn, Whose, column


class MailTemplate(Choice):
    """What a mail says."""

    INVITATION = "invitation", "Invites a new hire to their onboarding."
    REMINDER = "reminder", "Reminds a new hire of what is still open."
    WELCOME = "welcome", "Welcomes a new hire who has begun."
    COMPLETION = "completion", "Congratulates a new hire who is done."
    PASSWORD_RESET = "password_reset", "Lets a person choose a new password."
    USER_INVITATION = "user_invitation", "Invites a colleague to the company's workspace."
    EMAIL_VERIFICATION = "email_verification", "Lets a person prove that mail to their address reaches them."
    EMAIL_CHANGE = "email_change", "Lets a person prove the address that they want to have."
    EMAIL_CHANGE_NOTICE = "email_change_notice", "Tells the old address that another one was asked for."
    SECOND_FACTOR_RESET = "second_factor_reset", "Says that somebody took off the person's second factor."
    WEBHOOK_DISABLED = "webhook_disabled", "Says that a webhook endpoint was given up."
    API_KEY_EXPIRING = "api_key_expiring", "Says that an API key runs out soon."
    APPROVAL_REQUESTED = "approval_requested", "Says that something waits for the person's approval."
    APPROVAL_DECIDED = "approval_decided", "Says that what the person asked for was approved or rejected."
    IMPERSONATION_STARTED = "impersonation_started", "Says that support has begun to act for a user of the company."


class MailStatus(Choice):
    """What became of a mail."""

    QUEUED = "queued", "Waits to be sent."
    SENT = "sent", "The mail server has taken it."
    FAILED = "failed", "It was tried for the last time, in vain, or there was nothing to say any more."


class EmailMessage(TenantOwned, Base):
    """One mail to one person."""

    __tablename__ = "email_messages"
    __event__ = "email_message"
    __whose__ = Whose("subject", NamedIn("subject_type"))

    template: Mapped[MailTemplate] = column(set_by=SERVER, doc="What it says.")
    recipient_email: Mapped[str] = column(
        max_length=254, set_by=SERVER, classified=Classification.PERSONAL, doc="Address that it goes to."
    )
    locale: Mapped[str] = column(max_length=35, set_by=SERVER, default="en", doc="Language in which it is written.")
    status: Mapped[MailStatus] = column(set_by=SERVER, default=MailStatus.QUEUED, doc="What became of it.")
    subject_type: Mapped[str] = column(max_length=60, set_by=SERVER, doc="Type of what it is about.")
    subject: Mapped[UUID] = column(set_by=SERVER, hidden=True, doc="What it is about.")
    facts: Mapped[dict[str, Any]] = column(
        set_by=SERVER, hidden=True, default=dict, logged=False, doc="Ids and numbers that its text needs; no secret."
    )
    attempts: Mapped[int] = column(set_by=SERVER, default=0, doc="How often it was tried.")
    sent_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When the mail server took it.")
    error: Mapped[str | None] = column(max_length=500, set_by=SERVER, doc="Why the last try failed.")
