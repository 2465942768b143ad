"""Reads a `where` argument: checks it, and takes it apart into its shape, which decides the SQL, and its values.

Reading a field and filtering by it need the same permission. The nesting and the number of conditions are bounded. What
is read here becomes SQL in `schema.execute.condition`, which takes the values in the order in which they are noted.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, inspect

from db.columns import NamedIn, named_by, policy_of, reference_of, shown_words, stored_words
from resolvers.barred import BadInput
from resolvers.context import Asking
from resolvers.edge import admit
from schema.derive import ids
from schema.derive.declare import Entity
from schema.derive.ids import GlobalId, decode
from schema.derive.names import camel
from schema.derive.registry import relation_name
from schema.execute.compare import Path, checked, operand
from schema.execute.scoping import Scoping

DEEPEST: Final = 10
MOST_CONDITIONS: Final = 200
EQUALITIES: Final = frozenset({"eq", "ne", "in", "not_in"})

Shape = tuple[Any, ...]
"""One part of a filter without its values: what it is, what it is about, and the parts in it."""


class Where:
    """Reads the filters of one argument; counts what it reads, and notes their values."""

    def __init__(self, scoping: Scoping, asking: Asking) -> None:
        self._scoping, self._registry, self._asking = scoping, scoping.registry, asking
        self.values: list[Any] = []
        self._conditions = 0
        self._level = 0

    def read(self, entity: Entity, where: Mapping[str, Any], path: Path) -> Shape:
        """Read a filter of an entity."""
        self._conditions += 1
        self._level += 1
        if self._level > DEEPEST or self._conditions > MOST_CONDITIONS:
            raise BadInput(f"At most {DEEPEST} levels and {MOST_CONDITIONS} conditions.", path=path)
        each = tuple(self._one(entity, name, value, path) for name, value in where.items())
        self._level -= 1
        return ("and", each)

    def _one(self, entity: Entity, name: str, value: Any, path: Path) -> Shape:
        here = (*path, camel(name))
        if value is None:
            raise BadInput("Leave the condition out instead of giving null; `isNull` asks for null.", path=here)
        if name in {"and", "or"}:
            return (name, tuple(self.read(entity, item, (*here, index)) for index, item in enumerate(value)))
        if name == "not":
            return ("not", self.read(entity, value, here))
        return self._about(entity, name, value, here)

    def _about(self, entity: Entity, name: str, value: Any, path: Path) -> Shape:
        mapper = inspect(entity.model)
        if name in mapper.columns:
            return self._compare(entity, name, value, path)
        for column in mapper.columns:
            reference = reference_of(column)
            if reference and relation_name(column) == name:
                other = self._registry.entity(reference.target)
                assert other is not None
                self._admit(other.read, other, path)
                return ("to one", column.key, self.read(other, value, path))
        back = next(each for each in self._registry.backs_of(entity) if each[0] == name)
        return self._to_many(name, back[1], value, path)

    def _compare(self, entity: Entity, name: str, comparison: Mapping[str, Any], path: Path) -> Shape:
        column = inspect(entity.model).columns[name]
        self._admit(policy_of(column).readable_with, entity, path)
        type_name, named = entity.name if name == "id" else named_by(column), policy_of(column).named_in
        conditions: list[Shape] = []
        for operator, value in comparison.items():
            here = (*path, camel(operator).removesuffix("Json"))
            given = checked(column, value, here)
            if operator == "is_null":
                conditions.append(("null", name, bool(given)))
            elif named:
                stored = stored_words(column.table.columns[named.column])
                conditions.append(self._of_any_type(name, named, stored, operator, given, here))
            else:
                given = _rows(given, type_name, here) if type_name else _as_stored(column, operator, given)
                self.values.append(operand(operator, given))
                conditions.append(("compare", name, operator))
        self._conditions += len(conditions)
        return ("and", tuple(conditions))

    def _of_any_type(
        self, name: str, named: NamedIn, stored: Mapping[str, str], operator: str, given: Any, path: Path
    ) -> Shape:
        """Read an id of any type: with it goes the type, so that an index over both is used.

        `stored` holds what types are called in the other column, where the API calls them something else.
        """
        rows: dict[str, list[UUID]] = {}
        for each in given if isinstance(given, list) else [given]:
            of_type, row = _decoded(each, path)
            rows.setdefault(stored.get(of_type, of_type), []).append(row)
        self._conditions += len(rows)
        if self._conditions > MOST_CONDITIONS:
            raise BadInput(f"At most {MOST_CONDITIONS} conditions, of which each type of an id is one.", path=path)
        pairs = [(word, found) for of_type, found in rows.items() for word in named.said_of(of_type)]
        self.values += [found[0] if len(found) == 1 else found for _, found in pairs]
        words = tuple((word, len(found) == 1) for word, found in pairs)
        return ("of type", name, operator in {"ne", "not_in"}, words)

    def _to_many(self, name: str, other: Entity, where: Mapping[str, Any], path: Path) -> Shape:
        self._admit(other.read, other, path)
        matches: list[Shape] = []
        for match, inner in where.items():
            if inner is None:
                raise BadInput("Leave the condition out instead of giving null.", path=(*path, match))
            matches.append((match, self.read(other, inner, (*path, match))))
        return ("to many", name, tuple(matches))

    def _admit(self, needs: str | None, entity: Entity, path: Path) -> None:
        """Filtering by a field needs the same permission as reading it."""
        if needs is not None:
            module, opened = self._registry.module_of(entity), self._scoping.opens(needs, entity)
            admit(self._asking, needs=needs, module=module, writes=False, path=path, opened=opened)


def _as_stored(column: Column[Any], operator: str, given: Any) -> Any:
    """Return what is equal as stored, where the API calls a value otherwise."""
    if operator not in EQUALITIES or not shown_words(column):
        return given
    stored = stored_words(column)
    return [stored.get(each, each) for each in given] if isinstance(given, list) else stored.get(given, given)


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
