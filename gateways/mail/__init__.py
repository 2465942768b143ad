"""Mail: what a letter is, and the ways it leaves: through a mail server, or into a folder.

Whoever sends is given a `Post` and knows neither. A post either has the letter when `send` returns, or says why not:
`Rejected` for good, `Unreachable` for now.
"""

from gateways.mail.folder import MailFolder, StoredMail
from gateways.mail.letter import CannotBeAddressed, Letter, Sender, compose, in_one_line
from gateways.mail.post import NotSent, Post, Rejected, Unreachable
from gateways.mail.smtp import MailServer, SmtpAddress

__all__ = [
    "CannotBeAddressed",
    "Letter",
    "MailFolder",
    "MailServer",
    "NotSent",
    "Post",
    "Rejected",
    "Sender",
    "SmtpAddress",
    "StoredMail",
    "Unreachable",
    "compose",
    "in_one_line",
]
