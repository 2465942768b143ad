"""How the state of an entity as of an instant is answered: its trace, as the API shows that type to the caller now."""

from datetime import datetime
from inspect import isawaitable
from typing import Any, Final

from graphql import GraphQLFieldResolver

from resolvers.audit.as_of import EntityAsOf, EntityPresence, Trace, trace_of
from resolvers.edge import admit
from schema.derive import ids
from schema.derive.declare import Entity
from schema.derive.fields import OneField
from schema.derive.ids import GlobalId
from schema.derive.registry import attribute_field
from schema.execute.request import Info, Request, request_of
from schema.execute.told import Told, as_shown

NEEDS: Final = "audit.read"
MODULE: Final = "company"


def entity_as_of(field: OneField) -> GraphQLFieldResolver:
    """Return an entity as it was; null for an id that names nothing the caller may know of."""

    async def resolve(_root: Any, info: Info, id: str, at: datetime) -> EntityAsOf | None:
        request = request_of(info)
        admit(request.asking, needs=field.needs, module=field.module, writes=False)
        named = ids.decode(id)
        entity = _readable(request, named.type_name) if named else None
        if named is None or entity is None:
            return None
        trace = await trace_of(request.reading.looking, named.type_name, named.row_id, at)
        return None if trace is None else await _answered(request, info, entity, named, at, trace)

    return resolve


def _readable(request: Request, type_name: str) -> Entity | None:
    """Return a type that the caller may read now."""
    entity = request.registry.entity(type_name)
    if entity is None or not request.asking.principal.can(entity.read):
        return None
    return entity if request.registry.module_of(entity) in request.asking.tenant.modules else None


async def _answered(
    request: Request, info: Info, entity: Entity, named: GlobalId, at: datetime, trace: Trace
) -> EntityAsOf:
    is_there = trace.presence is EntityPresence.THERE
    values = await _all_values(request, info, entity, named, trace) if is_there else None
    name = ids.encode(*named)
    return EntityAsOf(name, named.type_name, at, trace.presence, trace.version, trace.changed_at, values)


async def _all_values(request: Request, info: Info, entity: Entity, named: GlobalId, trace: Trace) -> dict[str, Any]:
    """Return all that is known: what no entry tells of was empty, if they tell of it from the beginning."""
    stamps = {"updated_at": _text(trace.changed_at), "version": trace.version}
    columns = {column.key: column for column in request.registry.shown_columns(entity)}
    known = {**dict.fromkeys(columns), "created_at": _text(trace.made_at)} if trace.made_at else {}
    stored = {key: each for key, each in {**known, **trace.values, **stamps}.items() if key in columns}
    shown = as_shown(Told(request, entity, named.row_id, info.path.add_key("values", None)), stored)
    return {**(await shown if isawaitable(shown) else shown), attribute_field(columns["id"]): ids.encode(*named)}


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
