"""Leave to write in users' stead, which the owners of a company give for a while and take back; and revoking sessions.

Whoever gives leave, takes it back, or begins to act, locks the company's row first, so that nobody acts on what is
being taken back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

from sqlalchemy import select
from uuid_utils.compat import uuid7

from db.models.company import Company
from db.models.support import ImpersonationMode, ImpersonationSession, SupportAccess
from resolvers.context import Context
from resolvers.operation import operation
from resolvers.refusals import InvalidInput
from resolvers.support.ending import BY_COMPANY, ENDS, REVOKE, WITHOUT_LEAVE, closing, end_each
from resolvers.support.owners import expect_owner
from resolvers.support.refusals import AlreadyWithdrawn, OwnersOnly

MANAGE: Final = "support.manage"
LONGEST: Final = timedelta(days=30)


@operation(
    MANAGE,
    refuses=[OwnersOnly, InvalidInput],
    emits=["support.access.updated", "support.access.created", *ENDS],
)
async def grant_support_access(
    context: Context, until: Annotated[datetime, "From when on it counts no more: at most 30 days from now."]
) -> SupportAccess:
    """Let support write in your users' stead, for a while; without it, they can only read.

    Only those who own the company can. It takes the place of what was given before; sessions that would outlast it end.
    """
    await expect_owner(context)
    if not context.now < until <= context.now + LONGEST:
        raise InvalidInput("A moment from now on, at most 30 days ahead.", path=("until",))
    await lock_company(context)
    for access in await _open(context):
        access.withdrawn_at = context.now
    await context.flush()
    given = SupportAccess(id=uuid7(), until=until, granted_by_id=context.principal.user_id)
    context.add(given)
    await context.flush()
    writes = ImpersonationSession.mode == ImpersonationMode.READ_WRITE
    await end_each(context, writes & (ImpersonationSession.expires_at > until), REVOKE, WITHOUT_LEAVE)
    return given


@operation(MANAGE, refuses=[OwnersOnly, AlreadyWithdrawn], emits=["support.access.updated", *ENDS])
async def withdraw_support_access(context: Context, access: SupportAccess) -> SupportAccess:
    """Take back the leave to write in your users' stead; sessions in which somebody can write end at once."""
    await expect_owner(context)
    if access.withdrawn_at is not None:
        raise AlreadyWithdrawn("It was taken back, or replaced, before.", path=("id",))
    await lock_company(context)
    access.withdrawn_at = context.now
    await context.flush()
    await end_each(context, ImpersonationSession.mode == ImpersonationMode.READ_WRITE, REVOKE, WITHOUT_LEAVE)
    return access


@operation(MANAGE, move=REVOKE, refuses=[OwnersOnly])
async def revoke_impersonation(context: Context, session: ImpersonationSession) -> ImpersonationSession:
    """End a session in which somebody acts for a user of the company; their token counts no more."""
    await expect_owner(context)
    return closing(context, session, BY_COMPANY)


async def lock_company(context: Context) -> None:
    """Wait for whoever else decides who may act in the company."""
    [company] = await context.all(select(Company.id))
    await context.one(Company, company)


async def access_now(context: Context) -> SupportAccess | None:
    """Return the leave that counts now."""
    return next((access for access in await _open(context) if context.now < access.until), None)


async def _open(context: Context) -> Sequence[SupportAccess]:
    return await context.all(select(SupportAccess).where(SupportAccess.withdrawn_at.is_(None)))
