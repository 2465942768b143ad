"""How the reference engine gets the value of each kind of derived field.

Every function here takes a declaration of `schema.derive.fields` and returns a graphql-core resolver. Whatever needs
the database goes through a loader, so that the number of statements follows the selection and never the number of
rows.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any
from uuid import UUID

from graphql import GraphQLFieldResolver, GraphQLNonNull
from sqlalchemy import Column, Select, select

from db.columns import NamedIn, policy_of, shown_words
from resolvers import state
from resolvers.barred import BadInput
from resolvers.context import any_of, bound_to
from resolvers.edge import admit, lacking
from schema.derive import ids
from schema.derive.declare import LARGEST_PAGE, Entity
from schema.derive.fields import (
    AnyField,
    ColumnField,
    ComputedField,
    ConnectionField,
    Guarded,
    OneField,
    RelationField,
    TransitionsField,
)
from schema.execute.page import (
    Page,
    Wanted,
    counts_within,
    pages_within,
    root_count,
    root_page,
    seal_place,
    wanted,
)
from schema.execute.request import Info, Request, request_of
from schema.execute.scoping import Scoping

Field = GraphQLFieldResolver
NOBODY = UUID(int=0)


def column(field: ColumnField, id_type: str | None) -> Field:
    """Return the value of a column; ids are made opaque, encrypted values opened, protected ones hidden."""
    get = attrgetter(field.column.key)
    if id_type:
        show = _showing_id(get, id_type)
    elif policy_of(field.column).encrypted:
        show = _opening(get, field.column.key)
    elif words := shown_words(field.column):
        show = _plainly(lambda entity: words.get(get(entity), get(entity)))
    else:
        show = _plainly(get)
    return _unless_hidden(field, show) if field.needs else show


def _plainly(get: Callable[[Any], Any]) -> Field:
    return lambda entity, _info: get(entity)


def _showing_id(get: Callable[[Any], Any], id_type: str) -> Field:
    def resolve(entity: Any, _info: Info) -> str | None:
        row = get(entity)
        return None if row is None else ids.encode(id_type, row)

    return resolve


def any_id(field: ColumnField, named: NamedIn) -> Field:
    """Return the id of something whose type another column of the row names."""
    return lambda entity, _info: id_of_any(entity, field.column, named)


def id_of_any(entity: Any, column: Column[Any], named: NamedIn) -> str | None:
    """Return the id in a column of a row whose type another column names; None where that is no type."""
    row, name = getattr(entity, column.key), named.type_of(getattr(entity, named.column))
    if row is None or name is None:
        return None
    return ids.encode(shown_words(column.table.columns[named.column]).get(name, name), row)


def any_object(field: AnyField, named: NamedIn, models: Mapping[str, tuple[Any, OneField]]) -> Field:
    """Return what an id of any type names, batched for each type; null where the caller may not know of it."""

    def resolve(entity: Any, info: Info) -> Awaitable[Any] | None:
        request, found = request_of(info), id_of_any(entity, field.column, named)
        if found is None:
            return None
        request.hand_out(1)
        return _found(request, models, found)

    return resolve


def _opening(get: Callable[[Any], Any], name: str) -> Field:
    def resolve(entity: Any, info: Info) -> str | None:
        sealed = get(entity)
        keyring = request_of(info).asking.keyring
        return None if sealed is None else keyring.open(sealed, aad=bound_to(entity, name))

    return resolve


def may(field: Guarded, info: Info) -> bool:
    """Tell whether the caller may read a field, and note that it is hidden if not.

    Raises what turns the caller away where the field cannot be null: of an object that they may change and not read.
    """
    request = request_of(info)
    missing = missing_for(field, request.scoping, request.asking.tenant.modules)
    if missing is None:
        return True
    if missing == field.needs and isinstance(info.return_type, GraphQLNonNull):
        raise lacking(request.asking.principal, missing, f"This needs the permission {missing}.")
    request.hide(info.path, missing)
    return False


def missing_for(field: Guarded, scoping: Scoping, modules: Collection[str]) -> str | None:
    """Return for want of what a field is hidden: a module of the plan, or a permission; None where it is shown."""
    if field.module is not None and field.module not in modules:
        return f"module:{field.module}"
    return None if scoping.holds(field) else field.needs


def _unless_hidden(field: Guarded, show: Field) -> Field:
    def resolve(entity: Any, info: Info, **arguments: Any) -> Any:
        return show(entity, info, **arguments) if may(field, info) else None

    return resolve


def relation(field: RelationField) -> Field:
    """Return the entity that a reference points at, batched over all parents."""
    get = attrgetter(field.column.key)

    def resolve(entity: Any, info: Info) -> Awaitable[Any] | None:
        row, request = get(entity), request_of(info)
        if row is None:
            return None
        request.hand_out(1)
        return _by_id(request, field.target).load(row)

    return _unless_hidden(field, resolve)


def _by_id(request: Request, entity: Entity) -> Any:
    """Return what loads entities by their ids, those that who asks may read."""
    reading, scoping = request.reading, request.scoping
    model: Any = entity.model

    async def batch(rows: Sequence[UUID]) -> Sequence[Any]:
        statement = chosen(scoping, entity, rows)
        found = {entity.id: entity for entity in await reading.session.scalars(statement)}
        return [found.get(row) for row in rows]

    return reading.loader(("by id", model), batch)


def chosen(scoping: Scoping, entity: Entity, rows: Sequence[UUID]) -> Select[Any]:
    """Ask for the entities of some ids, those that who asks may read."""
    model: Any = entity.model
    statement = select(model).where(model.id == any_of(rows)).execution_options(populate_existing=True)
    reached = scoping.rows(entity, model)
    return statement if reached is None else statement.where(reached)


def one(field: OneField, models: Mapping[str, tuple[Any, OneField]]) -> Field:
    """Return one entity by its id; null for an id that names nothing the caller may know of."""

    async def resolve(_root: Any, info: Info, id: str) -> Any:
        request = request_of(info)
        admit_field(request, field)
        return await _found(request, models, id)

    return resolve


def several(field: OneField, models: Mapping[str, tuple[Any, OneField]]) -> Field:
    """Return entities by their ids, each null where it names nothing that the caller may know of."""

    async def resolve(_root: Any, info: Info, ids: list[str]) -> Any:
        request = request_of(info)
        admit_field(request, field)
        if len(ids) > LARGEST_PAGE:
            raise BadInput(f"At most {LARGEST_PAGE} ids; this has {len(ids)}.", path=("ids",))
        return [_found(request, models, each) for each in ids]

    return resolve


async def _found(request: Request, models: Mapping[str, tuple[Any, OneField]], text: str) -> Any:
    named = ids.decode(text)
    if named is None or named.type_name not in models:
        return None
    _, field = models[named.type_name]
    assert field.entity is not None
    if missing_for(field, request.scoping, request.asking.tenant.modules):
        return None
    return await _by_id(request, field.entity).load(named.row_id)


def admit_field(request: Request, field: Guarded) -> None:
    """Turn away who may not read a field at the root."""
    opened = request.scoping.holds(field)
    admit(request.asking, needs=field.needs, module=field.module, writes=False, opened=opened)


def computed(field: ComputedField) -> Field:
    """Return a computed value, worked out at once for all parents that are asked alike."""

    def resolve(entity: Any, info: Info, **given: Any) -> Awaitable[Any]:
        reading = request_of(info).reading

        async def batch(entities: Sequence[Any]) -> Sequence[Any]:
            return await field.computed(reading.looking, entities, **given)

        return reading.loader((field, *sorted(given.items())), batch).load(entity)

    return _unless_hidden(field, resolve)


def transitions(field: TransitionsField) -> Field:
    """Return the operations that move the parent, worked out for all parents at once, guards included."""

    def resolve(entity: Any, info: Info) -> Awaitable[Any]:
        reading = request_of(info).reading

        async def batch(entities: Sequence[Any]) -> Sequence[Any]:
            return await state.transitions(reading.looking, field.machine, entities)

        return reading.loader(field, batch).load(entity)

    return _unless_hidden(field, resolve)


@dataclass(frozen=True)
class Connection:
    """A connection before anything is read: the page and the total are read when they are selected."""

    request: Request
    field: ConnectionField
    asked: Wanted
    parent: UUID
    key: object

    @cached_property
    def page(self) -> Awaitable[Page]:
        """The page, read once for all that is selected of it, together with those of the other parents."""
        return self._load("page", root_page, pages_within)

    @cached_property
    def total(self) -> Awaitable[int]:
        """The number of all that match, counted together with those of the other parents."""
        return self._load("total", root_count, counts_within)

    def _load(self, what: str, at_root: Any, within: Any) -> Awaitable[Any]:
        request, field, asked = self.request, self.field, self.asked

        async def batch(parents: Sequence[UUID]) -> Sequence[Any]:
            if field.via is None:
                return [await at_root(request, field, asked)]
            return await within(request, field, asked, parents)

        return request.reading.loader((what, self.key), batch).load(self.parent)


def connection(field: ConnectionField) -> Field:
    """Return a connection; its arguments are checked once, whatever the number of parents."""

    def resolve(parent: Any, info: Info, **arguments: Any) -> Connection:
        request = request_of(info)
        key = (id(field), id(info.field_nodes[0]))
        asked = request.asked.get(key)
        if asked is None:
            asked = request.asked[key] = wanted(request, field, arguments)
        return Connection(request, field, asked, parent.id if field.via is not None else NOBODY, key)

    return _unless_hidden(field, resolve) if field.via is not None else _admitted(field, resolve)


def _admitted(field: Guarded, resolve: Field) -> Field:
    """At the root, a field that the caller may not read is an error, with the permission named."""

    def admitted(parent: Any, info: Info, **arguments: Any) -> Any:
        admit_field(request_of(info), field)
        return resolve(parent, info, **arguments)

    return admitted


@dataclass(frozen=True, slots=True)
class Edge:
    """One place in a page."""

    page: Page
    index: int


async def edges(connection: Connection, _info: Info) -> list[Edge]:
    """Return the places of a page."""
    page = await connection.page
    connection.request.hand_out(len(page.rows))
    return [Edge(page, index) for index in range(len(page.rows))]


async def nodes(connection: Connection, _info: Info) -> Sequence[Any]:
    """Return the entities of a page."""
    page = await connection.page
    connection.request.hand_out(len(page.rows))
    return page.rows


async def page_info(connection: Connection, _info: Info) -> Page:
    """Return the page itself, for its information."""
    return await connection.page


async def total_count(connection: Connection, _info: Info) -> int:
    """Return how many match in all."""
    return await connection.total


def edge_node(edge: Edge, _info: Info) -> Any:
    """Return the entity at a place."""
    return edge.page.rows[edge.index]


def edge_cursor(edge: Edge, info: Info) -> str:
    """Return the cursor of a place."""
    return seal_place(request_of(info), edge.page.order, edge.page.places[edge.index])


def start_cursor(page: Page, info: Info) -> str | None:
    """Return the cursor of the first place."""
    return seal_place(request_of(info), page.order, page.places[0]) if page.places else None


def end_cursor(page: Page, info: Info) -> str | None:
    """Return the cursor of the last place."""
    return seal_place(request_of(info), page.order, page.places[-1]) if page.places else None
