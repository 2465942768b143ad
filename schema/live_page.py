"""The page on which a company's people see what is happening now: a client of the public API's subscriptions.

The page signs in by itself and is granted nothing by being here. Its files stand under a path that contains the digest
of their content, so that a browser keeps them for ever and a new version has a new address.
"""

import hashlib
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from resolvers.addresses import is_ip_address
from schema.graphiql import ImmutableFiles
from schema.http import visitor_of

FOLDER: Final = Path(__file__).parent / "static" / "live"
PATH: Final = "/live"

HEADERS: Final = {
    "cache-control": "no-cache",
    "content-security-policy": (
        "default-src 'none'; "
        "script-src 'self'; "
        "style-src 'self'; "
        "img-src 'self'; "
        "connect-src 'self'; "
        "base-uri 'none'; "
        "form-action 'none'; "
        "frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


@cache
def assets() -> tuple[str, ...]:
    """The names of the page's files, from their folder down."""
    return tuple(sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()))


@cache
def assets_path() -> str:
    """The address of the page's files: it changes exactly when a byte of them does."""
    digest = hashlib.sha256()
    for name in assets():
        digest.update(name.encode() + b"\0" + (FOLDER / name).read_bytes())
    return f"{PATH}/{digest.hexdigest()[:16]}"


@cache
def page(company: str) -> bytes:
    """The page as HTML: it asks for the company, or is told that the hostname names it."""
    preloads = "\n    ".join(
        f'<link rel="modulepreload" href="{assets_path()}/{name}" />' for name in assets() if name.endswith(".js")
    )
    text = (FOLDER / "index.html").read_text("utf-8").replace("{company}", company)
    return text.replace("{preloads}", preloads).replace("{assets}", assets_path()).encode()


class LivePage:
    """Serves the page; on hosts that are the installation's own, no company is named by the address."""

    def __init__(self, own_hosts: Collection[str]) -> None:
        self._own_hosts = frozenset(host.lower() for host in own_hosts)

    async def show(self, request: Request) -> Response:
        """Answer with the page."""
        host = visitor_of(request, 0).host.lower().rstrip(".")
        asked = host in self._own_hosts or is_ip_address(host)
        return HTMLResponse(page("asked" if asked else "named"), headers=HEADERS)

    def routes(self) -> list[BaseRoute]:
        """Where the page and its files are served."""
        return [Route(PATH, self.show), Mount(assets_path(), ImmutableFiles(directory=FOLDER), name="live-assets")]
