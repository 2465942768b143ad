"""Why the embedded servers cannot run, said so that the reader knows what to do next.

EmbeddedServersFailed
|-- AlreadyServed         another process serves this data folder
|-- DataFolderUnusable    the folder cannot be read, written or reached
|-- OtherVersionsData     the data was made by another major version of PostgreSQL
`-- ServerDidNotStart     a server refused; the end of its log says why
"""

from collections.abc import Sequence
from pathlib import Path

PORT_TAKEN = "Address already in use"
MEMORY_IN_USE = "shared memory block"
LAST_LINES = 8

# What a server writes, and what it means to someone who has never run one.
MEANINGS = (
    ("No space left on device", "The disk is full. Free some space, then start again; no data is lost."),
    ("Disk quota exceeded", "Your disk quota is used up. Free some space, then start again; no data is lost."),
    ("Read-only file system", "The disk is read-only. Choose another folder with --data-dir or WORKGRAPH_DATA_DIR."),
    (PORT_TAKEN, "Another program keeps taking the port that was free a moment ago. Start again."),
    ("Cannot allocate memory", "There is not enough free memory. Close something, then start again."),
    ("could not map anonymous shared memory", "There is not enough free memory. Close something, then start again."),
    ("is being used by another process", "Another PostgreSQL uses this folder. Stop it first."),
    ("another server might be running", "Another PostgreSQL uses this folder. Stop it first."),
    ("Permission denied", "A file is not readable or writable for the user that runs it. Look at the line above."),
    ("error while loading shared libraries", "A system library is missing. Install the one that is named above."),
)


class EmbeddedServersFailed(Exception):
    """The embedded servers cannot run."""


class AlreadyServed(EmbeddedServersFailed):
    """Another process holds the data folder."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(
            f"{folder} is already in use by another Workgraph (process {holder or 'unknown'}). "
            "Stop that one first, or choose another folder with --data-dir or WORKGRAPH_DATA_DIR."
        )


class DataFolderUnusable(EmbeddedServersFailed):
    """The data folder cannot be used as it is."""

    @classmethod
    def because_of(cls, error: OSError, folder: Path) -> "DataFolderUnusable":
        """Name the file that the system refused, in the system's own words."""
        return cls(
            f"{error.filename or folder} cannot be used: {error.strerror or error}. "
            "Make room or choose a folder that this user may write, with --data-dir or WORKGRAPH_DATA_DIR."
        )


class OtherVersionsData(EmbeddedServersFailed):
    """The data was made by another major version of PostgreSQL."""

    def __init__(self, folder: Path, found: str, ours: str) -> None:
        super().__init__(
            f"The data in {folder} was made by PostgreSQL {found}; this Workgraph brings PostgreSQL {ours}, "
            f"which cannot read it. Dump it with the Workgraph that made it (pg_dumpall) and load it here, or choose "
            "another folder with --data-dir or WORKGRAPH_DATA_DIR."
        )


class ServerDidNotStart(EmbeddedServersFailed):
    """A server ended, or did not answer, before it was ready."""

    def __init__(self, name: str, written: str, log: Path) -> None:
        self.written = written
        super().__init__("\n".join([f"{name} did not start.", *_last(written), *_meaning(written), f"Log: {log}"]))


def _last(written: str) -> Sequence[str]:
    return [f"    {line}" for line in written.strip().splitlines()[-LAST_LINES:]]


def _meaning(written: str) -> Sequence[str]:
    return [meaning for sign, meaning in MEANINGS if sign in written][:1]
