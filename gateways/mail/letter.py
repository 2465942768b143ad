"""A letter, and how it becomes the bytes of a mail: text beside HTML, with headers that nobody can add a line to.

A letter is composed to the same bytes each time, so that one which is sent again after a crash can be told as the same.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final
from uuid import UUID

UNPRINTABLE: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
MAILBOX: Final = re.compile(r"""([^\s\x00-\x1f\x7f"(),:;<>@\[\]\\]{1,64})@([^\s\x00-\x1f\x7f"(),:;<>@\[\]\\]{1,253})""")
SPECIAL: Final = re.compile(r"""["(),:;<>@\[\]\\]+""")
LONGEST_NAME: Final = 120
LINE: Final = 76


class CannotBeAddressed(ValueError):
    """The text is not the address of a mailbox."""


@dataclass(frozen=True, slots=True)
class Sender:
    """The mailbox that every mail comes from."""

    mailbox: str

    @property
    def domain(self) -> str:
        """The part behind the @, under which mails are numbered."""
        return self.mailbox.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person, written out. The id makes its Message-ID; `written_at` is its date."""

    id: UUID
    written_at: datetime
    to: str
    signed: str
    subject: str
    language: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    reply_to: str | None = None


def compose(letter: Letter, sender: Sender) -> EmailMessage:
    """Write a letter as a mail; refuse an address that is none."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = address(sender.mailbox, letter.signed)
    mail["To"] = address(letter.to)
    if letter.reply_to:
        mail["Reply-To"] = address(letter.reply_to)
    mail["Subject"] = in_header(letter.subject)
    mail["Date"] = letter.written_at
    mail["Message-ID"] = f"<{letter.id}@{ascii_domain(sender.domain)}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    mail["Content-Language"] = letter.language  # after the content, which would take it along
    mail.set_boundary(f"=_{letter.id.hex}")
    return mail


def address(mailbox: str, name: str = "") -> Address:
    """Return a mailbox for a header, with a name to show; the domain is written as the network knows it."""
    found = MAILBOX.fullmatch(mailbox)
    if found is None:
        raise CannotBeAddressed("It is not an address that mail can be sent to.")
    try:
        domain = ascii_domain(found[2])
        return Address(
            shown(name, room=LINE - len(f"Reply-To: <{found[1]}@{domain}>")), username=found[1], domain=domain
        )
    except (HeaderParseError, ValueError) as error:
        raise CannotBeAddressed("It is not an address that mail can be sent to.") from error


def shown(name: str, *, room: int) -> str:
    """Return a name to show beside a mailbox.

    Python's email package forgets the quotes of a name that it breaks into lines, so that a comma would begin another
    mailbox: a name that does not fit into one line, as it is, goes without what would need them.
    """
    line = in_header(name)[:LONGEST_NAME]
    fits = line.isascii() and len(line) + 2 * len(SPECIAL.findall(line)) <= room
    return line if fits else in_one_line(SPECIAL.sub(" ", line))


def ascii_domain(domain: str) -> str:
    """Return a domain in the letters of DNS: `xn--...` for one with others."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise CannotBeAddressed("The address has a domain that cannot be.") from error


def in_header(text: str) -> str:
    """Return a text for a header: one line, and nothing that its reader would decode once more."""
    return in_one_line(text).replace("=?", "= ?")


def in_one_line(text: str) -> str:
    """Return a text as one line, without what is not printed or turns the direction of reading."""
    return UNPRINTABLE.sub(" ", text).strip()
