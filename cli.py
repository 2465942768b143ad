"""The command line: reads the settings, finds or starts the servers, and hands plain values to what does the work.

Every refusal that a user can do something about ends here as one message and exit status 1; a traceback is a bug.
"""

import asyncio
import errno
import secrets
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer
import uvicorn
import uvloop
from starlette.types import ASGIApp

from app import Parts, Wiring, configure_logs, connected, make_app, now
from db.catalog import CatalogRefused, Isolation, Plan, TenantSpec, find_tenant, hostnames_of, list_tenants
from db.catalog.choices import JobKind
from db.catalog.jobs import find_job
from db.clone import SchemaTaken
from db.doctor import Finding, examine
from db.drift import drift
from db.embedded import EmbeddedServersFailed, embedded_servers, running_or_embedded_servers
from db.encryption import CannotDecrypt, MasterKey
from db.migrate import MigrationRefused, Progress, expect_head, migrate, migration_lock, owner_engine
from db.migrations.trees import Tree, catalog_tree, tenant_tree
from db.provisioning import ProvisioningRefused, silent
from db.queue import install_queue
from db.reach import Unreachable, reach_both
from db.revisions import NothingToWrite, new_revision
from db.roles import DatabaseRole, RolesRefused, url_as
from db.scratch import scratch_database
from demo.company import EMAIL, SLUG, make_demo_company
from resolvers.addresses import address_of
from resolvers.jobs import Work, run_worker
from resolvers.refusals import Refused
from resolvers.registration import NewCompany
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
FAILED: Final = 1
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

tenants = typer.Typer(help="The companies of this installation: list, show, create, resume.", no_args_is_help=True)
cli.add_typer(tenants, name="tenant")

Slug = Annotated[str, typer.Argument(help="Short name of the company, as in its address.", show_default=False)]
DataDir = Annotated[
    Path | None, typer.Option(help="Folder for the embedded servers, the keys and files; made if it is not there.")
]


class CannotListen(Exception):
    """The address cannot be listened on."""


class NotMigrated(Exception):
    """A schema could not be brought to the newest revision."""


REFUSALS: Final = (
    CannotListen,
    CatalogRefused,
    EmbeddedServersFailed,
    MigrationRefused,
    NothingToWrite,
    NotMigrated,
    ProvisioningRefused,
    Refused,
    RolesRefused,
    SchemaTaken,
    SettingsRefused,
    Unreachable,
)
"""What a user can do something about."""


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
def migrate_command(
    check: Annotated[bool, typer.Option("--check", help="Fail if the revisions do not lead to the models.")] = False,  # noqa: FBT002 - an option of the command line
    new: Annotated[str | None, typer.Option(help="Write a revision with this title, from what the models say.")] = None,
    catalog: Annotated[bool, typer.Option("--catalog", help="With --new: for the catalog's own tables.")] = False,  # noqa: FBT002 - an option of the command line
    data_dir: DataDir = None,
) -> None:
    """Bring every schema of the database to this version: the catalog, the template, the pool, and each tenant's own.

    Can be interrupted and run again; `serve` does the same at its start. --check and --new are for who changes the
    models; they use a database of their own.
    """
    settings = load_settings(data_dir=data_dir)
    if check:
        run(_check_migrations(settings.role_prefix))
    elif new:
        run(_write_migration(settings.role_prefix, new, catalog_tree() if catalog else tenant_tree()))
    else:
        run(_migrate(settings))


@cli.command()
def worker(data_dir: DataDir = None) -> None:
    """Do background jobs, for a `serve` that was told not to (--no-worker) or has more of them than it can do."""
    run(_work(load_settings(data_dir=data_dir)))


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


@tenants.command("list")
def list_command(data_dir: DataDir = None) -> None:
    """List the companies, by slug."""
    run(_list(load_settings(data_dir=data_dir)))


@tenants.command("show")
def show_command(slug: Slug, data_dir: DataDir = None) -> None:
    """Show a company: where it is, its modules, its hostnames, and how far it is set up."""
    run(_show(load_settings(data_dir=data_dir), slug))


