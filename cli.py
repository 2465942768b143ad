"""The command line: reads the settings, finds or starts the servers, and hands plain values to what does the work.

Every refusal that a user can do something about ends here as one message and exit status 1; a traceback is a bug.
"""

import asyncio
import errno
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import typer
import uvicorn
import uvloop
from starlette.types import ASGIApp

from app import Wiring, connected, make_app
from db.catalog import TenantSpec
from db.embedded import EmbeddedServersFailed, embedded_servers, running_or_embedded_servers
from db.encryption import MasterKey
from db.migrate import Progress, migrate
from db.reach import Unreachable, reach_both, reach_bus, reach_database
from db.roles import RolesRefused
from resolvers.registration import NewCompany, Registration
from schema.root import make_schema, printed
from settings import (
    Environment,
    Settings,
    SettingsRefused,
    load_settings,
    master_key,
    secret,
    variable,
    without_secret,
)

SCHEMA_FILE: Final = Path(__file__).with_name("schema.graphql")
NEEDED_LOCKS: Final = 256
FAILED: Final = 1
DEMO_SLUG: Final = "demo"
DEMO_EMAIL: Final = "owner@demo.example"
DEMO_ID: Final = UUID("00000000-0000-7000-8000-00000000de00")
SECRETS: Final = {"database_url", "redis_url", "master_key"}

cli = typer.Typer(
    name="workgraph",
    help="A GraphQL API for a company's whole back office. Begin with `workgraph serve`.",
    epilog="Each option can also be set in the environment, as WORKGRAPH_PORT for --port. "
    "DATABASE_URL and REDIS_URL name servers of your own.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DataDir = Annotated[
    Path | None, typer.Option(help="Folder for the embedded servers, the keys and files; made if it is not there.")
]


class CannotListen(Exception):
    """The address cannot be listened on."""


class NotMigrated(Exception):
    """A schema could not be brought to the newest revision."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the database and the bus are, whoever runs them."""

    database_url: str
    redis_url: str


@cli.command()
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


@cli.command("migrate")
def migrate_command(data_dir: DataDir = None) -> None:
    """Bring every schema of the database to this version: the catalog, the template, the pool, and each tenant's own.

    Can be interrupted and run again. `serve` does the same at its start.
    """
    run(_migrate(load_settings(data_dir=data_dir)))


@cli.command("schema")
def schema_command(
    write: Annotated[bool, typer.Option("--write", help="Write it to schema.graphql.")] = False,  # noqa: FBT002 - an option of the command line
    check: Annotated[bool, typer.Option("--check", help="Fail if schema.graphql is not what the code says.")] = False,  # noqa: FBT002 - an option of the command line
) -> None:
    """Print the GraphQL schema, which is committed as schema.graphql."""
    text = printed(make_schema())
    if write:
        SCHEMA_FILE.write_text(text, "utf-8")
    elif check:
        _check_schema(text)
    else:
        typer.echo(text, nl=False)


@cli.command()
def doctor(data_dir: DataDir = None) -> None:
    """Show what is configured, and whether it can be used: servers, versions, limits. Shows no password."""
    run(_doctor(load_settings(data_dir=data_dir)))


def main() -> None:
    """Run the command that was asked for."""
    try:
        cli(prog_name="workgraph")
    except (CannotListen, EmbeddedServersFailed, NotMigrated, RolesRefused, SettingsRefused, Unreachable) as refusal:
        say(f"workgraph: {refusal}")
        sys.exit(FAILED)


def say(message: str) -> None:
    """Tell the user what is being done; what a command is asked for goes to standard output instead."""
    typer.echo(message, err=True)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command. Ctrl-C and SIGTERM cancel it, so that everything it has opened is closed in order."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_told_to_stop(work))


async def _until_told_to_stop(work: Coroutine[Any, Any, None]) -> None:
    task, loop = asyncio.create_task(work), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    await asyncio.wait([task])
    if task.cancelled():
        say("Stopped.")
    else:
        task.result()


