"""States: what a browser takes along to the provider and brings back, sealed, so that nobody reads or makes one.

A state is bound to the browser in which it was made, by the hash of a mark that this browser has in a cookie and no
page can read: brought back by another browser, it is worth nothing. A mark is the cookie's name and its value: over
https the name is one that only this very host can set, and the same value under another name is another mark.
"""

import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

import orjson

from db.encryption import CannotDecrypt, Sealer
from resolvers.tenants import NOBODY

PURPOSE: Final = "sso state"
LIFETIME: Final = timedelta(minutes=10)
LONGEST: Final = 4096
LONGEST_PATH: Final = 300
MARK_BYTES: Final = 32
COOKIE: Final = "workgraph-sign-on"
COOKIES: Final = (f"__Host-{COOKIE}", COOKIE)
"""The names of the cookie that holds a mark: over https, and in development without."""

MARK: Final = re.compile(rf"(__Host-)?{COOKIE}=[\w-]{{43}}", re.ASCII)
OWN_PATH: Final = re.compile(r"/(?![/\\])[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")
"""A path of our own: no host can stand in it, whatever reads it."""


@dataclass(frozen=True, slots=True)
class State:
    """Which sign-in it is: of which company and provider, with what it was begun, where it leads in the end."""

    tenant_id: UUID
    provider_id: UUID
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    to: str
    browser_hash: str = field(repr=False)
    ends_at: datetime

    def text(self, sealer: Sealer) -> str:
        """Seal it."""
        ids = self.tenant_id.hex, self.provider_id.hex
        ends = int(self.ends_at.timestamp())
        content = orjson.dumps([*ids, self.nonce, self.verifier, self.to, self.browser_hash, ends])
        return sealer.seal(content, tenant_id=NOBODY, purpose=PURPOSE)


def opened(sealer: Sealer, text: str) -> State | None:
    """Open what was sealed here; None for anything else."""
    if len(text) > LONGEST:
        return None
    try:
        content = orjson.loads(sealer.open(text, tenant_id=NOBODY, purpose=PURPOSE))
    except CannotDecrypt:
        return None
    tenant_id, provider_id, nonce, verifier, to, browser_hash, ends = content
    ends_at = datetime.fromtimestamp(ends, UTC)
    return State(UUID(hex=tenant_id), UUID(hex=provider_id), nonce, verifier, to, browser_hash, ends_at)


def new_mark(public_url: str) -> str:
    """Make a mark for a browser at an installation: `name=value` of the cookie that it keeps."""
    own, any_host = COOKIES
    name = own if public_url.startswith("https://") else any_host
    return f"{name}={secrets.token_urlsafe(MARK_BYTES)}"


def hash_of_mark(mark: str) -> bytes:
    """Return what is kept of a mark."""
    return sha256(mark.encode()).digest()


def is_marked(mark: str, stored: bytes) -> bool:
    """Tell in constant time whether a browser has the mark of which a hash is kept."""
    return MARK.fullmatch(mark) is not None and hmac.compare_digest(hash_of_mark(mark), stored)


def is_own_path(path: str) -> bool:
    """Tell whether a path leads to a page of our own, and nowhere else."""
    return len(path) <= LONGEST_PATH and OWN_PATH.fullmatch(path) is not None
