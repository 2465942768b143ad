"""Prices a plan before it runs: what its steps do, for as many objects as there may be, with the values of variables.

A selection costs something once, whatever the number of objects (its statements and functions), and something for each
object. Where PostgreSQL writes the whole answer the weights are others. Nothing is asked of anybody.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any, Final, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
)

from db.columns import policy_of
from schema.derive.fields import (
    AccessField,
    AnyField,
    ColumnField,
    CommandField,
    ComputedField,
    ReadingField,
    WatchingField,
    declaration_of,
)
from schema.execute.planned import weights
from schema.execute.planned.completing import Abstract, Completion, Listed, NotNull, Objects
from schema.execute.planned.many import ALONE, Filter, Many, filter_of, many_of, page_of
from schema.execute.planned.sources import CURSORS, Batched, Beside, Named, One, Paged, Part, Related, Resolved, Taken
from schema.execute.planned.taking import Selection, Step
from schema.execute.request import MOST_OBJECTS


class Costs(NamedTuple):
    """What a selection costs, once and for each of its objects."""

    once: float
    each: float


OF_SOURCE: Final[Mapping[type, Costs]] = {
    Taken: Costs(0.0, weights.VALUE),
    Named: Costs(0.0, weights.VALUE),
    Part: Costs(0.0, weights.VALUE),
    Batched: Costs(weights.FUNCTION, weights.COMPUTED),
    Beside: Costs(weights.AGGREGATE, weights.LIST),
}


OF_RESOLVED: Final[Mapping[type, Costs]] = {
    CommandField: Costs(weights.MUTATION, weights.OBJECT),
    ReadingField: Costs(weights.READING, weights.OBJECT),
    AccessField: Costs(weights.READING, weights.OBJECT),
    WatchingField: Costs(weights.READING, weights.OBJECT),
    ComputedField: Costs(weights.FUNCTION, weights.COMPUTED),
    AnyField: Costs(weights.LOADED, weights.REFERENCE),
}


def by_levels(steps: Sequence[Step]) -> Costs:
    """Add up what the steps of a selection cost that is read level by level."""
    once, each = 0.0, weights.OBJECT
    for step in steps:
        mine = _level(step)
        once, each = once + mine.once, each + mine.each
    return Costs(once, each + _read(steps))


def _read(steps: Sequence[Step]) -> float:
    """Say what it costs that the objects are there at all: entities are rows or were loaded."""
    if any(isinstance(step.source, Taken) for step in steps):
        return weights.ROW
    return weights.ENTITY if any(_is_of_entity(step) for step in steps) else 0.0


def _is_of_entity(step: Step) -> bool:
    return isinstance(step.source, Batched) or isinstance(declaration_of(step.field), ColumnField)


def _level(step: Step) -> Costs:
    match step.source:
        case One(layout=layout) | Related(layout=layout):
            return Costs(weights.STATEMENT if layout else weights.LOADED, weights.REFERENCE)
        case Paged() as source:
            page = weights.STATEMENT if source.layout else weights.LOADED
            return Costs(page * source.has_page + weights.TOTAL * source.has_total, weights.LIST)
        case Resolved():
            return _resolved(step)
        case source:
            return OF_SOURCE[type(source)]


def _resolved(step: Step) -> Costs:
    declared = declaration_of(step.field)
    if known := OF_RESOLVED.get(type(declared)):
        return known
    policy = policy_of(declared.column) if isinstance(declared, ColumnField) else None
    if policy and policy.values_of:
        return Costs(0.0, weights.ROW_VALUES)
    if (policy and policy.encrypted) or step.field.resolve in CURSORS:
        return Costs(0.0, weights.SEALED)
    at_root = step.path.prev is None
    return Costs(weights.LOOKUP * at_root, weights.RESOLVED)


def in_island(steps: Sequence[Step]) -> Costs:
    """Add up what the steps of a selection cost that PostgreSQL writes."""
    return Costs(0.0, weights.ISLAND_OBJECT + sum(_written(step) for step in steps))


def _written(step: Step) -> float:
    match step.source:
        case Paged() as source:
            return weights.ISLAND_LIST * (source.has_page + source.has_total)
        case Related() | One():
            return weights.ISLAND_REFERENCE
        case _:
            return weights.ISLAND_VALUE


def points(microseconds: float) -> int:
    """Return what is charged: whole points, one at least."""
    return max(1, ceil(microseconds / weights.POINT))


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a selection reaches at most: what it costs by itself, and in how many there may be of its parts."""

    costs: Costs
    below: "Sequence[tuple[Many, Reach]]"
    filters: Sequence[Filter] = ()
    is_fixed: bool = field(init=False)

    def __post_init__(self) -> None:
        """Note whether variables make a difference."""
        fixed = all(not many.variables and below.is_fixed for many, below in self.below)
        object.__setattr__(self, "is_fixed", fixed and all(each.variable is None for each in self.filters))

    def price(self, variables: Mapping[str, Any] | None) -> "Price":
        """Add up everything, with every list as long as it may be; without variables, as they may make it."""
        once, each, objects = 0.0, 0.0, 0
        waiting: list[tuple[int, Reach]] = [(1, self)]
        while waiting:
            number, reach = waiting.pop()
            once, each, objects = once + reach.costs.once, each + reach.costs.each * number, objects + number
            once += weights.CONDITION * sum(each.of(variables) for each in reach.filters)
            for many, below in reach.below:
                longest = many.at_most() if variables is None else many.of(variables)
                if inside := number * longest:
                    waiting.append((inside, below))
        return Price(once, each, objects)


