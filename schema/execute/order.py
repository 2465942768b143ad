"""Orders and the keyset.

Turns `orderBy` into terms, terms into ORDER BY, and a cursor's values into a condition.

A term is an expression and a direction; the id is always the last one, so that the order is total, and goes the way of
the term before it, so that an index serves both. Nulls come last in both directions, written out in the condition
because SQL compares nothing with null. Cost of a page: one index range where an index serves the terms, and never an
offset.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, String, Text, and_, false, inspect, or_, select, true
from sqlalchemy.orm import aliased

from db.columns import policy_of, reference_of
from resolvers.barred import BadInput
from resolvers.context import Asking
from resolvers.edge import admit
from resolvers.places import dense_column, table_of
from schema.derive.declare import Entity
from schema.derive.names import camel
from schema.derive.orders import Direction
from schema.derive.registry import Registry, relation_name
from schema.derive.scalars import READERS
from schema.execute.scoping import Scoping

MOST_TERMS: Final = 8
MOST_STEPS: Final = 4


Bound = ColumnElement[Any] | None
"""A value of a place in an order, as SQL; None where the place has none."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of an order: its expression, its direction, and how it is read back."""

    expression: ColumnElement[Any]
    descending: bool
    nullable: bool
    kind: type

    def ordering(self, *, backwards: bool) -> list[ColumnElement[Any]]:
        """Return the ORDER BY of the term, or that of the list read backwards."""
        column = self.expression
        ordered = column.desc() if self.descending != backwards else column.asc()
        if not self.nullable:
            return [ordered]
        return [ordered.nulls_first() if backwards else ordered.nulls_last()]

    def beyond(self, bound: Bound, *, backwards: bool) -> ColumnElement[bool]:
        """Return the condition that a row comes after a value in this term (before it, when read backwards)."""
        column = self.expression
        if bound is None:
            return column.is_not(None) if backwards else false()
        further = column < bound if self.descending != backwards else column > bound
        return or_(further, column.is_(None)) if self.nullable and not backwards else further

    def begins(self, bound: Bound, *, backwards: bool) -> ColumnElement[bool]:
        """Return what holds for every row from a value on: where an index can begin, which it cannot at an OR."""
        if self.nullable:
            return true()
        return self.expression <= bound if self.descending != backwards else self.expression >= bound

    def same(self, bound: Bound) -> ColumnElement[bool]:
        """Return the condition that a row has a value in this term."""
        return self.expression.is_(None) if bound is None else self.expression == bound

    def read(self, stored: Any) -> Any:
        """Read back a value that a cursor carries."""
        reader = READERS.get(self.kind)
        return reader(stored) if reader and stored is not None else stored


Order = tuple[tuple[tuple[str, ...], bool], ...]
"""The terms of an order: the column, with the relations that lead to it before it, and whether it descends."""


def order_of(
    scoping: Scoping, asking: Asking, entity: Entity, via: str | None, order_by: Sequence[Mapping[str, Any]] | None
) -> Order:
    """Check an order, and return its terms; without one, by place within a parent, or else by id, which is by age."""
    if order_by and len(order_by) > MOST_TERMS:
        raise BadInput(f"At most {MOST_TERMS} terms.", path=("orderBy",))
    terms = [_checked(scoping, asking, entity, term, ("orderBy", index)) for index, term in enumerate(order_by or [])]
    if not terms:
        dense = dense_column(entity.model)
        if dense is not None and policy_of(dense).dense_within == via:
            terms.append(((dense.key,), False))
    return (*terms, (("id",), bool(terms) and terms[-1][1]))


def _checked(
    scoping: Scoping, asking: Asking, entity: Entity, term: Mapping[str, Any], path: tuple[str | int, ...]
) -> tuple[tuple[str, ...], bool]:
    [(name, value)] = term.items()
    here = (*path, camel(name))
    if len(here) > len(("orderBy", 0, name)) + MOST_STEPS:
        raise BadInput(f"An order goes through at most {MOST_STEPS} relations.", path=here)
    columns, registry = inspect(entity.model).columns, scoping.registry
    if name in columns:
        needs = policy_of(columns[name]).readable_with
        if needs:
            opened = scoping.opens(needs, entity)
            admit(asking, needs=needs, module=registry.module_of(entity), writes=False, path=here, opened=opened)
        return (name,), value is Direction.DESC
    _, other = _referred(registry, entity, name)
    opened = scoping.opens(other.read, other)
    admit(asking, needs=other.read, module=registry.module_of(other), writes=False, path=here, opened=opened)
    names, descending = _checked(scoping, asking, other, value, here)
    return (name, *names), descending


def _referred(registry: Registry, entity: Entity, name: str) -> tuple[str, Entity]:
    """Return the column of a relation, and the entity that it leads to."""
    columns = inspect(entity.model).columns
    column = next(each for each in columns if reference_of(each) and relation_name(each) == name)
    reference = reference_of(column)
    other = registry.entity(reference.target) if reference else None
    assert other is not None
    return column.key, other


def terms_of(scoping: Scoping, entity: Entity, target: Any, order: Order) -> list[Term]:
    """Return the terms of an order over a model, or over an alias of it; what who asks may not read has no value."""
    return [_term(scoping, entity, target, names, descending) for names, descending in order]


def _term(scoping: Scoping, entity: Entity, target: Any, names: tuple[str, ...], descending: bool) -> Term:  # noqa: FBT001 - as an order holds it
    name, *further = names
    if not further:
        return _column_term(entity, target, name, descending)
    key, other = _referred(scoping.registry, entity, name)
    alias = aliased(other.model)
    inner = _term(scoping, other, alias, tuple(further), descending)
    looked_up = select(inner.expression).where(alias.id == getattr(target, key))
    reached = scoping.named(entity, target, key, alias)
    looked_up = (looked_up if reached is None else looked_up.where(reached)).scalar_subquery()
    return Term(looked_up, descending, nullable=True, kind=inner.kind)


def _column_term(entity: Entity, target: Any, name: str, descending: bool) -> Term:  # noqa: FBT001 - as an order holds it
    table = table_of(entity.model)
    column = table.columns[name]
    if policy_of(column).sorted_as_name:
        stored = table.columns[f"{name}_sort"]
        expression = inspect(target).selectable.corresponding_column(stored) if target is not entity.model else stored
        return Term(expression, descending, bool(column.nullable), str)
    expression = getattr(target, name)
    if isinstance(column.type, String | Text):
        expression = expression.collate("C")
    return Term(expression, descending, bool(column.nullable), column.type.python_type)


def beyond(terms: Sequence[Term], bounds: Sequence[Bound], *, backwards: bool) -> ColumnElement[bool]:
    """Return the condition that a row comes after a place in the order (before it, when read backwards)."""
    further = or_(
        *(
            and_(
                *(terms[earlier].same(bounds[earlier]) for earlier in range(index)),
                term.beyond(bounds[index], backwards=backwards),
            )
            for index, term in enumerate(terms)
        )
    )
    return and_(terms[0].begins(bounds[0], backwards=backwards), further)


def order_name(entity: Entity, order: Order) -> str:
    """Name an order, so that a cursor can say under which it was made."""
    terms = (f"{'.'.join(names)}:{'DESC' if descending else 'ASC'}" for names, descending in order)
    return f"{entity.name}|{','.join(terms)}"
