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

from sqlalchemy import ColumnElement, String, Text, and_, false, inspect, literal, or_, select, true
from sqlalchemy.orm import aliased

from db.columns import policy_of, reference_of
from resolvers.barred import BadInput
from resolvers.edge import admit
from resolvers.places import dense_column, table_of
from schema.derive.declare import Entity
from schema.derive.names import camel
from schema.derive.orders import Direction
from schema.derive.registry import Registry, relation_name
from schema.derive.scalars import READERS
from schema.execute.request import Request

MOST_TERMS: Final = 8
MOST_STEPS: Final = 4


@dataclass(frozen=True, slots=True)
class Term:
    """One term of an order: what it is called in a cursor, its expression, its direction, and how it is read back."""

    name: str
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

    def beyond(self, value: Any, *, backwards: bool) -> ColumnElement[bool]:
        """Return the condition that a row comes after a value in this term (before it, when read backwards)."""
        column = self.expression
        if value is None:
            return column.is_not(None) if backwards else false()
        bound = self._bound(value)
        further = column < bound if self.descending != backwards else column > bound
        return or_(further, column.is_(None)) if self.nullable and not backwards else further

    def begins(self, value: Any, *, backwards: bool) -> ColumnElement[bool]:
        """Return what holds for every row from a value on: where an index can begin, which it cannot at an OR."""
        if self.nullable:
            return true()
        bound = self._bound(value)
        return self.expression <= bound if self.descending != backwards else self.expression >= bound

    def same(self, value: Any) -> ColumnElement[bool]:
        """Return the condition that a row has a value in this term."""
        return self.expression.is_(None) if value is None else self.expression == self._bound(value)

    def _bound(self, value: Any) -> ColumnElement[Any]:
        """Give a value as a parameter: SQLAlchemy writes true and false as words, and does not compare words."""
        return literal(value, self.expression.type)

    def read(self, stored: Any) -> Any:
        """Read back a value that a cursor carries."""
        reader = READERS.get(self.kind)
        return reader(stored) if reader and stored is not None else stored


def terms_of(
    registry: Registry, request: Request, entity: Entity, via: str | None, order_by: Sequence[Mapping[str, Any]] | None
) -> list[Term]:
    """Return the terms of an order; without one, by place within a parent, or else by id, which is by age."""
    if order_by and len(order_by) > MOST_TERMS:
        raise BadInput(f"At most {MOST_TERMS} terms.", path=("orderBy",))
    terms = [
        _term(registry, request, entity, entity.model, term, ("orderBy", index))
        for index, term in enumerate(order_by or [])
    ]
    if not terms:
        dense = dense_column(entity.model)
        if dense is not None and policy_of(dense).dense_within == via:
            terms.append(_column_term(entity, entity.model, dense.key, Direction.ASC))
    ties = Direction.DESC if terms and terms[-1].descending else Direction.ASC
    return [*terms, _column_term(entity, entity.model, "id", ties)]


def _term(
    registry: Registry,
    request: Request,
    entity: Entity,
    target: Any,
    term: Mapping[str, Any],
    path: tuple[str | int, ...],
) -> Term:
    [(name, value)] = term.items()
    here = (*path, camel(name))
    if len(here) > len(("orderBy", 0, name)) + MOST_STEPS:
        raise BadInput(f"An order goes through at most {MOST_STEPS} relations.", path=here)
    columns = inspect(entity.model).columns
    if name in columns:
        needs = policy_of(columns[name]).readable_with
        if needs:
            admit(request.asking, needs=needs, module=registry.module_of(entity), writes=False, path=here)
        return _column_term(entity, target, name, value)
    column = next(each for each in columns if reference_of(each) and relation_name(each) == name)
    reference = reference_of(column)
    other = registry.entity(reference.target) if reference else None
    assert other is not None
    admit(request.asking, needs=other.read, module=registry.module_of(other), writes=False, path=here)
    alias = aliased(other.model)
    inner = _term(registry, request, other, alias, value, here)
    looked_up = select(inner.expression).where(alias.id == getattr(target, column.key)).scalar_subquery()
    return Term(f"{name}.{inner.name}", looked_up, inner.descending, nullable=True, kind=inner.kind)


def _column_term(entity: Entity, target: Any, name: str, direction: Direction) -> Term:
    table = table_of(entity.model)
    column = table.columns[name]
    descending = direction is Direction.DESC
    label = f"{name}:{direction.name}"
    if policy_of(column).sorted_as_name:
        stored = table.columns[f"{name}_sort"]
        expression = inspect(target).selectable.corresponding_column(stored) if target is not entity.model else stored
        return Term(label, expression, descending, bool(column.nullable), str)
    expression = getattr(target, name)
    if isinstance(column.type, String | Text):
        expression = expression.collate("C")
    return Term(label, expression, descending, bool(column.nullable), column.type.python_type)


def beyond(terms: Sequence[Term], values: Sequence[Any], *, backwards: bool) -> ColumnElement[bool]:
    """Return the condition that a row comes after a place in the order (before it, when read backwards)."""
    further = or_(
        *(
            and_(
                *(terms[earlier].same(values[earlier]) for earlier in range(index)),
                term.beyond(values[index], backwards=backwards),
            )
            for index, term in enumerate(terms)
        )
    )
    return and_(terms[0].begins(values[0], backwards=backwards), further)


def order_name(entity: Entity, terms: Sequence[Term]) -> str:
    """Name an order, so that a cursor can say under which it was made."""
    return f"{entity.name}|{','.join(term.name for term in terms)}"
