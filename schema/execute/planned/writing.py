"""Writes the statement of an island: JSON objects in each other, each list a subquery with its filter and its order."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, repeat
from typing import Any, Final, cast

from sqlalchemy import ARRAY, Column, ColumnElement, Integer, Select, Uuid, func, select
from sqlalchemy import Enum as TextEnum
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from db.columns import named_by, shown_words
from db.json_forms import (
    WRITTEN,
    Piece,
    array,
    field,
    fields,
    global_id,
    joined,
    listed,
    member,
    one_of,
    or_null,
    scalar,
    text,
)
from schema.derive.declare import Entity
from schema.derive.fields import ConnectionField
from schema.execute.compare import Binds
from schema.execute.order import terms_of
from schema.execute.page import Wanted, between, filtered, ordering
from schema.execute.planned.sources import Named, One, Paged, Related, Taken
from schema.execute.planned.taking import Selection, Step
from schema.execute.scoping import Scoping

TOTAL: Final = "totalCount"
MOST_TEXT: Final = 8 * 2**20
"""Bytes of one list whose pages, were they full, would be more than an answer may have."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is asked of a connection: its objects, or how many there are."""

    step: Step
    below: Selection | None


def selection_of(step: Step) -> Selection:
    """Return what is asked of the objects of a step, through its lists and its being required."""
    completion = step.completion
    while hasattr(completion, "inner"):
        completion = completion.inner
    return completion.selection


def parts_of(step: Step) -> list[Part]:
    """Return what is asked of a connection."""
    return [
        Part(part, selection_of(part) if part.nodes[0].name.value == "nodes" else None)
        for part in selection_of(step).steps
    ]


class Writing:
    """Writes the statement of a plan; the lists in `bounded` may be only so long, and columns of `hidden` are nulls."""

    def __init__(
        self,
        scoping: Scoping,
        asked: Mapping[Step, Wanted],
        bounded: Container[Step],
        hidden: Mapping[Step, str],
    ) -> None:
        self._scoping, self._asked, self._bounded, self._hidden = scoping, asked, bounded, hidden
        self._binds = Binds(repeat(None))

    def whole(self, root: Selection) -> Select[Any]:
        """Return the statement: one column of text for each root field, each a value by itself."""
        return select(*[self._at_root(step).label(f"r{index}") for index, step in enumerate(root.steps)])

    def _at_root(self, step: Step) -> ColumnElement[Any]:
        source = step.source
        if isinstance(source, Paged):
            return joined(self._connection(step, None))
        target = aliased(source.entity.model)
        return self._one(step, source.entity, target, lambda: self._binds.take(Uuid()))

    def _one(
        self, step: Step, entity: Entity, target: Any, row: Callable[[], ColumnElement[Any]]
    ) -> ColumnElement[Any]:
        below = joined(self._object(selection_of(step), entity, target))
        reached = self._scoping.condition(entity, target)
        return select(below).select_from(target).where(target.id == row(), reached).scalar_subquery()

    def _object(self, selection: Selection, entity: Entity, target: Any) -> list[Piece]:
        found: list[list[Piece]] = []
        for counted, steps in groupby(selection.steps, key=_counted):
            together = list(steps)
            if counted is not None and len(together) > 1:
                found.append(self._counts(counted, together, target))
            else:
                found += [field(step.name, self._value(step, entity, target)) for step in together]
        return ["{", *fields(found), "}"]

    def _value(self, step: Step, entity: Entity, target: Any) -> list[Piece]:
        if step in self._hidden:
            return [self._hidden[step]]
        match step.source:
            case Named(name=name):
                return [f'"{name}"']
            case Taken(declared=declared):
                return written(entity, declared.column, getattr(target, declared.column.key))
            case Related(declared=declared):
                other, key = aliased(declared.target.model), getattr(target, declared.column.key)
                return or_null([self._one(step, declared.target, other, lambda: key)])
            case _:
                return self._connection(step, target)

    def _connection(self, step: Step, parent: Any) -> list[Piece]:
        return self._parts(step, parent, lambda: self._total(step, parent))

    def _parts(self, step: Step, parent: Any, total: Callable[[], ColumnElement[int]]) -> list[Piece]:
        parts = [field(part.step.name, self._part(step, part, parent, total)) for part in parts_of(step)]
        return ["{", *fields(parts), "}"]

    def _part(self, step: Step, part: Part, parent: Any, total: Callable[[], ColumnElement[int]]) -> list[Piece]:
        if part.below is not None:
            return self._nodes(step, part.below, parent)
        return text(total()) if part.step.nodes[0].name.value == TOTAL else [f'"{part.step.parent.name}"']

    def _nodes(self, step: Step, below: Selection, parent: Any) -> list[Piece]:
        source, shape = cast("Paged", step.source), self._asked[step].shape
        entity = source.declared.entity
        found = aliased(entity.model)
        item = joined(self._object(below, entity, found)).label("item")
        terms = terms_of(self._scoping, entity, found, shape.order)
        condition = self._matching(step, found, parent) & between(terms, shape, self._binds)
        page = (
            select(item)
            .select_from(found)
            .where(condition, *_of_parent(source.declared, found, parent))
            .order_by(*ordering(terms, shape))
            .limit(self._binds.take(Integer()))
        )
        most = MOST_TEXT if step in self._bounded else None
        return listed(page if parent is None else page.correlate(parent), most)

    def _total(self, step: Step, parent: Any) -> ColumnElement[int]:
        declared = cast("Paged", step.source).declared
        found = aliased(declared.entity.model)
        of_parent = _of_parent(declared, found, parent)
        return (
            select(func.count())
            .select_from(found)
            .where(self._matching(step, found, parent), *of_parent)
            .scalar_subquery()
        )

    def _counts(self, declared: ConnectionField, steps: Sequence[Step], parent: Any) -> list[Piece]:
        """Write several totals of what matches in the same list, which is read once for all of them."""
        found = aliased(declared.entity.model)

        def written_of(step: Step) -> list[Piece]:
            return self._parts(step, parent, lambda: func.count().filter(self._filtered(step, found)))

        counts = fields(field(step.name, written_of(step)) for step in steps)
        reached = self._reached(declared, found, parent)
        read = select(joined(counts)).select_from(found).where(*_of_parent(declared, found, parent), reached)
        return [read.scalar_subquery()]

    def _matching(self, step: Step, found: Any, parent: Any) -> ColumnElement[bool]:
        return self._reached(cast("Paged", step.source).declared, found, parent) & self._filtered(step, found)

    def _reached(self, declared: ConnectionField, found: Any, parent: Any) -> ColumnElement[bool]:
        if declared.via is None:
            return self._scoping.condition(declared.entity, found)
        return self._scoping.listed(declared.entity, found, declared.via.key, parent)

    def _filtered(self, step: Step, found: Any) -> ColumnElement[bool]:
        declared = cast("Paged", step.source).declared
        return filtered(self._scoping, declared.entity, found, self._asked[step].shape, self._binds)


