"""How many objects a part of an operation may have for each parent, and how many conditions choose them.

As its arguments say, or their variables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import IntValueNode, ListValueNode, ObjectValueNode, ValueNode, VariableNode

from schema.derive.declare import DEFAULT_PAGE, LARGEST_GROUPS, LARGEST_PAGE
from schema.derive.fields import GroupsField, declaration_of
from schema.execute.planned.completing import Completion, Listed, NotNull
from schema.execute.planned.sources import Part, Resolved
from schema.execute.planned.taking import Step
from schema.execute.where import MOST_CONDITIONS

LISTED: Final = 10
"""Items that are expected of a list that is no page."""

GROUPS: Final = 50
"""Groups that are expected where all are asked for."""

LISTS: Final = frozenset({"nodes", "edges"})


@dataclass(frozen=True, slots=True)
class Many:
    """How many there are for each parent: so many, or as many as one of the variables says, up to a largest number."""

    number: int = 1
    variables: Sequence[str] = ()
    most: int = LARGEST_PAGE

    def of(self, variables: Mapping[str, Any]) -> int:
        """Return the number."""
        for name in self.variables:
            value = variables.get(name)
            if isinstance(value, int):
                return max(0, min(value, self.most))
            if isinstance(value, list):
                return min(len(value), self.most)
        return self.number

    def at_most(self) -> int:
        """Return the number there is at most, whatever the variables say."""
        return self.most if self.variables else self.number


ALONE: Final = Many()


@dataclass(frozen=True, slots=True)
class Filter:
    """How many conditions a list is filtered by: those that are written, or those in a variable."""

    number: int = 0
    variable: str | None = None

    def of(self, variables: Mapping[str, Any] | None) -> int:
        """Return the number; without variables, as they may make it. With more than there may be, nothing is asked."""
        if self.variable is None:
            return min(self.number, MOST_CONDITIONS)
        return MOST_CONDITIONS if variables is None else min(_conditions(variables.get(self.variable)), MOST_CONDITIONS)


def filter_of(step: Step) -> Filter | None:
    """Return what a list is filtered by, if it is."""
    for each in step.nodes[0].arguments or ():
        if each.name.value == "where":
            if isinstance(each.value, VariableNode):
                return Filter(variable=each.value.name.value)
            return Filter(_written(each.value))
    return None


def _conditions(value: Any) -> int:
    """Count the objects in a value: each is a condition, or a relation on the way to one."""
    if isinstance(value, Mapping):
        return 1 + sum(map(_conditions, value.values()))
    return sum(map(_conditions, value)) if isinstance(value, list) else 0


def _written(value: ValueNode) -> int:
    if isinstance(value, ObjectValueNode):
        return 1 + sum(_written(each.value) for each in value.fields)
    return sum(map(_written, value.values)) if isinstance(value, ListValueNode) else 0


def page_of(step: Step) -> Many:
    """Return how many objects a page has."""
    given = {each.name.value: each.value for each in step.nodes[0].arguments or ()}
    names: list[str] = []
    for name in ("last", "first"):
        value = given.get(name)
        if isinstance(value, IntValueNode):
            return Many(max(0, min(int(value.value), LARGEST_PAGE)))
        if isinstance(value, VariableNode):
            names.append(value.name.value)
    return Many(DEFAULT_PAGE, names)


def many_of(step: Step, page: Many) -> Many:
    """Return how many objects a step gives for each parent."""
    if not _is_list(step.completion):
        return ALONE
    if isinstance(step.source, Part) or (isinstance(step.source, Resolved) and step.nodes[0].name.value in LISTS):
        ids = _ids(step)
        return page if ids is None else ids
    if isinstance(declaration_of(step.field), GroupsField):
        many = page_of(step)
        return Many(GROUPS if many.number == DEFAULT_PAGE else many.number, many.variables, LARGEST_GROUPS)
    return Many(LISTED)


def _ids(step: Step) -> Many | None:
    """Return how many ids are given, where these say which objects are wanted."""
    value = next((each.value for each in step.nodes[0].arguments or () if each.name.value == "ids"), None)
    if isinstance(value, ListValueNode):
        return Many(len(value.values))
    return Many(LISTED, [value.name.value]) if isinstance(value, VariableNode) else None


def _is_list(completion: Completion) -> bool:
    while isinstance(completion, NotNull):
        completion = completion.inner
    return isinstance(completion, Listed)
