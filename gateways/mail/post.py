"""What every way of sending promises: the letter has left when `send` returns, or one of two errors says why not."""

from typing import Protocol

from gateways.mail.letter import Letter


class NotSent(Exception):
    """The letter has not left."""


class Rejected(NotSent):
    """It will not be taken, however often it is tried: there is no such mailbox, or nothing that could be one."""


class Unreachable(NotSent):
    """It was not taken this time: nobody answered, or the answer was to come again."""


class Post(Protocol):
    """A way of sending letters."""

    async def send(self, letter: Letter) -> None:
        """Send one letter; the same letter sent twice has the same Message-ID."""
        ...
