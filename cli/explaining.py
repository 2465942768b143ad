"""`workgraph explain`: says how a GraphQL document is read: its steps, and the SQL of those that ask the database."""

from pathlib import Path
from typing import Annotated, Any, cast

import orjson
import typer

from cli.running import FAILED, say
from schema.explaining import CannotExplain, explanation
from schema.root import make_schema


def explain_command(
    file: Annotated[Path, typer.Argument(help="A file with a GraphQL document.", exists=True, dir_okay=False)],
    variables: Annotated[str, typer.Option(help="Values of its variables, as a JSON object.")] = "{}",
    operation: Annotated[str | None, typer.Option(help="Which operation, where it has several.")] = None,
) -> None:
    """Say how a document is read, by somebody who may read everything; nothing is connected to."""
    try:
        steps = explanation(make_schema(), file.read_text("utf-8"), _object(variables), operation)
    except (CannotExplain, UnicodeDecodeError) as error:
        say(f"{file}: {error}")
        raise typer.Exit(FAILED) from error
    for step in steps:
        typer.echo(f"{step.path or '(all of it)'}: {step.how}")
        for statement in step.sql:
            typer.echo("\n".join(f"    {line.rstrip()}" for line in statement.splitlines()))


def _object(text: str) -> dict[str, Any]:
    try:
        value: Any = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise typer.BadParameter(f"This is not JSON: {error}.", param_hint="--variables") from error
    if not isinstance(value, dict):
        raise typer.BadParameter("This must be a JSON object.", param_hint="--variables")
    return cast("dict[str, Any]", value)
