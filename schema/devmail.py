"""The inbox of development: shows the mails that landed in the folder, as text and as the HTML that people would see.

Mails hold links that let somebody in, so the page is there on one's own machine only: for connections from it, that ask
for it by a name of it (a page elsewhere may have its own name lead here) and that no proxy hands on. A setting shows
them to everyone, for a container or a machine in the cloud; production has no such page, whatever is set.

A mail's HTML is shown in a frame without scripts and without our origin. It is not changed.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from gateways.mail import MailFolder, StoredMail
from schema.pages import STATIC, Page

MOST_SHOWN: Final = 100
HANDED_ON: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
ALWAYS: Final = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
PAGE: Final = Page(
    "devmail",
    "/dev/mail",
    STATIC / "devmail",
    allows={"img-src": "data:", "connect-src": "'self'", "frame-src": "'self'", "trusted-types": ""},
    adds=ALWAYS,
)
MAIL_POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src http: https: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
NOT_FOR_YOU: Final = (
    "Mails hold links that let somebody in, so they are shown only to the machine that this server runs on, under the "
    "name localhost. In a container or a machine of your own elsewhere, set WORKGRAPH_DEV_MAIL=everyone; whoever can "
    "reach the port can then read them.\n"
)
Respond = Callable[[Request], Awaitable[Response]]


class Readers(StrEnum):
    """Who may look at the mails of the folder."""

    NOBODY = "off"
    THIS_MACHINE = "local"
    EVERYONE = "everyone"


class Inbox:
    """The page over one folder of mails."""

    def __init__(self, mails: MailFolder, readers: Readers) -> None:
        self._mails, self._readers = mails, readers

    def routes(self) -> list[BaseRoute]:
        """Where the page, what it asks for and its files are served: nowhere if nobody may look."""
        if self._readers is Readers.NOBODY:
            return []
        return [
            Route(PAGE.path, self._guarded(PAGE.show)),
            Route(f"{PAGE.path}/messages", self._guarded(self._list)),
            Route(f"{PAGE.path}/messages/{{name}}/html", self._guarded(self._html)),
            PAGE.files(),
        ]

    def _guarded(self, respond: Respond) -> Respond:
        async def answer(request: Request) -> Response:
            if self._readers is not Readers.EVERYONE and not is_this_machine(request):
                return PlainTextResponse(NOT_FOR_YOU, 403, headers=ALWAYS)
            response = await respond(request)
            response.headers.update(ALWAYS)
            return response

        return answer

    async def _list(self, request: Request) -> Response:
        """The newest mails first; nothing while the newest is one that the page has seen."""
        found = await self._mails.newest(MOST_SHOWN)
        if found and request.query_params.get("newest") == found[0].name:
            return Response(status_code=204)
        return JSONResponse({"folder": str(self._mails.folder), "mails": [shown(each) for each in found]})

    async def _html(self, request: Request) -> Response:
        found = await self._mails.find(request.path_params["name"])
        if found is None:
            return PlainTextResponse("There is no such mail.\n", 404)
        return HTMLResponse(found.body("html"), headers={"content-security-policy": MAIL_POLICY})


def shown(stored: StoredMail) -> Mapping[str, Any]:
    """What the page says of a mail."""
    headers = {name: str(stored.mail[name] or "") for name in ("subject", "from", "to", "reply-to", "date")}
    return {"name": stored.name, **headers, "text": stored.body("plain")}


def is_this_machine(request: Request) -> bool:
    """Tell whether a request comes from this machine, by a name of it, and from nobody behind a proxy."""
    if request.client is None or any(name in request.headers for name in HANDED_ON):
        return False
    return _is_loopback(request.client.host) and _is_local_name(request.headers.get("host", ""))


def _is_local_name(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
