"""The one gate of whoever acts for a user: which mutations they may make. What is refused stands in the audit trail."""

from typing import Final

from sqlalchemy import select

from db.base import snake
from db.catalog import TenantStatus
from db.models.support import ImpersonationSession
from db.session import Database
from resolvers.barred import ImpersonationForbidden, ImpersonationReadOnly
from resolvers.context import Asking, Context
from resolvers.support.acts import ENDING, MAY

READ_ONLY: Final = "You act for somebody else and can only read; ask the company for leave to write."
NEVER: Final = "Nobody does this for somebody else: the person has to do it themselves."


async def expect_allowed(database: Database, asking: Asking, mutation: str) -> None:
    """Turn away who acts for a user, where they may not make a mutation; whoever asks for themselves passes."""
    who = asking.principal.impersonator
    if who is None or mutation == ENDING or (who.writes and mutation in MAY):
        return
    await _note(database, asking, mutation)
    raise ImpersonationForbidden(NEVER) if who.writes else ImpersonationReadOnly(READ_ONLY)


async def _note(database: Database, asking: Asking, mutation: str) -> None:
    """Write down what was refused; not while the company is moved, as it would stay behind."""
    if asking.tenant.status is TenantStatus.MIGRATING or asking.principal.impersonator is None:
        return
    async with database.transacting(asking.tenant.placement) as session:
        context = Context(asking, session, snake(mutation))
        named = select(ImpersonationSession).where(ImpersonationSession.id == asking.principal.impersonator.session_id)
        for row in await context.all(named):
            context.denied(row)
        await context.flush()
