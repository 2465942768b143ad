"""Logos on the ground: the one that the company shows, and one that its owner has uploaded to take its place."""

from dataclasses import dataclass

from sqlalchemy import update
from uuid_utils.compat import uuid7

from auth.principal import Principal
from db.models import Company
from db.models.files import File, FilePurpose, FileStatus
from resolvers.company import logo_address
from resolvers.context import Context
from schema.derive import ids

NAMED = {"company.logo_updated"}
"""The event that mutations of these publish beside those of their rows."""


@dataclass(frozen=True)
class Logos:
    """What the company shows, and what it could show."""

    present: File
    uploaded: File

    @property
    def chosen(self) -> dict[tuple[str, str], str]:
        """The public id that a mutation of them is given."""
        return {("setCompanyLogo", "file_id"): ids.encode("StoredFile", self.uploaded.id)}


async def add_logos(context: Context, owner: Principal) -> Logos:
    """Put them into a company, which stays at its first version; their bytes are not there."""
    logos = Logos(_logo(context, owner), _logo(context, owner))
    logos.present.attached_at = context.now
    context.add(logos.present, logos.uploaded)
    await context.flush()
    shown = {"logo_file_id": logos.present.id, "logo_url": logo_address(context.asking, logos.present)}
    await context.session.execute(update(Company).values(shown).execution_options(synchronize_session=False))
    return logos


def _logo(context: Context, owner: Principal) -> File:
    return File(
        id=uuid7(),
        purpose=FilePurpose.COMPANY_LOGO,
        status=FileStatus.STORED,
        filename="logo.png",
        mime="image/png",
        size=10,
        sha256="0" * 64,
        key="nowhere",
        uploader_type=owner.kind,
        uploader_id=owner.id,
        upload_until=context.now,
    )
