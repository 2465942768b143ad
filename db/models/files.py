"""Files that people upload: what is known of each; the bytes are in the object store."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, Classification, NamedIn, Whose, column


class FilePurpose(Choice):
    """What a file is for; it decides which types and sizes are taken, and who may see it."""

    ONBOARDING_ANSWER = "onboarding_answer", "A new hire's answer: readable by those who may read answers."
    COMPANY_LOGO = "company_logo", "The company's logo: shown to everyone who gets its mails or opens its portal."
    IMPORT = "import", "A table whose rows are imported: read by the import alone."


class FileStatus(Choice):
    """How far an upload has come."""

    PENDING = "pending", "Announced; nothing has been accepted yet."
    STORED = "stored", "Accepted: its size and its type were checked."
    REJECTED = "rejected", "What came was not what was announced, or is not allowed; nothing is kept."
    ERASED = "erased", "It went with the data of the person whom it is about; its bytes are removed."


class File(TenantOwned, Base):
    """A file of the company."""

    __tablename__ = "files"
    __event__ = "file"
    __whose__ = Whose("uploader_id", NamedIn("uploader_type", (("user", "User"), ("new_hire", "NewHire"))))
    __table_args__ = (Index("ix_files_loose", "tenant_id", "attached_at", "created_at"),)

    purpose: Mapped[FilePurpose] = column(set_by=SERVER, doc="What the file is for.")
    status: Mapped[FileStatus] = column(set_by=SERVER, default=FileStatus.PENDING, doc="How far the upload has come.")
    filename: Mapped[str] = column(
        max_length=255, set_by=SERVER, classified=Classification.PERSONAL, doc="Name that the uploader gave, no path."
    )
    mime: Mapped[str] = column(max_length=127, set_by=SERVER, doc="Media type; declared first, then as found.")
    size: Mapped[int] = column(minimum=0, set_by=SERVER, doc="Bytes; declared first, then as counted.")
    sha256: Mapped[str | None] = column(max_length=64, set_by=SERVER, doc="SHA-256 of the content, in hex.")
    width: Mapped[int | None] = column(set_by=SERVER, doc="Width of an image, in pixels.")
    height: Mapped[int | None] = column(set_by=SERVER, doc="Height of an image, in pixels.")
    key: Mapped[str] = column(max_length=300, set_by=SERVER, hidden=True, doc="Where the bytes are in the store.")
    thumbnails: Mapped[dict[str, Any]] = column(
        set_by=SERVER, hidden=True, default=dict, doc="Keys of smaller forms of an image, by their longest edge."
    )
    uploader_type: Mapped[str] = column(max_length=20, set_by=SERVER, doc="Kind of principal that uploads it.")
    uploader_id: Mapped[UUID | None] = column(set_by=SERVER, hidden=True, doc="Who uploads it.")
    upload_until: Mapped[datetime] = column(set_by=SERVER, doc="From when on its bytes are no longer taken.")
    attached_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When something began to use it; a file that nothing uses is removed after a day."
    )
