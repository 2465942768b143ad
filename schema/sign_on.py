"""Where a browser leaves for the provider of its company, and comes back: `/sso/start` and `/sso/callback`.

In between it keeps a mark in a cookie that no script reads and that goes along when a provider leads back. What goes
wrong is said on a plain page, in our own words; what a provider says is neither shown nor stored.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from html import escape
from typing import Final
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import structlog
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gateways.oidc import OidcTrouble, ProviderAway
from resolvers.addresses import address_of
from resolvers.barred import Barred, RateLimited
from resolvers.context import Asking
from resolvers.identity import Identity, Visitor
from resolvers.sso import CALLBACK, SignOnRefused, SingleSignOn
from schema.derive import ids
from schema.execute.errors import shown
from schema.http import STATUS, slug_of, visitor_of
from schema.pages import ALONE, STATIC, Page

LOG: Final = structlog.get_logger("workgraph.sso")
START: Final = "/sso/start"
LANDING: Final = "/live"
UNDER_WAY: Final = 600
"""Seconds for which a browser keeps its mark while it is at the provider."""

ARRIVED: Final = 120
"""Seconds for which it keeps the next one, until its page has completed the sign-in."""

SEE_OTHER: Final = 303
REFUSED: Final = 403
AWAY: Final = 502
PRIVATE: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
WRONG_HOME: Final = (
    "This address is not the one that this installation knows itself by. "
    "Whoever runs it should look at WORKGRAPH_PUBLIC_URL."
)
PAGE: Final = Page(
    "sso",
    "/sso",
    STATIC / "alone",
    allows={"img-src": "data:", "script-src": "'none'"},
    adds={**ALONE, **PRIVATE},
    index="sso.html",
)
Respond = Callable[[Request], Awaitable[Response]]


class SignOnEndpoint:
    """The two addresses of single sign-on, and the page that says what went wrong."""

    def __init__(self, identity: Identity, sso: SingleSignOn, *, public_url: str, proxies: int = 0) -> None:
        self._identity, self._sso, self._public_url, self._proxies = identity, sso, public_url, proxies
        self._is_secure = urlsplit(public_url).scheme == "https"

    def routes(self) -> list[BaseRoute]:
        """Where one leaves, comes back, and is told what went wrong."""
        return [
            Route(START, self._guarded(self._start), methods=["GET"]),
            Route(CALLBACK, self._guarded(self._come_back), methods=["GET"]),
            PAGE.files(),
        ]

    async def _start(self, http: Request) -> Response:
        """Send a browser to the provider; first to the company's own address, where its cookie has to be."""
        asked = http.query_params
        visitor = self._visitor(http)
        if slug := asked.get("company"):
            visitor = replace(visitor, tenant_slug=slug_of(slug))
        asking = await self._identity.asking(visitor)
        if elsewhere := self._elsewhere(http, asking):
            return RedirectResponse(elsewhere, SEE_OTHER, PRIVATE)
        provider_id = ids.row_of(asked.get("provider", ""), "SsoProvider")
        if provider_id is None:
            raise SignOnRefused("There is no such way to sign in.")
        departure = await self._sso.depart(asking, provider_id, asked.get("to") or LANDING)
        return self._marked(RedirectResponse(departure.address, SEE_OTHER, PRIVATE), departure.mark, UNDER_WAY)

    async def _come_back(self, http: Request) -> Response:
        """Find out who has come back, and hand a code to the page that the sign-in leads to, behind `#`."""
        asking = await self._identity.asking(self._visitor(http))
        arrival = await self._sso.arrive(asking, dict(http.query_params))
        there = RedirectResponse(f"{arrival.to}#sso={arrival.code}", SEE_OTHER, PRIVATE)
        return self._marked(there, arrival.mark, ARRIVED)

    def _visitor(self, http: Request) -> Visitor:
        """Return who asks, whatever token they may have brought: they are about to say who they are."""
        return replace(visitor_of(http, self._proxies), token=None)

    def _elsewhere(self, http: Request, asking: Asking) -> str | None:
        """Return the same at the company's own address, where this is another; once, so that nobody goes in circles."""
        home = address_of(self._public_url, asking.tenant.slug)
        if not asking.tenant.slug or http.headers.get("host", "").lower() == urlsplit(home).netloc.lower():
            return None
        if "again" in http.query_params:
            raise SignOnRefused(WRONG_HOME)
        asked = {**http.query_params, "company": asking.tenant.slug, "again": "1"}
        return f"{home}{START}?{urlencode(asked)}"

    def _marked(self, response: Response, mark: str, seconds: int) -> Response:
        """Have the browser keep a mark, where no script reads it."""
        name, _, value = mark.partition("=")
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )
        return response

    def _guarded(self, respond: Respond) -> Respond:
        """Say on a page why not."""

        async def answer(http: Request) -> Response:
            try:
                return await respond(http)
            except (SignOnRefused, OidcTrouble) as trouble:
                return _said(str(trouble), AWAY if isinstance(trouble, ProviderAway) else REFUSED)
            except Barred as barred:
                response = _said(barred.message, STATUS.get(barred.code, REFUSED))
                if isinstance(barred, RateLimited):
                    response.headers["retry-after"] = str(barred.data["retry_after"])
                return response
            except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
                return _fault(error)

        return answer


def _said(text: str, status: int) -> Response:
    """Answer with the page, and write the same to the log under the number that the page shows."""
    incident = uuid4().hex
    LOG.warning("single sign-on refused", incident=incident, why=text)
    return _page(text, incident, status)


def _fault(error: Exception) -> Response:
    [entry] = shown([GraphQLError(str(error), original_error=error)])
    extensions = entry["extensions"]
    return _page(entry["message"], extensions["incidentId"], 503 if extensions["code"] == "UNAVAILABLE" else 500)


def _page(text: str, incident: str, status: int) -> Response:
    response = PAGE.response(said=escape(text), incident=escape(incident))
    response.status_code = status
    return response
