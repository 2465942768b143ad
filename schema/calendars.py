"""Calendar feeds, as they are public; and the address at which calendar programs fetch them, over plain HTTP.

Whatever is wrong with an address, the answer is the same. What is given out is known to whoever knows the address, so
that nothing between us may keep it, and no page may show it as its own.
"""

import asyncio
from hashlib import blake2b
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from db.models.calendars import CalendarFeed
from gateways.calendars import MEDIA, written
from resolvers.barred import Barred
from resolvers.calendars.fetching import MODULE, FeedAddress, Feeds, NoSuchFeed
from resolvers.calendars.subscribing import (
    CALENDARS,
    DELETED,
    HAVE,
    create_calendar_feed,
    my_calendar_feeds,
    renew_calendar_feed,
    url,
)
from schema.clients import client_address
from schema.derive.declare import Domain, entity
from schema.http import noted
from schema.http.caching import tags_in
from schema.http.plainly import said, said_of_barred, said_of_fault

READ: Final = "users.manage"
NOT_THERE: Final = "There is no such calendar, or its address counts no more."
ENDING: Final = ".ics"
TOLD: Final = {
    "cache-control": "private, no-cache",
    "content-disposition": 'attachment; filename="leave.ics"',
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}

calendars = Domain(
    module=MODULE,
    entities=[entity(CalendarFeed, read=READ, write=HAVE, verbs=["delete"], deleted=DELETED)],
    operations=[create_calendar_feed, renew_calendar_feed],
    readings=[my_calendar_feeds],
    computed=[url],
)


class CalendarEndpoint:
    """The addresses below `/calendars`."""

    def __init__(self, feeds: Feeds, *, proxies: int = 0) -> None:
        self._feeds, self._proxies = feeds, proxies

    def routes(self) -> list[BaseRoute]:
        """Where calendars are given."""
        return [Route(f"{CALENDARS}/{{tenant}}/{{feed}}/{{signed}}", self._respond, methods=["GET"])]

    async def _respond(self, http: Request) -> Response:
        request_id = noted(http).request_id
        try:
            by = client_address(http, self._proxies)
            calendar = await self._feeds.fetch(_address(http), by=by, request_id=request_id)
            return _given(http, await asyncio.to_thread(written, calendar))
        except NoSuchFeed:
            return said(404, "NOT_FOUND", NOT_THERE)
        except Barred as barred:
            return said_of_barred(barred)
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            return said_of_fault(error)


def _address(http: Request) -> FeedAddress:
    parts, signed = http.path_params, http.path_params["signed"]
    if not signed.endswith(ENDING):
        raise NoSuchFeed
    try:
        return FeedAddress(UUID(parts["tenant"]), UUID(parts["feed"]), signed.removesuffix(ENDING))
    except ValueError:
        raise NoSuchFeed from None


def _given(http: Request, body: bytes) -> Response:
    """Answer with a calendar, or that it is the one that the program has."""
    tag = f'"{blake2b(body, digest_size=16).hexdigest()}"'
    headers = {**TOLD, "etag": tag}
    if tag in tags_in(http.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    headers |= {"content-type": MEDIA, "content-length": str(len(body))}
    return Response(b"" if http.method == "HEAD" else body, headers=headers)
