"""Why a request is turned away before any business is done: an error of the protocol, not a refusal.

Barred
├── Unauthenticated     nobody is signed in
├── Forbidden           the principal lacks a permission
├── ModuleDisabled      the company's plan does not include the module
├── TenantSuspended     the tenant is read-only
├── TenantMigrating     the tenant is being moved
├── TenantMismatch      the token belongs to another tenant than the address
├── TenantNotFound      no company answers at this address
├── TooMuch             the answer would hold more objects than one request may have
├── RateLimited         it was asked too often
└── BadInput            an argument that no value could make right
"""

from collections.abc import Sequence
from typing import Any, ClassVar


class Barred(Exception):
    """The root: a code of API.md's list, a message for people, and data for programs."""

    code: ClassVar[str] = "FORBIDDEN"

    def __init__(self, message: str, *, path: Sequence[str | int] = (), **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.path = tuple(path)
        self.data = data


class Unauthenticated(Barred):
    """Nobody is signed in, and the field is not public."""

    code = "UNAUTHENTICATED"


class TokenExpired(Barred):
    """The access token has run out."""

    code = "TOKEN_EXPIRED"


class Forbidden(Barred):
    """The principal lacks a permission."""

    code = "FORBIDDEN"


class ModuleDisabled(Barred):
    """The company's plan does not include the module."""

    code = "MODULE_DISABLED"


class TenantSuspended(Barred):
    """The tenant may read, and may not write."""

    code = "TENANT_SUSPENDED"


class TenantMigrating(Barred):
    """The tenant is being moved; it may read, and may write again in a moment."""

    code = "TENANT_MIGRATING"


class TenantMismatch(Barred):
    """The token belongs to another tenant than the address."""

    code = "TENANT_MISMATCH"


class TenantNotFound(Barred):
    """No company answers at this address."""

    code = "TENANT_NOT_FOUND"


class TooMuch(Barred):
    """The answer would hold more objects than one request may have."""

    code = "COST_EXCEEDED"


class RateLimited(Barred):
    """It was asked too often from one address, or for one account; `retry_after` is in seconds."""

    code = "RATE_LIMITED"


class BadInput(Barred):
    """An argument has a form that no value could make right."""

    code = "BAD_USER_INPUT"
