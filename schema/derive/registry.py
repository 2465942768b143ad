"""Which types there are: each is made once, by name, when it is first needed, and its fields later still.

It also answers what the files beside it ask of the declarations: the entity of a model, who points at whom, what is
computed, what moves.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from types import CodeType, FunctionType
from typing import Any, TypeVar, cast, get_args

from graphql import GraphQLEnumType, GraphQLEnumValue, GraphQLNamedType
from sqlalchemy import Column
from sqlalchemy import Enum as TextEnum

from db.base import Shown
from db.choices import Choice
from db.columns import policy_of, reference_of
from db.deprecation import text_of
from resolvers.computed import Computed
from resolvers.plain import table_of
from resolvers.state import StateMachine
from resolvers.views import fields_of, is_view
from schema.derive.declare import Domain, Entity
from schema.derive.names import camel

Made = TypeVar("Made", bound=GraphQLNamedType)


class Registry:
    """Every declared entity, and every type made so far."""

    def __init__(self, domains: Sequence[Domain]) -> None:
        self.domains = domains
        self.types: dict[str, GraphQLNamedType] = {}
        self._makers: dict[str, CodeType] = {}
        self._entities = {entity.name: (domain, entity) for domain in domains for entity in domain.entities}
        self._machines: dict[type[Shown], StateMachine] = {
            machine.model: machine for domain in domains for machine in domain.machines
        }
        self._computed = _grouped((each.model.__name__, each) for domain in domains for each in domain.computed)
        self._backs = _grouped(self._pointers())
        self._shown: dict[str, Sequence[Column[Any]]] = {}
        for entity in self.entities:
            _expect_own_names(entity)

    def _pointers(self) -> Iterable[tuple[str, tuple[str, Entity, Column[Any]]]]:
        for entity in self.entities:
            for column in table_of(entity.model).columns:
                reference = reference_of(column)
                if reference and reference.back:
                    yield reference.target, (reference.back, entity, column)

    @property
    def entities(self) -> Sequence[Entity]:
        """Every entity, in the order declared."""
        return [entity for _, entity in self._entities.values()]

    def entity(self, name: str) -> Entity | None:
        """Return the entity of a model's name, if it is public."""
        found = self._entities.get(name)
        return found[1] if found else None

    def entity_of(self, model: type[Shown]) -> Entity:
        """Return the entity of a model that must be public."""
        return self._entities[model.__name__][1]

    def module_of(self, entity: Entity) -> str:
        """Return the module that an entity belongs to."""
        return self._entities[entity.name][0].module

    def machine_of(self, model: type[Shown]) -> StateMachine | None:
        """Return the state machine of a model, if it has one."""
        return self._machines.get(model)

    def computed_of(self, entity: Entity) -> Sequence[Computed]:
        """Return the computed fields of an entity."""
        return self._computed.get(entity.name, [])

    def backs_of(self, entity: Entity) -> Sequence[tuple[str, Entity, Column[Any]]]:
        """Return who points at an entity: the name from this side, the entity there, and its column."""
        return self._backs.get(entity.name, [])

    @cached_property
    def shown_otherwise(self) -> frozenset[str]:
        """Name the entities that questions answer with, and let see who may not read all of them."""
        asked = [each for domain in self.domains for each in (*domain.readings, *domain.watchings)]
        return frozenset(
            name
            for each in asked
            for name in _models_in(each.kind)
            if name in self._entities and self._entities[name][1].read != each.needs
        )

    def shown_columns(self, entity: Entity) -> Sequence[Column[Any]]:
        """Return the columns that are public on the entity's type."""
        found = self._shown.get(entity.name)
        if found is None:
            found = self._shown[entity.name] = _shown_columns(entity)
        return found

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """Return the type of a name, made by `make` when it is first asked for; nothing else has that name.

        The filter of an entity `HolidayList` and that of a list of `Holiday` would be one type, silently.
        """
        maker = cast("FunctionType", make).__code__
        if self._makers.setdefault(name, maker) is not maker:
            message = f"two kinds of types are called {name}: call one of the entities otherwise"
            raise ValueError(message)
        found = self.types.get(name)
        if found is None:
            found = self.types[name] = make()
        return cast("Made", found)

    def many_filter_name(self, entity: Entity) -> str:
        """Return what the filter of a list of an entity is called: `StageListFilter`, or `HolidaysFilter`.

        The latter where the former is the filter of another entity, `HolidayList`.
        """
        taken = self.entity(f"{entity.name}List")
        return f"{entity.plural[0].upper()}{entity.plural[1:]}Filter" if taken else f"{entity.name}ListFilter"

    def enum(self, choices: type[Choice]) -> GraphQLEnumType:
        """Return the GraphQL enum of a choice."""
        return self.once(choices.__name__, lambda: _make_enum(choices))

    def enum_of(self, column: Column[Any]) -> GraphQLEnumType | None:
        """Return the GraphQL enum of a column that holds a choice."""
        if not isinstance(column.type, TextEnum):
            return None
        choices = cast("type[Choice]", column.type.enum_class)
        return self.enum(choices)


def _models_in(kind: Any, seen: frozenset[Any] = frozenset()) -> Iterator[str]:
    """Name the models in the type of an answer: itself, in lists, and in the fields of views."""
    for inner in get_args(kind):
        yield from _models_in(inner, seen)
    if is_view(kind) and kind not in seen:
        for each in fields_of(kind):
            yield from _models_in(each.kind, seen | {kind})
    elif isinstance(kind, type):
        yield kind.__name__


def _shown_columns(entity: Entity) -> Sequence[Column[Any]]:
    inside = {"tenant_id", "created_by", "updated_by"}
    shown = [
        column
        for column in table_of(entity.model).columns
        if column.key not in inside and not policy_of(column).hidden and column.computed is None
    ]
    return sorted(shown, key=lambda column: column.key != "id")


def _make_enum(choices: type[Choice]) -> GraphQLEnumType:
    """Make the GraphQL enum of a closed list."""
    return GraphQLEnumType(
        choices.__name__,
        {
            member.name: GraphQLEnumValue(
                member, description=member.description, deprecation_reason=text_of(member.deprecated)
            )
            for member in choices
        },
        description=first_paragraph(choices.__doc__),
    )


def first_paragraph(text: str | None) -> str:
    """Return a docstring as one line of description."""
    return " ".join((text or "").split("\n\n", maxsplit=1)[0].split())


def attribute_field(column: Column[Any]) -> str:
    """Return the GraphQL name of a column's value."""
    return camel(column.key)


def relation_name(column: Column[Any]) -> str:
    """Return the Python name of the entity that a reference points at: `flow` for `flow_id`."""
    return column.key.removesuffix("_id")


def _expect_own_names(entity: Entity) -> None:
    """Refuse a reference that is called like a column: filters and orders would take one for the other."""
    columns = table_of(entity.model).columns
    for column in columns:
        name = relation_name(column)
        if reference_of(column) and name != column.key and name in columns:
            message = f"{entity.name}.{column.key}: {name} is a column of its own; call the reference otherwise"
            raise ValueError(message)


def _grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups
