"""`workgraph migrate`, and how each other command sees to the revisions of the database."""

from typing import Annotated

import typer

from cli.options import DataDir
from cli.running import run, say
from cli.servers import servers
from db.drift import drift
from db.encryption import MasterKey
from db.migrate import Progress, expect_head, migrate, migration_lock, owner_engine
from db.migrations.trees import Tree, catalog_tree, tenant_tree
from db.queue import install_queue
from db.revisions import new_revision
from db.scratch import scratch_database
from settings import Settings, further_master_keys, load_settings, master_key


class NotMigrated(Exception):
    """A schema could not be brought to the newest revision."""


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


async def _migrate(settings: Settings) -> None:
    async with servers(settings) as addresses:
        await bring_to_head(settings, addresses.database_url)
    say("Every schema is at the newest revision.")


async def _check_migrations(prefix: str) -> None:
    async with scratch_database(prefix) as database_url:
        lines = await drift(database_url, prefix=prefix)
    if lines:
        raise NotMigrated("\n".join(["The revisions do not lead to what the models say:", *lines]))


async def _write_migration(prefix: str, title: str, tree: Tree) -> None:
    async with scratch_database(prefix) as database_url:
        path = await new_revision(database_url, title, tree=tree, prefix=prefix)
    typer.echo(f"Wrote {path}. Read it before it is committed.")


def key_of(settings: Settings) -> MasterKey:
    """Return the master key, and beside it those that are accepted while it is changed."""
    return MasterKey(master_key(settings), *further_master_keys(settings))


async def bring_to_head(settings: Settings, database_url: str) -> None:
    """Migrate what is behind, line by line; refuses to go on when something stays behind."""
    key = key_of(settings)
    report = await migrate(
        database_url, prefix=settings.role_prefix, master_key=key, report=_say_progress, waits=_say_waiting
    )
    if report.rewrapped:
        say(f"Wrapped {report.rewrapped} keys of companies under the master key {key.key_id}.")
    await _prepare_queue(database_url, settings.role_prefix)
    if not report.complete:
        behind = [f"    {schema}: {error}" for schema, error in report.stragglers.items()]
        raise NotMigrated(
            "\n".join(["These schemas could not be migrated:", *behind, "Run `workgraph migrate` again."])
        )


async def _prepare_queue(database_url: str, prefix: str) -> None:
    engine = owner_engine(database_url)
    try:
        async with migration_lock(engine, waits=_say_waiting), engine.begin() as connection:
            await install_queue(connection, prefix)
    finally:
        await engine.dispose()


async def expect_ready(settings: Settings, database_url: str) -> None:
    """Refuse a database that is behind or was set up with other settings; change nothing."""
    await expect_head(database_url, prefix=settings.role_prefix, master_key=key_of(settings))


def _say_waiting() -> None:
    say("Waiting for another migration ...")


def _say_progress(progress: Progress) -> None:
    outcome = f"failed: {progress.error}" if progress.error else f"{progress.seconds:.1f} s"
    say(f"Migrating {progress.schema} ({progress.number} of {progress.of}) ... {outcome}")
