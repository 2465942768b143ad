"""Draws filters and orders: as deep as wanted, through relations, each comparison with a value that is there."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLInputObjectType, get_named_type

from tests.engines.values import ANY, Values, Word

DEEPEST: Final = 3
TEXTS: Final = frozenset(
    {
        "contains",
        "startsWith",
        "endsWith",
        "icontains",
        "istartsWith",
        "iendsWith",
        "eq",
        "ne",
        "lt",
        "lte",
        "gt",
        "gte",
    }
)
FAR_ORDERS: Final = 3
OF_MANY: Final = {"some", "none", "every"}
"""What the filter of a list says of its items."""

LONGEST_PART: Final = 100


class Shapes:
    """Draws the objects that arguments hold."""

    def made(self, values: Values, kind: GraphQLInputObjectType, deep: int, may_vary: bool) -> Any:  # noqa: FBT001
        """An object of an input type."""
        if kind.is_one_of:
            return self._term(values, kind, deep, may_vary)
        if kind.fields.keys() == OF_MANY:
            return self._of_many(values, kind, deep, may_vary)
        if kind.name.endswith("Filter"):
            return self._filter(values, kind, deep, may_vary)
        return self._any(values, kind, deep, may_vary)

    def _any(self, values: Values, kind: GraphQLInputObjectType, deep: int, may_vary: bool) -> Any:  # noqa: FBT001
        return {
            name: values.value(each.type, (), ANY, deep + 1, may_vary=may_vary) for name, each in kind.fields.items()
        }

    def _term(self, values: Values, kind: GraphQLInputObjectType, deep: int, may_vary: bool) -> Any:  # noqa: FBT001
        options = {name: _weight(values, kind, name) for name, each in kind.fields.items() if self._near(each, deep)}
        name = values.drawing.weighed(options)
        inner = get_named_type(kind.fields[name].type)
        if isinstance(inner, GraphQLInputObjectType):
            return {name: self._term(values, inner, deep + 1, may_vary)}
        assert isinstance(inner, GraphQLEnumType)
        if may_vary and not values.plain and values.drawing.chance(10):
            variable = values.variables.declare(f"{inner.name}!")
            values.variables.given[variable.name] = values.drawing.of(list(inner.values))
            return {name: variable}
        return {name: Word(values.drawing.of(list(inner.values)))}

    @staticmethod
    def _near(field: Any, deep: int) -> bool:
        return deep < FAR_ORDERS or not isinstance(get_named_type(field.type), GraphQLInputObjectType)

    def _of_many(self, values: Values, kind: GraphQLInputObjectType, deep: int, may_vary: bool) -> Any:  # noqa: FBT001
        names = values.drawing.some({name: _weight(values, kind, name) for name in kind.fields}, 1 + (deep == 1))
        return {name: values.value(kind.fields[name].type, (), ANY, deep + 1, may_vary=may_vary) for name in names}

    def _filter(self, values: Values, kind: GraphQLInputObjectType, deep: int, may_vary: bool) -> Any:  # noqa: FBT001
        """Some conditions that must hold together; further down, simpler ones."""
        options = {name: _weight(values, kind, name) for name, each in kind.fields.items() if self._fits(each, deep)}
        if values.drawing.chance(2):
            return {}
        names = values.drawing.some(options, 1 + values.drawing.chance(30))
        return {name: self._condition(values, kind, name, deep, may_vary) for name in names}

    @staticmethod
    def _fits(field: Any, deep: int) -> bool:
        return deep < DEEPEST or get_named_type(field.type).name.endswith("Comparison")

    def _condition(
        self,
        values: Values,
        kind: GraphQLInputObjectType,
        name: str,
        deep: int,
        may_vary: bool,  # noqa: FBT001
    ) -> Any:
        field = kind.fields[name]
        inner = get_named_type(field.type)
        if isinstance(inner, GraphQLInputObjectType) and inner.name.endswith("Comparison"):
            if may_vary and not values.plain and values.drawing.chance(6):
                variable = values.variables.declare(str(field.type))
                values.variables.given[variable.name] = self._comparison(values, kind, name, inner, deep, False)  # noqa: FBT003
                return variable
            return self._comparison(values, kind, name, inner, deep, may_vary)
        return values.value(field.type, (), ANY, deep + 1, may_vary=may_vary)

    def _comparison(
        self,
        values: Values,
        kind: GraphQLInputObjectType,
        name: str,
        inner: GraphQLInputObjectType,
        deep: int,
        may_vary: bool,  # noqa: FBT001
    ) -> Any:
        """Compare a column: mostly with a value that it has somewhere, or a part of one."""
        owner = kind.name.removesuffix("Filter")
        pool, names = values.samples.values.get((owner, name), ()), values.samples.named.get((owner, name), ANY)
        most = 1 + values.drawing.chance(20)
        chosen = values.drawing.some({each: _weight(values, inner, each) for each in inner.fields}, most)
        return {
            each: values.value(
                inner.fields[each].type, _fitting(each, pool, inner.name), names, deep + 1, may_vary=may_vary
            )
            for each in chosen
        }


def _weight(values: Values, kind: GraphQLInputObjectType, name: str) -> float:
    return 1 + values.wanted.input_field(kind.name, name, get_named_type(kind.fields[name].type).name)


def _fitting(comparator: str, pool: Sequence[Any], kind: str) -> Sequence[Any]:
    """What a comparator is given for the values that a column has."""
    if comparator == "isNull":
        return (True, False)
    if comparator == "hasKey":
        return [key for each in pool for key in _keys(each)] or ("a", "missing")
    if kind == "JSONComparison":
        return [part for each in pool for part in _parts(each)] or ({},)
    if comparator in TEXTS and kind not in {"IntComparison", "BooleanComparison"}:
        return [part for each in pool for part in _pieces(each, comparator)]
    return pool


def _keys(value: Any) -> Sequence[str]:
    return list(value) if isinstance(value, Mapping) else ()


def _parts(value: Any) -> Sequence[Any]:
    parts = [{}, *({name: inner} for name, inner in value.items())] if isinstance(value, Mapping) else []
    return [each for each in parts if len(repr(each)) < LONGEST_PART]


def _pieces(value: Any, comparator: str) -> Sequence[Any]:
    """A text, and pieces of it where a comparator takes a piece."""
    if not isinstance(value, str) or isinstance(value, Word) or comparator in {"eq", "ne", "lt", "lte", "gt", "gte"}:
        return (value,)
    middle = len(value) // 2
    pieces = (value, value[:2], value[middle:], value[1:3])
    return [each.swapcase() for each in pieces] if comparator.startswith("i") else pieces
