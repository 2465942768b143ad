"""Codes of an authenticator: TOTP (RFC 6238) with SHA-1, six digits and 30 seconds, as all of them know it."""

import base64
import hmac
import re
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

ISSUER: Final = "Workgraph"
SECRET_BYTES: Final = 20
DIGITS: Final = 6
STEP: Final = 30
DRIFT: Final = 1
FORM: Final = re.compile(r"[0-9]{6}", re.ASCII)


def new_secret() -> str:
    """Make a secret of 160 bits, in base32 as authenticators take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def address_of(secret: str, *, company: str, email: str) -> str:
    """Return the `otpauth://` address of a secret, which an authenticator reads from a QR code."""
    label = quote(f"{company}:{email}", safe="")
    facts = {"secret": secret, "issuer": company, "algorithm": "SHA1", "digits": DIGITS, "period": STEP}
    return f"otpauth://totp/{label}?{urlencode(facts, quote_via=quote)}"


def step_at(moment: datetime) -> int:
    """Return the number of the time step of a moment."""
    return int(moment.timestamp()) // STEP


def code_at(secret: str, step: int) -> str:
    """Return the code of a secret in a time step."""
    # RFC 6238 is HMAC-SHA-1, whose strength does not rest on collisions, and authenticators take nothing else.
    totp = TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP)  # noqa: S303
    return totp.generate(step * STEP).decode("ascii")


def step_of(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """Return the time step of a code that is good now and was not accepted before; None of any other.

    One step of drift is allowed either way, and only a step later than `after`, the last one that was accepted. Every
    candidate is compared, in constant time.
    """
    present = step_at(now)
    steps = range(present - DRIFT, present + DRIFT + 1)
    good = [step for step in steps if hmac.compare_digest(code_at(secret, step), code) and step > after]
    return good[0] if good else None