@asynccontextmanager
async def servers(settings: Settings, *, alone: bool = False) -> AsyncGenerator[Addresses]:
    """The servers that the settings name, or embedded ones: our own, or those of a `serve` beside this command."""
    database_url, redis_url = secret(settings.database_url), secret(settings.redis_url)
    await reach_both(database_url, redis_url)
    if database_url and redis_url:
        yield Addresses(database_url, redis_url)
        return
    start = embedded_servers if alone else running_or_embedded_servers
    async with start(
        settings.data_dir,
        role_prefix=settings.role_prefix,
        postgres=settings.embedded_postgres,
        valkey=settings.embedded_valkey,
        progress=say,
    ) as embedded:
        yield Addresses(database_url or embedded.database_url, redis_url or embedded.redis_url)


async def _serve(settings: Settings) -> None:
    with listening(settings.host, settings.port) as sock:
        async with servers(settings, alone=True) as addresses:
            await bring_to_head(settings, addresses.database_url)
            wiring = wired(settings, addresses)
            async with connected(wiring) as parts:
                if shows_demo(settings):
                    await make_demo(parts.registration, demo_password(settings))
                await answer(make_app(wiring, parts), sock, lambda: say(welcome(settings, address_of(settings, sock))))


def shows_demo(settings: Settings) -> bool:
    """Whether there is to be a demo company; never beside real ones in production."""
    return settings.demo and settings.environment is Environment.DEVELOPMENT


def demo_password(settings: Settings) -> str:
    """The demo owner's password: the same at every start, and another for every installation."""
    return f"demo-{MasterKey(master_key(settings)).derive('demo password').hex()[:12]}"


async def make_demo(registration: Registration, password: str) -> None:
    """Make the demo company at the first start, or go on with making it."""
    company = NewCompany(
        name="Demo Company", slug=DEMO_SLUG, email=DEMO_EMAIL, password=password, first_name="Dana", last_name="Demo"
    )
    spec = TenantSpec(slug=DEMO_SLUG, name=company.name, demo_data=True, id=DEMO_ID)
    await registration.ensure(company, spec)


async def _migrate(settings: Settings) -> None:
    async with servers(settings) as addresses:
        await bring_to_head(settings, addresses.database_url)
    say("Every schema is at the newest revision.")


async def bring_to_head(settings: Settings, database_url: str) -> None:
    """Migrate what is behind, line by line; refuses to go on when something stays behind."""
    key = MasterKey(master_key(settings))
    report = await migrate(database_url, prefix=settings.role_prefix, master_key=key, report=_say_progress)
    if not report.complete:
        behind = [f"    {schema}: {error}" for schema, error in report.stragglers.items()]
        raise NotMigrated(
            "\n".join(["These schemas could not be migrated:", *behind, "Run `workgraph migrate` again."])
        )


def _say_progress(progress: Progress) -> None:
    outcome = f"failed: {progress.error}" if progress.error else f"{progress.seconds:.1f} s"
    say(f"Migrating {progress.schema} ({progress.number} of {progress.of}) ... {outcome}")


def wired(settings: Settings, addresses: Addresses) -> Wiring:
    """What the application is told about the place where it runs."""
    own = {settings.host, "localhost", "127.0.0.1", urlsplit(settings.address).hostname or ""}
    return Wiring(
        database_url=addresses.database_url,
        redis_url=addresses.redis_url,
        master_key=MasterKey(master_key(settings)),
        role_prefix=settings.role_prefix,
        public_url=settings.address,
        own_hosts=frozenset(own),
        default_slug=settings.default_tenant or (DEMO_SLUG if shows_demo(settings) else None),
        shows_graphiql=settings.environment is Environment.DEVELOPMENT,
    )


@contextmanager
def listening(host: str, port: int) -> Generator[socket.socket]:
    """Take the port before anything is started, so that a taken one is told at once."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"WORKGRAPH_HOST: {host} is no address of this machine ({error.strerror}).") from None
    with sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(place)
        except OSError as error:
            raise CannotListen(_why_not(error, host, port)) from None
        yield sock


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is already taken, perhaps by another Workgraph. "
            "Stop that program, or choose another port with --port or WORKGRAPH_PORT."
        )
    return f"Cannot listen on port {port} of {host} ({error.strerror}). Look at --host and --port."


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handling, as `run` also stops what is around it; tells when it listens."""

    def __init__(self, config: uvicorn.Config, tell_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell_ready = tell_ready

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell_ready()


async def answer(app: ASGIApp, sock: socket.socket, tell_ready: Callable[[], None]) -> None:
    """Answer requests until cancelled; requests under way then have a second to finish."""
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, tell_ready)
    serving = asyncio.create_task(server.serve([sock]))
    try:
        await asyncio.wait([serving])
    finally:
        server.should_exit = True
        await serving


