"""Rows as PostgreSQL gives them: which columns are asked for, and how the value of each becomes what the API shows.

A selection of an entity can be answered from rows where nothing in it needs the object itself: its columns, what they
refer to, and the lists that refer to it. Anything else (what is computed, opened, or told of another type) is given
objects, as the reference engine has them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson
from graphql import GraphQLField, TypeNameMetaFieldDef
from sqlalchemy import ARRAY, Boolean, Column, String, Text, Uuid
from sqlalchemy import Enum as TextEnum
from sqlalchemy.dialects.postgresql import JSONB

from db.columns import holds_id, named_by, policy_of, shown_words
from schema.derive import ids
from schema.derive.declare import Entity
from schema.derive.fields import ColumnField, ConnectionField, RelationField, declaration_of

Show = Callable[[Sequence[Any]], list[Any]]
TYPE_NAME: Final = "__typename"
AS_THEY_ARE: Final = (String, Text, Boolean)


class Layout:
    """The columns of an entity that are asked for at a place; the first is its id."""

    def __init__(self, entity: Entity) -> None:
        self.entity, self.columns = entity, ["id"]

    def place(self, column: str) -> int:
        """Return where a column stands in a row, which asks for it."""
        if column not in self.columns:
            self.columns.append(column)
        return self.columns.index(column)


def in_row(field: GraphQLField | None) -> bool:
    """Tell whether a field of an entity can be answered from its row."""
    if field is None or field is TypeNameMetaFieldDef:
        return True
    declared = declaration_of(field)
    if isinstance(declared, ColumnField):
        policy = policy_of(declared.column)
        return not (policy.encrypted or policy.values_of or policy.named_in)
    return isinstance(declared, RelationField) or (isinstance(declared, ConnectionField) and declared.via is not None)


def shown(entity: Entity, column: Column[Any]) -> tuple[Show | None, bool]:
    """Return how values of a column are turned into what its field shows, and whether they are complete with that."""
    named = entity.name if column.key == "id" else named_by(column)
    if named:
        return _ids(named), True
    if isinstance(column.type, TextEnum):
        return _words({member.value: member.name for member in column.type.enum_class or ()}), True
    if words := shown_words(column):
        return _words(words), True
    if isinstance(column.type, JSONB):
        return _parsed, True
    if isinstance(column.type, ARRAY) or holds_id(column) or isinstance(column.type, Uuid):
        return None, False
    return None, isinstance(column.type, AS_THEY_ARE)


def _ids(named: str) -> Show:
    return lambda values: [None if value is None else ids.encode(named, value) for value in values]


def _words(words: Mapping[str, str]) -> Show:
    get = words.get
    return lambda values: [get(value, value) for value in values]


def _parsed(values: Sequence[Any]) -> list[Any]:
    return [None if value is None else orjson.loads(value) for value in values]
