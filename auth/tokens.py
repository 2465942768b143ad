"""Access tokens: short-lived proof of who asks, for which tenant, that every process can check without a database.

A token is a JWT (RFC 9068), signed with HS256 under a key derived from the master key. A shared key, because only our
own processes make and check tokens, and all of them have the master key: reading a token takes 14 microseconds, and an
Ed25519 signature, which others could check too, would take 60 by itself. The header is compared whole, byte for byte,
before anything is decoded, so that another algorithm, type or key id is refused unread. What a token that was verified
says is kept, under the token's SHA-256 and never with the token, so that the next request need not verify it again.
"""

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid4

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, ConfigDict, ValidationError

from db.encryption import KeyHolder, MasterKey

ALGORITHM: Final = "HS256"
TYPE: Final = "at+jwt"
LIFETIME: Final = timedelta(minutes=15)
LONGEST: Final = 2048
MOST_KEPT: Final = 10_000
CLAIMS: Final = {
    "issuer": "iss",
    "audience": "aud",
    "user_id": "sub",
    "tenant_id": "tid",
    "token_version": "tv",
    "issued_at": "iat",
    "expires_at": "exp",
    "token_id": "jti",
    "session_id": "sid",
    "actor": "act",
    "impersonation_id": "imp",
}
# The signature's last character carries four bits, so that only these sixteen are canonical: one token, one text.
FORM: Final = re.compile(r"([\w-]+)\.[\w-]+\.[\w-]{42}[AEIMQUYcgkosw048]", re.ASCII)


class TokenInvalid(Exception):
    """The text is no access token of this installation; which part is wrong is not told."""


class TokenExpired(Exception):
    """The token was good, and has run out: sign in again or refresh it."""


class SignedIn(BaseModel):
    """Who has signed in, as a token says it. Raising the `token_version` of a user ends what says a lower one.

    `session_id` is the session that it belongs to, and ends with; None where the sign-in was not noted.
    """

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", populate_by_name=True, alias_generator=CLAIMS.__getitem__
    )

    user_id: UUID
    tenant_id: UUID
    token_version: int
    session_id: UUID | None = None


class AccessToken(SignedIn):
    """What a token says. One with an `actor` (RFC 8693) is of an impersonation: somebody acts for its user.

    It then ends with the actor's session too, and with the impersonation.
    """

    issuer: str
    audience: str
    issued_at: int
    expires_at: int
    token_id: UUID
    actor: SignedIn | None = None
    impersonation_id: UUID | None = None

    @property
    def ends_at(self) -> datetime:
        """The moment at which it is no longer accepted."""
        return datetime.fromtimestamp(self.expires_at, UTC)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token and the moment at which it is no longer accepted."""

    text: str = field(repr=False)
    expires_at: datetime


class AccessTokens(KeyHolder):
    """Issues access tokens and reads them back."""

    def __init__(
        self,
        master_key: MasterKey,
        *,
        clock: Callable[[], datetime],
        lifetime: timedelta = LIFETIME,
        issuer: str = "workgraph",
        audience: str = "workgraph",
    ) -> None:
        """Derive the signing key; `clock` tells the time in UTC, `lifetime` is rounded to whole seconds."""
        self._key = OctKey.import_key(master_key.derive("access tokens"))
        self._header = {"alg": ALGORITHM, "kid": master_key.key_id, "typ": TYPE}
        self._clock, self._lifetime = clock, round(lifetime.total_seconds())
        self._issuer, self._audience = issuer, audience
        self._written_header = self._sign(b"").partition(".")[0]
        self._read: OrderedDict[bytes, AccessToken] = OrderedDict()

    def issue(
        self, *, user_id: UUID, tenant_id: UUID, token_version: int, session_id: UUID | None = None
    ) -> IssuedToken:
        """Make a token for a user who has just proved who they are."""
        signed_in = SignedIn(user_id=user_id, tenant_id=tenant_id, token_version=token_version, session_id=session_id)
        return self._issue(signed_in, int(self._clock().timestamp()) + self._lifetime)

    def issue_to(
        self, actor: SignedIn, *, for_whom: SignedIn, impersonation_id: UUID, ends_at: datetime
    ) -> IssuedToken:
        """Make a token for somebody who acts for a user; it counts until a moment, rounded down to a second."""
        return self._issue(for_whom, int(ends_at.timestamp()), actor=actor, impersonation_id=impersonation_id)

    def _issue(self, signed_in: SignedIn, expires_at: int, **more: Any) -> IssuedToken:
        token = AccessToken(
            **signed_in.model_dump(),
            issuer=self._issuer,
            audience=self._audience,
            issued_at=int(self._clock().timestamp()),
            expires_at=expires_at,
            token_id=uuid4(),
            **more,
        )
        text = self._sign(token.model_dump_json(by_alias=True, exclude_none=True).encode())
        return IssuedToken(text, datetime.fromtimestamp(token.expires_at, UTC))

    def read(self, text: str) -> AccessToken:
        """Return what a token says, or raise TokenInvalid, or TokenExpired from the very moment of its expiry."""
        if len(text) > LONGEST:
            raise TokenInvalid
        token = self._remembered(text)
        if (token.issuer, token.audience) != (self._issuer, self._audience):
            raise TokenInvalid
        if self._clock().timestamp() >= token.expires_at:
            raise TokenExpired
        return token

    def _remembered(self, text: str) -> AccessToken:
        """Return what a token says that was verified before, found by its SHA-256; else verify it."""
        digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
        token = self._read.get(digest)
        if token is None:
            self._read[digest] = token = self._verified(text)
            if len(self._read) > MOST_KEPT:
                self._read.popitem(last=False)
        else:
            self._read.move_to_end(digest)
        return token

    def _verified(self, text: str) -> AccessToken:
        form = FORM.fullmatch(text)
        if form is None or form[1] != self._written_header:
            raise TokenInvalid
        try:
            payload = jws.deserialize_compact(text, self._key, [ALGORITHM]).payload
            return AccessToken.model_validate_json(payload)
        except (JoseError, ValidationError):
            raise TokenInvalid from None

    def _sign(self, payload: bytes) -> str:
        return jws.serialize_compact(self._header, payload, self._key, [ALGORITHM])
