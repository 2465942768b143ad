"""A mail goes from an operation through the queue and a worker to a mail server, also when that was away at first."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import text

from app import Mailing, Parts, Wiring, connected
from cli.serving import work_of
from db.models.mail import MailStatus
from resolvers.jobs import run_worker
from tests.mail.builders import Answering, a_hire, listening, queued, row_of
from tests.world import CompanyWorld

PATIENCE = 60.0


@asynccontextmanager
async def working(wiring: Wiring) -> AsyncGenerator[Parts]:
    """A worker as `serve` runs it."""
    stop = asyncio.Event()
    async with connected(wiring) as parts:
        worker = asyncio.create_task(run_worker(work_of(wiring, parts), stop))
        try:
            yield parts
        finally:
            stop.set()
            await worker


async def until(happened: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            if await happened():
                return
            await asyncio.sleep(0.1)


async def forget_other_jobs(company: CompanyWorld) -> None:
    """What other tests have queued is not for this worker."""
    async with company.world.owner.begin() as connection:
        await connection.execute(text("set local search_path = queue"))
        await connection.execute(text("delete from procrastinate_jobs where status = 'todo'"))


async def test_a_mail_leaves_once_the_server_is_back(company: CompanyWorld) -> None:
    server = Answering()
    async with listening(server) as port:
        pass
    mailing = Mailing(server_url=f"smtp://127.0.0.1:{port}", sender="no-reply@workgraph.example")
    await forget_other_jobs(company)
    message = await queued(company, await a_hire(company))

    async def is_tried() -> bool:
        row = await row_of(company, message)
        return row.status is MailStatus.QUEUED and row.error is not None

    async def is_sent() -> bool:
        return (await row_of(company, message)).status is MailStatus.SENT

    async with working(replace(company.world.wiring, mailing=mailing)):
        await until(is_tried)
        async with listening(server, port):
            await until(is_sent)
    ours = [mail for mail in server.taken if mail["message-id"] == f"<{message}@workgraph.example>"]
    assert len(ours) == 1
    assert (await row_of(company, message)).attempts >= 2
