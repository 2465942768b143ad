"""Finds what belongs to a company in a text that was not meant for it: its mark, and its rows' ids in any encoding."""

import re
from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

DASHED = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
HEX = re.compile(r"[0-9a-f]{32,}", re.IGNORECASE)
TOKEN = re.compile(r"[A-Za-z0-9_\-+/]{16,}")
UUID_BYTES = 16


@dataclass(frozen=True)
class Traces:
    """By what a company is recognised: a mark that is in all its texts, and the ids of all its rows and its own."""

    mark: str
    ids: AbstractSet[UUID]

    def found_in(self, text: str) -> list[str]:
        """Name what of the company is in a text, written plainly or encoded."""
        decoded = list(decodings(text))
        texts = [text, *(each.decode("latin-1") for each in decoded)]
        marks = [self.mark] if any(self.mark in each.lower() for each in texts) else []
        runs = {run for each in decoded for run in windows(each)} | {run for each in texts for run in written(each)}
        return marks + [str(each) for each in sorted(self.ids) if each.bytes in runs]


def written(text: str) -> Iterator[bytes]:
    """Every run of 16 bytes that is written in a text as hexadecimal digits."""
    yield from (bytes.fromhex(each.replace("-", "")) for each in DASHED.findall(text))
    for digits in HEX.findall(text):
        for start in range(len(digits) - 2 * UUID_BYTES + 1):
            yield bytes.fromhex(digits[start : start + 2 * UUID_BYTES])


def windows(content: bytes) -> Iterator[bytes]:
    """Every run of 16 bytes that is in some content."""
    return (content[start : start + UUID_BYTES] for start in range(len(content) - UUID_BYTES + 1))


def decodings(text: str) -> Iterator[bytes]:
    """What the parts of a text that could be base64 decode to, from each of the four places where it could begin."""
    for token in TOKEN.findall(text):
        for start in range(4):
            part = token[start:].replace("+", "-").replace("/", "_")
            whole = part[: len(part) - (len(part) % 4 == 1)]
            try:
                yield urlsafe_b64decode(whole + "=" * (-len(whole) % 4))
            except (Error, ValueError):
                continue
