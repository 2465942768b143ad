"""The operations that every plain entity gets from its declaration.

Create, update, delete, and reorder within a parent.

They are ordinary operations: the edge runs them, the recorder records them. A guard, where the entity has one, is
given the entities that are about to change and may refuse.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, func, select
from uuid_utils.compat import uuid7

from db.base import TenantOwned, snake
from db.choices import Choice
from db.columns import CLIENT, ColumnPolicy, policy_of
from resolvers.context import Context, words
from resolvers.operation import Operation, Parameter
from resolvers.refusals import AlreadyExists, InUse, InvalidInput, NotFound, Refused
from resolvers.values import check_values

WriteGuard = Callable[[Context, Sequence[Any]], Awaitable[None]]


class InvalidOrder(Refused):
    """The ids are not exactly those of the parent's rows: one is missing, foreign, or named twice."""

    code = "INVALID_ORDER"


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a delete returns: the id of what is gone."""

    id: UUID


@dataclass(frozen=True, slots=True)
class Plain:
    """How one model is written plainly: the permission that it needs, and the guard that may refuse."""

    model: type[TenantOwned]
    needs: str
    guard: WriteGuard | None = None

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


def table_of(model: type[TenantOwned]) -> Table:
    """Return the table of a model."""
    table = model.__table__  # pyright: ignore[reportAttributeAccessIssue] - every mapped class has one
    assert isinstance(table, Table)
    return table


def create(plain: Plain, verb: str = "create") -> Operation:
    """Derive the operation that makes one entity."""
    columns = client_columns(plain.model)

    async def run(context: Context, **values: Any) -> TenantOwned:
        check_values(columns, values)
        entity = plain.model(id=uuid7(), **_stored(columns, values))
        _seal(context, entity, columns, values)
        dense = dense_column(plain.model)
        if dense is not None:
            await _append(context, plain.model, entity, dense)
        await plain.check(context, [entity])
        context.add(entity)
        return entity

    parameters = [
        Parameter(name, column, _meaning(column), not column.nullable and column.default is None)
        for name, column in columns.items()
    ]
    return Operation(
        name=f"{verb}_{snake(plain.model.__name__)}",
        needs=plain.needs,
        run=run,
        parameters=parameters,
        returns=plain.model,
        description=f"Make a {plain.label}.",
        refuses=(InvalidInput, NotFound, AlreadyExists),
        emits=(f"{plain.model.event_subject()}.created",),
    )


def update(plain: Plain) -> Operation:
    """Derive the operation that changes the given fields of one entity and leaves the others."""
    columns = {
        name: column for name, column in client_columns(plain.model).items() if not policy_of(column).create_only
    }

    async def run(context: Context, entity: TenantOwned, **values: Any) -> TenantOwned:
        check_values(columns, values)
        await plain.check(context, [entity])
        for name, value in _stored(columns, values).items():
            setattr(entity, name, value)
        _seal(context, entity, columns, values)
        return entity

    changes = [Parameter(name, column, column.doc or "", required=False) for name, column in columns.items()]
    return Operation(
        name=f"update_{snake(plain.model.__name__)}",
        needs=plain.needs,
        run=run,
        parameters=[Parameter("id", plain.model, f"The {plain.label} to change.", required=True), *changes],
        returns=plain.model,
        description=f"Change the given fields of a {plain.label}; what is left out stays as it is.",
        refuses=(InvalidInput, NotFound, AlreadyExists),
        emits=(f"{plain.model.event_subject()}.updated",),
    )


def delete(plain: Plain) -> Operation:
    """Derive the operation that deletes one entity and what hangs on it."""

    async def run(context: Context, entity: TenantOwned) -> Deleted:
        await plain.check(context, [entity])
        dense = dense_column(plain.model)
        parent = getattr(entity, _dense_within(dense)) if dense is not None else None
        gone = Deleted(entity.id)
        await _lock_parent(context, plain.model, dense, parent)
        await context.delete(plain.model, [entity])
        if dense is not None:
            await context.place(await _siblings(context, plain.model, dense, parent), dense.key)
        return gone

    return Operation(
        name=f"delete_{snake(plain.model.__name__)}",
        needs=plain.needs,
        run=run,
        parameters=[Parameter("id", plain.model, f"The {plain.label} to delete.", required=True)],
        returns=Deleted,
        description=f"Delete a {plain.label}, and what belongs to it alone.",
        refuses=(NotFound, InUse),
        emits=(f"{plain.model.event_subject()}.deleted",),
    )


def reorder(plain: Plain, parent: type[TenantOwned], plural: str) -> Operation:
    """Derive the operation that puts the rows of one parent in a new order: all of them, each once."""
    dense = dense_column(plain.model)
    assert dense is not None

    async def run(context: Context, within: TenantOwned, ids: list[UUID]) -> TenantOwned:
        rows = await _siblings(context, plain.model, dense, within.id)
        by_id = {row.id: row for row in rows}
        if len(ids) != len(rows) or set(ids) != set(by_id):
            raise InvalidOrder(f"Name each {plain.label} exactly once.", path=("ids",))
        await plain.check(context, rows)
        await context.place([by_id[each] for each in ids], dense.key)
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
        refuses=(NotFound, InvalidOrder),
        emits=(f"{plain.model.event_subject()}.updated",),
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


def dense_column(model: type[TenantOwned]) -> Column[Any] | None:
    """Return the column that holds a dense place within a parent, if the model has one."""
    return next((column for column in table_of(model).columns if policy_of(column).dense_within), None)


def dense_within(model: type[TenantOwned]) -> str | None:
    """Name the reference within which a model's rows have dense places."""
    dense = dense_column(model)
    return None if dense is None else _dense_within(dense)


