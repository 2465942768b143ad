"""Folders for test servers. Pytest's own are closed to the user whom servers run as when root runs the tests."""

import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder with a random name is made in it
ENOUGH = 1_000_000_000


def an_open_folder() -> Path:
    """A new folder that everyone may pass, in memory if there is room: making a database writes 40 MB."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH
    path = Path(tempfile.mkdtemp(prefix="workgraph-test-", dir=MEMORY if roomy else None))
    path.chmod(0o755)
    return path
