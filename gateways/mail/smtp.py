"""A mail server, spoken to over SMTP: a connection for each mail, encrypted wherever a password or the setting asks.

What the server answers decides what becomes of a mail: a 5xx to the recipient or to the content is for good, anything
else is tried again, as the server, our account there or the network may be mended.
"""

import asyncio
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    send,
)

from gateways.mail.letter import CannotBeAddressed, Letter, Sender, address, compose
from gateways.mail.post import NotSent, Rejected, Unreachable

PATIENCE: Final = 60.0
FOR_GOOD: Final = range(500, 600)
NOT_LET_IN: Final = frozenset({530, 534, 535, 538})
"""Codes that tell us to sign in: our fault, not the mail's."""


@dataclass(frozen=True, slots=True)
class SmtpAddress:
    """Where a mail server is and how it is spoken to. `start_tls`: whether; None is where it is offered."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls: bool
    start_tls: bool | None

    @classmethod
    def of(cls, url: str) -> "SmtpAddress":
        """Read `smtps://user:password@host:465` or `smtp://host:587?starttls`; a password is never sent in the clear.

        `?plaintext` sends it all the same: for a server on one's own machine.
        """
        parts = urlsplit(url)
        tls = parts.scheme == "smtps"
        must = parts.query == "starttls" or parts.password is not None
        start_tls = False if tls or parts.query == "plaintext" else must or None
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if tls else 587 if start_tls else 25),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=tls,
            start_tls=start_tls,
        )


class MailServer:
    """Hands mails to a mail server. `trust` says which certificates are believed; by default those of the system."""

    def __init__(self, server: SmtpAddress, sender: Sender, *, trust: ssl.SSLContext | None = None) -> None:
        self._server, self._sender, self._trust = server, sender, trust

    async def send(self, letter: Letter) -> None:
        """Hand a letter over: when this returns, the server has taken it."""
        try:
            mail, recipient = compose(letter, self._sender), address(letter.to).addr_spec
            async with asyncio.timeout(PATIENCE):
                await self._hand_over(mail, recipient)
        except CannotBeAddressed as error:
            raise Rejected(str(error)) from None
        except SMTPException as error:
            raise verdict(error) from None
        except (OSError, TimeoutError) as error:
            raise Unreachable(f"The mail server does not answer ({type(error).__name__}).") from None

    async def _hand_over(self, mail: EmailMessage, recipient: str) -> None:
        server = self._server
        await send(
            mail,
            sender=address(self._sender.mailbox).addr_spec,
            recipients=[recipient],
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            local_hostname=self._sender.domain,
            use_tls=server.tls,
            start_tls=server.start_tls,
            tls_context=self._trust or trust_for(server),
            timeout=PATIENCE / 2,
        )


def trust_for(server: SmtpAddress) -> ssl.SSLContext:
    """Check certificates, except where encryption is only taken because it is there: half of it is more than none."""
    context = ssl.create_default_context()
    if not server.tls and server.start_tls is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def verdict(error: SMTPException) -> NotSent:
    """Tell what a server's answer means for the mail."""
    if isinstance(error, SMTPRecipientsRefused) and error.recipients:
        return verdict(error.recipients[0])
    if isinstance(error, SMTPNotSupported):
        return Rejected(f"The mail server cannot take it: {error.message}")
    if not isinstance(error, SMTPResponseException):
        return Unreachable(f"{type(error).__name__}: {error.message}")
    said = f"{error.code} {error.message}"
    about_the_mail = isinstance(error, SMTPRecipientRefused | SMTPDataError) and error.code not in NOT_LET_IN
    return Rejected(said) if about_the_mail and error.code in FOR_GOOD else Unreachable(said)
