"""Several programs on one database: who may migrate it, who waits for whom, and who is refused."""

import base64
import os
import re
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import httpx
import pytest

import cli
from db.embedded import EmbeddedServers, embedded_servers
from db.encryption import CannotDecrypt, MasterKey
from db.migrate import migrate
from tests.backup.conftest import Command, command
from tests.embedded.conftest import ROOT

__all__ = ["command"]

KEY, OTHER_KEY = (base64.b64encode(letter * 32).decode() for letter in (b"a", b"b"))
NEW = ("--name", "Acme", "--email", "ada@acme.example")
COMMANDS = [("tenant", "list"), ("tenant", "show", "demo"), ("worker",), ("tenant", "create", "acme", *NEW)]


@pytest.fixture
async def ours(used_folder: Path) -> AsyncGenerator[EmbeddedServers]:
    """Servers of one's own, with nothing in the database."""
    async with embedded_servers(used_folder) as started:
        yield started


def settings(servers: EmbeddedServers, key: str = KEY) -> dict[str, str]:
    return {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "WORKGRAPH_MASTER_KEY": key}


def environment(servers: EmbeddedServers) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WORKGRAPH_")}
    return {**clean, **settings(servers)}


def told(servers: EmbeddedServers, *arguments: str) -> tuple[int, str]:
    """Run a command in a process of its own, and return its exit status and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT,
        env=environment(servers),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def serving(ours: EmbeddedServers, tmp_path: Path) -> Generator[list[subprocess.Popen[str]]]:
    """Two servers that are started at the same moment on an empty database."""
    command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--data-dir", str(tmp_path)]
    started = [
        subprocess.Popen(
            command, cwd=ROOT, env=environment(ours), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]
    yield started
    for process in started:
        process.kill()
        process.communicate(timeout=10)


def test_two_servers_may_be_started_at_once_on_an_empty_database(serving: list[subprocess.Popen[str]]) -> None:
    for server in serving:
        assert server.stdout is not None
        words: list[str] = []
        for line in server.stdout:
            words.append(line)
            if found := re.search(r"GraphiQL\s+(\S+)/graphql", line):
                answer = httpx.post(f"{found[1]}/graphql", json={"query": "{ modules { name } }"})
                assert answer.json()["data"]["modules"], answer.text
                break
        else:
            raise AssertionError("".join(words))


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_what_does_not_serve_leaves_a_database_that_is_behind_as_it_is(
    ours: EmbeddedServers, command: Command, arguments: tuple[str, ...]
) -> None:
    status, words = command(*arguments, **settings(ours))
    assert status == 1
    assert words.startswith("workgraph: The database is not ready (catalog has never been migrated")
    assert words.endswith("Run `workgraph migrate` first.\n")
    assert len(words.splitlines()) == 1


@pytest.fixture
async def migrated(ours: EmbeddedServers) -> EmbeddedServers:
    """The same, with a database that was set up with the first key."""
    report = await migrate(ours.database_url, prefix="workgraph", master_key=MasterKey(b"a" * 32))
    assert report.complete
    return ours


def test_another_master_key_is_refused_by_every_command(migrated: EmbeddedServers, command: Command) -> None:
    for arguments in (("migrate",), ("serve", "--port", "0"), ("tenant", "list")):
        status, words = command(*arguments, **settings(migrated, OTHER_KEY))
        assert status == 1
        assert words.startswith("workgraph: This database was set up with another WORKGRAPH_MASTER_KEY")
        assert len(words.splitlines()) == 1
    assert told(migrated, "tenant", "list") == (0, "")


def test_what_cannot_be_decrypted_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_given: object) -> None:
        raise CannotDecrypt

    monkeypatch.setattr(cli, "program", fail)
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    words = capsys.readouterr().err
    assert words.startswith("workgraph: What is encrypted cannot be read: WORKGRAPH_MASTER_KEY")
    assert len(words.splitlines()) == 1
