"""Recovery codes: each stands in once for an authenticator that was lost.

A code is twelve letters and digits, 59 random bits, written in three groups. Of it, a hash is stored that is keyed with
the company's key and bound to its user.
"""

import re
import secrets
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from db.encryption import Keyring

NUMBER: Final = 10
LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for one another."""

LENGTH: Final = 12
GROUP: Final = 4
LONGEST_TYPED: Final = 64
BETWEEN: Final = re.compile(r"[\s-]")


def new_codes() -> Sequence[str]:
    """Make a set of codes."""
    return [_written("".join(secrets.choice(LETTERS) for _ in range(LENGTH))) for _ in range(NUMBER)]


def typed(text: str) -> str | None:
    """Return a code as it is compared, however it was typed; None for what is none."""
    if len(text) > LONGEST_TYPED:
        return None
    code = BETWEEN.sub("", text).lower()
    return code if len(code) == LENGTH and set(code) <= set(LETTERS) else None


def hash_of(keyring: Keyring, user_id: UUID, code: str) -> bytes:
    """Return what is stored of a code of a user."""
    return keyring.fingerprint(f"recovery:{user_id}:{typed(code)}".encode())


def _written(code: str) -> str:
    return "-".join(code[place : place + GROUP] for place in range(0, LENGTH, GROUP))
