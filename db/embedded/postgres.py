"""The embedded PostgreSQL: makes its data, runs it, and does once what a database administrator would do.

A data folder is made under another name and renamed when complete, so that one which was cut short is never mistaken
for a whole one and can be thrown away. From then on it is as safe as PostgreSQL makes it: fsync is on.
"""

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from db.embedded.binaries import Binaries
from db.embedded.failures import MEMORY_IN_USE, PORT_TAKEN, EmbeddedServersFailed, OtherVersionsData, ServerDidNotStart
from db.embedded.folder import Credentials, DataFolder
from db.embedded.keeper import Command, Keeper, Progress, run
from db.embedded.ports import LOOPBACK, free_port
from db.embedded.residents import evict
from db.identifiers import literal, quoted
from db.session import async_url

NAME = "PostgreSQL"
DATABASE = "workgraph"
SUPERUSER = "postgres"
LONGEST_SOCKET_FOLDER = 80
LINES_OF_PID_FILE = 8
NOT_AUTHENTICATED = "28P01"
STEP = 0.02
WHOSE = "select pg_get_userbyid(datdba) from pg_database where datname = :name"
TRIES = 40

SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    # Cloning or dropping a tenant's schema of hundreds of tables in one transaction locks each of them.
    "max_locks_per_transaction": "256",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
}


class Postgres:
    """The PostgreSQL of one data folder."""

    def __init__(self, folder: DataFolder, binaries: Binaries, progress: Progress) -> None:
        self._folder = folder
        self._binaries = binaries
        self._progress = progress
        self._data = folder.servers / "postgres"
        self._passwords: Credentials = folder.credentials()
        self._port = 0
        self._keeper: Keeper | None = None

    async def start(self, owner: str) -> None:
        """Make the data if there is none, start the server, and see that owner and database are there."""
        if not self._data.exists():
            await asyncio.to_thread(self._make_data)
        _check_version(self._data, self._binaries)
        await evict(self._data / "postmaster.pid", self._data)
        await self._start_server()
        await self._prepare(owner)

    def stop(self) -> None:
        """End every connection and the server; what was committed is on disk."""
        if self._keeper is not None:
            self._keeper.stop()

    def url(self, user: str, password: str, database: str) -> str:
        """The address of a database for a user. It is on this machine, so no key is looked for in anybody's home."""
        return f"postgresql://{user}:{password}@{LOOPBACK}:{self._port}/{database}?sslmode=disable"

    @property
    def superuser_url(self) -> str:
        """The address of the administrator's own database."""
        return self.url(SUPERUSER, self._passwords.superuser, "postgres")

    def owner_url(self, owner: str) -> str:
        """The address of our database for the role that owns everything in it."""
        return self.url(owner, self._passwords.owner, DATABASE)

    def _make_data(self) -> None:
        self._progress("Making the database (only at the first start) ...")
        draft = self._folder.servers / "postgres.unfinished"
        self._folder.discard(draft)
        self._initialise(draft)
        draft.rename(self._data)

    def _initialise(self, draft: Path) -> None:
        password = self._folder.place("run") / "superuser.password"
        self._folder.write_for_server(password, self._passwords.superuser)
        log = self._folder.log("initdb")
        command = Command("initdb", self._initdb(draft, password), self._folder.account, log)
        status, written = run(command)
        password.unlink()
        if status != 0:
            raise ServerDidNotStart(f"{NAME} has no data yet, and making it failed: it", written, log)

    def _initdb(self, draft: Path, password: Path) -> list[str]:
        folder = [str(self._binaries.initdb), "-D", str(draft), "-U", SUPERUSER, f"--pwfile={password}"]
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return [*folder, *locale, "-A", "scram-sha-256", "--no-sync", "--no-instructions"]

    async def _start_server(self) -> None:
        """Start, and again with another port if ours was taken meanwhile, or while a dead server's memory is freed."""
        for attempt in range(TRIES):
            try:
                return await self._start_once()
            except ServerDidNotStart as failure:
                passing = PORT_TAKEN in failure.written or MEMORY_IN_USE in failure.written
                if not passing or attempt == TRIES - 1:
                    raise
            await asyncio.sleep(STEP)
        return None

    async def _start_once(self) -> None:
        self._port = free_port()
        log = self._folder.log("postgres")
        command = Command(NAME, self._arguments(), self._folder.account, log, force=signal.SIGQUIT)
        self._keeper = Keeper(command, self._progress)
        self._keeper.start()
        await self._keeper.ready(self._answers)

    async def _answers(self) -> bool:
        """PostgreSQL writes its state on the last line of its pid file; its own pg_ctl waits for it in the same way."""
        try:
            lines = (self._data / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) == LINES_OF_PID_FILE and lines[-1].strip() == "ready"

    def _arguments(self) -> list[str]:
        sockets = self._folder.place("run")
        fits = len(bytes(sockets)) <= LONGEST_SOCKET_FOLDER
        places: Mapping[str, str] = {
            "port": str(self._port),
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": quoted_folder(sockets) if fits else "",
        }
        options = [f"--{name}={value}" for name, value in {**SETTINGS, **places}.items()]
        return [str(self._binaries.postgres), "-D", str(self._data), *options]

    async def _prepare(self, owner: str) -> None:
        """See that the owner and the database are there; what is there already is left as it is."""
        engine = create_async_engine(async_url(self.superuser_url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await self._see_to(connection, owner)
        except DBAPIError as error:
            raise self._refused(error) from error

    async def _see_to(self, connection: AsyncConnection, owner: str) -> None:
        found = await connection.scalar(text(WHOSE), {"name": DATABASE})
        if found not in {None, owner}:
            raise EmbeddedServersFailed(
                f"The database in {self._data} belongs to the role {found}, not to {owner}. "
                "Set WORKGRAPH_ROLE_PREFIX to what it was when the database was made."
            )
        await _make_owner(connection, owner, self._passwords.owner)
        if found is None:
            await connection.exec_driver_sql(f"create database {DATABASE} owner {quoted(owner)}")

    def _refused(self, error: DBAPIError) -> EmbeddedServersFailed:
        if getattr(error.orig, "sqlstate", None) == NOT_AUTHENTICATED:
            return self._folder.has_other_passwords()
        return EmbeddedServersFailed(f"{NAME} runs, but refused to make the database: {error.orig}")


def quoted_folder(path: Path) -> str:
    """Write a folder into a list of folders, where a comma would end it."""
    return '"' + str(path).replace('"', '""') + '"'


async def _make_owner(connection: AsyncConnection, owner: str, password: str) -> None:
    roles = await connection.scalars(text("select rolname from pg_roles"))
    verb = "alter" if owner in set(roles) else "create"
    await connection.exec_driver_sql(
        f"{verb} role {quoted(owner)} login createrole nosuperuser password {literal(password)}"
    )


def _check_version(data: Path, binaries: Binaries) -> None:
    """Refuse data of another major version before the server does, in words that help."""
    found = (data / "PG_VERSION").read_text("ascii").strip()
    if found != binaries.major:
        raise OtherVersionsData(data, found, binaries.major)