@tenants.command("create")
def create_command(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    slug: Slug,
    name: Annotated[str, typer.Option(help="Name of the company.")],
    email: Annotated[str, typer.Option(help="Address of its first user, who owns it.")],
    first_name: Annotated[str, typer.Option(help="First name of that user.")] = "Company",
    last_name: Annotated[str, typer.Option(help="Last name of that user.")] = "Owner",
    plan: Annotated[Plan, typer.Option(help="What it has bought.")] = Plan.STARTER,
    isolation: Annotated[
        Isolation, typer.Option(help="Where its rows are: in the shared schema, or in a schema of its own.")
    ] = Isolation.LOGICAL,
    hostname: Annotated[list[str] | None, typer.Option(help="A hostname that leads to it; may be repeated.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Write demo data.")] = False,  # noqa: FBT002 - an option of the command line
    data_dir: DataDir = None,
) -> None:
    """Make a company, and print its first user's password, which is told only now.

    What is cut short is gone on with by `workgraph tenant resume`.
    """
    owner = NewCompany(name, slug, email, secrets.token_urlsafe(12), first_name, last_name)
    spec = TenantSpec(slug, name, plan, isolation, tuple(hostname or ()), demo_data=demo)
    run(_create(load_settings(data_dir=data_dir), owner, spec))


@tenants.command("resume")
def resume_command(slug: Slug, data_dir: DataDir = None) -> None:
    """Go on with a company whose making was cut short, from the step that was not done."""
    run(_resume(load_settings(data_dir=data_dir), slug))


def main() -> None:
    """Run the command that was asked for."""
    try:
        cli(prog_name="workgraph")
    except REFUSALS as refusal:
        say(f"workgraph: {refusal}")
        sys.exit(FAILED)
    except CannotDecrypt:
        say("workgraph: What is encrypted cannot be read: WORKGRAPH_MASTER_KEY is not the key that it was sealed with.")
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
        settings = settings.model_copy(update={"port": sock.getsockname()[1]})
        async with application(settings, serves=True) as (wiring, parts):
            demo = shows_demo(settings) and await make_demo_company(parts.registration, demo_password(settings))
            stop = asyncio.Event()
            answering = answer(make_app(wiring, parts), sock, stop, lambda: say(welcome(settings, demo=demo)))
            working = [run_worker(work_of(wiring, parts), stop)] if settings.worker else []
            await together(stop, answering, *working)


async def _work(settings: Settings) -> None:
    async with application(settings) as (wiring, parts):
        stop = asyncio.Event()
        say("Doing background jobs. Ctrl-C stops; what is not done then is done later.")
        await together(stop, run_worker(work_of(wiring, parts), stop))


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
    return Work(url, parts.database, parts.catalog, parts.registration.resume, now)


@asynccontextmanager
async def application(
    settings: Settings, *, serves: bool = False, report: Callable[[str], None] = silent
) -> AsyncGenerator[tuple[Wiring, Parts]]:
    """What the application is made of, over a database at the newest revision; only who serves brings it there."""
    configure_logs(settings.log_level)
    async with servers(settings, alone=serves) as addresses:
        await (bring_to_head if serves else expect_ready)(settings, addresses.database_url)
        wiring = replace(wired(settings, addresses), report=report)
        async with connected(wiring) as parts:
            yield wiring, parts


def shows_demo(settings: Settings) -> bool:
    """Whether there is to be a demo company; never beside real ones in production."""
    return settings.demo and settings.environment is Environment.DEVELOPMENT


def demo_password(settings: Settings) -> str:
    """The demo owner's password: the same at every start, and another for every installation."""
    return f"demo-{MasterKey(master_key(settings)).derive('demo password').hex()[:12]}"


async def _list(settings: Settings) -> None:
    async with application(settings) as (_, parts), parts.catalog.connect() as connection:
        for tenant in await list_tenants(connection):
            typer.echo(
                f"{tenant.slug:24}{tenant.status:14}{tenant.plan:14}{tenant.isolation:10}"
                f"{tenant.placement.schema:24}{tenant.name}"
            )


async def _show(settings: Settings, slug: str) -> None:
    async with application(settings) as (_, parts), parts.catalog.connect() as connection:
        tenant = await find_tenant(connection, slug=slug)
        hostnames = await hostnames_of(connection, tenant.id)
        job = await find_job(connection, tenant.id, JobKind.CREATE)
    facts = {
        "Slug": tenant.slug,
        "Name": tenant.name,
        "Id": str(tenant.id),
        "Status": tenant.status,
        "Plan": tenant.plan,
        "Isolation": f"{tenant.isolation}, in the schema {tenant.placement.schema}",
        "Modules": ", ".join(sorted(tenant.modules)),
        "Hostnames": ", ".join(hostnames) or "none",
        "Steps done": ", ".join(job.steps) if job else "none",
        **({"Failed": f"{job.step}: {job.error}"} if job and job.error else {}),
    }
    for fact, value in facts.items():
        typer.echo(f"{fact:12}{value}")


