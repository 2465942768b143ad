"""Takes jobs from the queue of one database until it is told to stop, whatever happens to the database meanwhile.

A worker that loses the database is thrown away and another one made, once a second. When it is told to stop it takes
no more jobs; those under way have a moment to end, and are then cancelled and put back. All of it ends in three.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import structlog
from procrastinate import App, PsycopgConnector
from psycopg import AsyncConnection, OperationalError
from sqlalchemy import make_url

from db.passwords import each_address
from db.queue.installing import SCHEMA
from db.queue.tasks import Task, make_queue_app
from db.queue.upkeep import upkeep

CONCURRENCY: Final = 4
PATIENCE: Final = 5
PAUSE: Final = 1.0
JOBS_GRACE: Final = 0.8
STOP_GRACE: Final = (2.4, 0.4)
"""Seconds to end in order, and then, after a second cancellation, to end at once."""

# Procrastinate's statements name no schema.
CONNECTED_AS: Final[dict[str, Any]] = {
    "connect_timeout": PATIENCE,
    "application_name": "workgraph worker",
    "options": f"-c search_path={SCHEMA}",
}
LOG: Final = structlog.get_logger("workgraph.queue")


class _Told(logging.Handler):
    """Hands what the libraries say to the log of the program."""

    def emit(self, record: logging.LogRecord) -> None:
        LOG.log(record.levelno, record.getMessage(), exc_info=record.exc_info or None)


TOLD: Final = _Told()


async def attend(url: str, tasks: Sequence[Task], stop: asyncio.Event) -> None:
    """Take jobs with the address of the worker's role; returns when `stop` is set, within three seconds."""
    _listen_to_the_libraries()
    known = ""
    while not stop.is_set():
        why = _why(await _until(stop, _take_jobs(url, tasks)))
        if not stop.is_set():
            (LOG.debug if why == known else LOG.warning)("the queue is lost; looking for it again", error=why)
            known = why
            await _pause(stop)
    LOG.info("takes no more jobs")


class WorkerEnded(Exception):
    """The worker had the queue, and ended without being told to: what goes on beside the jobs has failed."""


async def _take_jobs(url: str, tasks: Sequence[Task]) -> None:
    async with opened(url, tasks) as app:
        LOG.info("takes jobs", tasks=[task.name for task in tasks])
        await app.run_worker_async(
            concurrency=CONCURRENCY,
            delete_jobs="successful",
            install_signal_handlers=False,
            shutdown_graceful_timeout=JOBS_GRACE,
        )
    raise WorkerEnded("see the message before this one")


@asynccontextmanager
async def opened(url: str, tasks: Sequence[Task]) -> AsyncGenerator[App]:
    """Connect as the worker's role. The first connection stands alone: it says why when it cannot be had."""
    url = await _right(url)
    app = make_queue_app(_connector(url), tasks)
    for task in upkeep(app):
        task.register(app)
    try:
        await app.open_async()
        yield app
    finally:
        await app.close_async()


async def _right(url: str) -> str:
    """Return the address with whichever of its passwords is right, by connecting with it."""
    *before, last = each_address(url)
    for each in before:
        with suppress(OperationalError):
            await _tried(each)
            return each
    await _tried(last)
    return last


async def _tried(url: str) -> None:
    async with await AsyncConnection.connect(conninfo(url), **CONNECTED_AS):
        pass


def _connector(url: str) -> PsycopgConnector:
    return PsycopgConnector(
        conninfo=conninfo(url), kwargs=CONNECTED_AS, min_size=1, max_size=CONCURRENCY + 1, timeout=PATIENCE
    )


def conninfo(url: str) -> str:
    """The address as libpq takes it: what asyncpg calls `ssl` has another name there."""
    parts = make_url(url)
    if "ssl" in parts.query:
        parts = parts.difference_update_query(["ssl"]).update_query_dict({"sslmode": str(parts.query["ssl"])})
    return parts.set(drivername="postgresql").render_as_string(hide_password=False)


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> BaseException | None:
    """Do the work until it ends or `stop` is set, and say with what error it ended."""
    working, told = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.cancel()
        await _end(working)
    return None if working.cancelled() or not working.done() else working.exception()


async def _end(working: asyncio.Task[None]) -> None:
    for seconds in STOP_GRACE:
        if not working.done():
            working.cancel()
            await asyncio.wait({working}, timeout=seconds)


async def _pause(stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), PAUSE)


def _why(error: BaseException | None) -> str:
    """The driver's words, which Procrastinate has wrapped; without what follows the first line."""
    cause = (error and error.__cause__) or error
    return f"{type(cause).__name__}: {str(cause).partition(chr(10))[0]}"


def _listen_to_the_libraries() -> None:
    """Only warnings: a job that ends well is no news. The pool tells of each try to connect; we tell it once."""
    for name, level in (("procrastinate", logging.WARNING), ("psycopg", logging.CRITICAL)):
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.propagate = False
        logger.addHandler(TOLD)
