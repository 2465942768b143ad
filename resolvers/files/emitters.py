"""What the upload of a file and the jobs around files write to the log."""

from typing import Final

from db.models.files import File
from resolvers.emitter import Emitter, job
from resolvers.files.shown import UPLOADS
from resolvers.files.storing import THUMBNAILS, UPLOAD
from resolvers.files.upkeep import PURGE
from resolvers.plain import told_by_deletion

EMITTERS: Final = (
    Emitter(UPLOAD, f"PUT {UPLOADS}", ("file.moved",)),
    job(THUMBNAILS, "file.updated"),
    job(PURGE, *told_by_deletion(File)),
)
