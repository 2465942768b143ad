"""`workgraph schema`: the GraphQL schema is printed, kept in its file, held against the released one, and released."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import orjson
import typer

from app import Parts, now
from cli.manifests import documents_at
from cli.options import DataDir
from cli.running import FAILED, run, say
from cli.wiring import application
from db.catalog import list_tenants
from db.catalog.usage import Used, usage
from db.embedded import EmbeddedServersFailed
from db.migrate import MigrationRefused
from db.reach import Unreachable
from resolvers.clients.running import running
from schema.evolution.comparing import Comparison, compared, with_usage
from schema.evolution.documents import Document
from schema.evolution.released import NotReleased, Released, read_released
from schema.evolution.reporting import as_json, as_lines, used_as_json, used_line
from schema.root import make_schema, printed
from settings import Settings, load_settings

ROOT: Final = Path(__file__).parents[1]
SCHEMA_FILE: Final = ROOT / "schema.graphql"
RELEASED_FILE: Final = ROOT / "schema.released.graphql"
PROJECT_FILE: Final = ROOT / "pyproject.toml"
Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


def schema_command(
    context: typer.Context,
    write: Annotated[bool, typer.Option("--write", help="Write it to schema.graphql.")] = False,  # noqa: FBT002 - an option of the command line
    check: Annotated[bool, typer.Option("--check", help="Fail if schema.graphql is not what the code says.")] = False,  # noqa: FBT002 - an option of the command line
) -> None:
    """Print the GraphQL schema, which is committed as schema.graphql; or compare it with the one that was released."""
    if context.invoked_subcommand:
        return
    text = printed(make_schema())
    if write:
        SCHEMA_FILE.write_text(text, "utf-8")
    elif check:
        _check_schema(text)
    else:
        typer.echo(text, nl=False)


def _check_schema(text: str) -> None:
    if not SCHEMA_FILE.exists() or SCHEMA_FILE.read_text("utf-8") != text:
        say("schema.graphql is not what the code says. Write it with: workgraph schema --write")
        raise typer.Exit(FAILED)


def check_command(
    documents: Annotated[
        list[str] | None,
        typer.Option(help="A manifest or a folder of .graphql files, as PATH or CLIENT@VERSION=PATH; may be repeated."),
    ] = None,
    no_usage: Annotated[bool, typer.Option("--no-usage", help="Do not look up who uses what breaks.")] = False,  # noqa: FBT002 - an option of the command line
    as_object: Json = False,  # noqa: FBT002 - an option of the command line
    data_dir: DataDir = None,
) -> None:
    """Compare the schema with the released one: what is safe, dangerous, breaking, and whom it breaks.

    Fails where something breaks that was not deprecated until a day that has passed.
    """
    given = [each for path in documents or () for each in documents_at(path)]
    released, text, today = _released(), printed(make_schema()), now().date()
    comparison = compared(released, text, today, given)
    if not no_usage and comparison.wanted():
        known = Known()
        run(_look_up(load_settings(data_dir=data_dir), known))
        comparison = with_usage(compared(released, text, today, [*given, *known.documents]), known.used)
    _tell(comparison, as_object=as_object)
    if comparison.breaks:
        raise typer.Exit(FAILED)


def release_command(
    breaking: Annotated[bool, typer.Option("--breaking", help="Release it although it breaks.")] = False,  # noqa: FBT002 - an option of the command line
) -> None:
    """Write schema.released.graphql: from now on the schema is compared with what it is today."""
    made = Released(_version(), now().date(), printed(make_schema()))
    if RELEASED_FILE.exists():
        before = _released()
        if before.version == made.version and before.text != made.text:
            raise NotReleased(f"{made.version} is released already. Raise the version in pyproject.toml first.")
        comparison = compared(before, made.text, made.day)
        if comparison.breaks and not breaking:
            _tell(comparison, as_object=False)
            raise NotReleased("This breaks. Deprecate first, or release it with --breaking.")
    RELEASED_FILE.write_text(made.file, "utf-8")
    say(f"Released with version {made.version}.")


def usage_command(
    coordinate: Annotated[
        str | None,
        typer.Argument(help="Such as Flow, Flow.name, Query.flows(first:) or FlowStatus.DRAFT; all if none."),
    ] = None,
    as_object: Json = False,  # noqa: FBT002 - an option of the command line
    data_dir: DataDir = None,
) -> None:
    """Show what of the schema is used, by which client, about how often, and when last."""
    run(_show_usage(load_settings(data_dir=data_dir), coordinate, as_object=as_object))


async def _show_usage(settings: Settings, coordinate: str | None, *, as_object: bool) -> None:
    async with application(settings) as (_, parts):
        used = await _used(parts)
    found = [each for each in used if coordinate is None or _is_within(each.coordinate, coordinate)]
    if as_object:
        typer.echo(orjson.dumps([used_as_json(each) for each in found], option=orjson.OPT_INDENT_2).decode())
    elif not found:
        typer.echo(f"Nobody was seen to use {coordinate or 'anything'}.")
    for each in () if as_object else found:
        typer.echo(used_line(each))


def _is_within(used: str, coordinate: str) -> bool:
    """Tell whether something is what was asked for, or stands in it: a field in its type, an argument in its field."""
    return used == coordinate or used.startswith((f"{coordinate}.", f"{coordinate}("))


@dataclass
class Known:
    """What an installation knows of its clients: what they were seen to use, and the documents that they may run."""

    used: Sequence[Used] = ()
    documents: Sequence[Document] = ()


async def _look_up(settings: Settings, known: Known) -> None:
    """Look up who uses what; a check is one also where there is no database."""
    embedded = settings.embedded_postgres or settings.embedded_valkey
    if embedded and not (settings.data_dir / "servers").exists():
        say("Who uses what is not known here: there is no database.")
        return
    try:
        async with application(settings) as (_, parts):
            known.used, known.documents = await _used(parts), await _registered(parts)
    except (EmbeddedServersFailed, MigrationRefused, Unreachable) as refusal:
        say(f"Who uses what is not known: {refusal}")


async def _used(parts: Parts) -> Sequence[Used]:
    """Return what is used, with what was counted and is not written down yet."""
    await parts.folding.fold()
    async with parts.catalog.connect() as connection:
        return await usage(connection)


async def _registered(parts: Parts) -> Sequence[Document]:
    """Return the documents that may be run, of every company: `acme/portal` is the client `portal` of `acme`."""
    async with parts.catalog.connect() as connection:
        tenants = await list_tenants(connection)
    return [
        Document(f"{tenant.slug}/{each.client}", each.version, each.document_id, each.text)
        for tenant in tenants
        for each in await running(parts.database, tenant.placement)
    ]


def _tell(comparison: Comparison, *, as_object: bool) -> None:
    if as_object:
        typer.echo(orjson.dumps(as_json(comparison), option=orjson.OPT_INDENT_2).decode())
    else:
        typer.echo("\n".join(as_lines(comparison)))


def _released() -> Released:
    if not RELEASED_FILE.exists():
        raise NotReleased("There is no schema.released.graphql. Write it with: workgraph schema release")
    return read_released(RELEASED_FILE.read_text("utf-8"))


def _version() -> str:
    """Return the version that is being made."""
    if not PROJECT_FILE.exists():
        raise NotReleased("A schema is released from the repository, where pyproject.toml says the version.")
    return str(tomllib.loads(PROJECT_FILE.read_text("utf-8"))["project"]["version"])
