"""The program as it is used: started, asked, interrupted, killed, and started where it cannot run."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Protocol

import httpx
import pytest

import cli
from cli import schemas
from tests.embedded.conftest import ROOT, gone_within

KEY = "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("WORKGRAPH_", "DATABASE_URL", "REDIS_URL")):
            monkeypatch.delenv(name)


class Serve(Protocol):
    """Starts a server on a data folder."""

    def __call__(self, folder: Path) -> subprocess.Popen[str]: ...


@pytest.fixture
def serve() -> Generator[Serve]:
    started: list[subprocess.Popen[str]] = []

    def popen(folder: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "cli", "serve", "--port", "0", "--no-demo", "--data-dir", str(folder)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.append(process)
        return process

    yield popen
    for process in started:
        process.kill()
        process.communicate(timeout=10)


def address_told(server: subprocess.Popen[str]) -> str:
    """Wait until a server says where it is."""
    assert server.stdout is not None
    words: list[str] = []
    for line in server.stdout:
        words.append(line)
        if "GraphiQL" in line:
            return line.split()[-1].removesuffix("/graphql")
    raise AssertionError("".join(words))


def seconds_to_stop(server: subprocess.Popen[str], number: signal.Signals) -> float:
    begin = time.monotonic()
    server.send_signal(number)
    words, _ = server.communicate(timeout=10)
    assert words.endswith("Stopped.\n"), words
    assert server.returncode == 0
    return time.monotonic() - begin


class Command(Protocol):
    """Runs a command of the program to its end, and returns its exit status and what it said."""

    def __call__(self, *arguments: str) -> tuple[int, str]: ...


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["workgraph", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return run


def test_a_server_is_ready_when_it_says_so_and_stops_within_three_seconds_of_ctrl_c(
    used_folder: Path, serve: Serve
) -> None:
    server = serve(used_folder)
    assert httpx.get(f"{address_told(server)}/readyz").status_code == 200
    assert seconds_to_stop(server, signal.SIGINT) < 3
    assert gone_within(0, used_folder)


def test_a_killed_server_leaves_nothing_behind(used_folder: Path, serve: Serve) -> None:
    server = serve(used_folder)
    address_told(server)
    server.kill()
    assert gone_within(2, used_folder)


def test_beside_a_server_the_doctor_uses_what_runs_and_a_second_server_is_refused(
    used_folder: Path, serve: Serve, command: Command
) -> None:
    server = serve(used_folder)
    address = address_told(server)
    status, words = command("doctor", "--data-dir", str(used_folder))
    assert status == 0
    assert "All is in order." in words
    status, words = command("serve", "--data-dir", str(used_folder), "--port", "0")
    assert status == 1
    assert f"is already in use by another Workgraph (process {server.pid})" in words
    assert httpx.get(f"{address}/healthz").status_code == 200
    assert seconds_to_stop(server, signal.SIGTERM) < 3


def test_companies_are_made_listed_and_shown_beside_a_server_and_can_sign_in(
    used_folder: Path, serve: Serve, command: Command
) -> None:
    address, place = address_told(serve(used_folder)), ("--data-dir", str(used_folder))
    owner = ("--name", "Acme", "--email", "ada@acme.example")
    status, words = command(
        "tenant", "create", "acme", *owner, "--isolation", "schema", "--hostname", "acme.test", *place
    )
    assert status == 0, words
    assert "acme is active, at http://acme.localhost" in words
    password = words.partition("with the password ")[2].split()[0]
    assert command("tenant", "create", "acme", *owner, *place) == (1, "workgraph: The short name acme is taken.\n")
    assert command("tenant", "resume", "acme", *place) == (0, "acme is active.\n")
    [line] = command("tenant", "list", *place)[1].splitlines()
    assert line.split() == ["acme", "active", "starter", "schema", "t_acme", "Acme"]
    shown = dict(line.split(maxsplit=1) for line in command("tenant", "show", "acme", *place)[1].splitlines())
    assert (shown["Hostnames"], shown["Isolation"]) == ("acme.test", "schema, in the schema t_acme")
    assert command("tenant", "show", "nobody", *place)[0] == 1
    status, words = command("tenant", "rotate-key", "acme", "--finish", *place)
    assert (status, words.split()[:4]) == (0, ["companies", "0", "sealed", "anew"])
    assert command("tenant", "rotate-key", "nobody", "--finish", *place)[0] == 1
    agent, counts = "ada@acme.example", "It counts once they have turned on their second factor."
    assert command("support", "grant", "acme", agent, *place) == (0, f"{agent} is SUPPORT_AGENT.\n{counts}\n")
    assert command("support", "assign", "acme", agent, *place) == (0, f"{agent} looks after acme.\n")
    assert command("support", "list", *place)[1].split() == [agent, "SUPPORT_AGENT", "acme"]
    assert command("support", "revoke", agent, *place)[0] == 0
    assert command("support", "revoke", agent, *place) == (0, f"{agent} has no role of the platform.\n")
    login = "mutation($input: LoginInput!) { login(input: $input) { session { accessToken } refusals { code } } }"
    asked = {"query": login, "variables": {"input": {"email": "ada@acme.example", "password": password}}}
    answer = httpx.post(f"{address}/graphql", json=asked, headers={"host": "acme.test"}).json()
    assert answer["data"]["login"]["session"]["accessToken"]


def test_the_revisions_lead_to_the_models(command: Command) -> None:
    assert command("migrate", "--check") == (0, "")


def test_a_taken_port_is_told_before_anything_is_made(folder: Path, command: Command) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status, words = command("serve", "--data-dir", str(folder), "--port", str(port))
    assert status == 1
    assert words.startswith(f"workgraph: Port {port} on 127.0.0.1 is already taken")
    assert "--port or WORKGRAPH_PORT" in words
    assert not folder.exists()


@pytest.mark.parametrize("arguments", [("serve", "--port", "0"), ("migrate",), ("doctor",)])
def test_servers_of_ones_own_that_are_not_there_are_named_without_their_passwords(
    command: Command, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("WORKGRAPH_MASTER_KEY", KEY)
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada:hush@127.0.0.1:1/x")
    monkeypatch.setenv("REDIS_URL", "redis://:hush@127.0.0.1:1/0")
    status, words = command(*arguments)
    assert status == 1
    for name in ("DATABASE_URL", "REDIS_URL"):
        assert f"{name}: cannot use the server at 127.0.0.1:1: nothing listens there" in words
    assert "hush" not in words
    assert KEY not in words


def test_a_wrong_setting_is_named(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKGRAPH_PORT", "many")
    status, words = command("serve")
    assert status == 1
    assert words.startswith("workgraph: WORKGRAPH_PORT: ")


def test_a_doctor_makes_nothing_where_nothing_was_made(folder: Path, command: Command) -> None:
    status, words = command("doctor", "--data-dir", str(folder))
    assert status == 0
    assert "the first `workgraph serve` makes them" in words
    assert not folder.exists()


def test_a_stale_schema_file_is_noticed_and_written_anew(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(schemas, "SCHEMA_FILE", tmp_path / "schema.graphql")
    assert command("schema", "--check")[0] == 1
    assert command("schema", "--write") == (0, "")
    assert command("schema", "--check") == (0, "")
    assert command("schema") == (0, (tmp_path / "schema.graphql").read_text())
