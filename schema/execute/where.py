"""Compiles a `where` argument into one SQL condition over a model; related objects become EXISTS.

Reading a field and filtering by it need the same permission. The nesting and the number of conditions are bounded. A
condition holds or it does not: what SQL leaves unknown because of a null does not hold, and its negation does.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, ColumnElement, and_, case, exists, false, inspect, or_, true
from sqlalchemy.orm import aliased
from sqlalchemy.orm.util import AliasedClass

from db.base import Shown
from db.columns import NamedIn, named_by, policy_of, reference_of, shown_words, stored_words
from resolvers.barred import BadInput
from resolvers.context import any_of
from resolvers.edge import admit
from schema.derive import ids
from schema.derive.declare import Entity
from schema.derive.ids import GlobalId, decode
from schema.derive.names import camel
from schema.derive.registry import Registry, relation_name
from schema.execute.compare import Path, checked, compared
from schema.execute.request import Request

DEEPEST: Final = 10
MOST_CONDITIONS: Final = 200
EQUALITIES: Final = frozenset({"eq", "ne", "in", "not_in"})

Target = type[Shown] | AliasedClass[Any]


class Where:
    """Compiles the filters of one argument; counts what it compiles."""

    def __init__(self, registry: Registry, request: Request) -> None:
        self._registry = registry
        self._request = request
        self._conditions = 0
        self._level = 0

    def condition(self, entity: Entity, target: Target, where: Mapping[str, Any], path: Path) -> ColumnElement[bool]:
        """Compile a filter of an entity over its model, or over an alias of it."""
        self._conditions += 1
        self._level += 1
        if self._level > DEEPEST or self._conditions > MOST_CONDITIONS:
            raise BadInput(f"At most {DEEPEST} levels and {MOST_CONDITIONS} conditions.", path=path)
        each = [self._one(entity, target, name, value, path) for name, value in where.items()]
        self._level -= 1
        return and_(true(), *each)

    def _one(self, entity: Entity, target: Target, name: str, value: Any, path: Path) -> ColumnElement[bool]:
        here = (*path, camel(name))
        if value is None:
            raise BadInput("Leave the condition out instead of giving null; `isNull` asks for null.", path=here)
        if name in {"and", "or"}:
            each = [self.condition(entity, target, item, (*here, index)) for index, item in enumerate(value)]
            return and_(true(), *each) if name == "and" else or_(false(), *each)
        if name == "not":
            return self.condition(entity, target, value, here).is_not(true())
        return self._about(entity, target, name, value, here)

    def _about(self, entity: Entity, target: Target, name: str, value: Any, path: Path) -> ColumnElement[bool]:
        mapper = inspect(entity.model)
        if name in mapper.columns:
            return self._compare(entity, target, name, value, path)
        for column in mapper.columns:
            reference = reference_of(column)
            if reference and relation_name(column) == name:
                other = self._registry.entity(reference.target)
                assert other is not None
                return self._to_one(other, getattr(target, column.key), value, path)
        back = next(each for each in self._registry.backs_of(entity) if each[0] == name)
        return self._to_many(back[1], back[2].key, target, value, path)

    def _compare(
        self, entity: Entity, target: Target, name: str, comparison: Mapping[str, Any], path: Path
    ) -> ColumnElement[bool]:
        column = inspect(entity.model).columns[name]
        self._admit(policy_of(column).readable_with, self._registry.module_of(entity), path)
        type_name, named = entity.name if name == "id" else named_by(column), policy_of(column).named_in
        conditions = []
        for operator, value in comparison.items():
            here = (*path, camel(operator).removesuffix("Json"))
            operand = checked(column, value, here)
            if named and operator != "is_null":
                stored = stored_words(column.table.columns[named.column])
                conditions.append(self._of_any_type(target, name, named, stored, operator, operand, here))
                continue
            if type_name and operator != "is_null":
                operand = _rows(operand, type_name, here)
            conditions.append(_compared_as_shown(column, getattr(target, name), operator, operand))
        self._conditions += len(conditions)
        return and_(true(), *conditions)

    def _of_any_type(
        self,
        target: Target,
        name: str,
        named: NamedIn,
        stored: Mapping[str, str],
        operator: str,
        operand: Any,
        path: Path,
    ) -> ColumnElement[bool]:
        """Compare an id of any type: with it goes the type, so that an index over both is used.

        `stored` holds what types are called in the other column, where the API calls them something else.
        """
        rows: dict[str, list[UUID]] = {}
        for each in operand if isinstance(operand, list) else [operand]:
            of_type, row = _decoded(each, path)
            rows.setdefault(stored.get(of_type, of_type), []).append(row)
        self._conditions += len(rows)
        if self._conditions > MOST_CONDITIONS:
            raise BadInput(f"At most {MOST_CONDITIONS} conditions, of which each type of an id is one.", path=path)
        said, key = getattr(target, named.column), getattr(target, name)
        pairs = [(word, found) for of_type, found in rows.items() for word in named.said_of(of_type)]
        matching = or_(false(), *(and_(said == word, _among(key, found)) for word, found in pairs))
        return matching.is_not(true()) if operator in {"ne", "not_in"} else matching

    def _to_one(self, other: Entity, key: Any, where: Mapping[str, Any], path: Path) -> ColumnElement[bool]:
        self._admit(other.read, self._registry.module_of(other), path)
        alias = aliased(other.model)
        return exists().where(alias.id == key, self.condition(other, alias, where, path))

    def _to_many(
        self, other: Entity, column: str, target: Target, where: Mapping[str, Any], path: Path
    ) -> ColumnElement[bool]:
        self._admit(other.read, self._registry.module_of(other), path)
        conditions: list[ColumnElement[bool]] = []
        for match, inner in where.items():
            if inner is None:
                raise BadInput("Leave the condition out instead of giving null.", path=(*path, match))
            alias = aliased(other.model)
            related = getattr(alias, column) == target.id
            matching = self.condition(other, alias, inner, (*path, match))
            wanted = matching.is_not(true()) if match == "every" else matching
            found = exists().where(related, wanted)
            conditions.append(found if match == "some" else ~found)
        return and_(true(), *conditions)

    def _admit(self, needs: str | None, module: str, path: Path) -> None:
        """Filtering by a field needs the same permission as reading it."""
        if needs is not None:
            admit(self._request.asking, needs=needs, module=module, writes=False, path=path)


def _compared_as_shown(column: Column[Any], key: Any, operator: str, operand: Any) -> ColumnElement[bool]:
    """Compare a column whose values the API may call otherwise: what is equal as stored, as an index holds it."""
    shown = shown_words(column)
    if not shown:
        return compared(key, operator, operand)
    if operator in EQUALITIES:
        stored = stored_words(column)
        several = isinstance(operand, list)
        operand = [stored.get(each, each) for each in operand] if several else stored.get(operand, operand)
        return compared(key, operator, operand)
    return compared(case(shown, value=key, else_=key), operator, operand)


def _among(key: Any, rows: Sequence[UUID]) -> ColumnElement[bool]:
    return key == (rows[0] if len(rows) == 1 else any_of(rows))


def _decoded(text: str, path: Path) -> GlobalId:
    """Read an id of any type; a text that is none is a mistake that is said."""
    found = decode(text)
    if found is None:
        raise BadInput("This is not an id.", path=path)
    return found


def _rows(value: Any, type_name: str, path: Path) -> Any:
    """Turn ids into rows; an id of another type is a mistake that is said."""
    if isinstance(value, list):
        return [_rows(each, type_name, (*path, index)) for index, each in enumerate(value)]
    row = ids.row_of(value, type_name)
    if row is None:
        raise BadInput(f"This is not the id of a {type_name}.", path=path)
    return row
