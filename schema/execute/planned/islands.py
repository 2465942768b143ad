"""A whole query in one statement that gives its answer as JSON text.

Where all that a query asks for are columns, what they refer to, lists and their totals, and the caller may read all of
it, PostgreSQL writes the answer itself: one round trip, no transaction, nothing assembled here. The text is put into
the response as it is. What PostgreSQL writes is, value for value, what the scalars of the API write.

Whatever an island does not cover (cursors, lists read from their end, a field that is hidden from the caller, more
objects than an answer may have) is read by levels, and so is everything again whose statement failed, so that the error
is told at its place.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Column, String
from sqlalchemy import Enum as TextEnum
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import named_by, shown_words
from resolvers.context import Asking
from schema.derive.registry import Registry
from schema.execute.page import Wanted
from schema.execute.planned.sources import Named, One, Paged, Related, Taken
from schema.execute.planned.statements import Statement, folded
from schema.execute.planned.writing import Writing, parts_of, selection_of, values_of

MOST_FIELDS: Final = 50
"""Fields of one object: `json_build_object` takes a hundred arguments."""

MOST_SHAPES: Final = 16
PLAIN: Final = (str, bool, int, float, date, time)

Step = Any
Selection = Any


class Island:
    """The statement of a plan that is all of one piece, for each shape that it is asked in."""

    def __init__(self, registry: Registry, root: Selection) -> None:
        self._registry, self.root = registry, root
        steps = list(_steps(root))
        self.pages = {step: step.source for step in steps if isinstance(step.source, Paged)}
        self.ones = {step: step.source for step in root.steps if isinstance(step.source, One)}
        self.guards = {guard for step in steps for guard in _guards(step)}
        self._kept: OrderedDict[object, Statement] = OrderedDict()

    def statement(self, asked: Mapping[Step, Wanted]) -> Statement:
        """Return the statement for what the connections are asked for."""
        key = tuple(asked[step].shape for step in self.pages)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = folded(Writing(self._registry, asked).whole(self.root))
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_SHAPES:
            self._kept.popitem(last=False)
        return found

    def permits(self, asking: Asking) -> bool:
        """Tell whether the caller may read all of it."""
        can, modules = asking.principal.can, asking.tenant.modules
        return all(
            (module is None or module in modules) and (needs is None or can(needs)) for needs, module in self.guards
        )

    def values(self, asked: Mapping[Step, Wanted], rows: Mapping[Step, UUID | None]) -> list[Any]:
        """Return the values that the statement takes, in its order."""
        return list(values_of(self.root, asked, rows))

    def objects(self, asked: Mapping[Step, Wanted]) -> int:
        """Return how many objects the answer has at most."""
        return _objects(self.root, asked)


def _steps(selection: Selection) -> Iterator[Step]:
    """Walk all steps that have something to do with rows."""
    for step in selection.steps:
        yield step
        for below in _below(step):
            yield from _steps(below)


def _guards(step: Step) -> Iterator[tuple[str | None, str | None]]:
    """Return which permission and module a step needs, if any."""
    declared = getattr(step.source, "declared", None)
    if declared is not None and not (isinstance(step.source, Taken) and declared.needs is None):
        yield declared.needs, declared.module


def _below(step: Step) -> list[Selection]:
    """Return the selections of entities that are below a step."""
    if isinstance(step.source, Paged):
        return [part.below for part in parts_of(step) if part.below is not None]
    return [selection_of(step)] if isinstance(step.source, Related | One) else []


def covers(selection: Selection, *, at_root: bool = True) -> bool:
    """Tell whether everything that a selection asks for can be written by PostgreSQL."""
    return len(selection.steps) <= MOST_FIELDS and all(_covers(step, at_root=at_root) for step in selection.steps)


def _covers(step: Step, *, at_root: bool) -> bool:
    match step.source:
        case Named():
            return not at_root
        case Taken(declared=declared):
            return _is_writable(declared.column)
        case One():
            return covers(selection_of(step), at_root=False)
        case Related(layout=layout):
            return layout is not None and covers(selection_of(step), at_root=False)
        case Paged(layout=layout):
            return layout is not None and _covers_parts(step)
        case _:
            return False


def _covers_parts(step: Step) -> bool:
    names = {part.nodes[0].name.value for part in selection_of(step).steps}
    return names <= {"nodes", "totalCount", "__typename"} and all(
        part.below is None or covers(part.below, at_root=False) for part in parts_of(step)
    )


def _is_writable(column: Column[Any]) -> bool:
    kind = column.type
    if named_by(column) or column.key == "id" or shown_words(column) or isinstance(kind, TextEnum | JSONB):
        return True
    if isinstance(kind, ARRAY):
        return isinstance(kind.item_type, String)
    return not isinstance(kind, BigInteger) and kind.python_type in {*PLAIN, datetime, Decimal}


def _objects(selection: Selection, asked: Mapping[Step, Wanted]) -> int:
    """Count the objects below one object, were every page full."""
    total = 0
    for step in selection.steps:
        if isinstance(step.source, Paged):
            below = (1 + _objects(part.below, asked) for part in parts_of(step) if part.below is not None)
            total += asked[step].size * sum(below)
        elif isinstance(step.source, Related | One):
            total += 1 + _objects(selection_of(step), asked)
    return total
