"""`workgraph schema`: prints the GraphQL schema, and keeps the committed file what the code says."""

from pathlib import Path
from typing import Annotated, Final

import typer

from cli.running import FAILED, say
from schema.root import make_schema, printed

SCHEMA_FILE: Final = Path(__file__).parents[1] / "schema.graphql"


def schema_command(
    write: Annotated[bool, typer.Option("--write", help="Write it to schema.graphql.")] = False,  # noqa: FBT002 - an option of the command line
    check: Annotated[bool, typer.Option("--check", help="Fail if schema.graphql is not what the code says.")] = False,  # noqa: FBT002 - an option of the command line
) -> None:
    """Print the GraphQL schema, which is committed as schema.graphql."""
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
