"""Documents as the tools of clients write them down: manifests, and folders of `.graphql` files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from schema.documents.manifests import ENDINGS, LARGEST, Entry, ManifestWrong, entries_of, entries_of_files
from schema.evolution.documents import Document

MOST_FILES: Final = 10_000
UNKNOWN: Final = "-"


def documents_at(named: str) -> Iterator[Document]:
    """Return the documents at `PATH`, or at `CLIENT@VERSION=PATH`; without a client, the path's name stands for it."""
    who, _, where = named.rpartition("=")
    path = Path(where)
    client, _, version = who.partition("@")
    for entry in read_manifest(path):
        yield Document(client or path.stem, version or UNKNOWN, entry.document_id, entry.text)


def read_manifest(path: Path) -> list[Entry]:
    """Return the documents of a file or a folder, or raise ManifestWrong."""
    if not path.exists():
        raise ManifestWrong(f"{path}: There is no such file or folder.")
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.suffix in ENDINGS and each.is_file())
        if len(files) > MOST_FILES:
            raise ManifestWrong(f"{path}: At most {MOST_FILES:,} files; there are {len(files):,}.")
        return entries_of_files({each.relative_to(path).as_posix(): _text(each) for each in files})
    if path.suffix in ENDINGS:
        return entries_of_files({path.name: _text(path)})
    return entries_of(path.name, _bytes(path))


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _text(path: Path) -> str:
    try:
        return _bytes(path).decode()
    except UnicodeDecodeError as error:
        raise ManifestWrong(f"{path}: It is not UTF-8: {error.reason} at byte {error.start}.") from None
