"""Derives from declarations what can be imported: the fields of each type, and how a cell is read into each.

A cell is read as the input of the type's mutation reads its value. What a cell cannot hold, a list or an object, is no
field of an import; a type that cannot be made without one cannot be imported.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, get_args, get_origin
from uuid import UUID

from graphql import GraphQLError, GraphQLScalarType
from sqlalchemy import ARRAY, Column
from sqlalchemy.dialects.postgresql import JSONB

from db.base import Shown, camel
from db.choices import Choice
from db.columns import named_by, policy_of
from resolvers import plain
from resolvers.imports import Importable, Importables, ImportField, Lookup
from resolvers.operation import Parameter
from resolvers.places import place_of, table_of
from schema.derive import ids
from schema.derive.declare import Domain, Entity
from schema.derive.scalars import OF_PYTHON, scalar_of

Read = Callable[[str], Any]
TRUE: Final = frozenset({"true", "yes", "1"})
FALSE: Final = frozenset({"false", "no", "0"})
WHOLE: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)
NUMBER: Final = re.compile(r"[+-]?\d{1,300}(\.\d{1,300})?", re.ASCII)


def importables_of(domains: Sequence[Domain]) -> Importables:
    """Return what can be imported of some domains, by the name of its type."""
    entities = {entity.name: entity for domain in domains for entity in domain.entities}
    reads: dict[type[Shown], str] = {entity.model: entity.read for entity in entities.values()}
    found = [(domain, entity) for domain in domains for entity in domain.entities if entity.imported]
    return {entity.name: _importable(domain, entity, entities, reads) for domain, entity in found}


def _importable(
    domain: Domain, entity: Entity, entities: Mapping[str, Entity], reads: Mapping[type[Shown], str]
) -> Importable:
    operation = plain.create(entity.plainly, entity.create_as)
    fields = {
        each.name: each for name, parameter in operation.inputs.items() for each in _fields(name, parameter, entities)
    }
    inputs = {each.input for each in fields.values()}
    if missing := [name for name, each in operation.inputs.items() if each.required and name not in inputs]:
        message = f"{entity.name} cannot be imported: no cell can hold its {', '.join(missing)}"
        raise ValueError(message)
    columns = table_of(entity.written).columns
    unique = frozenset(name for name in inputs if name in columns and columns[name].info.get("unique"))
    written, also = entity.plainly, entity.created
    alone = not (written.guard or also.before or also.run or place_of(entity.written))
    return Importable(entity.name, domain.module, operation, fields, unique, reads, alone)


def _fields(name: str, parameter: Parameter, entities: Mapping[str, Entity]) -> Iterator[ImportField]:
    """Return the fields of one input: itself, and one for each way of finding what it names."""
    read = _read_of(parameter)
    if read is None:
        return
    needs = policy_of(parameter.column).readable_with if parameter.column is not None else None
    yield ImportField(camel(name), name, parameter.meaning, parameter.required, read, needs=needs)
    target = entities.get(_named(parameter) or "")
    if target and name.endswith("_id"):
        for column in _unique_columns(target):
            lookup = Lookup(target.written, column.key, target.read)
            shown = f"{camel(name.removesuffix('_id'))}.{camel(column.key)}"
            meaning = f"{parameter.meaning} Found by: {column.doc}"
            yield ImportField(shown, name, meaning, parameter.required, _read_column(column), lookup, needs)


def _unique_columns(target: Entity) -> Iterator[Column[Any]]:
    """Return the columns by which one object of a type can be found, and which are no secret to who may read it."""
    for column in table_of(target.model).columns:
        policy = policy_of(column)
        if column.info.get("unique") and not policy.hidden and not policy.readable_with and not named_by(column):
            yield column


def _named(parameter: Parameter) -> str | None:
    """Return the type that an input's id names, if it takes one."""
    if parameter.model:
        return parameter.model.__name__
    return parameter.names or (named_by(parameter.column) if parameter.column is not None else None)


def _read_of(parameter: Parameter) -> Read | None:
    """Return how a cell is read as an input; None for what no cell can hold."""
    if get_origin(parameter.kind) is list:
        return None
    if type_name := _named(parameter):
        return _reading_ids(type_name)
    if parameter.column is not None:
        holds = not isinstance(parameter.column.type, ARRAY | JSONB) and not policy_of(parameter.column).selects
        return _read_column(parameter.column) if holds else None
    options = [each for each in get_args(parameter.kind) if each is not type(None)] or [parameter.kind]
    return _read_kind(options[0])


def _read_column(column: Column[Any]) -> Read:
    kind = bytes if policy_of(column).encrypted else column.type.python_type
    return _reading_choices(kind) if issubclass(kind, Choice) else _reading(scalar_of(column))


def _read_kind(kind: Any) -> Read | None:
    if inspect.isclass(kind) and issubclass(kind, Choice):
        return _reading_choices(kind)
    is_one = kind in OF_PYTHON and kind not in {UUID, dict[str, Any]}
    return _reading(OF_PYTHON[kind]) if is_one else None


def _reading(scalar: GraphQLScalarType) -> Read:
    """Return how a cell is read as a scalar."""
    by_name: dict[str, Read] = {"Int": _whole, "Float": _number, "Boolean": _flag}
    prepared = by_name.get(scalar.name, str)

    def read(text: str) -> Any:
        try:
            return scalar.parse_value(prepared(text))
        except GraphQLError as wrong:
            raise ValueError(wrong.message) from None

    return read


def _whole(text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise ValueError("It must be a whole number.")
    return int(text)


def _number(text: str) -> float:
    if not NUMBER.fullmatch(text):
        raise ValueError("It must be a number, such as 12.5.")
    return float(text)


def _flag(text: str) -> bool:
    folded = text.casefold()
    if folded not in TRUE | FALSE:
        raise ValueError("It must be true or false, yes or no, 1 or 0.")
    return folded in TRUE


def _reading_choices(choices: type[Choice]) -> Read:
    known = {name.casefold(): member for member in choices for name in (member.name, member.value)}

    def read(text: str) -> Any:
        if text.casefold() not in known:
            raise ValueError(f"It must be one of {', '.join(member.name for member in choices)}.")
        return known[text.casefold()]

    return read


def _reading_ids(type_name: str) -> Read:
    def read(text: str) -> UUID:
        row = ids.row_of(text, type_name)
        if row is None:
            raise ValueError(f"It must be the id of a {type_name}.")
        return row

    return read
