"""Backups that are damaged, of another key, or made to harm: nothing is written outside, and nothing is left."""

import gzip
import json
import random
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path

import pytest

from db.embedded.archive import CREDENTIALS, HEADER, MANIFEST, Header, Manifest, RestoreRefused
from db.embedded.binaries import major_version
from db.embedded.extract import Expected
from db.embedded.restore import restore
from db.migrations.trees import catalog_tree, tenant_tree
from tests.backup.conftest import EXPECTED, KEY, OTHER_KEY, Small, silent

HEAD = Header("now", major_version(), catalog_tree().head, tenant_tree().head, "workgraph", KEY.key_id, holds_key=False)
Entry = tuple[tarfile.TarInfo, bytes]


def entry(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> Entry:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(content), kind, link
    return info, content


def header(**changes: object) -> Entry:
    return entry(HEADER, json.dumps({**asdict(HEAD), **changes}).encode())


def written(file: Path, *entries: Entry) -> Path:
    with tarfile.open(file, "w:gz", compresslevel=1) as tar:
        for info, content in entries:
            tar.addfile(info, BytesIO(content))
    return file


def read(file: Path) -> list[Entry]:
    def each() -> Iterator[Entry]:
        with tarfile.open(file) as tar:
            for info in tar:
                found = tar.extractfile(info) if info.isreg() else None
                yield info, found.read() if found else b""

    return list(each())


async def refusal(file: Path, place: Path, expected: Expected = EXPECTED) -> str:
    """Restore, and return why that was refused; nothing may be left of it."""
    before = sorted(place.parent.rglob("*"))
    with pytest.raises(RestoreRefused) as refused:
        await restore(file, place / "restored", expected, silent)
    assert sorted(place.parent.rglob("*")) == before
    return str(refused.value)


@pytest.fixture
def inner(place: Path) -> Path:
    """A folder in a folder, so that what climbs out of it is seen."""
    (place / "inner").mkdir(mode=0o755)
    return place / "inner"


HARMFUL = {
    "a way up": [entry("files/../../evil", b"x")],
    "a way up at the top": [entry("../evil", b"x")],
    "an absolute name": [entry("/tmp/evil", b"x")],  # noqa: S108 - it must not be written
    "a dot": [entry("files/./evil", b"x")],
    "two slashes": [entry("files//evil", b"x")],
    "a symbolic link": [entry("files/evil", kind=tarfile.SYMTYPE, link="/etc")],
    "a file through a link": [entry("files/l", kind=tarfile.SYMTYPE, link="/etc"), entry("files/l/evil", b"x")],
    "a hard link": [entry("files/evil", kind=tarfile.LNKTYPE, link="/etc/passwd")],
    "a device": [entry("files/evil", kind=tarfile.CHRTYPE)],
    "a pipe": [entry("postgres/evil", kind=tarfile.FIFOTYPE)],
    "a name that is not ours": [entry("lock", b"x")],
    "a folder that is not ours": [entry("servers/evil", b"x")],
    "a file in place of a folder": [entry("files", b"x")],
    "a folder in place of a file": [entry("master.key", kind=tarfile.DIRTYPE)],
    "the same name twice": [entry("files/a", b"x"), entry("files/a", b"y")],
    "a file in the way of a folder": [entry("files/a", b"x"), entry("files/a/b", b"y")],
    "a second header": [header()],
}


@pytest.mark.parametrize("what", HARMFUL)
async def test_a_harmful_member_is_refused(inner: Path, what: str) -> None:
    said = await refusal(written(inner / "b.tar.gz", header(), *HARMFUL[what]), inner)
    assert said.startswith("This is not a backup that Workgraph made")


MISFITS = {
    "another form": ({"form": 2}, "another form"),
    "an older PostgreSQL": ({"postgres": "17"}, "holds data of PostgreSQL '17'"),
    "a newer Workgraph": ({"tenant": "t9999"}, "made by a newer Workgraph"),
    "another prefix": ({"role_prefix": "acme"}, "needs WORKGRAPH_ROLE_PREFIX='acme'"),
    "no sense": ({"colour": "red"}, "its beginning cannot be read"),
}


@pytest.mark.parametrize("what", MISFITS)
async def test_what_does_not_fit_is_refused_at_its_beginning(inner: Path, what: str) -> None:
    changes, reason = MISFITS[what]
    assert reason in await refusal(written(inner / "b.tar.gz", header(**changes)), inner)


async def test_a_backup_without_its_key_needs_the_very_same(small: Small, inner: Path) -> None:
    assert "Set the same, and again." in await refusal(small.file, inner, Expected("workgraph", None))
    said = await refusal(small.file, inner, Expected("workgraph", OTHER_KEY))
    assert said.startswith("WORKGRAPH_MASTER_KEY is not the key of this backup")
    assert all(info.name != "master.key" for info, _ in read(small.file))


async def test_a_changed_byte_is_found_wherever_it_is(small: Small, inner: Path) -> None:
    whole, chosen = small.file.read_bytes(), random.Random(7)
    for place in [10, *(chosen.randrange(20, len(whole) - 8) for _ in range(5)), len(whole) - 6]:
        file, changed = inner / "b.tar.gz", whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :]
        file.write_bytes(changed)
        if not says_the_same(changed, whole):
            assert await refusal(file, inner)


def says_the_same(one: bytes, other: bytes) -> bool:
    """Tell whether two compressed texts hold the same: in a run of zeros, one may be copied from another place."""
    try:
        return gzip.decompress(one) == gzip.decompress(other)
    except (OSError, EOFError, zlib.error):
        return False


Change = Callable[[list[Entry]], list[Entry]]


def without_the_end(entries: list[Entry]) -> list[Entry]:
    return entries[:-1]


def with_more_behind(entries: list[Entry]) -> list[Entry]:
    return [*entries, entry("files/more", b"x")]


def with_a_file_less(entries: list[Entry]) -> list[Entry]:
    return [each for each in entries if each[0].name != "postgres/backup_label"]


def with_a_file_more(entries: list[Entry]) -> list[Entry]:
    return [*entries[:-1], entry("files/more", b"x"), entries[-1]]


def with_other_passwords(entries: list[Entry]) -> list[Entry]:
    return [entry(CREDENTIALS, content.replace(b'"', b"'")) if info.name == CREDENTIALS else (info, content)
            for info, content in entries]  # fmt: skip


def sealed_by_another(entries: list[Entry]) -> list[Entry]:
    manifest = Manifest.opened(entries[-1][1], KEY)
    return [*entries[:-1], entry(MANIFEST, replace(manifest, tenants=(0, 9)).sealed(OTHER_KEY))]


CHANGES: dict[Change, str] = {
    without_the_end: "it is cut short",
    with_more_behind: "it goes on behind its end",
    with_a_file_less: "'postgres/backup_label' is not as it was",
    with_a_file_more: "'files/more' is not as it was",
    with_other_passwords: "'credentials.json' is not as it was",
    sealed_by_another: "not sealed with its key",
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
async def test_a_backup_that_was_put_together_anew_is_refused(small: Small, inner: Path, change: Change) -> None:
    file = written(inner / "b.tar.gz", *change(read(small.file)))
    assert CHANGES[change] in await refusal(file, inner)


async def test_a_file_of_something_else_is_told(inner: Path) -> None:
    file = inner / "b.tar.gz"
    assert "cannot be read: No such file" in await refusal(file, inner)
    for content in (b"", b"not even compressed", gzip.compress(b"not a tar" * 100)):
        file.write_bytes(content)
        assert await refusal(file, inner)
