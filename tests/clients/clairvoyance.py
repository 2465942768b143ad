"""clairvoyance, installed in a folder of its own: it asks for an older `rich` than ours, and works with a newer one."""

import asyncio
import fcntl
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import dev
from app import connected, make_app
from schema.revealing import Reveals
from tests.live.conftest import listening
from tests.world import World

LOCK = dev.ROOT / "requirements" / "clairvoyance.txt"
FOLDER = dev.ROOT / ".outside" / "clairvoyance"
UNTOLD = "Unable to get TypeRef"
"""What it gives up with, where a server tells it nothing."""


def installed() -> Path:
    """Return where it is, put there once for each content of its lock, whoever else is about to do that."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    stamp = FOLDER / ".made-from"
    with (FOLDER.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != LOCK.read_text():
            install()
            stamp.write_text(LOCK.read_text())
    return FOLDER


def install() -> None:
    wanted = ["--no-deps", "--require-hashes", "--target", FOLDER, "-r", LOCK]
    ways: list[list[str | Path]] = [
        [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", sys.executable, "--system-certs", *wanted],
        [Path(sys.executable).with_name("uv"), "pip", "install", "-q", "--python", sys.executable, *wanted],
        [sys.executable, "-m", "pip", "install", "-q", "--upgrade", *wanted],
    ]
    said = ""
    for way in ways:
        try:
            subprocess.run(way, check=True, capture_output=True, text=True)
        except (OSError, subprocess.CalledProcessError) as error:
            said += f"{error}\n{getattr(error, 'stderr', '')}\n"
        else:
            return
    raise dev.ToolsUnavailable(f"clairvoyance could not be installed; is the package registry reachable?\n{said}")


@asynccontextmanager
async def open_profile(world: World, reveals: Reveals) -> AsyncGenerator[str]:
    """Serve the application as in production, with the schema told to some; yield its address."""
    wiring = replace(world.wiring, reveals=reveals, shows_graphiql=False, budget=None)
    async with connected(wiring) as parts, listening(make_app(wiring, parts)) as address:
        yield address.replace("ws://", "http://") + "/graphql"


async def recovered(
    url: str, headers: Mapping[str, str], folder: Path, words: Sequence[str] = ()
) -> tuple[set[tuple[str, str]], str]:
    """Run it with a list of words, or its own ten thousand; return the fields that it wrote down, and what it said."""
    output, wordlist = folder / "recovered.json", folder / "words.txt"
    output.unlink(missing_ok=True)
    wordlist.write_text("\n".join(words))
    given = [option for name, value in headers.items() for option in ("-H", f"{name}: {value}")]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "clairvoyance", url, "-o", output, *given),
        *(["-w", wordlist] if words else []),
        env={**os.environ, "PYTHONPATH": str(installed())},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), timeout=300)
    return fields_of(output) if output.exists() else set(), said.decode()


def fields_of(written: Path) -> set[tuple[str, str]]:
    types = json.loads(written.read_text())["data"]["__schema"]["types"]
    return {(each["name"], field["name"]) for each in types for field in each.get("fields") or []}
