"""Removes what would only pile up: sessions, tokens and mailed links that have run out, and old use of API keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.exc import SQLAlchemyError

from db.models.identity import PasswordReset, RefreshToken
from db.models.keys import ApiKeyUsage
from db.models.sign_in import AddressProof, UserSession
from db.models.sso import SsoCode
from db.session import Database
from db.tenancy import Placement
from resolvers.keys.usage import KEPT

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
            for model in (RefreshToken, UserSession, PasswordReset, AddressProof, SsoCode):
                purged += await _purge(database, placement, model, model.expires_at <= now)
            purged += await _purge(database, placement, ApiKeyUsage, ApiKeyUsage.day < (now - KEPT).date())
        except SQLAlchemyError as error:
            LOG.warning("proofs not removed", tenant_id=str(placement.tenant_id), error=type(error).__name__)
    return purged


async def _purge(database: Database, placement: Placement, model: Any, old: ColumnElement[bool]) -> int:
    """Each batch is a transaction of its own: none is long, and nothing is lost when the next one does not come."""
    purged, removed = 0, BATCH
    chosen = select(model.id).where(old).limit(BATCH).with_for_update(skip_locked=True).scalar_subquery()
    statement = delete(model).where(model.id.in_(chosen)).returning(model.id)
    while removed == BATCH:
        async with database.transacting(placement) as session:
            removed = len(await session.rows(statement.execution_options(synchronize_session=False)))
        purged += removed
    return purged
