"""Writes the statement of an island: JSON objects in each other, each list a subquery with its filter and its order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, Column, ColumnElement, Integer, Select, Text, Uuid, func, select
from sqlalchemy import Enum as TextEnum
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from db.columns import named_by, shown_words
from db.json_forms import NO_ITEMS, WRITTEN, global_id, one_of, word
from schema.derive.declare import Entity
from schema.derive.registry import Registry
from schema.execute.compare import Binds
from schema.execute.order import terms_of
from schema.execute.page import Wanted, between, matching, ordering
from schema.execute.planned.sources import Named, One, Paged, Related, Taken

Step = Any
Selection = Any


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
    """Writes the statement of a plan."""

    def __init__(self, registry: Registry, asked: Mapping[Step, Wanted]) -> None:
        self._registry, self._asked, self._binds = registry, asked, Binds(repeat(None))

    def whole(self, root: Selection) -> Select[Any]:
        """Return the statement: one column of text for each root field, each a value by itself."""
        return select(*[self._at_root(step).label(f"r{index}") for index, step in enumerate(root.steps)])

    def _at_root(self, step: Step) -> ColumnElement[Any]:
        source = step.source
        if isinstance(source, Paged):
            return self._connection(step, None).cast(Text())
        target = aliased(source.entity.model)
        below = self._object(selection_of(step), source.entity, target)
        return (
            select(below.cast(Text()))
            .select_from(target)
            .where(target.id == self._binds.take(Uuid()))
            .scalar_subquery()
        )

    def _object(self, selection: Selection, entity: Entity, target: Any) -> ColumnElement[Any]:
        pairs: list[Any] = []
        for step in selection.steps:
            pairs += [word(step.name), self._value(step, entity, target)]
        return func.json_build_object(*pairs)

    def _value(self, step: Step, entity: Entity, target: Any) -> Any:
        match step.source:
            case Named(name=name):
                return word(name)
            case Taken(declared=declared):
                return written(entity, declared.column, getattr(target, declared.column.key))
            case Related(declared=declared):
                other = aliased(declared.target.model)
                below = self._object(selection_of(step), declared.target, other)
                return (
                    select(below)
                    .select_from(other)
                    .where(other.id == getattr(target, declared.column.key))
                    .scalar_subquery()
                )
            case _:
                return self._connection(step, target)

    def _connection(self, step: Step, parent: Any) -> ColumnElement[Any]:
        pairs: list[Any] = []
        for part in parts_of(step):
            name = part.step.nodes[0].name.value
            if part.below is not None:
                value: Any = self._nodes(step, part.below, parent)
            elif name == "totalCount":
                value = self._total(step, parent)
            else:
                value = word(part.step.parent.name)
            pairs += [word(part.step.name), value]
        return func.json_build_object(*pairs)

    def _nodes(self, step: Step, below: Selection, parent: Any) -> ColumnElement[Any]:
        source, shape = cast("Paged", step.source), self._asked[step].shape
        entity = source.declared.entity
        found = aliased(entity.model)
        item = self._object(below, entity, found).label("item")
        terms = terms_of(self._registry, entity, found, shape.order)
        condition = matching(self._registry, entity, found, shape, self._binds) & between(terms, shape, self._binds)
        page = (
            select(item)
            .select_from(found)
            .where(condition, *self._of_parent(source, found, parent))
            .order_by(*ordering(terms, shape))
            .limit(self._binds.take(Integer()))
        )
        page = (page if parent is None else page.correlate(parent)).subquery()
        return select(func.coalesce(func.json_agg(page.c.item), NO_ITEMS)).scalar_subquery()

    def _total(self, step: Step, parent: Any) -> ColumnElement[Any]:
        source, shape = cast("Paged", step.source), self._asked[step].shape
        found = aliased(source.declared.entity.model)
        condition = matching(self._registry, source.declared.entity, found, shape, self._binds)
        of_parent = self._of_parent(source, found, parent)
        return select(func.count()).select_from(found).where(condition, *of_parent).scalar_subquery()

    @staticmethod
    def _of_parent(source: Paged, found: Any, parent: Any) -> list[ColumnElement[bool]]:
        via = source.declared.via
        return [] if via is None else [getattr(found, via.key) == parent.id]


def written(entity: Entity, column: Column[Any], value: Any) -> Any:
    """Return the value of a column as the API shows it."""
    named = entity.name if column.key == "id" else named_by(column)
    if named:
        return global_id(named, value)
    if isinstance(column.type, TextEnum):
        return one_of({member.value: member.name for member in column.type.enum_class or ()}, value)
    if words := shown_words(column):
        return one_of(words, value)
    write = None if isinstance(column.type, JSONB | ARRAY) else WRITTEN.get(column.type.python_type)
    return value if write is None else write(value)


def values_of(selection: Selection, asked: Mapping[Step, Wanted], rows: Mapping[Step, UUID | None]) -> Iterator[Any]:
    """Give the values in the order in which `Writing` takes them."""
    for step in selection.steps:
        match step.source:
            case One():
                yield from values_of(selection_of(step), asked, rows)
                yield rows[step]
            case Related():
                yield from values_of(selection_of(step), asked, rows)
            case Paged():
                yield from _values_of_page(step, asked, rows)
            case _:
                pass


def _values_of_page(step: Step, asked: Mapping[Step, Wanted], rows: Mapping[Step, UUID | None]) -> Iterator[Any]:
    wanted = asked[step]
    for part in parts_of(step):
        if part.below is not None:
            yield from values_of(part.below, asked, rows)
            yield from (*wanted.matching, *wanted.places, wanted.size)
        elif part.step.nodes[0].name.value == "totalCount":
            yield from wanted.matching
