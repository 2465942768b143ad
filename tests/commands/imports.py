"""Tables on the ground: one that the owner has uploaded, and one that is being imported; their bytes are not there."""

from dataclasses import dataclass
from typing import Any, Final

from uuid_utils.compat import uuid7

from auth.principal import Principal
from db.models.files import File, FilePurpose, FileStatus
from db.models.imports import Import, ImportPhase, ImportStatus
from resolvers.context import Context
from schema.derive import ids

NAMED: Final = {"import.cancelled"}
"""The event that mutations of these publish beside those of their rows."""


@dataclass(frozen=True)
class Tables:
    """A table that can be imported, and an import of another one."""

    uploaded: File
    running: Import

    @property
    def chosen(self) -> dict[tuple[str, str], Any]:
        """What a mutation of them is given."""
        return {
            ("startImport", "file_id"): ids.encode("StoredFile", self.uploaded.id),
            ("startImport", "type"): "Department",
            ("startImport", "mapping"): [{"column": "Name", "field": "name"}],
            ("startImport", "rehearsal"): True,
        }


async def add_tables(context: Context, owner: Principal) -> Tables:
    """Put them into a company."""
    uploaded, read = _table(context, owner), _table(context, owner)
    read.attached_at = context.now
    context.add(uploaded, read)
    await context.flush()
    running = Import(
        id=uuid7(),
        type="Department",
        file_id=read.id,
        started_by_id=owner.id,
        mapping={"Name": "name"},
        status=ImportStatus.RUNNING,
        phase=ImportPhase.READING,
    )
    context.add(running)
    await context.flush()
    return Tables(uploaded, running)


def _table(context: Context, owner: Principal) -> File:
    return File(
        id=uuid7(),
        purpose=FilePurpose.IMPORT,
        status=FileStatus.STORED,
        filename="table.csv",
        mime="text/csv",
        size=10,
        sha256="0" * 64,
        key="nowhere",
        uploader_type=owner.kind,
        uploader_id=owner.id,
        upload_until=context.now,
    )
