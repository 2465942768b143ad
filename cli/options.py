"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Slug = Annotated[str, typer.Argument(help="Short name of the company, as in its address.", show_default=False)]


DataDir = Annotated[
    Path | None, typer.Option(help="Folder for the embedded servers, the keys and files; made if it is not there.")
]
