"""Support, as a company sees it: who looks after it, who has acted for its users, and leave to write in their stead."""

from db.models.support import ImpersonationSession, SupportAccess
from resolvers.support.acting import BY_HAND
from resolvers.support.clock import EXPIRING
from resolvers.support.consent import grant_support_access, revoke_impersonation, withdraw_support_access
from resolvers.support.ending import IMPERSONATION
from resolvers.support.revoking import REVOKING
from resolvers.support.shown import account_manager, impersonator
from schema.derive.declare import Domain, entity

support = Domain(
    module="company",
    entities=[
        entity(ImpersonationSession, read="audit.read"),
        entity(SupportAccess, read="audit.read", plural="supportAccesses"),
    ],
    operations=[grant_support_access, withdraw_support_access, revoke_impersonation],
    readings=[account_manager],
    computed=[impersonator],
    machines=[IMPERSONATION],
    emitters=[*BY_HAND, REVOKING, EXPIRING],
)
