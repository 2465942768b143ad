"""Pages on which a company's people sign in, clients of the public API: what is happening now, and the settings.

A page signs in by itself and is granted nothing by being here. What both need lies in one folder, beside their own.
"""

from collections.abc import Collection
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from resolvers.addresses import is_ip_address
from schema.http import visitor_of
from schema.pages import PRIVATE, STATIC, Page


def _page(name: str) -> Page:
    return Page(
        name,
        f"/{name}",
        STATIC,
        allows={"img-src": "'self'", "connect-src": "'self'"},
        adds=PRIVATE,
        index="signed_in/index.html",
        parts=(name, "signed_in"),
    )


def _styles(page: Page) -> str:
    """The links to the styles that a page alone has."""
    own = [name for name in page.names if name.startswith(f"{page.name}/") and name.endswith(".css")]
    return "\n    ".join(f'<link rel="stylesheet" href="{page.assets}/{name}" />' for name in own)


LIVE: Final = _page("live")
SETTINGS: Final = _page("settings")


class SignedInPages:
    """Serves the pages; on hosts that are the installation's own, no company is named by the address."""

    def __init__(self, own_hosts: Collection[str]) -> None:
        self._own_hosts = frozenset(host.lower() for host in own_hosts)

    def routes(self) -> list[BaseRoute]:
        """Where the pages and their files are served."""
        return [route for page in (LIVE, SETTINGS) for route in self._routes(page)]

    def _routes(self, page: Page) -> list[BaseRoute]:
        styles = _styles(page)

        async def show(request: Request) -> Response:
            """Answer with the page: it asks for the company, or is told that the hostname names it."""
            host = visitor_of(request, 0).host.lower().rstrip(".")
            asked = host in self._own_hosts or is_ip_address(host)
            company = "asked" if asked else "named"
            return page.response(company=company, name=page.name, title=page.name.title(), styles=styles)

        return [Route(page.path, show), page.files()]
