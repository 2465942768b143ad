"""Pages: one statement reads the page of one list, or of one list per parent however many parents there are.

For many parents: `unnest(parents) WITH ORDINALITY CROSS JOIN LATERAL (... LIMIT n + 1)`; the one row too many tells
whether there is more. A cursor is sealed for its tenant and carries the values of the order's terms; it is refused
under another order, another list or another tenant. Source: keyset pagination, https://use-the-index-luke.com/no-
offset.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, ColumnElement, Uuid, cast, func, literal, select, true
from sqlalchemy.orm import aliased

from db.encryption import CannotDecrypt
from resolvers.barred import BadInput
from schema.derive.declare import DEFAULT_PAGE, LARGEST_PAGE, Entity
from schema.derive.fields import ConnectionField
from schema.execute.compare import Binds
from schema.execute.condition import Condition
from schema.execute.order import Order, Term, beyond, order_name, order_of, terms_of
from schema.execute.request import Request
from schema.execute.scoping import Scoping
from schema.execute.where import Shape, Where
from subscriptions.recorder import plain

LONGEST_CURSOR: Final = 65_536
"""Room for as many terms as an order may have, each the longest text that can be ordered by."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its rows in order, the cursor values of each, and whether there is more on either side."""

    rows: Sequence[Any]
    places: Sequence[Sequence[Any]]
    has_next: bool
    has_previous: bool
    order: str


class PageShape(NamedTuple):
    """What of a page decides the SQL: from which end, in which order, between which places, matching what.

    Of a place it is told which of its values are there.
    """

    backwards: bool
    order: Order
    after: tuple[bool, ...] | None
    before: tuple[bool, ...] | None
    where: Shape | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a connection was asked for, checked: its shape, how many, and the values that it compares with.

    `matching` are those of the filter, `places` those of the cursors.
    """

    shape: PageShape
    size: int
    matching: Sequence[Any]
    places: Sequence[Any]
    order: str


def wanted(request: Request, field: ConnectionField, arguments: Mapping[str, Any]) -> Wanted:
    """Check the arguments of a connection."""
    entity, asking = field.entity, request.asking
    size, backwards = _size(arguments)
    via = field.via.key if field.via is not None else None
    scoping = request.scoping
    order = order_of(scoping, asking, entity, via, arguments.get("order_by"))
    where, reading = arguments.get("where"), Where(scoping, asking)
    matching = reading.read(entity, where, ("where",)) if where else None
    name = order_name(entity, order)
    after, before = [_opened(request, entity, order, arguments.get(name), name) for name in ("after", "before")]
    shape = PageShape(backwards, order, _there(after), _there(before), matching)
    places = [value for value in (*(after or ()), *(before or ())) if value is not None]
    return Wanted(shape, size, reading.values, places, name)


def _there(place: Sequence[Any] | None) -> tuple[bool, ...] | None:
    return None if place is None else tuple(value is not None for value in place)


def matching(scoping: Scoping, entity: Entity, target: Any, shape: PageShape, binds: Binds) -> ColumnElement[bool]:
    """Return the condition of a page's filter, over the rows that who asks may read."""
    return scoping.condition(entity, target) & filtered(scoping, entity, target, shape, binds)


def filtered(scoping: Scoping, entity: Entity, target: Any, shape: PageShape, binds: Binds) -> ColumnElement[bool]:
    """Return the condition of a page's filter alone."""
    return true() if shape.where is None else Condition(scoping, binds).of(entity, target, shape.where)


def between(terms: Sequence[Term], shape: PageShape, binds: Binds) -> ColumnElement[bool]:
    """Return the condition that a row is between the places of a page."""
    condition = true()
    for there, backwards in ((shape.after, False), (shape.before, True)):
        if there is not None:
            bounds = [
                binds.take(term.expression.type) if has_value else None
                for term, has_value in zip(terms, there, strict=True)
            ]
            condition &= beyond(terms, bounds, backwards=backwards)
    return condition


def _size(arguments: Mapping[str, Any]) -> tuple[int, bool]:
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None:
        raise BadInput("Give `first` or `last`, not both.", path=("last",))
    name, size = ("last", last) if last is not None else ("first", DEFAULT_PAGE if first is None else first)
    if not 0 <= size <= LARGEST_PAGE:
        raise BadInput(f"`{name}` is from 0 to {LARGEST_PAGE}; this is {size}.", path=(name,))
    return size, last is not None


def seal_place(request: Request, order: str, place: Sequence[Any]) -> str:
    """Write a cursor."""
    text = orjson.dumps([order, *place], default=plain)
    return request.sealer.seal(text, tenant_id=request.asking.tenant.id, purpose="cursor")


def _opened(request: Request, entity: Entity, order: Order, cursor: str | None, name: str) -> Sequence[Any] | None:
    if cursor is None:
        return None
    if len(cursor) > LONGEST_CURSOR:
        raise BadInput("This is not a cursor of this list.", path=(name,))
    try:
        opened = request.sealer.open(cursor, tenant_id=request.asking.tenant.id, purpose="cursor")
    except CannotDecrypt as error:
        raise BadInput("This is not a cursor of this list.", path=(name,)) from error
    made_under, *values = orjson.loads(opened)
    if made_under != order_name(entity, order):
        raise BadInput("This cursor belongs to another list or another order.", path=(name,))
    terms = terms_of(request.scoping, entity, entity.model, order)
    return [term.read(value) for term, value in zip(terms, values, strict=True)]


