"""Signatures of webhooks, as Standard Webhooks describes them: HMAC-SHA256 over `id.timestamp.body`, a `v1,` for each.

Whoever receives a message takes it if one of its signatures is that of the secret they know. So a secret can be
replaced without a gap: for a while both sign.
"""

import base64
import binascii
import hmac
import secrets as randomness
from collections.abc import Sequence
from typing import Final

PREFIX: Final = "whsec_"
KEY_BYTES: Final = 32
KEY_SIZES: Final = range(24, 65)
"""Sizes of a key that the standard allows, in bytes."""


def new_secret() -> str:
    """Make a secret: `whsec_` and the base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(randomness.token_bytes(KEY_BYTES)).decode()


def key_of(secret: str) -> bytes:
    """Read the key that a secret stands for. Raises ValueError, which never repeats the secret."""
    if not secret.startswith(PREFIX):
        raise ValueError(f"A webhook secret begins with {PREFIX}.")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("A webhook secret is base64 after its beginning.") from None
    if len(key) not in KEY_SIZES:
        raise ValueError("A webhook secret has 24 to 64 bytes.")
    return key


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Sign a message for the header `webhook-signature`: one signature for each secret, separated by spaces."""
    if not secrets:
        raise ValueError("A webhook is signed with at least one secret.")
    content = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signature(secret, content)}" for secret in secrets)


def _signature(secret: str, content: bytes) -> str:
    return base64.b64encode(hmac.digest(key_of(secret), content, "sha256")).decode()
