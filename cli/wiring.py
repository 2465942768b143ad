"""From the settings to the application: its wiring, its parts, and whether there is a demo company."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from app import Collector, Mailing, Parts, Wiring, connected
from cli.migrations import bring_to_head, expect_ready, key_of
from cli.servers import Addresses, servers
from db.encryption import MasterKey
from db.provisioning import silent
from demo.company import SLUG
from gateways.files import Bucket
from gateways.limits import Bucket as PointBucket
from gateways.logs import configure
from gateways.webhooks import DELAYS
from resolvers.addresses import is_ip_address
from resolvers.budgets import Budget
from schema.devmail import Readers
from schema.execute.bounds import Bounds
from schema.revealing import Reveals
from settings import Environment, Introspection, Settings, master_key, secret


@asynccontextmanager
async def application(
    settings: Settings, *, serves: bool = False, report: Callable[[str], None] = silent
) -> AsyncGenerator[tuple[Wiring, Parts]]:
    """What the application is made of, over a database at the newest revision; only who serves brings it there."""
    configure(settings.log_level)
    async with servers(settings, alone=serves) as addresses:
        await (bring_to_head if serves else expect_ready)(settings, addresses.database_url)
        wiring = replace(wired(settings, addresses), report=report)
        async with connected(wiring) as parts:
            yield wiring, parts


def wired(settings: Settings, addresses: Addresses) -> Wiring:
    """What the application is told about the place where it runs."""
    own = {settings.host, "localhost", "127.0.0.1", urlsplit(settings.address).hostname or ""}
    return Wiring(
        database_url=addresses.database_url,
        redis_url=addresses.redis_url,
        master_key=key_of(settings),
        role_prefix=settings.role_prefix,
        public_url=settings.address,
        own_hosts=frozenset(own),
        default_slug=settings.default_tenant or (SLUG if shows_demo(settings) else None),
        shows_graphiql=settings.environment is Environment.DEVELOPMENT,
        origins=settings.origins,
        proxies=settings.trusted_proxies,
        pool_size=settings.pool_size,
        limit_factor=settings.limit_factor,
        deadline=settings.deadline,
        reveals=reveals_of(settings),
        bounds=bounds_of(settings),
        budget=budget_of(settings),
        mailing=mailing_of(settings),
        files=files_of(settings),
        events_kept=timedelta(days=settings.event_days),
        usage_one_in=settings.usage_sample,
        allows_loopback_webhooks=settings.environment is Environment.DEVELOPMENT,
        webhook_delays=settings.webhook_seconds or DELAYS,
        metrics_token=secret(settings.metrics_token),
        slow_operation=settings.slow_operation,
        collector=collector_of(settings),
    )


def bounds_of(settings: Settings) -> Bounds:
    """How much a request may ask for."""
    return Bounds(
        tokens=settings.most_tokens,
        depth=settings.most_depth,
        aliases=settings.most_aliases,
        aliases_together=settings.most_aliases_together,
        directives=settings.most_directives,
        directives_together=settings.most_directives_together,
        root_fields=settings.most_root_fields,
        fields=settings.most_fields,
        repeats=settings.most_repeats,
        overlaps=settings.most_overlaps,
        variable_bytes=settings.most_variable_bytes,
        variable_depth=settings.most_variable_depth,
        errors=settings.most_errors,
    )


def reveals_of(settings: Settings) -> Reveals:
    """Who is told of the schema: what is set, or in production those who hold the permission."""
    usual = Introspection.PERMITTED if settings.environment is Environment.PRODUCTION else Introspection.EVERYONE
    return Reveals((settings.introspection or usual).value)


def budget_of(settings: Settings) -> Budget | None:
    """What a person or client may cost, and a company; None where nobody is charged."""
    if not settings.budget:
        return None
    company = PointBucket(settings.company_budget, settings.company_budget_rate) if settings.company_budget else None
    return Budget(PointBucket(settings.budget, settings.budget_rate), company)


def mailing_of(settings: Settings) -> Mailing:
    """How mails leave, and who may look at those of the folder: in production nobody, whatever is set."""
    developing = settings.environment is Environment.DEVELOPMENT
    host = urlsplit(settings.address).hostname or ""
    return Mailing(
        folder=(settings.data_dir / "mails").absolute(),
        server_url=secret(settings.smtp_url),
        sender=settings.mail_from or f"no-reply@{'localhost' if is_ip_address(host) else host}",
        portal_url=settings.portal_url,
        readers=Readers(settings.dev_mail) if developing else Readers.NOBODY,
    )


def files_of(settings: Settings) -> Path | Bucket:
    """Where files are kept: in a bucket if one is named, else in the data folder."""
    if settings.s3_bucket is None:
        return settings.data_dir / "files"
    return Bucket(
        name=settings.s3_bucket,
        region=settings.s3_region,
        endpoint=settings.s3_endpoint,
        access_key=secret(settings.s3_access_key),
        secret_key=secret(settings.s3_secret_key),
    )


def collector_of(settings: Settings) -> Collector | None:
    """Where traces are sent, if anywhere."""
    endpoint = settings.otel_exporter_otlp_endpoint
    return Collector(endpoint, settings.otel_service_name) if endpoint else None


def shows_demo(settings: Settings) -> bool:
    """Whether there is to be a demo company; never beside real ones in production."""
    return settings.demo and settings.environment is Environment.DEVELOPMENT


def demo_password(settings: Settings) -> str:
    """The demo owner's password: the same at every start, and another for every installation."""
    return f"demo-{MasterKey(master_key(settings)).derive('demo password').hex()[:12]}"