def _of_parent(declared: ConnectionField, found: Any, parent: Any) -> list[ColumnElement[bool]]:
    return [] if declared.via is None else [getattr(found, declared.via.key) == parent.id]


def _counted(step: Step) -> ConnectionField | None:
    """Return the list of which a total is asked, and no object."""
    if not isinstance(step.source, Paged) or step.source.has_page or not step.source.has_total:
        return None
    return step.source.declared


def written(entity: Entity, column: Column[Any], value: Any) -> list[Piece]:
    """Write the value of a column as the API shows it."""
    pieces = _written(entity, column, value)
    return or_null(pieces) if column.nullable else pieces


def _written(entity: Entity, column: Column[Any], value: Any) -> list[Piece]:
    named = entity.name if column.key == "id" else named_by(column)
    if named:
        return global_id(named, value)
    if isinstance(column.type, TextEnum):
        return member({member.value: member.name for member in column.type.enum_class or ()}, value)
    if words := shown_words(column):
        return one_of(words, value)
    if isinstance(column.type, JSONB):
        return text(value)
    if isinstance(column.type, ARRAY):
        return array(value)
    return WRITTEN.get(column.type.python_type, scalar)(value)


Take = Callable[[Wanted], Sequence[Any]]
"""Takes values of what a connection is asked for."""


def takes(selection: Selection) -> Iterator[tuple[Step, Take | None]]:
    """Tell whose values the statement takes, in the order in which `Writing` takes them; None stands for an id."""
    for step in selection.steps:
        match step.source:
            case One():
                yield from takes(selection_of(step))
                yield step, None
            case Related():
                yield from takes(selection_of(step))
            case Paged():
                yield from _takes_of_page(step)
            case _:
                pass


def _takes_of_page(step: Step) -> Iterator[tuple[Step, Take | None]]:
    for part in parts_of(step):
        if part.below is not None:
            yield from takes(part.below)
            yield step, _all_of
        elif part.step.nodes[0].name.value == TOTAL:
            yield step, _matching_of


def _all_of(wanted: Wanted) -> Sequence[Any]:
    return [*wanted.matching, *wanted.places, wanted.size]


def _matching_of(wanted: Wanted) -> Sequence[Any]:
    return wanted.matching
