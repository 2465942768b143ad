"""A page of ours: where it and its files are, and the policy that keeps both from reaching elsewhere.

The files stand under a path that contains the digest of their content: a browser keeps them for ever, and a new version
has a new address.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC: Final = Path(__file__).parent / "static"
LOADED: Final = {"default-src": "'none'", "script-src": "'self'", "style-src": "'self'"}
FORBIDDEN: Final = {
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
ALONE: Final = {"cross-origin-opener-policy": "same-origin"}
PRIVATE: Final = {
    **ALONE,
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "x-robots-tag": "noindex",
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


@dataclass(frozen=True)
class Page:
    """A page and its files, below an address.

    It may load its own scripts and styles and nothing else, but for the directives that it `allows` instead of the
    strict ones (one without a value is left out), and it `adds` headers to those that every page has. The digest takes
    the files in their `order`. Where it has `parts`, only what lies in these folders below its own belongs to it.
    """

    name: str
    path: str
    folder: Path
    allows: Mapping[str, str]
    adds: Mapping[str, str]
    index: str = "index.html"
    order: Callable[[Path], str] = Path.as_posix
    parts: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the files, from their folder down."""
        folders = [self.folder / part for part in self.parts] or [self.folder]
        files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
        found = (path.relative_to(self.folder) for path in files)
        return tuple(path.as_posix() for path in sorted(found, key=self.order))

    @cached_property
    def assets(self) -> str:
        """The address of the files: it changes exactly when a byte of them does."""
        digest = hashlib.sha256()
        for name in self.names:
            digest.update(name.encode() + b"\0" + (self.folder / name).read_bytes())
        return f"{self.path}/{digest.hexdigest()[:16]}"

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """What is said with the page, among it the content security policy."""
        policy = {**LOADED, **self.allows, **{name: self.allows.get(name, value) for name, value in FORBIDDEN.items()}}
        return {
            "cache-control": "no-cache",
            "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items() if value),
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            **self.adds,
        }

    @cached_property
    def _text(self) -> str:
        """The page. It can name every module, so that a phone fetches them side by side and not one by one."""
        modules = (f"{self.assets}/{name}" for name in self.names if name.endswith(".js"))
        preloads = "\n    ".join(f'<link rel="modulepreload" href="{module}" />' for module in modules)
        text = (self.folder / self.index).read_text("utf-8")
        return text.replace("{preloads}", preloads).replace("{assets}", self.assets)

    def response(self, **marks: str) -> HTMLResponse:
        """The page with its headers; each mark stands in it as `{name}`."""
        text = self._text
        for name, value in marks.items():
            text = text.replace(f"{{{name}}}", value)
        return HTMLResponse(text, headers=self.headers)

    async def show(self, _request: Request) -> Response:
        """Answer with the page."""
        return self.response()

    def files(self) -> BaseRoute:
        """Where the files are served."""
        name = f"{self.name}-assets"
        if not self.parts:
            return Mount(self.assets, ImmutableFiles(directory=self.folder), name=name)
        served = [Mount(f"/{part}", ImmutableFiles(directory=self.folder / part)) for part in self.parts]
        return Mount(self.assets, routes=served, name=name)

    def routes(self) -> list[BaseRoute]:
        """Where the page and its files are served."""
        return [Route(self.path, self.show), self.files()]
