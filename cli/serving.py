"""`workgraph serve` and `workgraph worker`: the API and the background jobs, side by side or apart."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Annotated, Any

import typer

from app import Parts, Wiring, make_app, now
from cli.listening import answer, listening
from cli.options import DataDir
from cli.running import run, say
from cli.welcoming import welcome
from cli.wiring import application, demo_password, shows_demo
from db.roles import DatabaseRole, url_as
from demo.company import make_demo_company
from demo.support import make_demo_support
from resolvers.approvals.clock import ApprovalClock
from resolvers.files import PURGE, PURGE_ERASED, THUMBNAILS
from resolvers.hr.clock import EmployeeClock
from resolvers.identity import PURGE_PROOFS
from resolvers.imports import RESUME, RUN
from resolvers.jobs import Chore, Work, run_worker
from resolvers.keys.clock import KeyClock
from resolvers.mails import SEND
from resolvers.onboarding.clock import OnboardingClock
from resolvers.support.clock import SupportClock
from resolvers.time_off.posting import LeaveClock
from resolvers.turns import Turns
from resolvers.usage import FOLD
from settings import Settings, load_settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for every one.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    data_dir: DataDir = None,
    no_demo: Annotated[bool, typer.Option("--no-demo", help="Make no demo company.")] = False,  # noqa: FBT002 - an option of the command line
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Run no background jobs in this process.")] = False,  # noqa: FBT002 - an option of the command line
) -> None:
    """Run the API, and with it a PostgreSQL and a Valkey unless DATABASE_URL and REDIS_URL name others.

    The first start makes the database and a demo company. Ctrl-C stops everything; the data stays.
    """
    settings = load_settings(
        host=host, port=port, data_dir=data_dir, demo=False if no_demo else None, worker=False if no_worker else None
    )
    run(_serve(settings))


def worker(data_dir: DataDir = None) -> None:
    """Do background jobs, for a `serve` that was told not to (--no-worker) or has more of them than it can do."""
    run(_work(load_settings(data_dir=data_dir)))


async def _serve(settings: Settings) -> None:
    with listening(settings.host, settings.port) as sock:
        settings = settings.model_copy(update={"port": sock.getsockname()[1]})
        async with application(settings, serves=True) as (wiring, parts):
            demo = shows_demo(settings) and await make_demo_company(parts.registration, demo_password(settings))
            support = demo and await _demo_support(settings, wiring, parts)
            stop = asyncio.Event()
            app = make_app(wiring, parts)
            said = partial(welcome, settings, app.routes, demo=demo, support=support)
            answering = answer(app, sock, stop, lambda: say(said()))
            working = [run_worker(work_of(wiring, parts), stop)] if settings.worker else []
            await together(stop, answering, *bringing(parts, stop), *working)


async def _demo_support(settings: Settings, wiring: Wiring, parts: Parts) -> bool:
    """Make who looks after the demo company."""
    return await make_demo_support(
        parts.registration,
        parts.database,
        parts.catalog,
        wiring.master_key,
        password=demo_password(settings),
        now=now(),
    )


async def _work(settings: Settings) -> None:
    async with application(settings) as (wiring, parts):
        stop = asyncio.Event()
        say("Doing background jobs. Ctrl-C stops; what is not done then is done later.")
        await together(stop, run_worker(work_of(wiring, parts), stop), *bringing(parts, stop))


def bringing(parts: Parts, stop: asyncio.Event) -> list[Coroutine[Any, Any, None]]:
    """What each process does for all others, as far as none of them does it already: bring on what has happened."""
    return [parts.relay.run(stop), parts.sequencer.run(stop), parts.dispatcher.run(stop)]


async def together(stop: asyncio.Event, *works: Coroutine[Any, Any, None]) -> None:
    """Run some works side by side until one ends or all are cancelled; then tell the others to stop, and wait."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        await asyncio.gather(*tasks)


def work_of(wiring: Wiring, parts: Parts) -> Work:
    """What a worker is given."""
    url = url_as(wiring.database_url, DatabaseRole.WORKER, prefix=wiring.role_prefix, master_key=wiring.master_key)
    deferred = {
        SEND: parts.mails.send,
        THUMBNAILS: parts.upkeep.make_thumbnails,
        PURGE_ERASED: parts.upkeep.purge_erased,
        RUN: parts.imports.run,
    }
    turns = Turns(parts.database, parts.catalog, wiring.master_key, clock=now)
    chores = [
        Chore(PURGE, "17 3 * * *", parts.upkeep.purge_orphans),
        Chore(FOLD, "*/5 * * * *", parts.folding.by_the_clock),
        Chore(RESUME, "*/5 * * * *", parts.imports.resume),
        Chore(PURGE_PROOFS, "27 3 * * *", parts.identity.purge),
        *OnboardingClock(parts.database, parts.catalog, wiring.master_key, clock=now).chores,
        *KeyClock(turns).chores,
        *ApprovalClock(turns).chores,
        *EmployeeClock(turns).chores,
        *LeaveClock(turns).chores,
        *SupportClock(turns).chores,
    ]
    return Work(url, parts.database, parts.catalog, parts.registration.resume, now, deferred=deferred, chores=chores)
