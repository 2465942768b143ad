"""Where files come in and go out, over plain HTTP: an address that is signed, or a company's logo.

What is given out is never run by a browser: it is saved, or is a picture that was drawn here; its type stands, and a
sandbox holds it. Whatever is wrong with an address, the answer is the same.
"""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from db.models.files import File
from gateways.files import StoreAway
from resolvers.barred import Barred
from resolvers.doors import UPLOAD, Doors
from resolvers.files import (
    FILES,
    LOGOS,
    UPLOADS,
    AlreadyUploaded,
    Files,
    NoSuchFile,
    NotAccepted,
    NotAsAnnounced,
    Opened,
    Sent,
    TooSlow,
    create_upload,
)
from resolvers.files.emitters import EMITTERS
from resolvers.refusals import NotFound, Refused
from schema.clients import client_address
from schema.derive import ids
from schema.derive.declare import Domain
from schema.http import noted
from schema.http.plainly import said, said_of_barred, said_of_fault

MOST_AT_ONCE: Final = 100
AGAIN_IN: Final = {"retry-after": "5"}
STATUS: Final[dict[type[Refused], int]] = {
    NoSuchFile: 404,
    NotFound: 404,
    AlreadyUploaded: 409,
    NotAsAnnounced: 400,
    TooSlow: 408,
    NotAccepted: 422,
}
HARMLESS: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "referrer-policy": "no-referrer",
}
SECRET: Final = "private, no-store"  # noqa: S105 - what caches are told
OPEN: Final = "public, max-age=3600"
Respond = Callable[[Request], Awaitable[Response]]

files = Domain(
    module="company",
    operations=[create_upload],
    emitters=EMITTERS,
    internal=[(File, "it is shown by what uses it, as a stored file, to those who may see that")],
)


class FileEndpoint:
    """The addresses below `/files`."""

    def __init__(self, kept: Files, doors: Doors, *, proxies: int = 0) -> None:
        self._files, self._doors, self._proxies, self._under_way = kept, doors, proxies, 0

    def routes(self) -> list[BaseRoute]:
        """Where files are taken and given."""
        return [
            Route(f"{UPLOADS}/{{tenant}}/{{sealed}}", _guarded(self._take), methods=["PUT"]),
            Route(f"{LOGOS}/{{tenant}}", _guarded(self._logo), methods=["GET"]),
            Route(f"{FILES}/{{tenant}}/{{sealed}}", _guarded(self._give), methods=["GET"]),
        ]

    async def _take(self, http: Request) -> Response:
        await self._doors.knock_from(UPLOAD, client_address(http, self._proxies))
        if self._under_way >= MOST_AT_ONCE:
            return said(503, "UNAVAILABLE", "Many files are coming in; try again in a moment.", AGAIN_IN)
        self._under_way += 1
        try:
            file = await self._files.take(_tenant(http), http.path_params["sealed"], _sent(http))
        finally:
            self._under_way -= 1
        facts = {name: getattr(file, name) for name in ("filename", "mime", "size", "sha256", "width", "height")}
        return JSONResponse({"id": ids.encode("StoredFile", file.id), **facts}, headers={"cache-control": SECRET})

    async def _give(self, http: Request) -> Response:
        return _given(http, await self._files.open(_tenant(http), http.path_params["sealed"]), SECRET)

    async def _logo(self, http: Request) -> Response:
        return _given(http, await self._files.logo(_tenant(http)), OPEN)


def _guarded(respond: Respond) -> Respond:
    """Say why not, without the inside of a fault; what of a body is still to come is not waited for."""

    async def answer(http: Request) -> Response:
        noted(http)
        try:
            return await respond(http)
        except Refused as refused:
            return said(STATUS[type(refused)], refused.code, refused.message)
        except Barred as barred:
            return said_of_barred(barred)
        except StoreAway:
            return said(503, "UNAVAILABLE", "Files cannot be reached at the moment; try again.", AGAIN_IN)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            return said_of_fault(error)

    return answer


def _tenant(http: Request) -> UUID:
    try:
        return UUID(http.path_params["tenant"])
    except ValueError:
        raise NoSuchFile("There is no such file, or its address has run out.") from None


def _sent(http: Request) -> Sent:
    """Read what the headers say; an encoded body is not of the type that they name."""
    mime = http.headers.get("content-type", "").partition(";")[0].strip().lower()
    size = http.headers.get("content-length", "")
    encoded = "content-encoding" in http.headers
    return Sent("" if encoded else mime, int(size) if size.isdecimal() else None, http.stream())


def _given(http: Request, opened: Opened, caching: str) -> Response:
    headers = {
        **HARMLESS,
        "cache-control": caching,
        "content-disposition": _disposition(opened),
        "content-length": str(opened.object.size),
        "content-type": opened.mime,
    }
    if http.method == "HEAD":
        return Response(headers=headers)
    return StreamingResponse(opened.object.pieces, headers=headers)


def _disposition(opened: Opened) -> str:
    """Have pictures shown where they stand, and everything else saved, under a name that any system takes."""
    kind, name = "inline" if opened.picture else "attachment", quote(opened.filename, safe="")
    return f'{kind}; filename="{name}"' if name == opened.filename else f"{kind}; filename*=UTF-8''{name}"
