"""What somebody holds within scopes, as both engines read by it: which fields count as held, and which rows there are.

A permission that is held within a scope opens an entity whose model says to whom its rows belong; every statement that
reads it then has the condition that its rows are reached. Whatever else asks for such a permission is refused: it is
held throughout the company, or not at all. A column, or what is worked out of a row, is open where its permission
reaches all rows that its entity's reaches.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, inspect, true

from auth.principal import Principal
from auth.scopes import Form
from db.columns import Belongs
from resolvers import scopes
from schema.derive.declare import Entity
from schema.derive.fields import (
    ColumnField,
    ComputedField,
    ConnectionField,
    Guarded,
    MeasuredField,
    OneField,
    RelationField,
    TransitionsField,
)
from schema.derive.registry import Registry


@dataclass(frozen=True, slots=True)
class Scoping:
    """The scopes of who asks, over the declared entities."""

    registry: Registry
    principal: Principal

    @property
    def form(self) -> tuple[tuple[str, Form], ...]:
        """Of which kinds the scopes are: statements are shared by those who have the same; empty without scopes."""
        held = self.principal.scoped
        return tuple(sorted((permission, scope.form) for permission, scope in held)) if held else ()

    @property
    def values(self) -> Mapping[str, Any]:
        """The values of all parameters that a condition may have."""
        return scopes.values_of(self.principal)

    def rows(self, entity: Entity, target: Any) -> ColumnElement[bool] | None:
        """Return the condition that a row of an entity, or of an alias of its model, is reached; None for every row."""
        if not self.principal.scoped:
            return None
        return scopes.within(self.principal, entity.read, target, entity.model)

    def named(self, entity: Entity, target: Any, reference: str, other: Any) -> ColumnElement[bool] | None:
        """Return the condition that what a row of an entity refers to, of which `other` is an alias, is reached.

        The row that refers may tell it by itself.
        """
        if not self.principal.scoped:
            return None
        named = self._entity_of(other)
        told = scopes.within_named(self.principal, named.read, target, entity.model, reference)
        return self.rows(named, other) if told is None else told

    def listed(self, entity: Entity, target: Any, via: str, parent: Any) -> ColumnElement[bool]:
        """Return the condition that the rows of a list of a row are reached, of which `parent` is an alias and reached.

        They are where they belong to whom that row belongs to, by the same permission.
        """
        belongs = scopes.belongs_of(entity.model)
        if belongs == Belongs(through=via) and self._entity_of(parent).read == entity.read:
            return true()
        return self.condition(entity, target)

    def _entity_of(self, alias: Any) -> Entity:
        entity = self.registry.entity(inspect(alias).mapper.class_.__name__)
        assert entity is not None
        return entity

    def condition(self, entity: Entity, target: Any) -> ColumnElement[bool]:
        """Return the same where a condition is wanted in any case."""
        condition = self.rows(entity, target)
        return true() if condition is None else condition

    def opens(self, needs: str | None, entity: Entity | None) -> bool:
        """Tell whether a permission counts for what is read of an entity, throughout or within a scope."""
        if needs is None or self.principal.can(needs):
            return True
        return (
            entity is not None and scopes.is_reached(entity.model) and self.principal.holds_wherever(needs, entity.read)
        )

    def holds(self, field: Guarded) -> bool:
        """Tell whether the permission of a field counts for it."""
        return field.needs is None or self.principal.can(field.needs) or self._holds_in_scope(field)

    def _holds_in_scope(self, field: Guarded) -> bool:
        return bool(self.principal.scoped) and self.opens(field.needs, entity_of(self.registry, field))


def entity_of(registry: Registry, field: Guarded) -> Entity | None:
    """Return the entity whose rows decide what a field's permission has to reach; None where none does."""
    match field:
        case ColumnField(column=column) | MeasuredField(column=column):
            return _of_table(registry, column.table)
        case RelationField(target=entity) | ConnectionField(entity=entity) | OneField(entity=entity):
            return entity
        case ComputedField(computed=computed):
            return registry.entity(computed.model.__name__)
        case TransitionsField(machine=machine):
            return registry.entity(machine.model.__name__)
        case _:
            return None


def _of_table(registry: Registry, table: Table) -> Entity | None:
    return next((each for each in registry.entities if each.model.__table__ is table), None)
