"""The page on which a company's people see what is happening now: a client of the public API's subscriptions.

The page signs in by itself and is granted nothing by being here.
"""

from collections.abc import Collection
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from resolvers.addresses import is_ip_address
from schema.http import visitor_of
from schema.pages import PRIVATE, STATIC, Page

PAGE: Final = Page(
    "live", "/live", STATIC / "live", allows={"img-src": "'self'", "connect-src": "'self'"}, adds=PRIVATE
)


class LivePage:
    """Serves the page; on hosts that are the installation's own, no company is named by the address."""

    def __init__(self, own_hosts: Collection[str]) -> None:
        self._own_hosts = frozenset(host.lower() for host in own_hosts)

    async def show(self, request: Request) -> Response:
        """Answer with the page: it asks for the company, or is told that the hostname names it."""
        host = visitor_of(request, 0).host.lower().rstrip(".")
        asked = host in self._own_hosts or is_ip_address(host)
        return PAGE.response(company="asked" if asked else "named")

    def routes(self) -> list[BaseRoute]:
        """Where the page and its files are served."""
        return [Route(PAGE.path, self.show), PAGE.files()]
