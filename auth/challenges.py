"""Challenges: what a right password gets who has a second factor, to be given back with a code.

A challenge is its tenant and user, their `token_version`, how many codes their second factor has accepted, when it
ends, and a keyed hash of it all. Nothing of it is stored. No other token has its form, so that it is good for nothing
else; and once a code was accepted, the count in it is wrong, so that it leads to one session at most.
"""

import base64
import hmac
import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from db.encryption import Keyring

PREFIX: Final = "wgc_"
LIFETIME: Final = timedelta(minutes=5)
CONTENT: Final = struct.Struct(">16s16sIIQ")
MAC_BYTES: Final = 24
FORM: Final = re.compile(rf"{PREFIX}([\w-]{{96}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a challenge says, genuine or not."""

    tenant_id: UUID
    user_id: UUID
    token_version: int
    uses: int
    expires_at: datetime

    def text(self, keyring: Keyring) -> str:
        """Write it, with the hash that makes it genuine."""
        content = self._content()
        return f"{PREFIX}{base64.urlsafe_b64encode(content + _mac(keyring, content)).decode('ascii')}"

    def _content(self) -> bytes:
        ends = int(self.expires_at.timestamp())
        return CONTENT.pack(self.tenant_id.bytes, self.user_id.bytes, self.token_version, self.uses, ends)


def begin(tenant_id: UUID, user_id: UUID, token_version: int, uses: int, now: datetime) -> Challenge:
    """Make the challenge of a user whose password was right; it ends at a whole second."""
    ends = (now + LIFETIME).replace(microsecond=0)
    return Challenge(tenant_id, user_id, token_version, uses, ends)


def parse(text: str) -> Challenge | None:
    """Read what a text says that has the form of a challenge; says nothing of whether it is genuine."""
    found = FORM.fullmatch(text)
    if found is None:
        return None
    tenant_id, user_id, version, uses, ends = CONTENT.unpack(base64.urlsafe_b64decode(found[1])[: CONTENT.size])
    try:
        expires_at = datetime.fromtimestamp(ends, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return Challenge(UUID(bytes=tenant_id), UUID(bytes=user_id), version, uses, expires_at)


def genuine(keyring: Keyring, challenge: Challenge, text: str) -> bool:
    """Tell in constant time whether a challenge was made with the tenant's key."""
    return hmac.compare_digest(challenge.text(keyring), text)


def _mac(keyring: Keyring, content: bytes) -> bytes:
    return keyring.fingerprint(b"challenge:" + content)[:MAC_BYTES]
