"""A whole query in one statement that gives its answer as JSON text.

Where all that a query asks for are columns, what they refer to, lists and their totals, and the caller may read all of
it, PostgreSQL writes the answer itself: one round trip, no transaction, nothing assembled here. The text is put into
the response as it is. What PostgreSQL writes is, value for value, what the scalars of the API write.

Whatever an island does not cover (cursors, lists read from their end, a field that is hidden from the caller, more
objects than an answer may have) is read by levels, and so is everything again whose statement failed, so that the error
is told at its place.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import repeat
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    Uuid,
    case,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy import Enum as TextEnum
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from db.columns import named_by, shown_words
from resolvers.context import Asking
from schema.derive.declare import Entity
from schema.derive.registry import Registry
from schema.execute.compare import Binds
from schema.execute.order import terms_of
from schema.execute.page import Wanted, between, matching, ordering
from schema.execute.planned.sources import Named, One, Paged, Related, Taken
from schema.execute.planned.statements import Statement, folded

MOST_FIELDS: Final = 50
"""Fields of one object: `json_build_object` takes a hundred arguments."""

MOST_SHAPES: Final = 16
INSTANT: Final = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
PLAIN: Final = (str, bool, int, float, date, time)

Step = Any
Selection = Any


@dataclass(frozen=True, slots=True)
class Part:
    """What is asked of a connection: its objects, or how many there are."""

    step: Step
    below: Selection | None


class Island:
    """The statement of a plan that is all of one piece, for each shape that it is asked in."""

    def __init__(self, registry: Registry, root: Selection) -> None:
        self._registry, self.root = registry, root
        steps = list(_steps(root))
        self.pages = {step: step.source for step in steps if isinstance(step.source, Paged)}
        self.ones = {step: step.source for step in root.steps if isinstance(step.source, One)}
        self.guards = {guard for step in steps for guard in _guards(step)}
        self._kept: OrderedDict[object, Statement] = OrderedDict()

    def statement(self, asked: Mapping[Step, Wanted]) -> Statement:
        """Return the statement for what the connections are asked for."""
        key = tuple(asked[step].shape for step in self.pages)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = folded(Writing(self._registry, asked).whole(self.root))
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_SHAPES:
            self._kept.popitem(last=False)
        return found

    def permits(self, asking: Asking) -> bool:
        """Tell whether the caller may read all of it."""
        can, modules = asking.principal.can, asking.tenant.modules
        return all(
            (module is None or module in modules) and (needs is None or can(needs)) for needs, module in self.guards
        )

    def values(self, asked: Mapping[Step, Wanted], rows: Mapping[Step, UUID | None]) -> list[Any]:
        """Return the values that the statement takes, in its order."""
        return list(_values(self.root, asked, rows))

    def objects(self, asked: Mapping[Step, Wanted]) -> int:
        """Return how many objects the answer has at most."""
        return _objects(self.root, asked)


def _steps(selection: Selection) -> Iterator[Step]:
    """Walk all steps that have something to do with rows."""
    for step in selection.steps:
        yield step
        for below in _below(step):
            yield from _steps(below)


def _guards(step: Step) -> Iterator[tuple[str | None, str | None]]:
    """Return which permission and module a step needs, if any."""
    declared = getattr(step.source, "declared", None)
    if declared is not None and not (isinstance(step.source, Taken) and declared.needs is None):
        yield declared.needs, declared.module


def _below(step: Step) -> list[Selection]:
    """Return the selections of entities that are below a step."""
    if isinstance(step.source, Paged):
        return [part.below for part in _parts(step) if part.below is not None]
    return [selection_of(step)] if isinstance(step.source, Related | One) else []


def selection_of(step: Step) -> Selection:
    """Return what is asked of the objects of a step, through its lists and its being required."""
    completion = step.completion
    while hasattr(completion, "inner"):
        completion = completion.inner
    return completion.selection


def _parts(step: Step) -> list[Part]:
    """Return what is asked of a connection."""
    return [
        Part(part, selection_of(part) if part.nodes[0].name.value == "nodes" else None)
        for part in selection_of(step).steps
    ]


def covers(selection: Selection, *, at_root: bool = True) -> bool:
    """Tell whether everything that a selection asks for can be written by PostgreSQL."""
    return len(selection.steps) <= MOST_FIELDS and all(_covers(step, at_root=at_root) for step in selection.steps)


def _covers(step: Step, *, at_root: bool) -> bool:
    match step.source:
        case Named():
            return not at_root
        case Taken(declared=declared):
            return _is_writable(declared.column)
        case One():
            return covers(selection_of(step), at_root=False)
        case Related(layout=layout):
            return layout is not None and covers(selection_of(step), at_root=False)
        case Paged(layout=layout):
            return layout is not None and _covers_parts(step)
        case _:
            return False


def _covers_parts(step: Step) -> bool:
    names = {part.nodes[0].name.value for part in selection_of(step).steps}
    return names <= {"nodes", "totalCount", "__typename"} and all(
        part.below is None or covers(part.below, at_root=False) for part in _parts(step)
    )


def _is_writable(column: Column[Any]) -> bool:
    kind = column.type
    if named_by(column) or column.key == "id" or shown_words(column) or isinstance(kind, TextEnum | JSONB):
        return True
    if isinstance(kind, ARRAY):
        return isinstance(kind.item_type, String)
    return not isinstance(kind, BigInteger) and kind.python_type in {*PLAIN, datetime, Decimal}


def _values(selection: Selection, asked: Mapping[Step, Wanted], rows: Mapping[Step, UUID | None]) -> Iterator[Any]:
    """Give the values in the order in which `Writing` takes them."""
    for step in selection.steps:
        match step.source:
            case One():
                yield from _values(selection_of(step), asked, rows)
                yield rows[step]
            case Related():
                yield from _values(selection_of(step), asked, rows)
            case Paged():
                yield from _values_of_page(step, asked, rows)
            case _:
                pass


def _values_of_page(step: Step, asked: Mapping[Step, Wanted], rows: Mapping[Step, UUID | None]) -> Iterator[Any]:
    wanted = asked[step]
    for part in _parts(step):
        if part.below is not None:
            yield from _values(part.below, asked, rows)
            yield from (*wanted.matching, *wanted.places, wanted.size)
        elif part.step.nodes[0].name.value == "totalCount":
            yield from wanted.matching


def _objects(selection: Selection, asked: Mapping[Step, Wanted]) -> int:
    """Count the objects below one object, were every page full."""
    total = 0
    for step in selection.steps:
        if isinstance(step.source, Paged):
            below = (1 + _objects(part.below, asked) for part in _parts(step) if part.below is not None)
            total += asked[step].size * sum(below)
        elif isinstance(step.source, Related | One):
            total += 1 + _objects(selection_of(step), asked)
    return total


class Writing:
    """Writes the statement of a plan."""

    def __init__(self, registry: Registry, asked: Mapping[Step, Wanted]) -> None:
        self._registry, self._asked, self._binds = registry, asked, Binds(repeat(None))

    def whole(self, root: Selection) -> Select[Any]:
        """Return the statement: one column of text for each root field, each a value by itself."""
        return select(*[self._at_root(step).label(f"r{index}") for index, step in enumerate(root.steps)])

    def _at_root(self, step: Step) -> ColumnElement[Any]:
        source = step.source
        if isinstance(source, Paged):
            return self._connection(step, None).cast(Text())
        target = aliased(source.entity.model)
        below = self._object(selection_of(step), source.entity, target)
        return select(below.cast(Text())).where(target.id == self._binds.take(Uuid())).scalar_subquery()

    def _object(self, selection: Selection, entity: Entity, target: Any) -> ColumnElement[Any]:
        pairs: list[Any] = []
        for step in selection.steps:
            pairs += [_word(step.name), self._value(step, entity, target)]
        return func.json_build_object(*pairs)

    def _value(self, step: Step, entity: Entity, target: Any) -> Any:
        match step.source:
            case Named(name=name):
                return _word(name)
            case Taken(declared=declared):
                return written(entity, declared.column, getattr(target, declared.column.key))
            case Related(declared=declared):
                other = aliased(declared.target.model)
                below = self._object(selection_of(step), declared.target, other)
                return select(below).where(other.id == getattr(target, declared.column.key)).scalar_subquery()
            case _:
                return self._connection(step, target)

    def _connection(self, step: Step, parent: Any) -> ColumnElement[Any]:
        pairs: list[Any] = []
        for part in _parts(step):
            name = part.step.nodes[0].name.value
            if part.below is not None:
                value: Any = self._nodes(step, part.below, parent)
            elif name == "totalCount":
                value = self._total(step, parent)
            else:
                value = _word(part.step.parent.name)
            pairs += [_word(part.step.name), value]
        return func.json_build_object(*pairs)

    def _nodes(self, step: Step, below: Selection, parent: Any) -> ColumnElement[Any]:
        source, shape = cast("Paged", step.source), self._asked[step].shape
        entity = source.declared.entity
        found = aliased(entity.model)
        item = self._object(below, entity, found).label("item")
        terms = terms_of(self._registry, entity, found, shape.order)
        condition = matching(self._registry, entity, found, shape, self._binds) & between(terms, shape, self._binds)
        page = (
            select(item)
            .where(condition, *self._of_parent(source, found, parent))
            .order_by(*ordering(terms, shape))
            .limit(self._binds.take(Integer()))
        )
        page = (page if parent is None else page.correlate(parent)).subquery()
        return select(func.coalesce(func.json_agg(page.c.item), literal_column("'[]'::json"))).scalar_subquery()

    def _total(self, step: Step, parent: Any) -> ColumnElement[Any]:
        source, shape = cast("Paged", step.source), self._asked[step].shape
        found = aliased(source.declared.entity.model)
        condition = matching(self._registry, source.declared.entity, found, shape, self._binds)
        of_parent = self._of_parent(source, found, parent)
        return select(func.count()).select_from(found).where(condition, *of_parent).scalar_subquery()

    @staticmethod
    def _of_parent(source: Paged, found: Any, parent: Any) -> list[ColumnElement[bool]]:
        via = source.declared.via
        return [] if via is None else [getattr(found, via.key) == parent.id]


def _word(word: str) -> ColumnElement[Any]:
    """Write a name of the schema or of a document as a constant; it has letters, digits and underscores only."""
    assert word.replace("_", "a").isalnum()
    assert word.isascii()
    return literal_column(f"'{word}'")


def written(entity: Entity, column: Column[Any], value: Any) -> Any:
    """Return the value of a column as the API shows it."""
    named = entity.name if column.key == "id" else named_by(column)
    if named:
        return _id(named, value)
    if isinstance(column.type, TextEnum):
        return _among({member.value: member.name for member in column.type.enum_class or ()}, value)
    if words := shown_words(column):
        return _among(words, value)
    write = None if isinstance(column.type, JSONB | ARRAY) else WRITTEN.get(column.type.python_type)
    return value if write is None else write(value)


def _id(named: str, value: Any) -> ColumnElement[Any]:
    """Write a global id; see `resolvers.ids`."""
    prefix = literal_column(f"'\\x{named.encode().hex()}3a'::bytea")
    text = func.encode(prefix.op("||")(func.uuid_send(value)), literal_column("'base64'"))
    return func.rtrim(func.translate(text, literal_column("E'+/\\n'"), literal_column("'-_'")), literal_column("'='"))


def _among(words: Mapping[str, str], value: Any) -> ColumnElement[Any]:
    """Write what the API calls a stored word."""
    if all(shown == stored.upper() for stored, shown in words.items()):
        return func.upper(value.cast(Text()))
    return case(
        {stored: literal(shown, Text()) for stored, shown in words.items()},
        value=value.cast(Text()),
        else_=value.cast(Text()),
    )


def _instant(value: Any) -> ColumnElement[Any]:
    """Write an instant as Python does, which leaves out a fraction of zero."""
    text = func.to_char(func.timezone(literal_column("'UTC'"), value), literal_column(f"'{INSTANT}'"))
    shown = func.replace(text, literal_column("'.000000Z'"), literal_column("'Z'"))
    return _finite(value, shown, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z")


def _date(value: Any) -> ColumnElement[Any]:
    """Write a calendar date."""
    return _finite(value, func.to_char(value, literal_column("'YYYY-MM-DD'")), "0001-01-01", "9999-12-31")


def _finite(value: Any, shown: Any, first: str, last: str) -> ColumnElement[Any]:
    """Write the first and the last moment that there are, as which asyncpg stores infinity, and reads it."""
    early = value == literal_column("'-infinity'")
    return case(
        (func.isfinite(value), shown),
        (early, literal_column(f"'{first}'")),
        (value.is_not(None), literal_column(f"'{last}'")),
    )


WRITTEN: Final[Mapping[type, Callable[[Any], ColumnElement[Any]]]] = {
    datetime: _instant,
    date: _date,
    Decimal: lambda value: value.cast(Text()),
}
"""How PostgreSQL writes what it would not write as the API does."""