def _dense_within(column: Column[Any]) -> str:
    policy: ColumnPolicy = policy_of(column)
    assert policy.dense_within is not None
    return policy.dense_within


def _parent_model(model: type[TenantOwned], column: Column[Any]) -> type[TenantOwned]:
    """Return the model that a reference column points at."""
    reference = column.info["reference"]
    mappers = model.registry.mappers  # pyright: ignore[reportAttributeAccessIssue] - every model has one
    return next(mapper.class_ for mapper in mappers if mapper.class_.__name__ == reference.target)


async def _lock_parent(
    context: Context, model: type[TenantOwned], dense: Column[Any] | None, parent_id: UUID | None
) -> None:
    """Lock the parent, so that two changes of one order wait for each other."""
    if dense is not None and parent_id is not None:
        column = table_of(model).columns[_dense_within(dense)]
        await context.one(_parent_model(model, column), parent_id)


async def _append(context: Context, model: type[TenantOwned], entity: TenantOwned, dense: Column[Any]) -> None:
    within = _dense_within(dense)
    parent_id = getattr(entity, within)
    try:
        await _lock_parent(context, model, dense, parent_id)
    except NotFound as missing:
        raise NotFound(missing.message, path=(within,)) from missing
    [count] = await context.all(
        select(func.count()).select_from(model).where(table_of(model).columns[within] == parent_id)
    )
    setattr(entity, dense.key, count)


async def _siblings(
    context: Context, model: type[TenantOwned], dense: Column[Any], parent_id: UUID | None
) -> Sequence[Any]:
    within = table_of(model).columns[_dense_within(dense)]
    return await context.all(select(model).where(within == parent_id).order_by(dense))


def _stored(columns: Mapping[str, Column[Any]], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are stored as they come; the others go through `_seal`."""
    return {name: value for name, value in values.items() if not policy_of(columns[name]).encrypted}


def _seal(context: Context, entity: TenantOwned, columns: Mapping[str, Column[Any]], values: Mapping[str, Any]) -> None:
    """Encrypt what is stored encrypted; the ciphertext is bound to table, column and row."""
    for name, value in values.items():
        if policy_of(columns[name]).encrypted:
            setattr(entity, name, None if value is None else context.seal(entity, name, value))
