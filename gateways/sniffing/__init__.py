"""Tells whether some content is, as a whole, what it is said to be, and nothing else at the same time.

The types here are the only ones that are taken, each with a check of its own: it looks at the first byte, at the
structure, and at where the content ends, so that nothing hides behind it. What has no form of its own that could be
checked (plain text, CSV), what a browser runs (HTML, SVG) and what moves (GIF) is not among them. What the content
looks like instead is only said to help people, and decides nothing.
"""

from collections.abc import Callable, Mapping
from typing import Final

import puremagic

from gateways.sniffing.forms import NotThat, jpeg, pdf, png, webp
from gateways.sniffing.office import document, open_document, workbook

__all__ = ["ENDINGS", "NotThat", "check", "looks_like"]

HEAD: Final = 4096
JPEG: Final = "image/jpeg"
PNG: Final = "image/png"
WEBP: Final = "image/webp"
IMAGES: Final = frozenset({JPEG, PNG, WEBP})
PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT: Final = "application/vnd.oasis.opendocument.text"

ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    JPEG: (".jpg", ".jpeg"),
    PNG: (".png",),
    WEBP: (".webp",),
    PDF: (".pdf",),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    ODT: (".odt",),
}
"""The types that are known, and how names of such files end; the first is the usual one."""

CHECKS: Final[Mapping[str, Callable[[bytes], None]]] = {
    JPEG: jpeg,
    PNG: png,
    WEBP: webp,
    PDF: pdf,
    DOCX: document,
    XLSX: workbook,
    ODT: open_document,
}


def check(content: bytes, mime: str) -> None:
    """Refuse content that is not, as a whole, of a type; takes up to a second for the largest."""
    try:
        CHECKS[mime](content)
    except NotThat as wrong:
        seen = looks_like(content)
        raise NotThat(f"{wrong} It looks like {seen}." if seen not in {None, mime} else str(wrong)) from None


def looks_like(content: bytes) -> str | None:
    """Guess the type of some content by its first bytes."""
    try:
        return puremagic.from_string(content[:HEAD], mime=True) or None  # pyright: ignore[reportUnknownMemberType] - untyped in part
    except Exception:  # noqa: BLE001 - it reads what was made to break readers, and only helps people
        return None
