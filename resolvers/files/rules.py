"""What is taken: for each purpose which types, how large, and who may upload; and which names a file may have."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from db.choices import Choice
from db.models.files import FilePurpose
from gateways.sniffing import DOCX, ENDINGS, IMAGES, ODT, PDF, XLSX
from resolvers.refusals import Fact, InvalidInput, Refused

MEGABYTE: Final = 1024 * 1024
CSV: Final = "text/csv"
CSV_ENDINGS: Final = (".csv",)
SHORT_LIVED: Final = timedelta(minutes=15)
LOOSE_FOR: Final = timedelta(hours=24)
MOST_LOOSE: Final = 50
LONGEST_NAME: Final = 255
SLASHES: Final = frozenset("/\\\u2044\u2215\u2216\u29f5\u29f8\u29f9\ufe68\uff0f\uff3c")
JOINERS: Final = frozenset("\u200c\u200d")
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class FileProblem(Choice):
    """Why a file is not taken, or cannot be used."""

    TOO_LARGE = "too_large", "It has more bytes than are taken here."
    TYPE_NOT_ALLOWED = "type_not_allowed", "Files of this type are not taken here."
    TOO_MANY = "too_many", "Too many uploads of yours are not used by anything yet."
    NOT_USABLE = "not_usable", "It was not uploaded yet, was rejected, or something uses it already."


class FileRefused(Refused):
    """The file is not taken, or cannot be used for this."""

    code = "FILE_REFUSED"
    facts: ClassVar[Mapping[str, Fact]] = {"problem": Fact(FileProblem, "What is wrong with it.")}


@dataclass(frozen=True, slots=True)
class Rule:
    """What is taken for one purpose. `needs` is asked of whoever announces such a file by `createUpload`.

    What is kept `as_it_comes` is held to nothing but its size: it may be too large to be looked at as a whole, and has
    no form of its own. Whatever reads it expects anything.
    """

    types: tuple[str, ...]
    max_bytes: int
    needs: str
    longest_edge: int | None = None
    as_it_comes: bool = False


RULES: Final[Mapping[FilePurpose, Rule]] = {
    FilePurpose.ONBOARDING_ANSWER: Rule((*sorted(IMAGES), PDF, DOCX, XLSX, ODT), 25 * MEGABYTE, "onboarding.tasks"),
    FilePurpose.COMPANY_LOGO: Rule(tuple(sorted(IMAGES)), 5 * MEGABYTE, "company.edit", longest_edge=1024),
    FilePurpose.IMPORT: Rule((CSV,), 1024 * MEGABYTE, "imports.run", as_it_comes=True),
}


def check_claim(purpose: FilePurpose, mime: str, size: float) -> int:
    """Refuse what would never be taken, before a byte of it is sent; return the size as the number that it is."""
    rule = RULES[purpose]
    if mime not in rule.types:
        raise not_allowed(rule.types, ("mime",))
    if size > rule.max_bytes:
        raise too_large(rule.max_bytes, ("size",))
    if not size >= 1 or size != int(size):
        raise InvalidInput("The size is a whole number of bytes, 1 or more.", path=("size",))
    return int(size)


def not_allowed(types: Sequence[str], path: Sequence[str | int]) -> FileRefused:
    """Say which types are taken."""
    message = f"Files of this type are not taken; taken are {', '.join(types)}."
    return FileRefused(message, path=path, problem=FileProblem.TYPE_NOT_ALLOWED)


def too_large(max_bytes: int, path: Sequence[str | int]) -> FileRefused:
    """Say how large a file may be."""
    most = f"{max_bytes // MEGABYTE} MB" if max_bytes % MEGABYTE == 0 else f"{max_bytes:,} bytes"
    return FileRefused(f"The file is too large; it may have {most}.", path=path, problem=FileProblem.TOO_LARGE)


def check_name(filename: str) -> str:
    """Refuse a name that is a path, shows other letters than it has, or is none; return it in one spelling."""
    name = unicodedata.normalize("NFC", filename.strip())
    if SLASHES & set(name):
        raise InvalidInput("Give the name of the file alone, without a path.", path=("filename",))
    if any(unicodedata.category(each) in UNSEEN and each not in JOINERS for each in name):
        raise InvalidInput("The name holds a character that cannot be seen.", path=("filename",))
    if not name.strip(". ") or len(name) > LONGEST_NAME:
        raise InvalidInput(f"A name has 1 to {LONGEST_NAME} characters, not only dots.", path=("filename",))
    return name


def name_to_save(filename: str, mime: str) -> str:
    """Return the name under which a file is saved: its ending is one of its type."""
    endings = CSV_ENDINGS if mime == CSV else ENDINGS[mime]
    return filename if filename.lower().endswith(endings) else f"{filename}{endings[0]}"


def admits(accept: str, mime: str) -> bool:
    """Tell whether a type is among what a form accepts: `image/png`, `image/*`, `.png` or `*/*`."""
    wanted = accept.strip().lower()
    if wanted.startswith("."):
        return wanted in (CSV_ENDINGS if mime == CSV else ENDINGS[mime])
    return wanted in {mime, "*", "*/*", f"{mime.partition('/')[0]}/*"}
