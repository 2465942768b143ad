"""`workgraph doctor`: what is configured, and whether it can be used."""

from collections.abc import Sequence
from typing import Final

import typer

from cli.options import DataDir
from cli.running import FAILED, run
from cli.servers import servers
from db.doctor import Finding, examine
from db.embedded import EmbeddedServersFailed
from db.reach import Unreachable
from settings import Settings, load_settings, variable, without_secret

SECRETS: Final = {"database_url", "redis_url", "master_key", "further_master_keys", "smtp_url"}


def doctor(data_dir: DataDir = None) -> None:
    """Show what is configured, and whether it can be used: servers, versions, limits. Shows no password."""
    run(_doctor(load_settings(data_dir=data_dir)))


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
        Finding(
            "WORKGRAPH_SMTP_URL", without_secret(settings.smtp_url) or f"mails land in {settings.data_dir / 'mails'}"
        ),
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
