"""The page on which a password is chosen with a mailed link: a form over the public API, and nothing else.

The token stands behind `#` in the address, which browsers do not send: it is in no path and in no log.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from schema.graphiql import ImmutableFiles

FOLDER: Final = Path(__file__).parent / "static" / "reset"
PATH: Final = "/reset"

HEADERS: Final = {
    "cache-control": "no-cache",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@cache
def assets_path() -> str:
    """The address of the page's files: it changes exactly when a byte of them does."""
    digest = hashlib.sha256()
    for file in sorted(FOLDER.iterdir()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return f"{PATH}/{digest.hexdigest()[:16]}"


@cache
def page() -> bytes:
    """The page as HTML."""
    return (FOLDER / "index.html").read_text("utf-8").replace("{assets}", assets_path()).encode()


async def show(_request: Request) -> Response:
    """Answer with the page."""
    return HTMLResponse(page(), headers=HEADERS)


def routes() -> list[BaseRoute]:
    """Where the page and its files are served."""
    return [Route(PATH, show), Mount(assets_path(), ImmutableFiles(directory=FOLDER), name="reset-assets")]
