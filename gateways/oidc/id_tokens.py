"""ID tokens: what a provider signs to say who somebody is, and everything that has to be right about one.

The algorithm is one of `ALGORITHMS`, whatever the token says: all of them sign with a key that only the provider has,
and of which it publishes the other half. Issuer, audience, authorised party, times and nonce are compared after that.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

import orjson
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError

from gateways.oidc.keys import SigningKey
from gateways.oidc.trouble import Refusal

ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"},
)
LONGEST: Final = 32 * 1024
LONGEST_SUBJECT: Final = 255
LEEWAY: Final = 60
"""Seconds by which the clocks of a provider and ours may differ."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say: who signed it, for whom, for which sign-in, and the moment at which it is read."""

    issuer: str
    client_identifier: str
    nonce: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Header:
    """With what a token says that it was signed."""

    algorithm: str
    key_id: str | None


def header_of(text: str) -> Header:
    """Read the header of a token, before anything of it is believed."""
    if len(text) > LONGEST or text.count(".") != 2:  # noqa: PLR2004 - header, payload, signature
        raise Refusal("The provider's ID token is not a signed token.")
    first = text.partition(".")[0]
    try:
        found = orjson.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (binascii.Error, ValueError):
        raise Refusal("The provider's ID token cannot be read.") from None
    header = cast("dict[str, Any]", found if isinstance(found, dict) else {})
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise Refusal("The provider's ID token is not signed in a way that is accepted here.")
    key_id = header.get("kid")
    return Header(algorithm, key_id if isinstance(key_id, str) else None)


def claims_of(text: str, header: Header, key: SigningKey, expected: Expected) -> Mapping[str, Any]:
    """Return what a token says, once everything about it is right."""
    try:
        claims = jwt.decode(text, key.key, algorithms=[header.algorithm]).claims
    except (JoseError, ValueError, TypeError):
        raise Refusal("The provider's ID token has a wrong signature.") from None
    registry = jwt.JWTClaimsRegistry(
        now=int(expected.now.timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_identifier},
        nonce={"essential": True, "value": expected.nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except ExpiredTokenError:
        raise Refusal("The provider's ID token has run out.") from None
    except MissingClaimError as error:
        raise Refusal(f"The provider's ID token lacks {error.claim}.") from None
    except InvalidClaimError as error:
        raise Refusal(f"The provider's ID token has a wrong {error.claim}.") from None
    _check_party(claims, expected.client_identifier)
    _check_subject(claims)
    return claims


def _check_party(claims: Mapping[str, Any], client_identifier: str) -> None:
    """A token for several audiences says to which of them it was given; it has to be us."""
    several = not isinstance(claims["aud"], str) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client_identifier) != client_identifier:
        raise Refusal("The provider's ID token has a wrong azp.")


def _check_subject(claims: Mapping[str, Any]) -> None:
    subject, nonce = claims["sub"], claims["nonce"]
    if not isinstance(nonce, str):
        raise Refusal("The provider's ID token has a wrong nonce.")
    if not subject or len(subject) > LONGEST_SUBJECT or not subject.isascii() or not subject.isprintable():
        raise Refusal("The provider's ID token has a wrong sub.")
