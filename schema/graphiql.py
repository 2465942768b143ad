"""GraphiQL, served from our own files: the page, its assets, and the policy that keeps both from reaching elsewhere.

The page talks to the address it was served from, so it needs no configuration. Its assets stand under a path that
contains the digest of their content: a browser keeps them for ever, and a new version has a new address.
"""

import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER: Final = Path(__file__).parent / "static"

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "  # GraphiQL's dialogs insert a style element when they open
    "img-src 'self' data:; "
    "font-src 'self' data:; "
    "connect-src 'self'; "
    "base-uri 'none'; "
    "form-action 'none'; "
    "frame-ancestors 'none'"
)

PAGE_HEADERS: Final = {
    "cache-control": "no-cache",
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "referrer-policy": "no-referrer",
    "vary": "accept",
    "x-content-type-options": "nosniff",
}


class ImmutableFiles(StaticFiles):
    """Files that never change at their address."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        response.headers["x-content-type-options"] = "nosniff"
        return response


@cache
def assets_path() -> str:
    """The address of the assets: it changes exactly when a byte of them does."""
    digest = hashlib.sha256()
    for file in sorted(path for path in FOLDER.rglob("*") if path.is_file()):
        digest.update(file.relative_to(FOLDER).as_posix().encode() + b"\0" + file.read_bytes())
    return f"/static/{digest.hexdigest()[:16]}"


@cache
def page() -> bytes:
    """The page as HTML, for a browser's GET of the GraphQL address."""
    return (FOLDER / "page" / "index.html").read_text("utf-8").replace("{assets}", assets_path()).encode()


def page_response() -> HTMLResponse:
    """The page with its headers, among them the content security policy."""
    return HTMLResponse(page(), headers=PAGE_HEADERS)


def routes() -> list[BaseRoute]:
    """Where the page's assets are served."""
    return [Mount(assets_path(), ImmutableFiles(directory=FOLDER), name="graphiql-assets")]
