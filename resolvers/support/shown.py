"""What a company sees of support: who looks after it, and who has acted for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from sqlalchemy import select

from db.catalog import Plan
from db.models.log import AuditLog
from db.models.support import ImpersonationSession
from resolvers.computed import computed
from resolvers.context import Looking, any_of
from resolvers.reading import reading

WITH_MANAGER: Final = frozenset({Plan.ENTERPRISE, Plan.AGENCY})


@dataclass(frozen=True, slots=True)
class AccountManager:
    """Who looks after the company, on the side of those who run this installation."""

    name: Annotated[str, "Their name."]
    email: Annotated[str, "Their address."]
    phone: Annotated[str | None, "Their telephone number."]


@dataclass(frozen=True, slots=True)
class SupportActor:
    """Who of those who run this installation acted for a user."""

    name: Annotated[str, "Their name."]
    role: Annotated[str, "Their role: SUPPORT_AGENT or PLATFORM_ADMIN."]


@reading("company.read")
async def account_manager(looking: Looking) -> AccountManager | None:
    """Who looks after your company. Null where nobody does, and with plans other than `enterprise` and `agency`."""
    tenant = looking.asking.tenant
    if tenant.plan not in WITH_MANAGER or tenant.manager is None:
        return None
    return AccountManager(tenant.manager.name, tenant.manager.email, tenant.manager.phone)


@computed(AuditLog, needs="audit.read")
async def impersonator(looking: Looking, entries: Sequence[AuditLog]) -> Sequence[SupportActor | None]:
    """Who acted for the user of `onBehalfOfId`; null where nobody acted for anybody."""
    wanted = list({entry.impersonation_id for entry in entries if entry.impersonation_id})
    session = ImpersonationSession
    columns = select(session.id, session.actor_name, session.actor_role).where(session.id == any_of(wanted))
    rows = await looking.rows(columns) if wanted else ()
    found = {row.id: SupportActor(row.actor_name, row.actor_role) for row in rows}
    return [found.get(entry.impersonation_id) if entry.impersonation_id else None for entry in entries]
