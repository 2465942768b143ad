"""Finds, and takes down, a server that an earlier supervisor left in a data folder.

Called only while the folder's lock is held: whatever runs in it then has no supervisor any more. A server is known by
its process id and by the folder in its command line, because process ids are used again. Linux only; elsewhere the
servers' own checks apply.
"""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

ORDERLY_SECONDS = 10.0
STEP = 0.02


async def evict(pid_file: Path, folder: Path) -> None:
    """Wait until the server of a folder is gone, pressing it harder with time; then forget its pid."""
    if sys.platform == "linux":
        pid = _pid_in(pid_file)
        if pid is not None and not await _left(pid, folder, signal.SIGINT, ORDERLY_SECONDS):
            await _left(pid, folder, signal.SIGKILL, ORDERLY_SECONDS)
        _forget(pid_file)


def _forget(pid_file: Path) -> None:
    pid_file.unlink(missing_ok=True)


async def _left(pid: int, folder: Path, number: signal.Signals, seconds: float) -> bool:
    signalled = False
    for _ in range(int(seconds / STEP)):
        if not _lives_in(pid, folder):
            return True
        if not signalled:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            signalled = True
        await asyncio.sleep(STEP)
    return False


def _pid_in(pid_file: Path) -> int | None:
    try:
        return abs(int(pid_file.read_text("ascii").split("\n", 1)[0]))
    except (FileNotFoundError, ValueError):
        return None


def _lives_in(pid: int, folder: Path) -> bool:
    """Whether a process was started on this folder. A zombie has no command line left: it is dead."""
    try:
        return bytes(folder) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
