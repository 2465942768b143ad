"""Every model of the product, completed: importing this package is enough to have all the tables."""

from db.base import Base, complete
from db.models.company import Company
from db.models.identity import Role, User, UserRole
from db.models.log import AuditLog, EventOutbox, IdempotencyKey
from db.models.onboarding import ContentBlock, Flow, Stage

__all__ = [
    "AuditLog",
    "Company",
    "ContentBlock",
    "EventOutbox",
    "Flow",
    "IdempotencyKey",
    "Role",
    "Stage",
    "User",
    "UserRole",
]

complete(Base)
