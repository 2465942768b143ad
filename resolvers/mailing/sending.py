"""The job that sends one queued mail: at least once, and not again once it is known to have left.

Each try is noted before it is made, so that one which kills its process counts too. Between the server's taking a mail
and our noting it lies a moment in which a crash makes us send it again: the second has the Message-ID of the first.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from auth.principal import Principal
from db.catalog import Tenant, wrapped_keys
from db.encryption import Keyring, MasterKey
from db.models.mail import EmailMessage, MailStatus
from db.queue import Ids
from db.queue.tasks import TRIES
from db.session import Database
from gateways.mail import Letter, NotSent, Post, Rejected
from resolvers.context import Asking, Context, Looking
from resolvers.mailing.letters import letter_of
from resolvers.mailing.telling import NothingToSay, Places, telling_of
from resolvers.mails import SEND
from resolvers.refusals import NotFound

LONGEST_ERROR: Final = 500
TOKEN: Final = re.compile(r"wg[a-z]_[\w=-]+|[\w=-]{32,}")
"""What may be one, or a piece of one."""

LOG: Final = structlog.get_logger("workgraph.mails")


class NotYetSent(Exception):
    """The mail has not left this time; the queue tries again."""


class Mails:
    """Sends queued mails by a post."""

    def __init__(
        self,
        database: Database,
        catalog: AsyncEngine,
        master_key: MasterKey,
        post: Post,
        *,
        places: Places,
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._catalog, self._master_key = database, catalog, master_key
        self._post, self._places, self._clock = post, places, clock

    async def send(self, tenant: Tenant, ids: Ids) -> None:
        """Send the mail that a job names, unless it has been sent or given up."""
        asking = await self._asking(tenant)
        message = await self._begin(asking, UUID(str(ids["email_message_id"])))
        if message is None:
            return
        try:
            await self._post.send(await self._letter(asking, message))
        except (NothingToSay, Rejected) as reason:
            await self._give_up(asking, message, explained(reason, message))
        except Exception as error:  # noqa: BLE001 - whatever it is, the try is noted; what we do not know is raised again
            await self._failed(asking, message, error)
        else:
            await self._sent(asking, message)

    async def _asking(self, tenant: Tenant) -> Asking:
        async with self._catalog.connect() as connection:
            keys = await wrapped_keys(connection, tenant.id)
        principal = Principal("system", tenant_id=tenant.id, name="mail")
        keyring = Keyring(self._master_key, tenant.id, keys)
        return Asking(principal, tenant, keyring, self._clock(), f"mail:{tenant.id}")

    async def _begin(self, asking: Asking, message_id: UUID) -> EmailMessage | None:
        """Note that the mail is tried; None if there is nothing to try."""
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking, session, SEND)
            try:
                message = await context.one(EmailMessage, message_id)
            except NotFound:
                LOG.warning("a mail that is no more", mail=str(message_id))
                return None
            if message.status is not MailStatus.QUEUED:
                return None
            message.attempts += 1
            await context.flush()
        return message

    async def _letter(self, asking: Asking, message: EmailMessage) -> Letter:
        async with self._database.reading(asking.tenant.placement) as session:
            telling = await telling_of(Looking(asking, session), message, self._places)
        return letter_of(message, telling)

    async def _failed(self, asking: Asking, message: EmailMessage, error: Exception) -> None:
        """Leave the mail to the next try; the last one was the last."""
        said = explained(error, message)
        if message.attempts >= TRIES:
            await self._give_up(asking, message, said)
            return
        await self._note(asking, message, MailStatus.QUEUED, error=said)
        if isinstance(error, NotSent):
            raise NotYetSent(said) from None
        raise error

    async def _give_up(self, asking: Asking, message: EmailMessage, said: str) -> None:
        await self._note(asking, message, MailStatus.FAILED, error=said)
        LOG.warning("mail given up", mail=str(message.id), template=message.template.value, why=said)

    async def _sent(self, asking: Asking, message: EmailMessage) -> None:
        await self._note(asking, message, MailStatus.SENT, sent_at=self._clock())
        LOG.info("mail sent", mail=str(message.id), template=message.template.value)

    async def _note(
        self,
        asking: Asking,
        message: EmailMessage,
        status: MailStatus,
        *,
        sent_at: datetime | None = None,
        error: str | None = None,
    ) -> None:
        """Write down what became of a try; what another worker has noted as sent stays so."""
        async with self._database.transacting(asking.tenant.placement) as session:
            context = Context(asking, session, SEND)
            row = await context.one(EmailMessage, message.id)
            if row.status is not MailStatus.SENT:
                row.status, row.sent_at, row.error = status, sent_at, error
            await context.flush()


def explained(error: Exception, message: EmailMessage) -> str:
    """Say in one line what went wrong. A server may repeat the address or the mail itself: neither is kept."""
    told = str(error) if isinstance(error, NotSent | NothingToSay) else type(error).__name__
    line = told.strip().partition("\n")[0]
    return TOKEN.sub("…", line).replace(message.recipient_email, "the recipient")[:LONGEST_ERROR]
