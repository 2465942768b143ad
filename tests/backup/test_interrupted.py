"""Backups and restores that are killed, and what is refused before anything is done."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from db.embedded import EmbeddedServersFailed, embedded_servers
from db.embedded.restore import restore
from tests.backup.conftest import EXPECTED, Command, Small, Taken, silent, started, workgraph
from tests.embedded.conftest import gone_within

KEY = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
OTHER = "b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28="


def ended_when_there(command: subprocess.Popen[bytes], path: Path, number: signal.Signals) -> None:
    """Send a command a signal as soon as it has made a path, and wait for its end."""
    deadline = time.monotonic() + 30
    while not path.exists():
        assert command.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    command.send_signal(number)
    command.wait(timeout=20)


def test_a_backup_that_is_stopped_or_killed_leaves_no_file_and_the_next_one_of_the_stopped_server_is_whole(
    taken: Taken, place: Path
) -> None:
    data, file = place / "data", place / "b.tar.gz"
    assert workgraph("restore", taken.file, "--data-dir", data).returncode == 0
    large = data / "files" / "large"
    large.touch()
    os.truncate(large, 2_000_000_000)
    part = place / "b.tar.gz.part"
    ended_when_there(started("backup", file, "--data-dir", data), part, signal.SIGINT)
    assert [path.name for path in place.iterdir()] == ["data"]
    ended_when_there(started("backup", file, "--data-dir", data), part, signal.SIGKILL)
    assert not file.exists()
    assert gone_within(5, data)
    large.unlink()
    done = workgraph("backup", file, "--data-dir", data)
    assert done.returncode == 0, done.stderr
    assert "1 company, 3 files." in done.stdout
    assert sorted(path.name for path in place.iterdir()) == ["b.tar.gz", "data"]


async def test_a_killed_restore_leaves_no_data_folder_and_the_next_one_is_whole(small: Small, place: Path) -> None:
    root = place / "restored"
    environment = {"WORKGRAPH_MASTER_KEY": KEY}
    draft = place / ".restored.restoring"
    command = started("restore", small.file, "--data-dir", root, **environment)
    ended_when_there(command, draft / "servers" / "postgres" / "postmaster.pid", signal.SIGKILL)
    assert not root.exists()
    assert (draft / "credentials.json").exists(), "it was killed before it had written anything"
    restored = await restore(small.file, root, EXPECTED, silent)
    assert (restored.tenants, restored.behind) == (0, False)
    assert sorted(path.name for path in place.iterdir()) == ["restored"]


async def test_a_folder_that_holds_anything_or_is_served_is_not_restored_into(small: Small, place: Path) -> None:
    (place / "note.txt").write_text("mine")
    with pytest.raises(EmbeddedServersFailed, match="is not empty; a restore overwrites nothing"):
        await restore(small.file, place, EXPECTED, silent)
    assert [path.name for path in place.iterdir()] == ["note.txt"]
    async with embedded_servers(place / "served", postgres=False, valkey=False):
        with pytest.raises(EmbeddedServersFailed, match="already in use by another Workgraph"):
            await restore(small.file, place / "served", EXPECTED, silent)


def test_a_file_that_is_there_is_replaced_only_by_force(small: Small, place: Path, command: Command) -> None:
    file = place / "b.tar.gz"
    file.write_text("another backup")
    status, words = command("backup", file, "--data-dir", small.data, WORKGRAPH_MASTER_KEY=KEY)
    assert (status, file.read_text()) == (1, "another backup")
    assert "is there already. Choose another name, or replace it with --force." in words
    status, words = command("backup", file, "--data-dir", small.data, "--force", WORKGRAPH_MASTER_KEY=KEY)
    assert status == 0, words
    assert "It holds the database's passwords, and not the WORKGRAPH_MASTER_KEY" in words
    assert file.stat().st_size > 1_000_000


def test_another_key_than_that_of_the_database_is_refused(small: Small, place: Path, command: Command) -> None:
    status, words = command("backup", place / "b.tar.gz", "--data-dir", small.data, WORKGRAPH_MASTER_KEY=OTHER)
    assert (status, list(place.iterdir())) == (1, [])
    assert "This database was set up with another WORKGRAPH_MASTER_KEY" in words


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_a_server_of_ones_own_is_left_to_its_own_tools(place: Path, command: Command, verb: str) -> None:
    given = {"DATABASE_URL": "postgresql://ada:hush@127.0.0.1:1/x", "WORKGRAPH_MASTER_KEY": KEY}
    status, words = command(verb, place / "b.tar.gz", "--data-dir", place / "data", **given)
    assert (status, list(place.iterdir())) == (1, [])
    assert words.startswith("workgraph: DATABASE_URL names a server of your own.")
    assert "hush" not in words


def test_a_folder_without_a_database_is_not_made_into_one(place: Path, command: Command) -> None:
    status, words = command("backup", place / "b.tar.gz", "--data-dir", place / "data")
    assert (status, list(place.iterdir())) == (1, [])
    assert words.startswith("workgraph: There is nothing to back up")


def test_a_backup_is_not_written_into_what_it_backs_up(small: Small, command: Command) -> None:
    file = small.data / "servers" / "b.tar.gz"
    status, words = command("backup", file, "--data-dir", small.data, WORKGRAPH_MASTER_KEY=KEY)
    assert (status, file.exists()) == (1, False)
    assert "is inside of what is backed up" in words
