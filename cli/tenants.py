"""`workgraph tenant`: the companies of an installation are listed, shown, made, and gone on with."""

import asyncio
import secrets
from typing import Annotated

import typer

from cli.options import DataDir, Slug
from cli.running import run, say
from cli.wiring import application
from db.catalog import Isolation, Plan, TenantSpec, find_tenant, hostnames_of, list_tenants
from db.catalog.choices import JobKind
from db.catalog.jobs import find_job
from resolvers.addresses import address_of
from resolvers.registration import NewCompany
from resolvers.resealing import KNOWN_AFTER, SETTLED_AFTER, Resealing
from settings import Settings, load_settings


def list_command(data_dir: DataDir = None) -> None:
    """List the companies, by slug."""
    run(_list(load_settings(data_dir=data_dir)))


def show_command(slug: Slug, data_dir: DataDir = None) -> None:
    """Show a company: where it is, its modules, its hostnames, and how far it is set up."""
    run(_show(load_settings(data_dir=data_dir), slug))


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


def resume_command(slug: Slug, data_dir: DataDir = None) -> None:
    """Go on with a company whose making was cut short, from the step that was not done."""
    run(_resume(load_settings(data_dir=data_dir), slug))


def rotate_key_command(
    slug: Slug,
    finish: Annotated[  # noqa: FBT002 - an option of the command line
        bool, typer.Option("--finish", help="Make no new key; go on with one whose rotation was cut short.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Give a company another data key while it is being used, and seal with it what older ones have sealed.

    Older keys stay, as backups hold what they have sealed.
    """
    run(_rotate_key(load_settings(data_dir=data_dir), slug, finish=finish))


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


async def _rotate_key(settings: Settings, slug: str, *, finish: bool) -> None:
    async with application(settings) as (wiring, parts):
        async with parts.catalog.connect() as connection:
            tenant = await find_tenant(connection, slug=slug)
        resealing = Resealing(parts.database, parts.catalog, wiring.master_key)
        if not finish:
            key_id = await resealing.begin(tenant)
            wait = (KNOWN_AFTER + SETTLED_AFTER).seconds
            say(f"The key {key_id} seals everything in {wait} s, when every process goes by it ...")
            await asyncio.sleep(wait)
        unreadable = 0
        async for done in resealing.go_on(tenant):
            typer.echo(f"{done.table:24}{done.number:10,} sealed anew")
            for row in done.unreadable:
                typer.echo(f"{done.table:24}{row} cannot be read with any key; it is left as it is", err=True)
            unreadable += len(done.unreadable)
        if unreadable:
            raise typer.Exit(1)
