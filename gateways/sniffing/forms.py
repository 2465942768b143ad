"""The forms of single files: where a JPEG, a PNG, a WebP and a PDF begin and end, and that nothing follows."""

import re
from collections.abc import Iterator
from typing import Final

PNG_START: Final = b"\x89PNG\r\n\x1a\n"
PNG_HEAD: Final = 8
PNG_CRC: Final = 4
JPEG_START: Final = b"\xff\xd8\xff"
MOST_SCANS: Final = 100
START_OF_SCAN: Final = 0xDA
END_OF_IMAGE: Final = 0xD9
ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
MARKER: Final = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
RIFF_HEAD: Final = 8
PDF_START: Final = re.compile(rb"%PDF-[12]\.\d")
PDF_END: Final = b"%%EOF"
ZIP_END: Final = b"PK\x05\x06"
ZIP_END_BYTES: Final = 22
LONGEST_COMMENT: Final = 65_535
SPACE: Final = b"\0\t\n\f\r "


class NotThat(Exception):
    """The content is not of the type; the text says for people what is wrong with it."""


def png(content: bytes) -> None:
    """Walk the chunks to the last one, which is the end."""
    if not content.startswith(PNG_START):
        raise NotThat("It does not begin as a PNG.")
    place, kind = len(PNG_START), b""
    while kind != b"IEND":
        head = content[place : place + PNG_HEAD]
        if len(head) < PNG_HEAD:
            raise NotThat("The PNG is cut off.")
        kind = head[4:]
        place += PNG_HEAD + int.from_bytes(head[:4], "big") + PNG_CRC
    _ends(content, place, "PNG")


def jpeg(content: bytes) -> None:
    """Walk the markers to the end of the image. Cameras put further pictures behind it: these are left out later."""
    if not content.startswith(JPEG_START):
        raise NotThat("It does not begin as a JPEG.")
    scans = 0
    for marker, place in _markers(content):
        scans += marker == START_OF_SCAN
        if scans > MOST_SCANS:
            raise NotThat(f"The JPEG has more than {MOST_SCANS} scans.")
        if marker == END_OF_IMAGE:
            if not content.startswith(JPEG_START, place):
                _ends(content, place, "JPEG")
            return
    raise NotThat("The JPEG is cut off.")


def _markers(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield each marker and where what follows it begins. Within a scan, data is passed over to the next marker."""
    place = 2
    while found := MARKER.search(content, place):
        marker, place = found[1][0], found.end()
        yield marker, place
        if marker not in ALONE:
            place += int.from_bytes(content[place : place + 2], "big")


def webp(content: bytes) -> None:
    """Compare the length that the file says of itself."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise NotThat("It does not begin as a WebP.")
    _ends(content, RIFF_HEAD + int.from_bytes(content[4:8], "little"), "WebP")


def pdf(content: bytes) -> None:
    """A PDF begins at its first byte, ends with its end mark, and is not an archive at the same time."""
    if not PDF_START.match(content):
        raise NotThat("It does not begin as a PDF.")
    if not content.rstrip(SPACE).endswith(PDF_END):
        raise NotThat("The PDF is cut off, or something follows its end.")
    if ends_as_archive(content):
        raise NotThat("It is a PDF and an archive at the same time.")


def ends_as_archive(content: bytes) -> bool:
    """Tell whether a ZIP ends where the content ends; readers of ZIP look there first."""
    earliest = max(0, len(content) - ZIP_END_BYTES - LONGEST_COMMENT)
    place = content.rfind(ZIP_END, earliest)
    while place >= 0:
        said = int.from_bytes(content[place + 20 : place + 22], "little")
        if place + ZIP_END_BYTES + said == len(content):
            return True
        place = content.rfind(ZIP_END, earliest, place)
    return False


def _ends(content: bytes, place: int, name: str) -> None:
    if place > len(content):
        raise NotThat(f"The {name} is cut off.")
    if place < len(content):
        raise NotThat(f"Something follows the end of the {name}.")
