"""Answers of addresses that speak no GraphQL: a code and a message, and never the inside of a fault."""

from collections.abc import Mapping

from graphql import GraphQLError
from starlette.responses import JSONResponse, Response

from resolvers.barred import Barred, RateLimited, TenantMigrating
from schema.execute.errors import shown


def said(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Say why not; what of a body is still to come is not waited for."""
    closing = {"cache-control": "no-store", "connection": "close", **(headers or {})}
    return JSONResponse({"code": code, "message": message}, status, headers=closing)


def said_of_barred(barred: Barred) -> Response:
    """Say why a request is turned away before anything is done."""
    if isinstance(barred, RateLimited):
        return said(429, barred.code, barred.message, {"retry-after": str(barred.data["retry_after"])})
    return said(503 if isinstance(barred, TenantMigrating) else 403, barred.code, barred.message)


def said_of_fault(error: Exception) -> Response:
    """Say that something went wrong here; what it was is in the log."""
    [entry] = shown([GraphQLError(str(error), original_error=error)])
    code = entry["extensions"]["code"]
    return said(503 if code == "UNAVAILABLE" else 500, code, entry["message"])
