"""What `groups` was asked for, checked: by which columns, in which time zone, how many, and what of each group."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, GraphQLObjectType, InlineFragmentNode, get_named_type
from sqlalchemy import Column, inspect

from db.columns import policy_of
from resolvers.barred import BadInput
from resolvers.edge import admit
from schema.derive.declare import LARGEST_GROUPS, MOST_KEYS, Entity
from schema.derive.fields import MeasuredField, MeasureField, declaration_of
from schema.derive.groupings import Each, Period
from schema.derive.names import camel
from schema.execute.measure import Key, Measured
from schema.execute.request import Info, Request, request_of


@dataclass(frozen=True, slots=True)
class Grouping:
    """What groups were asked for: their keys, what of each, and how many; without a number, all."""

    keys: Sequence[Key]
    measured: Sequence[Measured]
    first: int | None

    @property
    def most(self) -> int:
        """How many groups are read: one too many, where that would be an error."""
        return LARGEST_GROUPS + 1 if self.first is None else self.first


def grouping(request: Request, info: Info, entity: Entity, arguments: Mapping[str, Any]) -> Grouping:
    """Check the arguments of groups, and find out what is selected of each."""
    first = arguments.get("first")
    if first is not None and not 0 <= first <= LARGEST_GROUPS:
        raise BadInput(f"`first` is from 0 to {LARGEST_GROUPS:,}; this is {first}.", path=("first",))
    keys = keys_of(request, entity, arguments["by"], arguments["time_zone"])
    return Grouping(keys, list(dict.fromkeys(_selected(info))), first)


def keys_of(request: Request, entity: Entity, by: Sequence[Mapping[str, Each | Period]], zone: str | None) -> list[Key]:
    """Return the keys that `by` names; grouping by a column and reading it need the same permission."""
    if not 1 <= len(by) <= MOST_KEYS:
        raise BadInput(f"From 1 to {MOST_KEYS} terms.", path=("by",))
    if zone is None:
        raise BadInput("Leave the time zone out instead of giving null.", path=("timeZone",))
    keys: list[Key] = []
    for index, term in enumerate(by):
        [(name, how)] = term.items()
        path = ("by", index, camel(name))
        column = inspect(entity.model).columns[name]
        _admit(request, entity, column, path)
        if any(each.column is column for each in keys):
            raise BadInput(f"`{camel(name)}` is named twice; a key has it once.", path=path)
        keys.append(Key(column, how if isinstance(how, Period) else None, zone))
    return keys


def _admit(request: Request, entity: Entity, column: Column[Any], path: tuple[str | int, ...]) -> None:
    needs = policy_of(column).readable_with
    if needs is not None:
        module, opened = request.registry.module_of(entity), request.scoping.opens(needs, entity)
        admit(request.asking, needs=needs, module=module, writes=False, path=path, opened=opened)


def _selected(info: Info) -> Iterator[Measured]:
    """Return what is measured of which columns in the selection of groups, but for what the caller may not read."""
    kind: Any = get_named_type(info.return_type)
    for node in _below(info, info.field_nodes):
        around = kind.fields.get(node.name.value)
        declared = declaration_of(around) if around else None
        if isinstance(declared, MeasureField):
            for column in _columns(info, node, get_named_type(around.type)):
                yield Measured(declared.measure, column)


def _columns(info: Info, node: FieldNode, kind: GraphQLObjectType) -> Iterator[Column[Any]]:
    scoping = request_of(info).scoping
    for inner in _below(info, [node]):
        field = kind.fields.get(inner.name.value)
        declared = declaration_of(field) if field else None
        if isinstance(declared, MeasuredField) and scoping.holds(declared):
            yield declared.column


def _below(info: Info, nodes: Sequence[FieldNode]) -> Iterator[FieldNode]:
    """Walk the fields that are selected in some, those of fragments with them; what is skipped costs little."""
    waiting: list[Any] = [each for node in nodes if node.selection_set for each in node.selection_set.selections]
    seen: set[str] = set()
    while waiting:
        selection = waiting.pop()
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            waiting.extend(selection.selection_set.selections)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
            seen.add(selection.name.value)
            waiting.extend(info.fragments[selection.name.value].selection_set.selections)
