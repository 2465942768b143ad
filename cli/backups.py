"""`workgraph backup` and `workgraph restore`: the embedded database, the uploaded files and the keys, in one file."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from cli.options import DataDir
from cli.running import run, say
from db.embedded import running_or_embedded_servers
from db.embedded.backup import Wanted, back_up
from db.embedded.extract import Expected
from db.embedded.restore import restore
from db.encryption import MasterKey
from settings import Settings, load_settings, master_key


class NotHere(Exception):
    """What is asked for cannot be done with this installation; the text says what to do instead."""


def backup_command(
    file: Annotated[Path, typer.Argument(help="File to write, such as workgraph.tar.gz.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,  # noqa: FBT002 - an option of the command line
    data_dir: DataDir = None,
) -> None:
    """Write the database, the uploaded files and the keys into one file, while the server runs or while it does not.

    Whoever has that file can read everything. For a database of your own (DATABASE_URL), use its server's tools.
    """
    run(_back_up(load_settings(data_dir=data_dir), file, force=force))


def restore_command(
    file: Annotated[Path, typer.Argument(help="File that `workgraph backup` wrote.", show_default=False)],
    data_dir: DataDir = None,
) -> None:
    """Make a new data folder from a backup, prove that its database starts, and only then give it its name.

    A folder that holds anything is refused. Restore only what you have made yourself: a database can hold programs.
    """
    run(_restore(load_settings(data_dir=data_dir), file))


async def _back_up(settings: Settings, file: Path, *, force: bool) -> None:
    _expect_embedded(settings)
    if not (settings.data_dir / "servers").exists():
        raise NotHere(f"There is nothing to back up: {settings.data_dir} holds no database. Name it with --data-dir.")
    key, place = MasterKey(master_key(settings)), settings.data_dir
    async with running_or_embedded_servers(
        place, role_prefix=settings.role_prefix, valkey=False, progress=say
    ) as servers:
        wanted = Wanted(place, servers, settings.role_prefix, key, holds_key=settings.master_key is None)
        taken = await back_up(wanted, file, replace=force, progress=say)
    typer.echo(f"Wrote {file}: {taken.size / 1e6:.1f} MB, {_counted(taken.tenants, taken.files)}.")
    say(_warning(settings))
    if settings.s3_bucket is not None:
        say(f"Uploaded files are in the bucket {settings.s3_bucket}, which it does not hold: copy that after it.")


def _expect_embedded(settings: Settings) -> None:
    if not settings.embedded_postgres:
        raise NotHere(
            "DATABASE_URL names a server of your own. Back it up, and restore it, with that server's tools, such as "
            "pg_basebackup or pg_dump. Keep with each backup the WORKGRAPH_MASTER_KEY, without which nothing that is "
            f"encrypted can be read, and a copy of the files ({_files(settings)}) that was made after it."
        )


def _files(settings: Settings) -> str:
    return f"the bucket {settings.s3_bucket}" if settings.s3_bucket else str(settings.data_dir / "files")


def _warning(settings: Settings) -> str:
    if settings.master_key is None:
        return (
            "IT HOLDS THE MASTER KEY AND EVERY PASSWORD: whoever has this file can read and sign everything. "
            "Only you may read it (mode 0600); keep it so wherever you copy it, or encrypt it."
        )
    return (
        "It holds the database's passwords, and not the WORKGRAPH_MASTER_KEY: keep that elsewhere, for without it this "
        "file cannot be restored. Only you may read it (mode 0600); keep it so wherever you copy it."
    )


async def _restore(settings: Settings, file: Path) -> None:
    _expect_embedded(settings)
    key = MasterKey(master_key(settings)) if settings.master_key is not None else None
    restored = await restore(file, settings.data_dir, Expected(settings.role_prefix, key), say)
    typer.echo(
        f"Restored {settings.data_dir}, as it was at {restored.made_at}: "
        f"{_counted(restored.tenants, restored.files)}."
        + (" It is migrated at the first start." if restored.behind else "")
    )
    typer.echo(f"Serve it with: workgraph serve --data-dir {shlex.quote(str(settings.data_dir))}")


def _counted(tenants: int, files: int) -> str:
    return f"{tenants} {'company' if tenants == 1 else 'companies'}, {files} {'file' if files == 1 else 'files'}"
