"""The forms of office documents: archives that hold what such a document holds, bounded, and without programs."""

import io
import zipfile
import zlib
from typing import Final

from gateways.sniffing.forms import NotThat

ZIP_START: Final = b"PK\x03\x04"
ENCRYPTED: Final = 0x1
MOST_ENTRIES: Final = 5_000
MOST_BYTES: Final = 300 * 1024 * 1024
LONGEST_LIST: Final = 1024 * 1024
PROGRAMS: Final = ("vbaproject.bin", ".exe", ".dll", ".js", ".vbs", ".bat", ".cmd", ".html", ".htm", ".svg", "basic/")
TYPES: Final = "[Content_Types].xml"
OFFICE: Final = b"application/vnd.openxmlformats-officedocument."
WORD: Final = OFFICE + b"wordprocessingml.document.main+xml"
EXCEL: Final = OFFICE + b"spreadsheetml.sheet.main+xml"
ODF_TEXT: Final = b"application/vnd.oasis.opendocument.text"


def document(content: bytes) -> None:
    """Word: the list of contents names a main document."""
    _office(content, "Word document", WORD, "word/document.xml")


def workbook(content: bytes) -> None:
    """Excel: the list of contents names a workbook."""
    _office(content, "Excel workbook", EXCEL, "xl/workbook.xml")


def open_document(content: bytes) -> None:
    """OpenDocument: the first entry, stored as it is, says the type."""
    archive = _archive(content, "OpenDocument text")
    first = archive.infolist()[0]
    named = first.filename == "mimetype" and first.compress_type == zipfile.ZIP_STORED
    if not named or _entry(archive, "mimetype") != ODF_TEXT or "content.xml" not in archive.namelist():
        raise NotThat("It is not an OpenDocument text.")


def _office(content: bytes, name: str, main: bytes, part: str) -> None:
    archive = _archive(content, name)
    if TYPES not in archive.namelist() or part not in archive.namelist() or main not in _entry(archive, TYPES):
        raise NotThat(f"It is not a {name}.")


def _archive(content: bytes, name: str) -> zipfile.ZipFile:
    """Open an archive that begins at the first byte and ends at the last, and says to hold nothing beyond bounds."""
    if not content.startswith(ZIP_START):
        raise NotThat(f"It does not begin as a {name}.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError):
        raise NotThat(f"The {name} is damaged.") from None
    _check_end(content, archive, name)
    _check_entries(archive, name)
    return archive


def _check_end(content: bytes, archive: zipfile.ZipFile, name: str) -> None:
    """The end is the last thing there is, without a comment in which something could hide."""
    if archive.comment or content[-22:-18] != b"PK\x05\x06":
        raise NotThat(f"Something follows the end of the {name}.")


def _check_entries(archive: zipfile.ZipFile, name: str) -> None:
    entries = archive.infolist()
    if not entries or len(entries) > MOST_ENTRIES or sum(each.file_size for each in entries) > MOST_BYTES:
        raise NotThat(f"The {name} holds too much, or nothing.")
    if min(each.header_offset for each in entries) != 0:
        raise NotThat(f"Something stands before the {name}.")
    if any(each.flag_bits & ENCRYPTED for each in entries):
        raise NotThat(f"The {name} is encrypted.")
    if any(mark in each.filename.lower() for each in entries for mark in PROGRAMS):
        raise NotThat(f"The {name} holds a program; save it without.")


def _entry(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return an entry, as far as such an entry is ever long."""
    try:
        with archive.open(name) as file:
            return file.read(LONGEST_LIST)
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError):
        raise NotThat("The document is damaged.") from None
