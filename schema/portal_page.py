"""The portal of new hires: a page over the public API, and the policy that keeps it from reaching anywhere else.

The token of the mailed link stands behind `#` in the address, which browsers do not send: it is in no path and in no
log. The page's files stand under a path that contains the digest of their content, so that a browser keeps them for
ever and a new version has a new address.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from schema.graphiql import ImmutableFiles

FOLDER: Final = Path(__file__).parent / "static" / "portal"
PATH: Final = "/portal"

HEADERS: Final = {
    "cache-control": "no-cache",
    "content-security-policy": (
        "default-src 'none'; "
        "script-src 'self'; "
        "style-src 'self'; "
        "connect-src 'self'; "
        "img-src 'self' data: blob: https:; "  # companies show pictures and films from wherever they keep them
        "media-src 'self' https:; "
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
def page() -> bytes:
    """The page as HTML. It names every module, so that a phone fetches them side by side and not one by one."""
    preloads = "\n    ".join(
        f'<link rel="modulepreload" href="{assets_path()}/{name}" />' for name in assets() if name.endswith(".js")
    )
    text = (FOLDER / "index.html").read_text("utf-8")
    return text.replace("{preloads}", preloads).replace("{assets}", assets_path()).encode()


async def show(_request: Request) -> Response:
    """Answer with the page."""
    return HTMLResponse(page(), headers=HEADERS)


def routes() -> list[BaseRoute]:
    """Where the page and its files are served."""
    return [Route(PATH, show), Mount(assets_path(), ImmutableFiles(directory=FOLDER), name="portal-assets")]
