"""What goes wrong on real machines: each gets repaired, or a message that says what to do."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from db.embedded import (
    DataFolderUnusable,
    EmbeddedServersFailed,
    OtherVersionsData,
    binaries,
    embedded_servers,
    postgres,
    valkey,
)
from db.embedded import folder as folders
from tests.embedded.conftest import ROOT, Supervise, gone_within

IS_ROOT = os.geteuid() == 0
NOBODY = 65534


async def start_and_stop(folder: Path) -> None:
    async with embedded_servers(folder):
        pass


def appears(path: Path) -> bool:
    """Wait until a file that another process makes is there."""
    deadline = time.monotonic() + 10
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    return path.exists()


async def test_a_second_server_on_the_same_folder_is_told_who_holds_it(used_folder: Path, supervise: Supervise) -> None:
    first = supervise(used_folder)
    first.ready()
    refusal = supervise(used_folder).refusal()
    assert (
        f"AlreadyServed: {used_folder} is already in use by another Workgraph (process {first.process.pid})" in refusal
    )
    assert "--data-dir" in refusal


async def test_a_first_start_that_was_killed_half_way_is_repaired(folder: Path, supervise: Supervise) -> None:
    supervisor = supervise(folder)
    unfinished = folder / "servers" / "postgres.unfinished" / "base"
    assert await asyncio.to_thread(appears, unfinished)
    supervisor.kill()
    assert unfinished.exists()
    assert gone_within(2, folder)
    await start_and_stop(folder)
    assert sorted(path.name for path in (folder / "servers").iterdir()) == ["log", "postgres", "run", "valkey"]


async def test_data_that_was_complete_once_is_never_thrown_away(folder: Path) -> None:
    (folder / "servers" / "postgres").mkdir(parents=True)
    (folder / "servers" / "postgres" / "precious").write_text("kept")
    with pytest.raises(DataFolderUnusable, match="PG_VERSION"):
        await start_and_stop(folder)
    assert (folder / "servers" / "postgres" / "precious").read_text() == "kept"


async def test_data_of_another_major_version_is_refused_by_name(folder: Path) -> None:
    (folder / "servers" / "postgres").mkdir(parents=True)
    (folder / "servers" / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(OtherVersionsData, match=r"made by PostgreSQL 17; this Workgraph brings PostgreSQL 18"):
        await start_and_stop(folder)


async def test_a_pid_file_that_names_a_zombie_or_a_stranger_does_not_stop_the_start(used_folder: Path) -> None:
    await start_and_stop(used_folder)
    who = NOBODY if IS_ROOT else None
    zombie = subprocess.Popen(["/bin/true"], user=who, group=who)
    stranger = subprocess.Popen(["/bin/sleep", "60"], user=who, group=who)
    try:
        for process in (zombie, stranger):
            for name in ("postgres/postmaster.pid", "valkey/valkey.pid"):
                (used_folder / "servers" / name).write_text(
                    f"{process.pid}\n{used_folder / 'servers/postgres'}\n1\n1\n\n\n\n\n"
                )
            await start_and_stop(used_folder)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
        zombie.wait()


async def test_a_port_that_was_taken_in_the_meantime_is_replaced(
    used_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as first, socket.socket() as second:
        for module, taken in ((postgres, first), (valkey, second)):
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            ports = iter([taken.getsockname()[1], module.free_port()])
            monkeypatch.setattr(module, "free_port", ports.__next__)
        async with embedded_servers(used_folder) as servers:
            for url, taken in ((servers.database_url, first), (servers.redis_url, second)):
                assert f":{taken.getsockname()[1]}/" not in url


async def test_passwords_of_another_folder_are_noticed(used_folder: Path) -> None:
    await start_and_stop(used_folder)
    (used_folder / "credentials.json").unlink()
    with pytest.raises(DataFolderUnusable, match=r"credentials\.json does not hold the passwords"):
        await start_and_stop(used_folder)


async def test_another_role_prefix_than_before_is_refused_by_name(used_folder: Path) -> None:
    with pytest.raises(EmbeddedServersFailed, match=r"belongs to the role workgraph_owner.*WORKGRAPH_ROLE_PREFIX"):
        async with embedded_servers(used_folder, role_prefix="other"):
            pass


@pytest.mark.parametrize("name", ["a b, c'd \"e\\ \N{LATIN SMALL LETTER U WITH DIAERESIS}", "x" * 120])
async def test_a_folder_may_have_any_name(used_folder: Path, name: str) -> None:
    odd = used_folder.rename(used_folder.with_name(name))
    await start_and_stop(odd)


async def test_a_damaged_password_file_is_named(folder: Path) -> None:
    folder.mkdir()
    (folder / "credentials.json").write_text("{")
    with pytest.raises(DataFolderUnusable, match=r"credentials\.json is damaged"):
        await start_and_stop(folder)


async def test_a_data_folder_that_is_a_file_is_named(folder: Path) -> None:
    folder.write_text("")
    with pytest.raises(DataFolderUnusable, match=f"{folder} cannot be used: File exists"):
        await start_and_stop(folder)


def with_mount(folder: Path, options: str, then: str = "") -> str:
    """Run a supervisor with a small disk of its own mounted at the folder's parent; it is gone with the process."""
    run = f"{sys.executable} -m tests.embedded.a_supervisor {folder} </dev/null"
    script = f"mount -t tmpfs -o mode=755,{options} tmpfs {folder.parent} || exit 77; {run}; {then.format(run=run)}"
    unshare = shutil.which("unshare") or pytest.skip("unshare is not installed")
    ended = subprocess.run(
        [unshare, "--mount", "sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    if ended.returncode == 77 or "unshare failed" in ended.stderr:
        pytest.skip("mounting a small disk needs root and the right to mount")
    assert "Traceback" not in ended.stderr
    return ended.stdout + ended.stderr


def test_a_read_only_disk_is_named(folder: Path) -> None:
    words = with_mount(folder, "ro")
    assert f"{folder} cannot be used: Read-only file system" in words
    assert "--data-dir or WORKGRAPH_DATA_DIR" in words


def test_a_full_disk_is_named_and_the_start_succeeds_once_there_is_room(folder: Path) -> None:
    words = with_mount(folder, "size=24m", f"mount -o remount,size=800m {folder.parent}; {{run}}")
    assert "The disk is full. Free some space, then start again" in words
    assert '"database_url": "postgresql://workgraph_owner:' in words


def ordinary_user() -> Sequence[str]:
    """The command that runs Python as nobody; a Python below root's home needs leave to be read."""
    if not IS_ROOT:
        pytest.skip("already an ordinary user")
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("setpriv is not installed")
    who = [setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    read = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    probe = "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"
    for command in ([*who, sys.executable], [*who, *read, sys.executable]):
        if subprocess.run([*command, "-c", probe], capture_output=True, check=False).returncode == 0:
            return command
    pytest.skip("nobody cannot run this Python")


def test_an_ordinary_user_runs_the_servers_as_itself(folder: Path, supervise: Supervise) -> None:
    command = ordinary_user()
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY, NOBODY)
    supervisor = supervise(folder, command)
    supervisor.ready()
    assert {path.stat().st_uid for path in folder.rglob("*")} == {NOBODY}
    assert supervisor.stop() < 3


def test_an_ordinary_user_is_told_when_the_folder_may_not_be_written(folder: Path, supervise: Supervise) -> None:
    command = ordinary_user()
    refusal = supervise(folder, command).refusal()
    assert f"{folder} cannot be used: Permission denied" in refusal


@pytest.mark.skipif(not IS_ROOT, reason="only root runs the servers as another user")
async def test_root_does_not_run_the_servers_as_root_nor_open_folders_that_are_not_ours(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    closed.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(folders, "ANNEX", folder / "annex")
    folder.chmod(0o755)
    told: list[str] = []
    async with embedded_servers(closed / "data", progress=told.append):
        assert str(folder / "annex") in told[0]
    assert (closed / "data" / "servers").readlink().parent == folder / "annex"
    assert (closed.stat().st_mode & 0o777, closed.stat().st_uid) == (0o700, 0)
    assert (closed / "data" / "servers" / "postgres").stat().st_uid == NOBODY


async def test_programs_that_the_servers_user_cannot_reach_are_copied_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "ANNEX", folder / "annex")
    monkeypatch.setattr(binaries, "_reachable", lambda *_: False)
    folder.mkdir(mode=0o755)
    await start_and_stop(folder / "data")
    copies = list((folder / "annex").iterdir())
    assert len(copies) == 1
    made = copies[0].stat().st_ino
    await start_and_stop(folder / "data")
    assert [path.stat().st_ino for path in (folder / "annex").iterdir()] == [made]


def test_a_server_whose_parent_is_gone_already_is_not_started() -> None:
    launch = [sys.executable, "-I", "-S", str(ROOT / "db/embedded/launch.py"), "1", "2", "-1", "-1", "/bin/echo", "ran"]
    ended = subprocess.run(launch, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "is gone" in ended.stderr
