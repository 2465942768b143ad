"""A whole query in one statement that gives its answer as JSON text.

Where all that a query asks for are columns, what they refer to, lists and their totals, and the caller may read all of
it, PostgreSQL writes the answer itself: one round trip, no transaction, nothing assembled here. The text is put into
the response as it is. What PostgreSQL writes is, value for value, what the scalars of the API write.

Pages that would be too many objects for an answer, were they full, are read so, too, as they seldom are: the text of
such a list is bounded, and what is too long or may hold too many objects is read by levels, which count them exactly.

A column that is hidden from the caller is a null. Whatever an island does not cover (cursors, lists read from their
end, another field that the caller may not read) is read by levels, and so is everything again whose statement failed,
so that the error is told at its place.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from graphql import GraphQLNonNull
from sqlalchemy import ARRAY, BigInteger, Column, String
from sqlalchemy import Enum as TextEnum
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import named_by, shown_words
from resolvers.context import Asking
from schema.derive.registry import Registry
from schema.execute.page import Wanted
from schema.execute.planned.sources import Named, One, Paged, Related, Taken
from schema.execute.planned.statements import Statement, folded
from schema.execute.planned.taking import Selection, Step
from schema.execute.planned.writing import Writing, parts_of, selection_of, takes
from schema.execute.resolve import missing_for
from schema.execute.scoping import Scoping, entity_of

MOST_FIELDS: Final = 200
"""Fields of one object, which are one expression."""

MOST_BOUNDED: Final = 4
"""Lists of which each may have as much text as a list may that is bounded."""

MOST_SHAPES: Final = 16
PLAIN: Final = (str, bool, int, float, date, time)


class Island:
    """The statement of a plan that is all of one piece, for each shape that it is asked in."""

    def __init__(self, registry: Registry, root: Selection) -> None:
        self._registry, self.root = registry, root
        steps = list(_steps(root))
        self.pages = {step: step.source for step in steps if isinstance(step.source, Paged)}
        self.ones = {step: step.source for step in root.steps if isinstance(step.source, One)}
        self.columns = [step for step in steps if _can_be_hidden(step)]
        self.guards = {guard for step in steps if step not in self.columns for guard in _guards(registry, step)}
        self._takes = list(takes(root))
        self._size = Size.of(root)
        self._kept: OrderedDict[object, Statement] = OrderedDict()

    def statement(
        self, scoping: Scoping, asked: Mapping[Step, Wanted], bounded: frozenset[Step], hidden: Mapping[Step, str]
    ) -> Statement:
        """Return the statement for what the connections are asked for; those in `bounded` have only so much text.

        In the place of a column of `hidden` there is its null.
        """
        key = (scoping.form, bounded, tuple(hidden), *(asked[step].shape for step in self.pages))
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = folded(Writing(scoping, asked, bounded, hidden).whole(self.root))
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_SHAPES:
            self._kept.popitem(last=False)
        return found

    def hidden(self, scoping: Scoping, asking: Asking) -> Mapping[Step, str]:
        """Return the columns that the caller may not read, each with a null of its own by which the text has it.

        Nulls differ in the spaces before them, so that it shows in the text whether there was an object with the
        column; there are two or more, as PostgreSQL itself puts one into JSON.
        """
        modules = asking.tenant.modules
        return {
            step: f"{' ' * place}null"
            for place, step in enumerate(self.columns, 2)
            if missing_for(cast("Taken", step.source).declared, scoping, modules) is not None
        }

    def permits(self, scoping: Scoping, asking: Asking) -> bool:
        """Tell whether the caller may read all of it but for columns."""
        can, modules = asking.principal.can, asking.tenant.modules
        return all(
            (module is None or module in modules) and (needs is None or can(needs) or self._opens(scoping, needs, name))
            for needs, module, name in self.guards
        )

    def _opens(self, scoping: Scoping, needs: str, name: str | None) -> bool:
        return name is not None and scoping.opens(needs, self._registry.entity(name))

    def values(self, asked: Mapping[Step, Wanted], rows: Mapping[Step, UUID | None]) -> list[Any]:
        """Return the values that the statement takes, in its order."""
        values: list[Any] = []
        for step, take in self._takes:
            if take is None:
                values.append(rows[step])
            else:
                values += take(asked[step])
        return values

    def objects(self, asked: Mapping[Step, Wanted]) -> int:
        """Return how many objects the answer has at most."""
        return self._size.at_most(asked)

    def bounded(self, asked: Mapping[Step, Wanted], room: int) -> frozenset[Step] | None:
        """Return the lists that could have more than their share of the objects; None where these are too many."""
        share = room // max(1, len(self.pages))
        found = frozenset(step for step, size in self._size.pages() if size.at_most(asked) > share)
        return found if len(found) <= MOST_BOUNDED else None


@dataclass(frozen=True, slots=True)
class Size:
    """How many objects a part of an answer has at most: `alone`, and so many as are below in each place of `page`."""

    alone: int
    below: "Sequence[Size]"
    page: Step | None = None

    @classmethod
    def of(cls, selection: Selection, page: Step | None = None) -> "Size":
        """Measure what is asked of one object, or of each object of a page."""
        alone, below = int(page is not None), list[Size]()
        for step in selection.steps:
            if isinstance(step.source, Paged):
                below += [cls.of(part.below, step) for part in parts_of(step) if part.below is not None]
            elif isinstance(step.source, Related | One):
                inner = cls.of(selection_of(step))
                alone, below = alone + 1 + inner.alone, [*below, *inner.below]
        return cls(alone, below, page)

    def at_most(self, asked: Mapping[Step, Wanted]) -> int:
        """Count the objects, were every page full."""
        total = self.alone
        for each in self.below:
            total += each.at_most(asked)
        return total if self.page is None else total * asked[self.page].size

    def pages(self) -> "Iterator[tuple[Step, Size]]":
        """Walk the pages in it."""
        if self.page is not None:
            yield self.page, self
        for each in self.below:
            yield from each.pages()


def _steps(selection: Selection) -> Iterator[Step]:
    """Walk all steps that have something to do with rows."""
    for step in selection.steps:
        yield step
        for below in _below(step):
            yield from _steps(below)


def _guards(registry: Registry, step: Step) -> Iterator[tuple[str | None, str | None, str | None]]:
    """Return which permission and module a step needs, if any, and of which entity."""
    declared = getattr(step.source, "declared", None)
    if declared is not None and not (isinstance(step.source, Taken) and declared.needs is None):
        entity = entity_of(registry, declared)
        yield declared.needs, declared.module, entity.name if entity else None


def _can_be_hidden(step: Step) -> bool:
    """Tell whether a step is a column that is null for whom it is hidden from."""
    guarded = isinstance(step.source, Taken) and step.source.declared.needs is not None
    return guarded and not isinstance(step.field.type, GraphQLNonNull)


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
