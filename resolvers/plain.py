"""The operations that every plain entity gets from its declaration.

Create, update, delete, and reorder within a parent.

They are ordinary operations: the edge runs them, the recorder records them. A guard, where the entity has one, is
given the entities that are about to change and may refuse.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, func, select
from uuid_utils.compat import uuid7

from db.base import TenantOwned, dependents, snake
from db.choices import Choice
from db.columns import CLIENT, policy_of, reference_of
from resolvers.context import Context, words
from resolvers.operation import First, Operation, Parameter
from resolvers.places import MOST_PLACES, Place, place_of, table_of
from resolvers.refusals import AlreadyExists, InUse, InvalidInput, NotFound, Refused
from resolvers.values import check_values

WriteGuard = Callable[[Context, Sequence[Any]], Awaitable[None]]
Step = Callable[..., Awaitable[None]]


class InvalidOrder(Refused):
    """The ids are not exactly those of the parent's rows: one is missing, foreign, or named twice."""

    code = "INVALID_ORDER"


class TooMany(Refused):
    """The parent has as many rows as it can have; a new one has no place."""

    code = "TOO_MANY"


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a delete returns: the type and the id of what is gone."""

    type_name: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Also:
    """What else a plain create, update or delete does.

    `before` is given the context and the entity before it is written, and may set what the server sets, or refuse;
    `run` is given them afterwards. Both are also given the arguments that `parameters` add to a create. What `first`
    does is done before anything is loaded.
    """

    run: Step | None = None
    before: Step | None = None
    refuses: tuple[type[Refused], ...] = ()
    emits: tuple[str, ...] = ()
    parameters: Sequence[Parameter] = ()
    first: First | None = None


NOTHING: Final = Also()


@dataclass(frozen=True, slots=True)
class Plain:
    """How one model is written plainly: the permission that it needs, the guard that may refuse, and what else is done.

    `guarded_by` are the refusals of the guard.
    """

    model: type[TenantOwned]
    needs: str
    guard: WriteGuard | None = None
    created: Also = NOTHING
    updated: Also = NOTHING
    deleted: Also = NOTHING
    guarded_by: tuple[type[Refused], ...] = ()

    @property
    def label(self) -> str:
        """The model's name in messages and descriptions."""
        return words(self.model.__name__)

    async def check(self, context: Context, entities: Sequence[TenantOwned]) -> None:
        """Let the guard refuse."""
        if self.guard:
            await self.guard(context, entities)


def client_columns(model: type[TenantOwned]) -> dict[str, Column[Any]]:
    """Return the columns that a client may set, by name."""
    columns = table_of(model).columns
    return {
        column.key: column for column in columns if policy_of(column).set_by == CLIENT and not policy_of(column).hidden
    }


def create(plain: Plain, verb: str = "create") -> Operation:
    """Derive the operation that makes one entity."""
    columns, place, also = client_columns(plain.model), place_of(plain.model), plain.created
    extra = {parameter.name for parameter in also.parameters}

    async def run(context: Context, **given: Any) -> TenantOwned:
        values = {name: value for name, value in given.items() if name not in extra}
        check_values(columns, values)
        entity = plain.model(id=uuid7(), **_stored(columns, values))
        _seal(context, entity, columns, values)
        if place:
            await _append(context, entity, place)
        await plain.check(context, [entity])
        beside = {name: given[name] for name in extra & given.keys()}
        if also.before:
            await also.before(context, entity, **beside)
        context.add(entity)
        if also.run:
            await context.flush()
            await also.run(context, entity, **beside)
        return entity

    parameters = [
        Parameter(name, column, _meaning(column), not column.nullable and column.default is None)
        for name, column in columns.items()
    ]
    return Operation(
        name=f"{verb}_{snake(plain.model.__name__)}",
        needs=plain.needs,
        run=run,
        parameters=[*parameters, *also.parameters],
        returns=plain.model,
        description=f"Make a {plain.label}.",
        refuses=(
            *((InvalidInput, NotFound, AlreadyExists, TooMany) if place else (InvalidInput, NotFound, AlreadyExists)),
            *plain.guarded_by,
            *also.refuses,
        ),
        emits=(f"{plain.model.event_subject()}.created", *also.emits),
        first=also.first,
    )


def update(plain: Plain) -> Operation:
    """Derive the operation that changes the given fields of one entity and leaves the others."""
    also = plain.updated
    columns = {
        name: column for name, column in client_columns(plain.model).items() if not policy_of(column).create_only
    }

    async def run(context: Context, entity: TenantOwned, **values: Any) -> TenantOwned:
        check_values(columns, values)
        await plain.check(context, [entity])
        for name, value in _stored(columns, values).items():
            setattr(entity, name, value)
        _seal(context, entity, columns, values)
        if also.before:
            await also.before(context, entity)
        if also.run:
            await context.flush()
            await also.run(context, entity)
        return entity

    changes = [Parameter(name, column, column.doc or "", required=False) for name, column in columns.items()]
    return Operation(
        name=f"update_{snake(plain.model.__name__)}",
        needs=plain.needs,
        run=run,
        parameters=[Parameter("id", plain.model, f"The {plain.label} to change.", required=True), *changes],
        returns=plain.model,
        description=f"Change the given fields of a {plain.label}; what is left out stays as it is.",
        refuses=(InvalidInput, NotFound, AlreadyExists, *plain.guarded_by, *also.refuses),
        emits=(f"{plain.model.event_subject()}.updated", *also.emits),
        first=also.first,
    )