@dataclass(frozen=True, slots=True)
class Price:
    """What an operation costs at most, in microseconds: once, and for all objects together, of which there are some.

    `all` of it is charged, in whole points. It `is_settled` where it makes no point's difference how many objects
    there are.
    """

    once: float
    each: float
    objects: int
    all: float = field(init=False)
    requested: int = field(init=False)
    is_settled: bool = field(init=False)

    def __post_init__(self) -> None:
        """Work out what is charged beforehand: as many objects as an answer may have, and connections around them."""
        most = self.each * min(1.0, 2 * MOST_OBJECTS / self.objects)
        object.__setattr__(self, "all", self.once + most)
        object.__setattr__(self, "requested", points(self.all))
        object.__setattr__(self, "is_settled", most < weights.POINT)


class Pricing:
    """The price of one plan, by levels and as an island; each is worked out when it is first asked for."""

    def __init__(self, root: Selection, fragments: Mapping[str, FragmentDefinitionNode], session: float) -> None:
        self._root, self._fragments, self.start = root, fragments, weights.REQUEST + session
        self._reaches: dict[bool, Reach] = {}
        self._fixed: dict[bool, Price] = {}

    def price(self, variables: Mapping[str, Any], *, whole: bool) -> Price:
        """Return the price of the operation, read by one statement, which writes the `whole` answer, or by levels."""
        fixed = self._fixed.get(whole)
        if fixed is not None:
            return fixed
        reach = self._reach(whole=whole)
        found = reach.price(variables)
        if reach.is_fixed:
            self._fixed[whole] = found
        return found

    def highest(self) -> int:
        """Return what the operation costs at most in points, whatever its variables say and however it is read."""
        return max(self._reach(whole=whole).price(None).requested for whole in (True, False))

    def _reach(self, *, whole: bool) -> Reach:
        reach = self._reaches.get(whole)
        if reach is None:
            reach = self._reaches[whole] = self._reached(whole=whole)
        return reach

    def _reached(self, *, whole: bool) -> Reach:
        costs = in_island if whole else by_levels
        found = self._of(self._root, costs, ALONE)
        start = weights.REQUEST + weights.ISLAND if whole else self.start
        return Reach(Costs(found.costs.once + start, found.costs.each), found.below, found.filters)

    def _of(self, selection: Selection, costs: Callable[[Sequence[Step]], Costs], page: Many) -> Reach:
        below = [
            (many_of(step, page), self._of(inner, costs, page_of(step) if isinstance(step.source, Paged) else page))
            for step in selection.steps
            for inner in self._inside(step)
        ]
        filters = [found for step in selection.steps if (found := filter_of(step))]
        return Reach(costs(selection.steps), below, filters)

    def _inside(self, step: Step) -> Iterator[Selection]:
        """Walk the selections below a step; those of the types that are named, where it may be of several."""
        completion: Completion = step.completion
        while isinstance(completion, NotNull | Listed):
            completion = completion.inner
        if isinstance(completion, Objects):
            yield completion.selection
        elif isinstance(completion, Abstract):
            for name in self._named(step.nodes, completion):
                yield completion.of_type(name).selection

    def _named(self, nodes: Sequence[FieldNode], completion: Abstract) -> list[str]:
        """Return the types that a selection on an interface names; or any, if it names none."""
        found: dict[str, None] = {}
        seen: set[str] = set()
        waiting = [each for node in nodes if node.selection_set for each in node.selection_set.selections]
        while waiting:
            node = waiting.pop()
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in seen:
                    continue
                seen.add(node.name.value)
                node = self._fragments[node.name.value]
            if isinstance(node, InlineFragmentNode | FragmentDefinitionNode):
                if node.type_condition:
                    found[node.type_condition.name.value] = None
                waiting += node.selection_set.selections
        possible = completion.possible
        return [name for name in found if name in possible] or list(possible)[:1]
