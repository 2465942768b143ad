"""Completes columns of values as each type of GraphQL wants it: a column goes in, one of the same length comes out.

Source: the GraphQL specification, section 6.4.3, "Value Completion".
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson
from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
)
from graphql.pyutils import inspect, is_iterable

from schema.execute.planned.marks import Mark
from schema.execute.planned.taking import Running, Selection, Step

MANY: Final = 2_000
"""Items of a column that are written down at once instead of being kept as objects."""


class Known:
    """What is complete as it came: its source says so."""

    async def complete(self, _run: Running, _step: Step, values: list[Any]) -> list[Any]:
        """Leave it."""
        return values


class Leaf:
    """Scalars and enums."""

    def __init__(self, kind: GraphQLLeafType) -> None:
        self.kind = kind

    async def complete(self, run: Running, step: Step, values: list[Any]) -> list[Any]:
        """Write each value as its type is written."""
        if not run.marked:
            show = self.kind.coerce_output_value
            try:
                shown = await run.portioned(
                    values, lambda portion: [None if value is None else show(value) for value in portion]
                )
            except Exception:  # noqa: BLE001 - whichever it was is found below
                return self._each(run, step, values)
            if shown.count(None) == values.count(None):
                return shown
        return self._each(run, step, values)

    def _each(self, run: Running, step: Step, values: list[Any]) -> list[Any]:
        return [self._one(run, step, value) for value in values]

    def _one(self, run: Running, step: Step, value: Any) -> Any:
        if _is_none(value):
            return value
        try:
            shown = self.kind.coerce_output_value(value)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the field's
            return run.mark(step, error)
        if shown is None:
            return run.mark(step, TypeError(f"`{inspect(self.kind)}` cannot show {inspect(value)}."))
        return shown


class NotNull:
    """A type that has no null."""

    def __init__(self, inner: "Completion") -> None:
        self.inner = inner

    async def complete(self, run: Running, step: Step, values: list[Any]) -> list[Any]:
        """Complete the type inside; a null is an error, and an error takes the place of what holds it."""
        done = await self.inner.complete(run, step, values)
        if run.marked or None in done:
            return [self._held(run, step, value) for value in done]
        return done

    def _held(self, run: Running, step: Step, value: Any) -> Any:
        if value is None:
            said = f"Cannot return null for non-nullable field {step.parent.name}.{step.nodes[0].name.value}."
            return run.mark(step, TypeError(said)).bubbling()
        return value.bubbling() if isinstance(value, Mark) else value


class Listed:
    """Lists: their items are completed together, those of all lists of the column."""

    def __init__(self, inner: "Completion") -> None:
        self.inner = inner

    async def complete(self, run: Running, step: Step, values: list[Any]) -> list[Any]:
        """Complete the items of all lists, and cut them into lists again."""
        lists = [self._items(run, step, value) for value in values]
        items = [item for each in lists if isinstance(each, list) for item in each]
        await run.arrived(step, items)
        done = await self.inner.complete(run, step, items)
        start = 0
        for index, each in enumerate(lists):
            if isinstance(each, list):
                end = start + len(each)
                lists[index] = _held_by(done[start:end]) if run.marked else done[start:end]
                start = end
        return await _written(run, lists) if len(items) > MANY and not run.marked else lists

    def _items(self, run: Running, step: Step, value: Any) -> Any:
        if _is_none(value) or isinstance(value, list):
            return value
        if is_iterable(value):
            return list(value)
        return run.mark(step, GraphQLError(f"`{step.parent.name}.{step.nodes[0].name.value}` gave no list."))


async def _written(run: Running, lists: list[Any]) -> list[Any]:
    """Write many items down at once, a portion at a time: as objects they would be kept, and written in one go."""
    return [await _text(run, each) if isinstance(each, list) else each for each in lists]


async def _text(run: Running, items: list[Any]) -> orjson.Fragment:
    portions: list[bytes] = []
    for start in range(0, len(items), MANY):
        portions.append(orjson.dumps(items[start : start + MANY])[1:-1])
        await run.breathe()
    return orjson.Fragment(b"[" + b",".join(portions) + b"]")


def _held_by(items: list[Any]) -> Any:
    """Return a list, or what went wrong with an item of it that must not be null."""
    for index, item in enumerate(items):
        if isinstance(item, Mark) and item.bubbles:
            return item.above(index)
    return items


class Objects:
    """An object type: what is asked of it is answered for all objects of the column."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection

    async def complete(self, run: Running, step: Step, values: list[Any]) -> list[Any]:
        """Answer the selection for every object that is there."""
        of_type = self.selection.kind.is_type_of
        if of_type is not None:
            values = [self._checked(run, step, of_type, value) for value in values]
        there = [value for value in values if not _is_none(value)]
        done = await run.objects(self.selection, there)
        if len(done) == len(values):
            return done
        answers = iter(done)
        return [value if _is_none(value) else next(answers) for value in values]

    def _checked(self, run: Running, step: Step, of_type: Callable[..., Any], value: Any) -> Any:
        if _is_none(value) or of_type(value, run.info(step)):
            return value
        return run.mark(step, GraphQLError(f"Expected a value of type '{self.selection.kind}'."))


class Abstract:
    """An interface or a union: its values are parted by their types, answered, and put back."""

    def __init__(
        self,
        kind: GraphQLInterfaceType | GraphQLUnionType,
        schema: GraphQLSchema,
        below: Callable[[GraphQLObjectType], Selection],
    ) -> None:
        self.kind, self._schema, self._below = kind, schema, below
        self._selections: dict[str, Objects] = {}

    async def complete(self, run: Running, step: Step, values: list[Any]) -> list[Any]:
        """Answer the values of each type together."""
        done, places = list(values), dict[str, list[int]]()
        for index, value in enumerate(values):
            if _is_none(value):
                continue
            try:
                places.setdefault(self._named(run, step, value), []).append(index)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the field's
                done[index] = run.mark(step, error)
        for name, where in places.items():
            answers = await self.of_type(name).complete(run, step, [values[index] for index in where])
            for index, answer in zip(where, answers, strict=True):
                done[index] = answer
        return done

    def known(self) -> Sequence[Objects]:
        """What is asked of the types that were met so far."""
        return list(self._selections.values())

    def _named(self, run: Running, step: Step, value: Any) -> str:
        name: Any = self.kind.resolve_type(value, run.info(step), self.kind) if self.kind.resolve_type else None
        return name

    @property
    def possible(self) -> Mapping[str, GraphQLObjectType]:
        """The types that values may be of, by their names."""
        return {each.name: each for each in self._schema.get_possible_types(self.kind)}

    def of_type(self, name: str) -> Objects:
        """Return what is asked of the values of one type."""
        found = self._selections.get(name)
        if found is None:
            kind = self._schema.get_type(name)
            assert isinstance(kind, GraphQLObjectType)
            assert self._schema.is_sub_type(self.kind, kind)
            found = self._selections[name] = Objects(self._below(kind))
        return found


def _is_none(value: Any) -> bool:
    return value is None or isinstance(value, Mark)


Completion = Known | Leaf | NotNull | Listed | Objects | Abstract
