"""Imports: rows of a file that become rows of the company, how far that has come, and which rows were refused."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Appended, Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, column, ref


class ImportStatus(Choice):
    """How far an import has come."""

    PENDING = "pending", "It waits for its turn."
    RUNNING = "running", "Its file is being read."
    COMPLETED = "completed", "Every row was made or rejected."
    FAILED = "failed", "It ended early; what was made until then stays."
    CANCELLED = "cancelled", "Somebody ended it; what was made until then stays."


class ImportPhase(Choice):
    """What is being done with the file."""

    CHECKING = "checking", "It is read to its end, to see whether it is a table as a whole."
    READING = "reading", "Its rows are made."
    RETRYING = "retrying", "Rows that name others, which were not there yet, are tried again."
    ENDING = "ending", "Those that are still without what they name are rejected."


class ImportFailure(Choice):
    """Why an import ended early."""

    NOT_ALLOWED = "not_allowed", "Whoever began it may not do this any more."
    FILE_GONE = "file_gone", "The file is no longer there."
    NOT_A_TABLE = "not_a_table", "The file cannot be read as a table; nothing of it was imported."
    NO_SUCH_COLUMN = "no_such_column", "The file has no column of a name that was given; nothing of it was imported."


class Import(TenantOwned, Base):
    """A file whose rows become objects of one type, each by the type's own mutation, as whoever has begun it."""

    __tablename__ = "imports"
    __event__ = "import"

    type: Mapped[str] = column(max_length=100, set_by=SERVER, doc="Name of the type, such as `Department`.")
    file_id: Mapped[UUID | None] = ref(
        "File", on_delete="SET NULL", set_by=SERVER, hidden=True, doc="The file; null once it is removed."
    )
    started_by_id: Mapped[UUID] = ref(
        "User", set_by=SERVER, doc="Who has begun it; its rows are written as them, with what they may at that moment."
    )
    mapping: Mapped[dict[str, Any]] = column(
        set_by=SERVER, doc="Which field each column of the file is read into, by the column's name."
    )
    rehearsal: Mapped[bool] = column(
        set_by=SERVER, default=False, doc="Whether it only tells what would become of the rows, and makes none."
    )
    status: Mapped[ImportStatus] = column(set_by=SERVER, default=ImportStatus.PENDING, doc="How far it has come.")
    phase: Mapped[ImportPhase] = column(
        set_by=SERVER, default=ImportPhase.CHECKING, doc="What is being done with the file."
    )
    rows_total: Mapped[int | None] = column(
        set_by=SERVER, doc="Rows of the file without its header and blank ones; null until it was checked."
    )
    rows_read: Mapped[int] = column(set_by=SERVER, default=0, doc="Rows that were read so far.")
    rows_made: Mapped[int] = column(
        set_by=SERVER, default=0, doc="Rows that were made; of a rehearsal, those that would be."
    )
    rows_rejected: Mapped[int] = column(set_by=SERVER, default=0, doc="Rows that were refused: all of them.")
    rows_postponed: Mapped[int] = column(
        set_by=SERVER, default=0, doc="Rows that name others of the file which are not there yet; tried again later."
    )
    failure: Mapped[ImportFailure | None] = column(set_by=SERVER, doc="Why it ended early; null where it did not.")
    failure_message: Mapped[str | None] = column(max_length=500, set_by=SERVER, doc="The same in words.")
    failure_row: Mapped[int | None] = column(
        set_by=SERVER, doc="The row that cannot be read, as a spreadsheet counts: the header is row 1."
    )
    ended_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it ended; null while it is under way.")
    delimiter: Mapped[str | None] = column(
        max_length=1, set_by=SERVER, hidden=True, doc="What stands between the cells; null until it was checked."
    )
    headers: Mapped[list[str]] = column(
        set_by=SERVER, hidden=True, default=list, doc="The columns of the file, in order; none until it was checked."
    )
    position: Mapped[int] = column(set_by=SERVER, hidden=True, default=0, doc="Byte at which the next row begins.")
    last_row: Mapped[int] = column(set_by=SERVER, hidden=True, default=0, doc="Number of the row that was read last.")
    made_before: Mapped[int] = column(
        set_by=SERVER, hidden=True, default=0, doc="Rows that were made when this round of trying again began."
    )


class ImportRejection(Appended, Base):
    """A row of a file that was refused: where it stands and why, without what is in it."""

    __tablename__ = "import_rejections"

    import_id: Mapped[UUID] = ref(
        "Import", back="rejections", on_delete="CASCADE", set_by=SERVER, doc="The import whose row it is."
    )
    row_number: Mapped[int] = mapped_column(doc="The row, as a spreadsheet counts: the header is row 1.")
    header: Mapped[str | None] = mapped_column(doc="Name of the column that it is about; null for all of the row.")
    field: Mapped[str | None] = mapped_column(doc="The field that it is about; null for all of the row.")
    code: Mapped[str] = mapped_column(doc="Why, for programs: the code of the refusal, as the type's mutation has it.")
    message: Mapped[str] = mapped_column(doc="Why, in words; `…` stands for what is in the file.")


class PostponedRow(Appended, Base):
    """A row of a file that names another one which is not there yet."""

    __tablename__ = "import_postponed_rows"
    __table_args__ = (UniqueConstraint("tenant_id", "import_id", "row_number", name="uq_import_postponed_rows_row"),)

    import_id: Mapped[UUID] = ref("Import", on_delete="CASCADE", set_by=SERVER, doc="The import whose row it is.")
    row_number: Mapped[int] = mapped_column(doc="Which row.")
    position: Mapped[int] = mapped_column(doc="Byte at which it begins.")


class RehearsedKey(Appended, Base):
    """A value that only one row may have, and that a row has which a rehearsal would have made."""

    __tablename__ = "import_rehearsed_keys"
    __table_args__ = (UniqueConstraint("tenant_id", "import_id", "mark", name="uq_import_rehearsed_keys_mark"),)

    import_id: Mapped[UUID] = ref("Import", on_delete="CASCADE", set_by=SERVER, doc="The import whose row has it.")
    mark: Mapped[bytes] = mapped_column(doc="Keyed hash of the field and the value.")
