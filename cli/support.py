"""`workgraph support`: who has a role of the platform, and looks after which company."""

from typing import Annotated

import typer

from app import now
from auth.totp import code_at, step_at
from cli.options import DataDir, Slug
from cli.running import FAILED, run, say
from cli.wiring import application, shows_demo
from db.catalog import (
    NotOfThePlatform,
    PlatformPerson,
    PlatformRole,
    assign_account_manager,
    find_tenant,
    list_platform_people,
    list_tenants,
)
from demo.support import secret_of
from resolvers.support.granting import grant
from resolvers.support.revoking import Revoking
from settings import Settings, load_settings

Email = Annotated[str, typer.Argument(help="Address with which they sign in.", show_default=False)]


def grant_command(
    slug: Slug,
    email: Email,
    role: Annotated[PlatformRole, typer.Option(help="What they do.")] = PlatformRole.SUPPORT_AGENT,
    phone: Annotated[str | None, typer.Option(help="Telephone number for the companies that they look after.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Give a user of a company a role of the platform. The first grant says which company runs the installation.

    The role counts while they have a second factor.
    """
    run(_grant(load_settings(data_dir=data_dir), slug, email, role, phone))


def revoke_command(email: Email, data_dir: DataDir = None) -> None:
    """Take the role of the platform from somebody; within two seconds they act for nobody any more.

    Their sessions end in every company. Where one cannot be reached, run it again: it goes on with those.
    """
    run(_revoke(load_settings(data_dir=data_dir), email))


def people_command(data_dir: DataDir = None) -> None:
    """List who has a role of the platform, and whom they look after."""
    run(_list(load_settings(data_dir=data_dir)))


def assign_command(slug: Slug, email: Email, data_dir: DataDir = None) -> None:
    """Say who looks after a company; whoever did so before acts for nobody there any more, within two seconds."""
    run(_assign(load_settings(data_dir=data_dir), slug, email))


def code_command(data_dir: DataDir = None) -> None:
    """Print the code of the moment of the demo agent's authenticator; each counts once."""
    run(_code(load_settings(data_dir=data_dir)))


async def _grant(settings: Settings, slug: str, email: str, role: PlatformRole, phone: str | None) -> None:
    async with application(settings) as (_, parts):
        async with parts.catalog.connect() as connection:
            tenant = await find_tenant(connection, slug=slug)
        person, counts = await grant(parts.database, parts.catalog, tenant, email, role, phone)
        typer.echo(f"{person.email} is {person.role}.")
        if not counts:
            typer.echo("It counts once they have turned on their second factor.")


async def _revoke(settings: Settings, email: str) -> None:
    async with application(settings) as (wiring, parts):
        done = await Revoking(parts.database, parts.catalog, wiring.master_key, now()).revoke(email)
    typer.echo(f"{done.email} has no role of the platform{' any more' if done.had_role else ''}.")
    if done.ended:
        typer.echo(f"Ended where they acted for somebody: {done.ended}, in {done.companies} of the companies.")
    for slug, why in done.unreached.items():
        say(f"{slug} cannot be reached: {why}")
    if done.unreached:
        say("Nobody acts there any more, and what stands there says so once you have run this again.")
        raise typer.Exit(FAILED)


async def _list(settings: Settings) -> None:
    async with application(settings) as (_, parts), parts.catalog.connect() as connection:
        companies = await list_tenants(connection)
        for person in await list_platform_people(connection):
            mine = [each.slug for each in companies if each.manager and each.manager.user_id == person.user_id]
            typer.echo(f"{person.email:32}{person.role:16}{', '.join(mine)}")


async def _assign(settings: Settings, slug: str, email: str) -> None:
    async with application(settings) as (_, parts), parts.catalog.begin() as connection:
        tenant = await find_tenant(connection, slug=slug)
        person = _named(email, await list_platform_people(connection))
        await assign_account_manager(connection, tenant.id, person.user_id)
        typer.echo(f"{person.email} looks after {tenant.slug}.")


async def _code(settings: Settings) -> None:
    async with application(settings) as (wiring, _):
        if not shows_demo(settings):
            raise NotOfThePlatform("There is no demo company here.")
        typer.echo(code_at(secret_of(wiring.master_key), step_at(now())))


def _named(email: str, people: list[PlatformPerson]) -> PlatformPerson:
    for person in people:
        if person.email == email.strip().lower():
            return person
    raise NotOfThePlatform(f"{email} has no role of the platform.")
