"""Closed lists of the control plane, and how a tenant's status moves."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Isolation(StrEnum):
    """How far a tenant's rows are from the others': rows of one schema, a schema of its own, a database of its own."""

    LOGICAL = "logical"
    SCHEMA = "schema"
    DATABASE = "database"


class PlatformRole(StrEnum):
    """What somebody does for the companies of an installation: runs it, or looks after the companies assigned."""

    PLATFORM_ADMIN = "PLATFORM_ADMIN"
    SUPPORT_AGENT = "SUPPORT_AGENT"


class TenantStatus(StrEnum):
    """Where a tenant stands in its life."""

    PROVISIONING = "provisioning"
    ACTIVE = "active"
    FAILED = "failed"
    SUSPENDED = "suspended"
    MIGRATING = "migrating"
    CLOSING = "closing"
    CLOSED = "closed"


MOVES: Final[Mapping[TenantStatus, frozenset[TenantStatus]]] = {
    TenantStatus.PROVISIONING: frozenset({TenantStatus.ACTIVE, TenantStatus.FAILED}),
    TenantStatus.FAILED: frozenset({TenantStatus.PROVISIONING}),
    TenantStatus.ACTIVE: frozenset({TenantStatus.SUSPENDED, TenantStatus.MIGRATING, TenantStatus.CLOSING}),
    TenantStatus.SUSPENDED: frozenset({TenantStatus.ACTIVE, TenantStatus.MIGRATING, TenantStatus.CLOSING}),
    TenantStatus.MIGRATING: frozenset({TenantStatus.ACTIVE, TenantStatus.SUSPENDED}),
    TenantStatus.CLOSING: frozenset({TenantStatus.CLOSED}),
    TenantStatus.CLOSED: frozenset(),
}
"""From where to where; from `migrating` only back to where it was before."""


class DatabaseStatus(StrEnum):
    """Where a tenant's own database stands."""

    PROVISIONING = "provisioning"
    READY = "ready"
    DRAINING = "draining"
    FAILED = "failed"


class JobKind(StrEnum):
    """What a job does to a tenant."""

    CREATE = "create"
    MOVE = "move"
    SEED = "seed"
    UPGRADE = "upgrade"
    CLOSE = "close"


class JobStatus(StrEnum):
    """Where a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
