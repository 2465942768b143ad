"""What is told of imports in the words of the business."""

from dataclasses import dataclass
from typing import Annotated

from db.models.imports import Import, ImportFailure, ImportStatus
from resolvers.named import named


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMoved:
    """What every end of an import tells."""

    from_: Annotated[ImportStatus, "Where the import stood."]
    to: Annotated[ImportStatus, "Where it stands now."]
    type: Annotated[str, "Name of the type whose objects were made."]
    rehearsal: Annotated[bool, "Whether nothing was made in truth."]
    rows_made: Annotated[int, "Rows that were made."]
    rows_rejected: Annotated[int, "Rows that were refused."]


@named("import.completed", about=Import)
@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCompleted(ImportMoved):
    """Every row of a file was made or rejected."""


@named("import.cancelled", about=Import)
@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCancelled(ImportMoved):
    """Somebody has ended an import; what was made until then stays."""


@named("import.failed", about=Import)
@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFailed(ImportMoved):
    """An import ended early; what was made until then stays."""

    failure: Annotated[ImportFailure, "Why."]
