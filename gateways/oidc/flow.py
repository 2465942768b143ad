"""One sign-in on its way: what is sent along to the provider, and compared when it answers."""

import base64
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Self

RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class Flow:
    """Where the provider leads back to, the nonce of the ID token, and the verifier of PKCE (RFC 7636)."""

    redirect_uri: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)

    @classmethod
    def begin(cls, redirect_uri: str) -> Self:
        """Begin a sign-in with random values of its own."""
        return cls(redirect_uri, secrets.token_urlsafe(RANDOM_BYTES), secrets.token_urlsafe(RANDOM_BYTES))

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier: its SHA-256."""
        return base64.urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode("ascii")
