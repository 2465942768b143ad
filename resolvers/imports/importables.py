"""What can be imported: types with a plain create, their fields, and how a cell is read into each.

A field of a reference may be found by a column of what it names that is unique: `parent.name` beside `parentId`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_

from auth.principal import Principal
from db.base import Shown, TenantOwned
from resolvers.context import Asking, words
from resolvers.edge import Reached, admit, lacking
from resolvers.operation import Operation
from resolvers.scopes import within

NEEDS = "imports.run"


@dataclass(frozen=True, slots=True)
class Lookup:
    """How what a cell names is found: by a unique column of a model, by those who hold a permission to read it."""

    model: type[TenantOwned]
    column: str
    needs: str

    @property
    def label(self) -> str:
        """What it looks for, in messages: `department with this name`."""
        return f"{words(self.model.__name__)} with this {self.column.replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class ImportField:
    """A field that a column can be read into: its name, the input of the mutation, and how a cell is read.

    `read` raises ValueError for a cell that is no value. `needs` is the permission to set it, where it takes one.
    """

    name: str
    input: str
    meaning: str
    required: bool
    read: Callable[[str], Any]
    lookup: Lookup | None = None
    needs: str | None = None


@dataclass(frozen=True)
class Importable:
    """A type that can be imported: the operation that makes one, its fields by name, and what is unique of it.

    `unique` names inputs that only one object may have, `reads` the permission to read each type. One that is made
    `alone` looks at nothing else that is being made: many of them can be written together.
    """

    type_name: str
    module: str
    operation: Operation
    fields: Mapping[str, ImportField]
    unique: frozenset[str] = frozenset()
    reads: Mapping[type[Shown], str] = field(default_factory=dict[type[Shown], str])
    alone: bool = False

    @property
    def model(self) -> type[TenantOwned]:
        """What is made."""
        return self.operation.returns

    def expect_may(self, asking: Asking, fields: Iterable[ImportField]) -> None:
        """Turn away who may not import this type, make one of it, or set or look up one of these fields."""
        admit(asking, needs=NEEDS, module=self.module, writes=True)
        admit(asking, needs=self.operation.needs, module=self.module, writes=True)
        for each in fields:
            for needed in (each.needs, each.lookup.needs if each.lookup else None):
                if needed and not asking.principal.can(needed):
                    raise lacking(asking.principal, needed, f"Reading into {each.name} needs the permission {needed}.")

    def reaching(self, who: Principal) -> Reached:
        """Return what tells which rows somebody reaches: those that they may read, and may do this to."""

        def reached(model: type[TenantOwned]) -> ColumnElement[bool] | None:
            needed = [each for each in (self.reads.get(model), self.operation.needs) if each]
            found = [within(who, each, model, model) for each in needed]
            conditions = [each for each in found if each is not None]
            return and_(*conditions) if conditions else None

        return reached


Importables = Mapping[str, Importable]
