"""Signatures of calendar feeds: what lets a calendar program fetch one without anybody signing in there.

A signature is a keyed hash, 192 bits long, of the feed and of its generation, which is raised when its address is to
count no more. The key behind it belongs to the tenant, and outlives changes of the master key. Nothing is stored of a
signature; whoever shows the address derives it again.
"""

import base64
import hmac
from typing import Final
from uuid import UUID

from db.encryption import Keyring

MAC_BYTES: Final = 24


def sign(keyring: Keyring, feed_id: UUID, generation: int) -> str:
    """Return the signature of a feed: always the same one within a generation."""
    mac = keyring.fingerprint(f"calendar feed:{feed_id}:{generation}".encode())[:MAC_BYTES]
    return base64.urlsafe_b64encode(mac).decode("ascii")


def genuine(keyring: Keyring, feed_id: UUID, generation: int, signature: str) -> bool:
    """Tell in constant time whether a text is the signature of a feed, in the form in which it is written."""
    expected = sign(keyring, feed_id, generation).encode()
    return hmac.compare_digest(expected, signature.encode(errors="replace"))
