"""A backup of a server that is written to, restored elsewhere and served again."""

import stat
from pathlib import Path

from tests.backup.conftest import OBJECTS, Taken, serving, workgraph


def test_the_backup_is_for_its_owner_alone_and_says_what_it_is(taken: Taken) -> None:
    assert stat.S_IMODE(taken.file.stat().st_mode) == 0o600
    assert not taken.file.with_name("b.tar.gz.part").exists()
    assert "1 company, 3 files." in taken.words
    assert "IT HOLDS THE MASTER KEY AND EVERY PASSWORD" in taken.words
    assert len(taken.after) > 4, "nothing was written while the backup was taken"


async def test_what_was_acknowledged_before_the_backup_is_there_and_the_server_serves(
    taken: Taken, place: Path
) -> None:
    done = workgraph("restore", taken.file, "--data-dir", place / "restored")
    assert done.returncode == 0, done.stderr
    assert "1 company, 3 files." in done.stdout
    assert sorted(path.name for path in place.iterdir()) == ["restored"]
    files = place / "restored" / "files"
    assert {name: (files / name).read_bytes() for name in OBJECTS} == OBJECTS
    async with serving(place / "restored") as person:
        await person.sign_in()
        found = await person.flows()
        assert set(taken.before) <= found <= {*taken.before, *taken.after}
        await person.create_flow("Written after the restore")
        assert "Written after the restore" in await person.flows()
