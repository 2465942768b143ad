"""The endpoint `/export/{plural}.csv` and `.jsonl`: asks for one page after the other, and sends each before the next.

Each page is a query of whoever asks, at its own moment: checked, priced and charged as any other, and with the rights
of that moment. Pages follow each other by cursors, so that an object is not sent twice, nor left out, because others
come or go. What is wrong with the first page is answered as a problem; what goes wrong later cuts the answer off, which
its reader sees. Where a budget runs short, the next page waits.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from graphql import GraphQLError
from starlette.types import Receive, Scope, Send

from resolvers.barred import RateLimited
from resolvers.context import Asking
from schema.answering import Answered, Answering, Asked, Unacceptable
from schema.execute.bounds import wrong_variables
from schema.export.document import Export, export_of
from schema.export.forms import FORMS, Form
from schema.http.attending import Attending
from schema.http.incoming import REQUEST_ID, Incoming
from schema.http.writing import NO_STORE
from schema.metrics import Meter, Taken
from schema.rest.outcomes import plain
from schema.rest.problems import Problem, missing
from schema.rest.serving import expect_unlocked, segments_below
from schema.rest.writing import hidden_in, problem_of, problem_reply

PREFIX: Final = "/export"
PARAMETERS: Final = frozenset({"fields", "where", "orderBy"})
LONGEST_WAIT: Final = 60
"""Seconds for which a page waits for its budget at most."""


class Gone(Exception):
    """The client is gone."""


class CutOff(Exception):
    """An export cannot go on, and has begun already: what was sent is not all of it."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its objects, and where the next one begins; None after the last."""

    nodes: list[Mapping[str, Any]]
    after: str | None
    answered: Answered


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for."""

    export: Export
    form: Form
    variables: Mapping[str, Any]


class ExportEndpoint:
    """The endpoint, which is an ASGI application."""

    def __init__(self, answering: Answering, *, proxies: int = 0, meter: Meter | None = None) -> None:
        self._answering, self._proxies, self._meter = answering, proxies, meter or Meter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; when its client goes away, nothing more is read."""
        incoming = Incoming(scope)
        incoming.taken = Taken(incoming.request_id)
        try:
            async with _attended(receive):
                await self._answer(incoming, scope, receive, send)
        except Gone:
            self._note(incoming, "", ["CLIENT_GONE"])

    async def _answer(self, incoming: Incoming, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            wanted = self._wanted(incoming, scope)
            first = await self._page(incoming, wanted, None)
        except Exception as error:  # noqa: BLE001 - whatever it is, its inside is not for the caller
            reply = problem_reply(problem_of(error))
            reply.request_id = incoming.request_id
            self._note(incoming, "", reply.codes)
            await reply(scope, receive, send)
            return
        await send(_begun(incoming, wanted, first))
        if incoming.method != "HEAD":
            await self._send(incoming, wanted, first, send)
        await send({"type": "http.response.body", "body": b""})
        self._note(incoming, first.answered.form, [])

    async def _send(self, incoming: Incoming, wanted: Wanted, first: Page, send: Send) -> None:
        await _sent(send, wanted.form.begun(wanted.export))
        async for page in self._pages(incoming, wanted, first):
            await _sent(send, wanted.form.page(wanted.export, page.nodes))

    async def _pages(self, incoming: Incoming, wanted: Wanted, page: Page) -> AsyncIterator[Page]:
        yield page
        while page.after is not None:
            page = await self._next(incoming, wanted, page.after)
            yield page

    async def _next(self, incoming: Incoming, wanted: Wanted, after: str) -> Page:
        """Return a page that is not the first, which waits until there is a budget for it."""
        while True:
            try:
                return await self._page(incoming, wanted, after)
            except GraphQLError as error:
                limited = error.original_error
                if not isinstance(limited, RateLimited) or limited.data["retry_after"] > LONGEST_WAIT:
                    raise CutOff(error.message) from error
                await asyncio.sleep(limited.data["retry_after"])

    async def _page(self, incoming: Incoming, wanted: Wanted, after: str | None) -> Page:
        """Ask for one page; raise what is wrong with it."""
        asking = await self._asking(incoming)
        export = wanted.export
        asked = Asked(export.text, export.document, {**wanted.variables, "after": after}, None)
        incoming.taken.asks(asked, asked.document.definitions[0])  # pyright: ignore[reportArgumentType] - it is one operation
        async with Attending(self._answering.deadline):
            answered = await self._answering.answer(asking, asked)
        if answered.errors:
            raise answered.errors[0]
        found = plain(answered)[export.plural]
        info = found["pageInfo"]
        return Page(found["nodes"], info["endCursor"] if info["hasNextPage"] else None, answered)

    async def _asking(self, incoming: Incoming) -> Asking:
        """Tell who asks, anew for each page; the documents of exports are registered for nobody."""
        asking = await self._answering.identity.asking(incoming.visitor(self._proxies))
        incoming.taken.asking = asking
        await expect_unlocked(self._answering, asking)
        return asking

    def _wanted(self, incoming: Incoming, scope: Scope) -> Wanted:
        if incoming.method not in {"GET", "HEAD"}:
            said = "The methods of this address are GET, HEAD."
            told = [{"code": "METHOD_NOT_ALLOWED", "detail": said}]
            raise Problem(405, said, "METHOD_NOT_ALLOWED", told, {"allow": "GET, HEAD"})
        segments = segments_below(scope, PREFIX)
        plural, _, ending = segments[0].rpartition(".")
        if len(segments) != 1 or ending not in FORMS:
            raise missing()
        given = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True))
        if unknown := sorted(set(given) - PARAMETERS):
            raise Unacceptable(400, f"There is no parameter `{unknown[0][:100]}`: there are fields, where, orderBy.")
        variables = {name: _read(given[name], name) for name in ("where", "orderBy") if given.get(name)}
        if said := wrong_variables(variables, self._answering.bounds):
            raise Unacceptable(400, said)
        export = export_of(self._answering.schema.core, plural, given.get("fields", ""))
        return Wanted(export, FORMS[ending], variables)

    def _note(self, incoming: Incoming, form: str, codes: Any) -> None:
        self._meter.note(incoming.taken, form, codes, self._answering)


def _read(text: str, name: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Unacceptable(400, f"`{name}` is not JSON: {error}.") from error


def _begun(incoming: Incoming, wanted: Wanted, first: Page) -> dict[str, Any]:
    headers = {
        "content-type": wanted.form.media,
        "content-disposition": f'attachment; filename="{wanted.export.plural}.{wanted.form.ending}"',
        "x-content-type-options": "nosniff",
        **hidden_in(first.answered),
    }
    written = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http.response.start",
        "status": 200,
        "headers": [*written, NO_STORE, (REQUEST_ID, incoming.request_id.encode())],
    }


async def _sent(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


@asynccontextmanager
async def _attended(receive: Receive) -> AsyncGenerator[None]:
    """Cancel what is done inside when the client leaves."""
    task, gone = asyncio.current_task(), False
    assert task is not None

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        task.cancel()

    watching = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if gone and not task.uncancel():
            raise Gone from None
        raise
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
