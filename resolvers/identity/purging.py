"""Removes sessions, refresh tokens and mailed links that have run out.

They are refused in any case, and would only pile up.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from db.models.identity import PasswordReset, RefreshToken
from db.models.sign_in import UserSession
from db.session import Database
from db.tenancy import Placement

PURGE_PROOFS: Final = "purge_proofs"
BATCH: Final = 1000
LOG: Final = structlog.get_logger("workgraph.sessions")


async def purge_proofs(database: Database, placements: Sequence[Placement], now: datetime) -> int:
    """Remove what has run out, tenant by tenant, and return how much there was.

    A tenant whose rows cannot be removed does not keep those of the others: it is logged, and tried again next time.
    """
    purged = 0
    for placement in placements:
        try:
            for model in (RefreshToken, UserSession, PasswordReset):
                purged += await _purge(database, placement, model, now)
        except SQLAlchemyError as error:
            LOG.warning("proofs not removed", tenant_id=str(placement.tenant_id), error=type(error).__name__)
    return purged


async def _purge(database: Database, placement: Placement, model: Any, until: datetime) -> int:
    """Each batch is a transaction of its own: none is long, and nothing is lost when the next one does not come."""
    purged, removed = 0, BATCH
    old = select(model.id).where(model.expires_at <= until).order_by(model.expires_at).limit(BATCH)
    chosen = old.with_for_update(skip_locked=True).scalar_subquery()
    statement = delete(model).where(model.id.in_(chosen)).returning(model.id)
    while removed == BATCH:
        async with database.transacting(placement) as session:
            removed = len(await session.rows(statement.execution_options(synchronize_session=False)))
        purged += removed
    return purged