def address_of(settings: Settings, sock: socket.socket) -> str:
    """The address that users see, also when the system chose the port."""
    return settings.model_copy(update={"port": sock.getsockname()[1]}).address


def welcome(settings: Settings, address: str) -> str:
    """What to do now that it runs."""
    lines = {
        "GraphiQL": f"{address}/graphql",
        **({"Sign in": f"{DEMO_EMAIL} with the password {demo_password(settings)}"} if shows_demo(settings) else {}),
        "Data": str(settings.data_dir.absolute()),
        "Stop": "Ctrl-C",
    }
    return "\n".join(["", "Workgraph is ready.", *(f"  {name:10}{value}" for name, value in lines.items()), ""])


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's table: what was looked at, what was found, and whether it will do."""

    name: str
    found: str
    good: bool | None = None

    def __str__(self) -> str:
        mark = {True: "ok", False: "WRONG", None: ""}[self.good]
        return f"{self.name:22}{mark:7}{self.found}"


async def _doctor(settings: Settings) -> None:
    findings = [*configured(settings), *await examined(settings)]
    for finding in findings:
        typer.echo(finding)
    wrong = any(finding.good is False for finding in findings)
    typer.echo("\nSomething is wrong; see above." if wrong else "\nAll is in order.")
    if wrong:
        raise typer.Exit(FAILED)


def configured(settings: Settings) -> Sequence[Finding]:
    """What the settings say, without any secret."""
    return [
        Finding("DATABASE_URL", without_secret(settings.database_url) or "embedded PostgreSQL"),
        Finding("REDIS_URL", without_secret(settings.redis_url) or "embedded Valkey"),
        Finding("WORKGRAPH_MASTER_KEY", "set" if settings.master_key else f"in {settings.data_dir / 'master.key'}"),
        *(
            Finding(variable(name), str(value))
            for name, value in settings.model_dump(mode="json", exclude=SECRETS).items()
            if value is not None
        ),
    ]


async def examined(settings: Settings) -> Sequence[Finding]:
    """Whether the servers can be used, and are what is needed."""
    embedded = settings.embedded_postgres or settings.embedded_valkey
    if embedded and not (settings.data_dir / "servers").exists():
        return [Finding("Embedded servers", "not made yet; the first `workgraph serve` makes them")]
    try:
        async with servers(settings) as addresses:
            return [*await _database_findings(addresses.database_url), *await _bus_findings(addresses.redis_url)]
    except (EmbeddedServersFailed, Unreachable) as refusal:
        return [Finding("Servers", line.strip(), good=False) for line in str(refusal).splitlines()]


async def _database_findings(url: str) -> Sequence[Finding]:
    facts = await reach_database(url)
    locks = f"{facts.locks_per_transaction} (max_locks_per_transaction; {NEEDED_LOCKS} or more is needed)"
    return [
        Finding("Database", f"reached in {facts.seconds * 1000:.0f} ms", good=True),
        Finding("PostgreSQL", f"{facts.version} (18 or newer is needed)", good=facts.new_enough),
        Finding("Locks", locks, good=facts.locks_per_transaction >= NEEDED_LOCKS),
    ]


async def _bus_findings(url: str) -> Sequence[Finding]:
    facts = await reach_bus(url)
    return [Finding("Bus", f"{facts.version}, reached in {facts.seconds * 1000:.0f} ms", good=True)]


def _check_schema(text: str) -> None:
    if not SCHEMA_FILE.exists() or SCHEMA_FILE.read_text("utf-8") != text:
        say("schema.graphql is not what the code says. Write it with: workgraph schema --write")
        raise typer.Exit(FAILED)


if __name__ == "__main__":
    main()
