"""Where the values of a step come from: a column of rows, rows of another table, a page, or a resolver.

Each source is given all parents of its step and returns a value for each, in their order. What needs the database takes
one statement, or two for a connection of which a page and a total are asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from resolvers import state
from schema.derive import ids
from schema.derive.declare import Entity
from schema.derive.fields import ColumnField, ComputedField, ConnectionField, OneField, RelationField, TransitionsField
from schema.execute import resolve
from schema.execute.page import Page, Wanted, page, pages_within, root_page, wanted
from schema.execute.planned.rows import Layout, Show
from schema.execute.planned.statements import MOST, PARENTS, SIZE, given
from schema.execute.planned.taking import Running, Step
from schema.execute.request import Request

Key = Callable[[Any], Any]


class Resolved:
    """The reference engine's resolver, asked for each parent."""

    async def values(self, run: Running, step: Step, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        """Ask it."""
        return run.resolved(step, parents, arguments)


@dataclass(frozen=True, slots=True)
class Taken:
    """A column of rows that were read already."""

    declared: ColumnField
    place: int
    show: Show | None

    async def values(
        self, run: Running, step: Step, parents: Sequence[Any], _arguments: Mapping[str, Any]
    ) -> list[Any]:
        """Take it."""
        if self.declared.needs and not resolve.may(self.declared, run.info(step)):
            return [None] * len(parents)
        return await run.portioned(parents, self._taken)

    def _taken(self, rows: Sequence[Any]) -> list[Any]:
        place = self.place
        values = [row[place] for row in rows]
        return self.show(values) if self.show else values


@dataclass(frozen=True, slots=True)
class Named:
    """The name of the type."""

    name: str

    async def values(
        self, _run: Running, _step: Step, parents: Sequence[Any], _arguments: Mapping[str, Any]
    ) -> list[Any]:
        """Name it."""
        return [self.name] * len(parents)


@dataclass(frozen=True, slots=True)
class Batched:
    """A batch function: what is computed of objects, and the operations that would move them."""

    declared: ComputedField | TransitionsField

    async def values(self, run: Running, step: Step, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        """Work it out for all parents, for each of them once."""
        if not resolve.may(self.declared, run.info(step)):
            return [None] * len(parents)
        different = list({id(parent): parent for parent in parents}.values())
        values = dict(zip(map(id, different), await self._worked_out(run, different, arguments), strict=True))
        return [values[id(parent)] for parent in parents]

    async def _worked_out(self, run: Running, entities: Sequence[Any], arguments: Mapping[str, Any]) -> Sequence[Any]:
        looking, declared = run.request.reading.looking, self.declared
        if isinstance(declared, ComputedField):
            return await declared.computed(looking, entities, **arguments)
        return await state.transitions(looking, declared.machine, entities)


@dataclass(frozen=True, slots=True)
class Related:
    """What a reference of the parent points at: rows where a layout says which, or else objects."""

    declared: RelationField
    key: Key
    layout: Layout | None

    async def values(
        self, run: Running, step: Step, parents: Sequence[Any], _arguments: Mapping[str, Any]
    ) -> list[Any]:
        """Read what all parents refer to."""
        if not resolve.may(self.declared, run.info(step)):
            return [None] * len(parents)
        keys = [self.key(parent) for parent in parents]
        wanted = list(dict.fromkeys(key for key in keys if key is not None))
        run.request.hand_out(len(keys) - keys.count(None))
        found = await by_id(run, self.declared.target, self.layout, wanted)
        return [found.get(key) for key in keys]


@dataclass(frozen=True, slots=True)
class One:
    """One entity by its id, at the root."""

    declared: OneField
    entity: Entity
    layout: Layout

    async def values(
        self, run: Running, _step: Step, parents: Sequence[Any], arguments: Mapping[str, Any]
    ) -> list[Any]:
        """Read it."""
        resolve.admit_field(run.request, self.declared)
        row = ids.row_of(arguments["id"], self.entity.name)
        if row is None:
            return [None] * len(parents)
        found = await by_id(run, self.entity, self.layout, [row])
        return [found.get(row)] * len(parents)


async def by_id(run: Running, entity: Entity, layout: Layout | None, rows: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Read entities by their ids, in one statement."""
    if not rows:
        return {}
    scoping = run.request.scoping
    if layout is not None:
        statement = run.statements.rows(scoping, entity, layout.columns)
        return {row[0]: row for row in await run.fetch(statement, {PARENTS: rows})}
    chosen = resolve.chosen(scoping, entity, rows)
    return {found.id: found for found in await run.request.reading.session.scalars(chosen)}


@dataclass(slots=True)
class Loaded:
    """A connection of one parent after it was read: its page and its total, as far as they are asked for.

    `connection` is what the reference engine's resolvers of other parts are given.
    """

    connection: resolve.Connection
    page: Page | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Paged:
    """A page of entities, or one for each parent, and how many there are in all."""

    declared: ConnectionField
    key: Key | None
    layout: Layout | None
    has_page: bool
    has_total: bool
    placed: bool

    async def values(self, run: Running, step: Step, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        """Read them."""
        declared, request = self.declared, run.request
        if declared.via is None:
            resolve.admit_field(request, declared)
        elif not resolve.may(declared, run.info(step)):
            return [None] * len(parents)
        asked = wanted(request, declared, arguments)
        keys = None if self.key is None else [self.key(parent) for parent in parents]
        loaded = [Loaded(resolve.Connection(request, declared, asked, key, step)) for key in keys or [resolve.NOBODY]]
        if self.has_page:
            for each, found in zip(loaded, await self._pages(run, asked, keys), strict=True):
                each.page = found
        if self.has_total:
            for each, total in zip(loaded, await self._totals(run, asked, keys), strict=True):
                each.total = total
        return loaded

    async def _pages(self, run: Running, asked: Wanted, keys: Sequence[UUID] | None) -> Sequence[Page]:
        request, declared = run.request, self.declared
        if self.layout is None:
            if keys is None:
                return [await root_page(request, declared, asked)]
            return await pages_within(request, declared, asked, keys)
        statement = run.statements.page(request.scoping, declared, self.layout.columns, asked.shape, placed=self.placed)
        values = {**given([*asked.matching, *asked.places]), SIZE: asked.size + 1}
        if keys is None:
            return [self._page(asked, await run.fetch(statement, values))]
        most = request.room + len(keys)
        rows = await run.fetch(statement, {**values, PARENTS: keys, MOST: most + 1})
        if len(rows) > most:
            request.hand_out(len(rows))
        of = {place: list(group) for place, group in groupby(rows, key=itemgetter(-1))}
        return [self._page(asked, of.get(place, [])) for place in range(1, len(keys) + 1)]

    def _page(self, asked: Wanted, rows: Sequence[Any]) -> Page:
        """Make a page of rows, of which the values of their places follow the columns, where they are needed."""
        assert self.layout is not None
        start, end = len(self.layout.columns), len(self.layout.columns) + len(asked.shape.order)
        return page(asked, rows, [row[start:end] for row in rows] if self.placed else [])

    async def _totals(self, run: Running, asked: Wanted, keys: Sequence[UUID] | None) -> Sequence[int]:
        statement, values = run.statements.count(run.request.scoping, self.declared, asked.shape), given(asked.matching)
        if keys is None:
            [[total]] = await run.fetch(statement, values)
            return [total]
        found: Sequence[Any] = await run.fetch(statement, {**values, PARENTS: keys})
        counts = {key: count for key, count in found}  # noqa: C416 - a row is not a pair to the type checker
        return [counts.get(key, 0) for key in keys]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a connection that was read: a function of the parent and the request."""

    take: Callable[[Any, Request], Any]

    async def values(
        self, run: Running, _step: Step, parents: Sequence[Any], _arguments: Mapping[str, Any]
    ) -> list[Any]:
        """Take it from each."""
        take, request = self.take, run.request
        return [take(parent, request) for parent in parents]


class Beside:
    """A part of a connection that the reference engine's resolver reads, for all parents at once."""

    async def values(self, run: Running, step: Step, parents: Sequence[Any], arguments: Mapping[str, Any]) -> list[Any]:
        """Ask it."""
        return run.resolved(step, [parent.connection for parent in parents], arguments)


def _nodes(loaded: Loaded, request: Request) -> Sequence[Any]:
    assert loaded.page is not None
    request.hand_out(len(loaded.page.rows))
    return loaded.page.rows


def _edges(loaded: Loaded, request: Request) -> list[resolve.Edge]:
    assert loaded.page is not None
    request.hand_out(len(loaded.page.rows))
    return [resolve.Edge(loaded.page, index) for index in range(len(loaded.page.rows))]


PARTS: Mapping[Any, Part] = {
    resolve.nodes: Part(_nodes),
    resolve.edges: Part(_edges),
    resolve.page_info: Part(lambda loaded, _request: loaded.page),
    resolve.total_count: Part(lambda loaded, _request: loaded.total),
}
"""What the engine does in the place of those resolvers of a connection that load it when they are asked."""

CURSORS = frozenset({resolve.edge_cursor, resolve.start_cursor, resolve.end_cursor})
"""The resolvers that need the values of places."""

Source = Resolved | Beside | Batched | Taken | Named | Related | One | Paged | Part