async def _create(settings: Settings, owner: NewCompany, spec: TenantSpec) -> None:
    async with application(settings, report=_say_step) as (wiring, parts):
        tenant = await parts.registration.make(owner, spec)
        typer.echo(f"Company   {tenant.slug} is {tenant.status}, at {address_of(wiring.public_url, tenant.slug)}")
        typer.echo(f"Sign in   {owner.email} with the password {owner.password}")


async def _resume(settings: Settings, slug: str) -> None:
    async with application(settings, report=_say_step) as (_, parts):
        async with parts.catalog.connect() as connection:
            tenant = await find_tenant(connection, slug=slug)
        tenant = await parts.registration.resume(tenant.id)
        typer.echo(f"{tenant.slug} is {tenant.status}.")


def _say_step(step: str) -> None:
    say(f"  {step} ...")


async def _migrate(settings: Settings) -> None:
    async with servers(settings) as addresses:
        await bring_to_head(settings, addresses.database_url)
    say("Every schema is at the newest revision.")


async def _prepare_queue(database_url: str, prefix: str) -> None:
    engine = owner_engine(database_url)
    try:
        async with migration_lock(engine, waits=_say_waiting), engine.begin() as connection:
            await install_queue(connection, prefix)
    finally:
        await engine.dispose()


async def _check_migrations(prefix: str) -> None:
    async with scratch_database(prefix) as database_url:
        lines = await drift(database_url, prefix=prefix)
    if lines:
        raise NotMigrated("\n".join(["The revisions do not lead to what the models say:", *lines]))


async def _write_migration(prefix: str, title: str, tree: Tree) -> None:
    async with scratch_database(prefix) as database_url:
        path = await new_revision(database_url, title, tree=tree, prefix=prefix)
    typer.echo(f"Wrote {path}. Read it before it is committed.")


async def bring_to_head(settings: Settings, database_url: str) -> None:
    """Migrate what is behind, line by line; refuses to go on when something stays behind."""
    key = MasterKey(master_key(settings))
    report = await migrate(
        database_url, prefix=settings.role_prefix, master_key=key, report=_say_progress, waits=_say_waiting
    )
    await _prepare_queue(database_url, settings.role_prefix)
    if not report.complete:
        behind = [f"    {schema}: {error}" for schema, error in report.stragglers.items()]
        raise NotMigrated(
            "\n".join(["These schemas could not be migrated:", *behind, "Run `workgraph migrate` again."])
        )


async def expect_ready(settings: Settings, database_url: str) -> None:
    """Refuse a database that is behind or was set up with other settings; change nothing."""
    key = MasterKey(master_key(settings))
    await expect_head(database_url, prefix=settings.role_prefix, master_key=key)


def _say_waiting() -> None:
    say("Waiting for another migration ...")


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
        default_slug=settings.default_tenant or (SLUG if shows_demo(settings) else None),
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

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event, tell_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop
        self._tell_ready = tell_ready

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell_ready()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.is_set()


async def answer(app: ASGIApp, sock: socket.socket, stop: asyncio.Event, tell_ready: Callable[[], None]) -> None:
    """Answer requests until told to stop; those under way then have a second to finish."""
    config = uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    await _Server(config, stop, tell_ready).serve([sock])


def welcome(settings: Settings, *, demo: bool) -> str:
    """What to do now that it runs."""
    lines = {
        "GraphiQL": f"{settings.address}/graphql",
        **({"Company": f"{SLUG}, which answers where no other is named"} if demo else {}),
        **({"Sign in": f"{EMAIL} with the password {demo_password(settings)}"} if demo else {}),
        "Data": str(settings.data_dir.absolute()),
        "Stop": "Ctrl-C",
    }
    return "\n".join(["", "Workgraph is ready.", *(f"  {name:10}{value}" for name, value in lines.items()), ""])


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
            return await examine(addresses.database_url, addresses.redis_url)
    except (EmbeddedServersFailed, Unreachable) as refusal:
        return [Finding("Servers", line.strip(), good=False) for line in str(refusal).splitlines()]


def _check_schema(text: str) -> None:
    if not SCHEMA_FILE.exists() or SCHEMA_FILE.read_text("utf-8") != text:
        say("schema.graphql is not what the code says. Write it with: workgraph schema --write")
        raise typer.Exit(FAILED)


if __name__ == "__main__":
    main()
