"""Statements in plain SQL, compiled once for their shape and kept: the values and the schema are put in each time.

SQLAlchemy writes the SQL, so that both engines compare, order and page with the same expressions; what it costs to
write it is paid once for each shape, whichever documents have it.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Final

import orjson
from sqlalchemy import Integer, Select, bindparam, cast, func, select, true
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.orm import aliased

from db.identifiers import quoted
from db.tenancy import folded_rows, folded_values
from resolvers.scopes import PREFIX as SCOPES
from schema.derive.declare import Entity
from schema.derive.fields import ConnectionField
from schema.derive.registry import Registry
from schema.execute.compare import BIND, UUIDS, Binds
from schema.execute.order import terms_of
from schema.execute.page import PageShape, between, matching, ordering
from schema.execute.scoping import Scoping

DIALECT: Final = PGDialect_asyncpg(json_serializer=lambda value: orjson.dumps(value).decode())
SLOT: Final = "__[SCHEMA__none]"
MOST_KEPT: Final = 2_000
MOST_TEXTS: Final = 8
PARENTS, SIZE, MOST, PLACE = "parents", "size", "most", "row_parent"


@dataclass(slots=True)
class Statement:
    """A compiled statement: its text with a slot for the schema, and what each of its parameters is."""

    text: str
    parameters: Sequence[tuple[str, Callable[[Any], Any] | None]]
    constants: Mapping[str, Any]
    _texts: dict[str, str] = field(default_factory=dict[str, str])

    def within(self, schema: str) -> str:
        """Return the text for the tables of a schema."""
        return self._text(schema, lambda: self.text.replace(SLOT, quoted(schema)))

    def alone_within(self, schema: str) -> str:
        """Return the text as it is read by itself: its tenant, `$1`, is named before any table is scanned."""
        return self._text(f"alone in {schema}", lambda: folded_rows(self.within(schema)))

    def _text(self, key: str, make: Callable[[], str]) -> str:
        """Keep a few: most companies share one schema."""
        found = self._texts.get(key)
        if found is None:
            if len(self._texts) >= MOST_TEXTS:
                self._texts.clear()
            found = self._texts[key] = make()
        return found

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Return what the parameters are given, in their order."""
        return [
            self.constants[name] if name in self.constants else process(values[name]) if process else values[name]
            for name, process in self.parameters
        ]


def compiled(statement: Select[*tuple[Any, ...]]) -> Statement:
    """Write a statement down."""
    made: Any = statement.compile(dialect=DIALECT, schema_translate_map={None: None})
    processors: Mapping[str, Callable[[Any], Any]] = made._bind_processors  # noqa: SLF001 - there is no public name
    given = {*(name for name in made.positiontup if name.startswith(BIND)), PARENTS, SIZE, MOST}
    constants = {
        name: processors[name](value) if name in processors else value
        for name, value in made.params.items()
        if name not in given and not name.startswith(SCOPES)
    }
    return Statement(str(made), [(name, processors.get(name)) for name in made.positiontup], constants)


def folded(values: Select[*tuple[Any, ...]]) -> Statement:
    """Write down a statement of values that names its tenant, `$1`, before it reads."""
    made = compiled(values)
    made.text = folded_values(made.text)
    return made


def given(values: Sequence[Any]) -> dict[str, Any]:
    """Return the values that a statement of some shape is given, by the names under which they are taken."""
    return {f"{BIND}{index}": value for index, value in enumerate(values)}


