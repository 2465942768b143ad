"""Addresses with several passwords, of which one is right: those of a role while the master key is changed.

Whoever connects tries one after the other, so that it does not matter when the role is given its new password.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import make_url

BETWEEN: Final = "\n"
"""Stands between passwords; there is none in any of ours."""


def passwords_in(url: str) -> Sequence[str]:
    """Return the passwords of an address."""
    return str(make_url(url).password or "").split(BETWEEN)


def each_address(url: str) -> Sequence[str]:
    """Return an address once for each of its passwords."""
    made = make_url(url)
    if made.password is None:
        return [url]
    return [made.set(password=each).render_as_string(hide_password=False) for each in passwords_in(url)]
