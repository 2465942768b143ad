"""The command line: reads the settings, finds or starts the servers, and hands plain values to what does the work.

Every refusal that a user can do something about ends here as one message and exit status 1; a traceback is a bug.
Each module is a noun and the commands about it; this one joins them.
"""

import sys
from typing import Final

import typer

from cli.backups import NotHere, backup_command, restore_command
from cli.doctoring import doctor
from cli.documents import (
    check_documents,
    list_documents,
    lock_company,
    publish_documents,
    retire_version,
    show_document,
)
from cli.explaining import explain_command
from cli.listening import CannotListen
from cli.migrations import NotMigrated, migrate_command
from cli.releases import NothingThere, NotPublished
from cli.running import FAILED, say
from cli.schemas import check_command, release_command, schema_command, usage_command
from cli.serving import serve, worker
from cli.support import assign_command, code_command, grant_command, people_command, revoke_command
from cli.tenants import create_command, list_command, resume_command, rotate_key_command, show_command
from db.catalog import CatalogRefused
from db.clone import SchemaTaken
from db.embedded import EmbeddedServersFailed
from db.encryption import CannotDecrypt
from db.migrate import MigrationRefused
from db.provisioning import ProvisioningRefused
from db.reach import Unreachable
from db.revisions import NothingToWrite
from db.roles import RolesRefused
from resolvers.barred import Barred
from resolvers.refusals import Refused
from schema.documents.manifests import ManifestWrong
from schema.evolution.released import NotReleased
from settings import SettingsRefused

REFUSALS: Final = (
    Barred,
    CannotListen,
    CatalogRefused,
    EmbeddedServersFailed,
    ManifestWrong,
    MigrationRefused,
    NothingThere,
    NothingToWrite,
    NotHere,
    NotMigrated,
    NotReleased,
    NotPublished,
    ProvisioningRefused,
    Refused,
    RolesRefused,
    SchemaTaken,
    SettingsRefused,
    Unreachable,
)
"""What a user can do something about."""

program = typer.Typer(
    name="workgraph",
    help="A GraphQL API for a company's whole back office. Begin with `workgraph serve`.",
    epilog="Each option can also be set in the environment, as WORKGRAPH_PORT for --port. "
    "DATABASE_URL and REDIS_URL name servers of your own.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

program.command()(serve)
program.command("migrate")(migrate_command)
program.command()(worker)
program.command("explain")(explain_command)
program.command()(doctor)
program.command("backup")(backup_command)
program.command("restore")(restore_command)

tenants = typer.Typer(
    help="The companies of this installation: list, show, create, resume, rotate-key.", no_args_is_help=True
)
tenants.command("list")(list_command)
tenants.command("show")(show_command)
tenants.command("create")(create_command)
tenants.command("resume")(resume_command)
tenants.command("rotate-key")(rotate_key_command)
program.add_typer(tenants, name="tenant")

of_platform = typer.Typer(
    help="Who runs this installation, and looks after its companies: grant, revoke, list, assign, code.",
    no_args_is_help=True,
)
of_platform.command("grant")(grant_command)
of_platform.command("revoke")(revoke_command)
of_platform.command("list")(people_command)
of_platform.command("assign")(assign_command)
of_platform.command("code")(code_command)
program.add_typer(of_platform, name="support")

of_schema = typer.Typer(invoke_without_command=True)
of_schema.callback()(schema_command)
of_schema.command("check")(check_command)
of_schema.command("release")(release_command)
of_schema.command("usage")(usage_command)
program.add_typer(of_schema, name="schema")
documents = typer.Typer(
    help="Documents that the clients of a company run: publish, check, list, show, retire, lock.", no_args_is_help=True
)
documents.command("publish")(publish_documents)
documents.command("check")(check_documents)
documents.command("list")(list_documents)
documents.command("show")(show_document)
documents.command("retire")(retire_version)
documents.command("lock")(lock_company)
program.add_typer(documents, name="documents")


def main() -> None:
    """Run the command that was asked for."""
    try:
        program(prog_name="workgraph")
    except REFUSALS as refusal:
        say(f"workgraph: {refusal}")
        sys.exit(FAILED)
    except CannotDecrypt:
        say("workgraph: What is encrypted cannot be read: WORKGRAPH_MASTER_KEY is not the key that it was sealed with.")
        sys.exit(FAILED)
