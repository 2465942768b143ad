"""Files: announced, uploaded to a signed address, checked as a whole, attached to what uses them, read, and removed."""

from resolvers.files.announcing import announce, attach, create_upload, must_be_for, release
from resolvers.files.receiving import AlreadyUploaded, NoSuchFile, NotAccepted, NotAsAnnounced, Sent, TooSlow
from resolvers.files.rules import FileProblem, FileRefused
from resolvers.files.shown import FILES, LOGOS, UPLOADS, StoredFile, UploadHeader, UploadTicket, ticket_of, view_of
from resolvers.files.storing import THUMBNAILS, Files, Opened
from resolvers.files.upkeep import PURGE, PURGE_ERASED, Upkeep

__all__ = [
    "FILES",
    "LOGOS",
    "PURGE",
    "PURGE_ERASED",
    "THUMBNAILS",
    "UPLOADS",
    "AlreadyUploaded",
    "FileProblem",
    "FileRefused",
    "Files",
    "NoSuchFile",
    "NotAccepted",
    "NotAsAnnounced",
    "Opened",
    "Sent",
    "StoredFile",
    "TooSlow",
    "Upkeep",
    "UploadHeader",
    "UploadTicket",
    "announce",
    "attach",
    "create_upload",
    "must_be_for",
    "release",
    "ticket_of",
    "view_of",
]
