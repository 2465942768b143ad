"""What can be found by an id: every public type, with the permission and the module that finding one of it asks for."""

from collections.abc import Mapping
from typing import Any

from schema.derive.declare import Entity
from schema.derive.fields import OneField
from schema.derive.registry import Registry


def findable(registry: Registry) -> Mapping[str, tuple[Any, OneField]]:
    """Return every public type by its name, with its model and what finding one of it asks for."""
    return {entity.name: (entity.model, found_by_id(registry, entity)) for entity in registry.entities}


def found_by_id(registry: Registry, entity: Entity) -> OneField:
    """Return what finding one of an entity asks for."""
    return OneField(entity.read, registry.module_of(entity), entity)
