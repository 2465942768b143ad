"""What went wrong, as RFC 9457 has it: a status, a title, what is told, a code, and each single error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import orjson

MEDIA: Final = "application/problem+json"
STATUS: Final[Mapping[str, int]] = {
    "BAD_USER_INPUT": 400,
    "COST_EXCEEDED": 400,
    "UNAUTHENTICATED": 401,
    "TOKEN_EXPIRED": 401,
    "FORBIDDEN": 403,
    "IMPERSONATION_READ_ONLY": 403,
    "IMPERSONATION_FORBIDDEN": 403,
    "MODULE_DISABLED": 403,
    "TENANT_MISMATCH": 403,
    "TENANT_SUSPENDED": 403,
    "DOCUMENT_REQUIRED": 403,
    "TENANT_NOT_FOUND": 404,
    "DOCUMENT_NOT_FOUND": 404,
    "RATE_LIMITED": 429,
    "INTERNAL": 500,
    "TENANT_MIGRATING": 503,
    "UNAVAILABLE": 503,
    "TIMEOUT": 504,
}
"""By which status each code of an error is told."""

OF_REFUSALS: Final[Mapping[str, int]] = {
    "INVALID_CREDENTIALS": 401,
    "SECOND_FACTOR_REQUIRED": 401,
    "SSO_REQUIRED": 403,
    "SSO_ENFORCED": 403,
    "INVALID_SSO_CODE": 401,
    "OWNERS_ONLY": 403,
    "NO_SUPPORT_ACCESS": 403,
    "INVALID_CHALLENGE": 401,
    "WRONG_CODE": 403,
    "INVALID_REFRESH_TOKEN": 401,
    "WRONG_PASSWORD": 403,
    "ROLE_ABOVE_YOURS": 403,
    "NOT_YOURS": 403,
    "VERSION_CONFLICT": 409,
    "ALREADY_EXISTS": 409,
    "IN_USE": 409,
    "SLUG_TAKEN": 409,
    "DOCUMENT_TAKEN": 409,
    "INVALID_INPUT": 422,
    "INVALID_ORDER": 422,
    "INVALID_CONFIG": 422,
    "INVALID_LINK": 422,
    "IDEMPOTENCY_CONFLICT": 422,
    "WEAK_PASSWORD": 422,
    "UNKNOWN_CONTENT_TYPE": 422,
    "DOCUMENT_REFUSED": 422,
    "FILE_REFUSED": 422,
}
"""By which status a refusal is told; one that is not here is a conflict with how things stand, 409."""

CHALLENGE: Final = {"www-authenticate": "Bearer"}
WRONG_VALUE: Final = 422
MISSING: Final = "There is nothing at this address, or nothing that you may know of."


@dataclass(frozen=True, slots=True)
class Problem(Exception):
    """What a request is answered with that did not succeed."""

    status: int
    detail: str
    code: str
    errors: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    data: Any = None

    @property
    def title(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase

    def body(self) -> bytes:
        """Write it. `data` is what could be read beside the errors."""
        said: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [*self.errors],
        }
        return orjson.dumps(said if self.data is None else {**said, "data": self.data})

    def sent_with(self) -> Mapping[str, str]:
        """Return the headers that belong to its status, and its own."""
        return {**(CHALLENGE if self.status == HTTPStatus.UNAUTHORIZED else {}), **self.headers}


def wrong(detail: str, *, status: int = 400, **where: str) -> Problem:
    """Say that a request is not as it must be; `parameter`, `header` or `pointer` says where."""
    return Problem(status, detail, "BAD_USER_INPUT", [{"code": "BAD_USER_INPUT", "detail": detail, **where}])


def missing(detail: str = MISSING) -> Problem:
    """Say that there is nothing."""
    return Problem(404, detail, "NOT_FOUND", [{"code": "NOT_FOUND", "detail": detail}])
