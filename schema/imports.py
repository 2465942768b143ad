"""Imports, as they are public: beginning and ending one, what became of it, and the beginning of a table."""

from typing import Annotated, Final

import strawberry
from strawberry.types import Info

from db.models.imports import Import, ImportRejection, PostponedRow, RehearsedKey
from resolvers.emitter import job
from resolvers.imports import IMPORT, RUN, cancel_import, import_progress, starting
from resolvers.imports.importables import NEEDS
from resolvers.imports.sampling import Sample
from schema.company import company
from schema.derive import ids
from schema.derive.declare import Domain, entity
from schema.execute.guard import Needs
from schema.execute.request import Request
from schema.hires import hires
from schema.hr import hr
from schema.identity import identity
from schema.importing import importables_of
from schema.keys import keys
from schema.onboarding import onboarding

IMPORTABLES: Final = importables_of([company, identity, onboarding, hires, hr, keys])
"""What can be imported, of the domains that are named here."""

OF_RUNNING: Final = job(
    RUN,
    *("import.updated", "import.moved", "import.completed", "import.failed", "file.updated"),
    *dict.fromkeys(event for each in IMPORTABLES.values() for event in each.operation.may_emit),
)

imports = Domain(
    module="company",
    entities=[
        entity(Import, read=NEEDS),
        entity(ImportRejection, read=NEEDS, listed=False),
    ],
    operations=[starting(IMPORTABLES), cancel_import],
    watchings=[import_progress],
    machines=[IMPORT],
    emitters=[OF_RUNNING],
    internal=[
        (PostponedRow, "where an import finds the rows that it tries again"),
        (RehearsedKey, "what an import that makes nothing knows of rows that it would have made"),
    ],
)


@strawberry.type(description="A field that a column of a table can be read into.")
class ImportableField:
    """A field of a type that can be imported."""

    name: str = strawberry.field(description="What `mapping` calls it: `name`, or `parent.name`.")
    meaning: str = strawberry.field(description="What it holds.")
    required: bool = strawberry.field(description="Whether a column is needed for it, or for another way to say it.")


@strawberry.type(description="A column of a table.")
class ImportColumn:
    """A column, and what it is probably for."""

    name: str = strawberry.field(description="What the first row calls it.")
    field: str | None = strawberry.field(description="The field that it is probably meant for; null where none is.")
    first: list[str] = strawberry.field(description="What stands in it in the first rows, five at most.")


@strawberry.type(description="The beginning of a table that was uploaded, and what its columns can be read into.")
class ImportColumns:
    """What somebody needs who says which columns are read."""

    columns: list[ImportColumn] = strawberry.field(description="The columns of the table, in order.")
    fields: list[ImportableField] = strawberry.field(description="The fields of the type.")
    problem: str | None = strawberry.field(description="Why it is no table; null where it begins as one.")


@strawberry.type
class ImportQuery:
    """What may be asked of tables."""

    @strawberry.field(
        description="The beginning of a table that you have uploaded, with a guess for each column. Null for what is "
        f"no such file of yours, and for a type that cannot be imported. Needs the permission `{NEEDS}`.",
        extensions=[Needs(NEEDS, module="company")],
    )
    async def import_columns(
        self,
        info: Info,
        type: Annotated[str, strawberry.argument(description="Name of the type, such as `Department`.")],
        file_id: Annotated[strawberry.ID, strawberry.argument(description="The table.")],
    ) -> ImportColumns | None:
        request: Request = info.context
        file = ids.row_of(file_id, "StoredFile")
        if file is None or request.samples is None:
            return None
        found = await request.samples.look(request.asking, type, file)
        return _shown(found) if found else None


def _shown(sample: Sample) -> ImportColumns:
    return ImportColumns(
        columns=[ImportColumn(name=each.name, field=each.field, first=list(each.first)) for each in sample.columns],
        fields=[
            ImportableField(name=each.name, meaning=each.meaning, required=each.required) for each in sample.fields
        ],
        problem=sample.problem,
    )
