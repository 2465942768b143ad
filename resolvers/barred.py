"""Why a request is turned away before any business is done: an error of the protocol, not a refusal.

Barred
├── Unauthenticated     nobody is signed in
├── ApiKeyExpired       the API key has run out
├── AddressNotAllowed   the API key may not be used from this address
├── ClientMismatch      the API key belongs to another client than the request names
├── Forbidden           the principal lacks a permission
├── InsufficientScope   the API key lacks a scope
├── ImpersonationReadOnly  who acts for a user can only read
├── ImpersonationForbidden  nobody does this for a user
├── ModuleDisabled      the company's plan does not include the module
├── TenantSuspended     the tenant is read-only
├── TenantMigrating     the tenant is being moved
├── TenantMismatch      the token belongs to another tenant than the address
├── TenantNotFound      no company answers at this address
├── TooMuch             the answer would hold more objects than one request may have
├── RateLimited         it was asked too often
├── DocumentNotFound    no document of this id may be run
├── DocumentRequired    only registered documents are run here, and this is none
├── NotRegisteredYet    Apollo's client is to send the document with its hash
├── NotRegistering      Apollo's client is to send documents as they are
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


class ApiKeyExpired(Barred):
    """The API key was right, and has run out."""

    code = "API_KEY_EXPIRED"


class AddressNotAllowed(Barred):
    """The API key is right, and may not be used from where it was used; from where it may is not told."""

    code = "ADDRESS_NOT_ALLOWED"


class ClientMismatch(Barred):
    """The API key is right, and belongs to another client than the header `GraphQL-Client-Name` names."""

    code = "CLIENT_MISMATCH"


class InsufficientScope(Barred):
    """The API key has not the scope, or its maker does not hold that permission any more; `scope` names it."""

    code = "INSUFFICIENT_SCOPE"


class ImpersonationReadOnly(Barred):
    """Who acts for a user in this session can read, and change nothing."""

    code = "IMPERSONATION_READ_ONLY"


class ImpersonationForbidden(Barred):
    """Who acts for a user can write, and still cannot do this: the user has to do it themselves."""

    code = "IMPERSONATION_FORBIDDEN"


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


class DocumentNotFound(Barred):
    """There is no active document of this id: none at all, a draft's, a retired one's, or another company's."""

    code = "DOCUMENT_NOT_FOUND"


class DocumentRequired(Barred):
    """The client, or the whole company, may run registered documents only, and the request brought its own."""

    code = "DOCUMENT_REQUIRED"


class NotRegisteredYet(Barred):
    """No document of this hash is registered; sent with the document, it would be. Apollo's words."""

    code = "PERSISTED_QUERY_NOT_FOUND"


class NotRegistering(Barred):
    """The client may not register documents by itself. Apollo's words."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"


class BadInput(Barred):
    """An argument has a form that no value could make right."""

    code = "BAD_USER_INPUT"
