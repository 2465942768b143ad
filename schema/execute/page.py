"""Pages: one statement reads the page of one list, or of one list per parent however many parents there are.

For many parents: `unnest(parents) WITH ORDINALITY CROSS JOIN LATERAL (... LIMIT n + 1)`; the one row too many tells
whether there is more. A cursor is sealed for its tenant and carries the values of the order's terms; it is refused
under another order, another list or another tenant. Source: keyset pagination, https://use-the-index-luke.com/no-
offset.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, ColumnElement, Uuid, cast, func, literal, select, true
from sqlalchemy.orm import aliased

from db.encryption import CannotDecrypt
from resolvers.barred import BadInput
from schema.derive.declare import DEFAULT_PAGE, LARGEST_PAGE
from schema.derive.fields import ConnectionField
from schema.derive.registry import Registry
from schema.execute.order import Term, beyond, order_name, terms_of
from schema.execute.request import Request
from schema.execute.where import Where
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a connection was asked for, checked: how many, from which end, between which places, matching what."""

    size: int
    backwards: bool
    terms: Sequence[Term]
    after: Sequence[Any] | None
    before: Sequence[Any] | None
    condition: ColumnElement[bool]
    order: str


def wanted(registry: Registry, request: Request, field: ConnectionField, arguments: Mapping[str, Any]) -> Wanted:
    """Check the arguments of a connection."""
    entity = field.entity
    size, backwards = _size(arguments)
    terms = terms_of(
        registry, request, entity, field.via.key if field.via is not None else None, arguments.get("order_by")
    )
    order = order_name(entity, terms)
    where = arguments.get("where")
    condition = Where(registry, request).condition(entity, entity.model, where, ("where",)) if where else true()
    places = [_opened(request, order, terms, arguments.get(name), name) for name in ("after", "before")]
    return Wanted(size, backwards, terms, places[0], places[1], condition, order)


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
    text = orjson.dumps([order, *plain(list(place))])
    return request.sealer.seal(text, tenant_id=request.asking.tenant.id, purpose="cursor")


def _opened(request: Request, order: str, terms: Sequence[Term], cursor: str | None, name: str) -> Sequence[Any] | None:
    if cursor is None:
        return None
    if len(cursor) > LONGEST_CURSOR:
        raise BadInput("This is not a cursor of this list.", path=(name,))
    try:
        opened = request.sealer.open(cursor, tenant_id=request.asking.tenant.id, purpose="cursor")
    except CannotDecrypt as error:
        raise BadInput("This is not a cursor of this list.", path=(name,)) from error
    made_under, *values = orjson.loads(opened)
    if made_under != order:
        raise BadInput("This cursor belongs to another list or another order.", path=(name,))
    return [term.read(value) for term, value in zip(terms, values, strict=True)]


def _bounded(asked: Wanted) -> ColumnElement[bool]:
    condition = asked.condition
    if asked.after is not None:
        condition &= beyond(asked.terms, asked.after, backwards=False)
    if asked.before is not None:
        condition &= beyond(asked.terms, asked.before, backwards=True)
    return condition


async def root_page(request: Request, field: ConnectionField, asked: Wanted) -> Page:
    """Read a page of all of a tenant's entities."""
    keys = [term.expression.label(f"k{index}") for index, term in enumerate(asked.terms)]
    ordering = [each for term in asked.terms for each in term.ordering(backwards=asked.backwards)]
    statement = (
        select(field.entity.model, *keys)
        .where(_bounded(asked))
        .order_by(*ordering)
        .limit(asked.size + 1)
        .execution_options(populate_existing=True)
    )
    return _page(asked, await request.reading.session.rows(statement))


async def pages_within(
    request: Request, field: ConnectionField, asked: Wanted, parents: Sequence[UUID]
) -> Sequence[Page]:
    """Read a page for each of several parents, in one statement."""
    assert field.via is not None
    ids = cast(literal(list(parents), ARRAY(Uuid)), ARRAY(Uuid))
    parent = func.unnest(ids).table_valued("id", with_ordinality="place", name="parent").render_derived()
    keys = [term.expression.label(f"k{index}") for index, term in enumerate(asked.terms)]
    ordering = [each for term in asked.terms for each in term.ordering(backwards=asked.backwards)]
    row = func.row_number().over(order_by=ordering).label("row_place")
    within = (
        select(field.entity.model, *keys, row)
        .where(field.via == parent.c.id, _bounded(asked))
        .order_by(*ordering)
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
    """Cut off the row too many, and turn a page read backwards round."""
    more = len(rows) > asked.size
    kept = list(rows[: asked.size])
    if asked.backwards:
        kept.reverse()
    return Page(
        rows=[row[0] for row in kept],
        places=[row[1:] for row in kept],
        has_next=asked.before is not None or (more and not asked.backwards),
        has_previous=asked.after is not None or (more and asked.backwards),
        order=asked.order,
    )


async def root_count(request: Request, field: ConnectionField, asked: Wanted) -> int:
    """Count all that match."""
    statement = select(func.count()).select_from(field.entity.model).where(asked.condition)
    [count] = await request.reading.session.scalars(statement)
    return count


async def counts_within(
    request: Request, field: ConnectionField, asked: Wanted, parents: Sequence[UUID]
) -> Sequence[int]:
    """Count what matches for each of several parents, in one statement."""
    assert field.via is not None
    ids = func.any(cast(literal(list(parents), ARRAY(Uuid)), ARRAY(Uuid)))
    statement = select(field.via, func.count()).where(field.via == ids, asked.condition).group_by(field.via)
    found: Sequence[Any] = await request.reading.session.rows(statement)
    counts = {parent: count for parent, count in found}  # noqa: C416 - a row is not a pair to the type checker
    return [counts.get(parent, 0) for parent in parents]