class Statements:
    """The statements that are kept, up to a number; the one that was not asked for longest goes first."""

    def __init__(self, registry: Registry, most: int = MOST_KEPT) -> None:
        self.registry, self._most = registry, most
        self._kept: OrderedDict[object, Statement] = OrderedDict()

    def rows(self, scoping: Scoping, entity: Entity, columns: Sequence[str]) -> Statement:
        """Ask for the rows of some ids."""
        key = ("rows", scoping.form, entity.name, *columns)
        return self._keep(key, lambda: _rows(scoping, entity, columns))

    def page(
        self, scoping: Scoping, declared: ConnectionField, columns: Sequence[str], shape: PageShape, *, placed: bool
    ) -> Statement:
        """Ask for a page, or one for each parent, with the values of each row's place where they are needed."""
        via = declared.via.key if declared.via is not None else None
        key = ("page", scoping.form, declared.entity.name, via, tuple(columns), shape, placed)
        make = _page if declared.via is None else _pages
        return self._keep(key, lambda: make(scoping, declared, columns, shape, placed=placed))

    def count(self, scoping: Scoping, declared: ConnectionField, shape: PageShape) -> Statement:
        """Ask how many match, or how many for each parent."""
        via = declared.via.key if declared.via is not None else None
        return self._keep(
            ("count", scoping.form, declared.entity.name, via, shape.where), lambda: _count(scoping, declared, shape)
        )

    def _keep(self, key: object, make: Callable[[], Select[*tuple[Any, ...]]]) -> Statement:
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = compiled(make())
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return found


def _rows(scoping: Scoping, entity: Entity, columns: Sequence[str]) -> Select[*tuple[Any, ...]]:
    model: Any = entity.model
    ids, reached = cast(bindparam(PARENTS, None, UUIDS), UUIDS), scoping.condition(entity, model)
    return select(*[getattr(model, name) for name in columns]).where(model.id == func.any(ids), reached)


def _page(
    scoping: Scoping, declared: ConnectionField, columns: Sequence[str], shape: PageShape, *, placed: bool
) -> Select[*tuple[Any, ...]]:
    entity, model, binds = declared.entity, declared.entity.model, Binds(repeat(None))
    terms = terms_of(scoping, entity, model, shape.order)
    condition = matching(scoping, entity, model, shape, binds) & between(terms, shape, binds)
    keys = [term.expression.label(f"k{index}") for index, term in enumerate(terms)] if placed else []
    return (
        select(*[getattr(model, name) for name in columns], *keys)
        .where(condition)
        .order_by(*ordering(terms, shape))
        .limit(bindparam(SIZE, None, Integer()))
    )


def _pages(
    scoping: Scoping, declared: ConnectionField, columns: Sequence[str], shape: PageShape, *, placed: bool
) -> Select[*tuple[Any, ...]]:
    """Ask for the page of each parent; `most` bounds the rows of all of them together."""
    assert declared.via is not None
    entity, found, binds = declared.entity, aliased(declared.entity.model), Binds(repeat(None))
    ids = cast(bindparam(PARENTS, None, UUIDS), UUIDS)
    parent = func.unnest(ids).table_valued("id", with_ordinality="place", name="parent").render_derived()
    terms = terms_of(scoping, entity, found, shape.order)
    condition = matching(scoping, entity, found, shape, binds) & between(terms, shape, binds)
    ordered = ordering(terms, shape)
    keys = [term.expression.label(f"k{index}") for index, term in enumerate(terms)] if placed else []
    within = (
        select(
            *[getattr(found, name).label(f"c{index}") for index, name in enumerate(columns)],
            *keys,
            func.row_number().over(order_by=ordered).label("row_place"),
        )
        .where(getattr(found, declared.via.key) == parent.c.id, condition)
        .order_by(*ordered)
        .limit(bindparam(SIZE, None, Integer()))
        .lateral("page")
    )
    return (
        select(*[column for column in within.c if column.key != "row_place"], parent.c.place.label(PLACE))
        .select_from(parent.join(within, true()))
        .order_by(parent.c.place, within.c.row_place)
        .limit(bindparam(MOST, None, Integer()))
    )


def _count(scoping: Scoping, declared: ConnectionField, shape: PageShape) -> Select[*tuple[Any, ...]]:
    entity, model = declared.entity, declared.entity.model
    condition = matching(scoping, entity, model, shape, Binds(repeat(None)))
    if declared.via is None:
        return select(func.count()).select_from(model).where(condition)
    via: Any = getattr(model, declared.via.key)
    ids = func.any(cast(bindparam(PARENTS, None, UUIDS), UUIDS))
    return select(via, func.count()).where(via == ids, condition).group_by(via)