def delete(plain: Plain) -> Operation:
    """Derive the operation that deletes one entity and what hangs on it."""
    place, also = place_of(plain.model), plain.deleted

    async def run(context: Context, entity: TenantOwned) -> Deleted:
        gone = Deleted(plain.model.__name__, entity.id)
        parent = await context.one(place.parent, getattr(entity, place.within.key)) if place else None
        await plain.check(context, [entity])
        if also.before:
            await also.before(context, entity)
        await context.delete(plain.model, [entity])
        if place and parent:
            await context.place(await _siblings(context, plain.model, place, parent.id), place.column.key)
        return gone

    return Operation(
        name=f"delete_{snake(plain.model.__name__)}",
        needs=plain.needs,
        run=run,
        parameters=[Parameter("id", plain.model, f"The {plain.label} to delete.", required=True)],
        returns=Deleted,
        description=f"Delete a {plain.label}, and what belongs to it alone.",
        refuses=(NotFound, InUse, *plain.guarded_by, *also.refuses),
        emits=(
            *also.emits,
            *told_by_deletion(plain.model),
            *((f"{plain.model.event_subject()}.updated",) if place else ()),
        ),
        first=also.first,
    )


def reorder(plain: Plain, parent: type[TenantOwned], plural: str) -> Operation:
    """Derive the operation that puts the rows of one parent in a new order: all of them, each once.

    It raises the parent's version, so that of two who reorder what they saw, the second is told.
    """
    place = place_of(plain.model)
    assert place is not None
    reference = reference_of(place.within)
    children = reference.back if reference and reference.back else plural

    async def run(context: Context, within: TenantOwned, ids: list[UUID]) -> TenantOwned:
        rows = await _siblings(context, plain.model, place, within.id)
        by_id = {row.id: row for row in rows}
        if len(ids) != len(rows) or set(ids) != set(by_id):
            raise InvalidOrder(f"Name each {plain.label} exactly once.", path=("ids",))
        await plain.check(context, rows)
        if ids != list(by_id):
            context.rearranged(within, children, list(by_id), ids)
            await context.place([by_id[each] for each in ids], place.column.key)
        return within

    return Operation(
        name=f"reorder_{plural}",
        needs=plain.needs,
        run=run,
        parameters=[
            Parameter(
                "id", parent, f"The {words(parent.__name__)} whose {words(plural)} are put in order.", required=True
            ),
            Parameter(
                "ids", list[plain.model], f"All its {words(plural)}, each once, in the new order.", required=True
            ),
        ],
        returns=parent,
        description=f"Put the {words(plural)} of a {words(parent.__name__)} in a new order.",
        refuses=(NotFound, InvalidOrder, *plain.guarded_by),
        emits=(f"{plain.model.event_subject()}.updated", f"{parent.event_subject()}.updated"),
    )


def _meaning(column: Column[Any]) -> str:
    """Return what a column means, and its default where that is a plain value."""
    default = getattr(column.default, "arg", None)
    if default is None or callable(default):
        return column.doc or ""
    shown = (
        default.name if isinstance(default, Choice) else str(default).lower() if isinstance(default, bool) else default
    )
    return f"{column.doc} {shown} when left out."


def told_by_deletion(model: type[TenantOwned]) -> list[str]:
    """Name the events of deleting a row: its own, those of what goes with it, those of what loses a reference."""
    gone = [model]
    for each in gone:
        gone += [child for child, _ in dependents(each, "CASCADE") if child not in gone]
    changed = [child for each in gone for child, _ in dependents(each, "SET NULL")]
    return [f"{each.event_subject()}.deleted" for each in gone] + [
        f"{child.event_subject()}.updated" for child in dict.fromkeys(changed)
    ]


async def _append(context: Context, entity: TenantOwned, place: Place) -> None:
    """Give a new entity the place after the last; its parent is locked, so that no two take the same."""
    model, parent_id = type(entity), getattr(entity, place.within.key)
    try:
        await context.one(place.parent, parent_id)
    except NotFound as missing:
        raise NotFound(missing.message, path=(place.within.key,)) from missing
    [count] = await context.all(select(func.count()).select_from(model).where(place.within == parent_id))
    if count >= MOST_PLACES:
        raise TooMany(f"At most {MOST_PLACES:,} within one {words(place.parent.__name__)}.", path=(place.within.key,))
    setattr(entity, place.column.key, count)


async def _siblings(context: Context, model: type[TenantOwned], place: Place, parent_id: UUID) -> Sequence[Any]:
    return await context.all(select(model).where(place.within == parent_id).order_by(place.column))


def _stored(columns: Mapping[str, Column[Any]], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are stored as they come; the others go through `_seal`."""
    return {name: value for name, value in values.items() if not policy_of(columns[name]).encrypted}


def _seal(context: Context, entity: TenantOwned, columns: Mapping[str, Column[Any]], values: Mapping[str, Any]) -> None:
    """Encrypt what is stored encrypted; the ciphertext is bound to table, column and row."""
    for name, value in values.items():
        if policy_of(columns[name]).encrypted and not context.holds(entity, name, value):
            setattr(entity, name, None if value is None else context.seal(entity, name, value))
