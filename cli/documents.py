"""`workgraph documents`: what a client's tools have written is checked, published, listed, shown and retired."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from app import Parts
from cli.manifests import read_manifest
from cli.options import DataDir, Slug
from cli.releases import (
    NothingThere,
    Release,
    asking_for,
    publish,
    retire,
    wrong_with,
)
from cli.running import FAILED, run, say
from cli.wiring import application
from db.catalog import find_tenant, set_registered_only
from db.models.clients import ClientKind
from resolvers.clients.kept import look_document
from resolvers.clients.standing import documents_of, standings
from resolvers.context import Asking, Looking
from resolvers.paths import Address
from settings import Settings, load_settings

ClientName = Annotated[str, typer.Argument(help="Name of the client.", show_default=False)]
VersionName = Annotated[str, typer.Argument(help="Name of the version, as 1.4.0.", show_default=False)]
Manifest = Annotated[
    Path,
    typer.Argument(
        help="Apollo's persisted query manifest, Relay's or graphql-codegen's persisted documents, or a folder of "
        ".graphql files.",
        exists=True,
        show_default=False,
    ),
]
NewKind = Annotated[ClientKind | None, typer.Option("--new", help="Make the client, of this kind, if it is not there.")]


def publish_documents(
    slug: Slug,
    client: ClientName,
    version: VersionName,
    manifest: Manifest,
    draft: Annotated[bool, typer.Option("--draft", help="Leave the version as it is; do not activate it.")] = False,  # noqa: FBT002 - an option of the command line
    new: NewKind = None,
    data_dir: DataDir = None,
) -> None:
    """Register the documents of a manifest for a version of a client, all or none, and let them be run."""
    release = Release(client, version, read_manifest(manifest), new, activate=not draft)
    run(_publish(load_settings(data_dir=data_dir), slug, release))


def check_documents(
    slug: Slug,
    client: ClientName,
    version: VersionName,
    manifest: Manifest,
    new: NewKind = None,
    data_dir: DataDir = None,
) -> None:
    """Say which documents of a manifest would be refused, and why; nothing is written."""
    release = Release(client, version, read_manifest(manifest), new)
    run(_check(load_settings(data_dir=data_dir), slug, release))


def list_documents(
    slug: Slug,
    client: Annotated[str, typer.Option(help="List the documents of this client.")] = "",
    data_dir: DataDir = None,
) -> None:
    """List a company's clients, their versions, and how many documents each has; or the documents of one client."""
    settings = load_settings(data_dir=data_dir)
    run(_list_of(settings, slug, client) if client else _list(settings, slug))


def show_document(
    slug: Slug,
    document: Annotated[str, typer.Argument(help="Its id: sha256: and the hash, or the client's own.")],
    client: Annotated[str, typer.Option(help="Whose document it is, where several have one of this id.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Show a document that may be run."""
    run(_show(load_settings(data_dir=data_dir), slug, document, client))


def retire_version(slug: Slug, client: ClientName, version: VersionName, data_dir: DataDir = None) -> None:
    """Let the documents of a version be run no more."""
    run(_retire(load_settings(data_dir=data_dir), slug, client, version))


def lock_company(
    slug: Slug,
    open_: Annotated[bool, typer.Option("--open", help="Let other documents be run again.")] = False,  # noqa: FBT002 - an option of the command line
    data_dir: DataDir = None,
) -> None:
    """Let a company run registered documents only, whoever asks."""
    run(_lock(load_settings(data_dir=data_dir), slug, only=not open_))


@asynccontextmanager
async def _company(settings: Settings, slug: str) -> AsyncGenerator[tuple[Parts, Asking]]:
    """What the application is made of, and the system asking for a company."""
    async with application(settings) as (wiring, parts):
        yield parts, await asking_for(wiring, parts, slug)


async def _publish(settings: Settings, slug: str, release: Release) -> None:
    async with _company(settings, slug) as (parts, asking):
        version = await publish(parts.database, asking, release)
    typer.echo(
        f"{release.client} {version.name} is {version.status.value}; {len(release.entries)} documents are registered."
    )


async def _check(settings: Settings, slug: str, release: Release) -> None:
    async with _company(settings, slug) as (parts, asking):
        wrong = await wrong_with(parts.database, asking, release)
    for line in wrong:
        typer.echo(line)
    if wrong:
        raise typer.Exit(FAILED)
    say(f"All {len(release.entries)} documents would be registered.")


async def _list(settings: Settings, slug: str) -> None:
    async with _company(settings, slug) as (parts, asking), parts.database.reading(asking.tenant.placement) as session:
        found = await standings(Looking(asking, session))
    for each in found:
        kind = f"{each.client.kind.value}{', locked' if each.client.locked else ''}"
        version = f"{each.version.name:20}{each.version.status.value:10}" if each.version else ""
        typer.echo(f"{each.client.name:30}{kind:20}{version:30}{each.documents:>6}")
        for address in each.addresses:
            typer.echo(f"  {address}")


async def _list_of(settings: Settings, slug: str, client: str) -> None:
    async with _company(settings, slug) as (parts, asking), parts.database.reading(asking.tenant.placement) as session:
        found = await documents_of(Looking(asking, session), client)
    if found is None:
        raise NothingThere(f"{slug} has no client {client}.")
    for version, documents in found:
        typer.echo(f"{version.name} is {version.status.value}")
        for each in documents:
            price = f"{each.price:>9,}" if each.price else " " * 9
            address = f"  {Address(each.rest_method, each.rest_path)}" if each.rest_method and each.rest_path else ""
            typer.echo(f"  {each.operation_kind.value:13}{price}  {each.document_id}{address}")


async def _show(settings: Settings, slug: str, document: str, client: str) -> None:
    async with _company(settings, slug) as (parts, asking):
        found = await look_document(parts.database, asking.tenant.placement, document, client)
    if found is None:
        raise NothingThere(f"No document that may be run is called {document}, or several are: name the --client.")
    facts = {
        "Id": found.document_id,
        "Hash": f"sha256:{found.hash}",
        "Client": f"{found.client} {found.version}",
        "Operation": f"{found.kind.value} {found.operation_name or '(no name)'}",
        "Price": f"at most {found.price:,} points" if found.price else "not known",
        **({"REST": f"{found.address} below /rest/~{found.client}"} if found.address else {}),
    }
    for fact, value in facts.items():
        typer.echo(f"{fact:12}{value}")
    typer.echo(f"\n{found.text}")


async def _retire(settings: Settings, slug: str, client: str, version: str) -> None:
    async with _company(settings, slug) as (parts, asking):
        await retire(parts.database, asking, client, version)
    typer.echo(f"{client} {version} is retired.")


async def _lock(settings: Settings, slug: str, *, only: bool) -> None:
    async with application(settings) as (_, parts), parts.catalog.begin() as connection:
        tenant = await find_tenant(connection, slug=slug)
        await set_registered_only(connection, tenant.id, only=only)
    typer.echo(f"{slug} runs {'registered documents only' if only else 'whatever it is sent'}.")