async def root_page(request: Request, field: ConnectionField, asked: Wanted) -> Page:
    """Read a page of all of a tenant's entities."""
    terms, condition = _parts(request, field.entity, asked)
    keys = [term.expression.label(f"k{index}") for index, term in enumerate(terms)]
    statement = (
        select(field.entity.model, *keys)
        .where(condition)
        .order_by(*ordering(terms, asked.shape))
        .limit(asked.size + 1)
        .execution_options(populate_existing=True)
    )
    return _page(asked, await request.reading.session.rows(statement))


def _parts(request: Request, entity: Entity, asked: Wanted) -> tuple[list[Term], ColumnElement[bool]]:
    binds = Binds([*asked.matching, *asked.places])
    terms = terms_of(request.scoping, entity, entity.model, asked.shape.order)
    condition = matching(request.scoping, entity, entity.model, asked.shape, binds)
    return terms, condition & between(terms, asked.shape, binds)


def ordering(terms: Sequence[Term], shape: PageShape) -> list[ColumnElement[Any]]:
    """Return the ORDER BY of a page."""
    return [each for term in terms for each in term.ordering(backwards=shape.backwards)]


async def pages_within(
    request: Request, field: ConnectionField, asked: Wanted, parents: Sequence[UUID]
) -> Sequence[Page]:
    """Read a page for each of several parents, in one statement."""
    assert field.via is not None
    ids = cast(literal(list(parents), ARRAY(Uuid)), ARRAY(Uuid))
    parent = func.unnest(ids).table_valued("id", with_ordinality="place", name="parent").render_derived()
    terms, condition = _parts(request, field.entity, asked)
    keys = [term.expression.label(f"k{index}") for index, term in enumerate(terms)]
    ordered = ordering(terms, asked.shape)
    row = func.row_number().over(order_by=ordered).label("row_place")
    within = (
        select(field.entity.model, *keys, row)
        .where(field.via == parent.c.id, condition)
        .order_by(*ordered)
        .limit(asked.size + 1)
        .lateral("page")
    )
    found = aliased(field.entity.model, within)
    statement = (
        select(found, *(within.c[f"k{index}"] for index in range(len(keys))), parent.c.place)
        .select_from(parent.join(within, true()))
        .order_by(parent.c.place, within.c.row_place)
        .execution_options(populate_existing=True)
    )
    rows = await request.reading.session.rows(statement.limit(request.room + len(parents) + 1))
    if len(rows) > request.room + len(parents):
        request.hand_out(len(rows))
    by_parent = {place: list(group) for place, group in groupby(rows, key=lambda each: each[-1])}
    return [_page(asked, [each[:-1] for each in by_parent.get(place, [])]) for place in range(1, len(parents) + 1)]


def _page(asked: Wanted, rows: Sequence[Any]) -> Page:
    """Make a page of rows that each have the values of their place after them."""
    return page(asked, [row[0] for row in rows], [row[1:] for row in rows])


def page(asked: Wanted, rows: Sequence[Any], places: Sequence[Sequence[Any]]) -> Page:
    """Cut off the row too many, and turn a page read backwards round."""
    shape, more = asked.shape, len(rows) > asked.size
    kept = [each[: asked.size] for each in (rows, places)]
    if shape.backwards:
        kept = [each[::-1] for each in kept]
    return Page(
        rows=kept[0],
        places=kept[1],
        has_next=shape.before is not None or (more and not shape.backwards),
        has_previous=shape.after is not None or (more and shape.backwards),
        order=asked.order,
    )


async def root_count(request: Request, field: ConnectionField, asked: Wanted) -> int:
    """Count all that match."""
    statement = select(func.count()).select_from(field.entity.model).where(condition_of(request, field, asked))
    [count] = await request.reading.session.scalars(statement)
    return count


def condition_of(request: Request, field: ConnectionField, asked: Wanted) -> ColumnElement[bool]:
    """Return the condition of a connection's filter over its model, its values in it."""
    entity = field.entity
    return matching(request.scoping, entity, entity.model, asked.shape, Binds(asked.matching))


async def counts_within(
    request: Request, field: ConnectionField, asked: Wanted, parents: Sequence[UUID]
) -> Sequence[int]:
    """Count what matches for each of several parents, in one statement."""
    assert field.via is not None
    ids = func.any(cast(literal(list(parents), ARRAY(Uuid)), ARRAY(Uuid)))
    condition = condition_of(request, field, asked)
    statement = select(field.via, func.count()).where(field.via == ids, condition).group_by(field.via)
    found: Sequence[Any] = await request.reading.session.rows(statement)
    counts = {parent: count for parent, count in found}  # noqa: C416 - a row is not a pair to the type checker
    return [counts.get(parent, 0) for parent in parents]
