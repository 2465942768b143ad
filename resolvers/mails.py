"""Mails that an operation has sent: the row and the job that sends it are there if and only if the operation is."""

from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from db.base import TenantOwned
from db.models.mail import EmailMessage, MailTemplate
from db.queue import defer
from resolvers.context import Context

SEND: Final = "send_mail"


async def queue_mail(
    context: Context, template: MailTemplate, *, to: str, locale: str, about: TenantOwned, **facts: UUID | str | int
) -> EmailMessage:
    """Have a mail sent once the transaction has committed. `facts` are ids and numbers that its text needs."""
    message = EmailMessage(
        id=uuid7(),
        template=template,
        recipient_email=to,
        locale=locale,
        subject_type=type(about).__name__,
        subject=about.id,
        facts={name: str(value) if isinstance(value, UUID) else value for name, value in facts.items()},
    )
    context.add(message)
    await context.flush()
    await defer(context.session, SEND, email_message_id=message.id)
    return message
