"""What became of one attempt to deliver a webhook, in words that may be shown to the company it belongs to."""

import re
import ssl
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import (
    ClientConnectionError,
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientSSLError,
    InvalidURL,
    ServerDisconnectedError,
)

from gateways.webhooks.guard import NOT_AN_ADDRESS, NotAllowed

SUCCESS: Final = range(200, 300)
REDIRECTS: Final = range(300, 400)
MOST_BYTES: Final = 1024
UNCONNECTED: Final = "A connection to it could not be made."
UNSAFE: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
"""Characters that end a text, move a cursor or turn its direction: nothing of a log."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt: the status answered with, or why there is none; how long it took; the beginning of the answer.

    `retry_after`: how many seconds the receiver asks to be left alone (with 429 or 503 only).
    """

    http_status: int | None
    error: str | None
    duration_ms: int
    excerpt: str | None
    retry_after: float | None

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it: only a status from 200 to 299 says so."""
        return self.http_status in SUCCESS

    @property
    def is_gone(self) -> bool:
        """Whether the receiver said that it wants nothing ever again."""
        return self.http_status == HTTPStatus.GONE


def excerpt_of(answer: bytes) -> str | None:
    """Turn the beginning of an answer into text that may be stored and shown: at most 1 KB; None if it is empty."""
    text = UNSAFE.sub("\N{REPLACEMENT CHARACTER}", answer[:MOST_BYTES].decode(errors="replace"))
    return text.encode()[:MOST_BYTES].decode(errors="ignore") or None


def refusal_of(status: int) -> str | None:
    """Explain a status that people would not expect to be a failure."""
    return "It answered with a redirect, and redirects are not followed." if status in REDIRECTS else None


def said(error: Exception, patience: float) -> str:
    """Say why there was no answer, without naming any address that a name led to."""
    match error:
        case TimeoutError():
            return f"It did not answer within {patience:g} seconds."
        case ClientConnectorError():
            return _unconnected(error)
        case ServerDisconnectedError() | OSError():
            return "It closed the connection without an answer."
        case ClientConnectionError():
            return UNCONNECTED
        case InvalidURL():
            return NOT_AN_ADDRESS
        case _:
            return "Its answer is not valid HTTP."


def _unconnected(error: ClientConnectorError) -> str:
    if isinstance(error, ClientConnectorCertificateError):
        return f"Its certificate is not valid: {_verdict(error.certificate_error)}."
    if isinstance(error, ClientSSLError):
        return "A secure connection to it could not be made."
    if isinstance(error.os_error, NotAllowed):
        return str(error.os_error)
    if isinstance(error, ClientConnectorDNSError):
        return "The name of its host could not be found."
    if isinstance(error.os_error, ConnectionRefusedError):
        return "It refused the connection."
    return UNCONNECTED


def _verdict(error: Exception) -> str:
    return error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else "it names another host"
