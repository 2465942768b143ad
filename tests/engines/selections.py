"""Draws selections: fields under other names and twice, fragments of all sorts, what is skipped and what is included.

Two fields with one response name in one place must be the same field with the same arguments. So every field with
arguments has a name of its own, unless it is repeated on purpose, to be merged; the odd document that is refused for a
clash all the same is one that both engines must refuse.
"""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

from db.columns import policy_of
from schema.derive.fields import ColumnField, ConnectionField, OneField, RelationField, declaration_of
from schema.execute import resolve
from tests.engines.paging import Paging, is_connection
from tests.engines.places import Asked, Budget, Fragments, Place
from tests.engines.reach import argument
from tests.engines.values import ANY, Values, Variable, written

WAYS: Final = (*("field",) * 8, "again", "again", "inline", "named", "spread", "condition")
NEAR: Final = 0.75
"""How much less readily objects are asked for with each step down."""
KNOWN: Final = 0.1
"""How much less readily the same field is asked for once more."""
TROUBLE: Final = frozenset(
    {"fails", "mustNotFail", "refuses", "sureVerdict", "strict", "marks", "verdict", "always", "gadgetVerdicts"}
)
"""Fields that take much of an answer with them when they fail, or what is below them does: seldom asked for."""


PARTS: Final = frozenset({resolve.nodes, resolve.total_count})


def is_of_rows(declared: GraphQLField) -> bool:
    """Tell whether a field is a column, leads to rows, or is a part of a list that one statement can write."""
    known = declaration_of(declared)
    if isinstance(known, ColumnField):
        policy = policy_of(known.column)
        return not (policy.encrypted or policy.values_of or policy.named_in)
    if isinstance(known, OneField):
        return known.entity is not None
    return isinstance(known, RelationField | ConnectionField) or declared.resolve in PARTS


class Selections:
    """Draws what is selected; with `only_rows`, nothing that one statement cannot write."""

    def __init__(
        self,
        schema: GraphQLSchema,
        values: Values,
        paging: Paging,
        budget: Budget,
        may: Mapping[str, float],
        *,
        only_rows: bool = False,
    ) -> None:
        self._only_rows = only_rows
        self._schema, self._values, self._paging, self._budget, self._may = schema, values, paging, budget, may
        self._drawing = values.drawing
        self.fragments = Fragments()
        self._number = 0

    def at_root(self, place: Place, count: int) -> str:
        """What is selected of the root: each field gets an equal share of what an operation may have."""
        share, parts = self._budget.fields // count, list[str]()
        for _ in range(count):
            self._budget.fields = share
            parts.append(self._part(place, 0) if parts else self._field(place, 0))
        return "{ " + " ".join(parts) + " }"

    def inside(self, place: Place, depth: int, most: int) -> str:
        """What is selected in one place."""
        if isinstance(place.kind, GraphQLInterfaceType):
            return "{ " + " ".join(self._of_interface(place, depth)) + " }"
        parts = [self._field(place, depth)]
        further = self._drawing.upto(most - 1)
        parts.extend(self._part(place, depth) for _ in range(further) if self._budget.fields > 0)
        return "{ " + " ".join(parts) + " }"

    def _part(self, place: Place, depth: int) -> str:
        way = self._drawing.of(WAYS)
        if way == "again" and place.taken:
            return self._again(place, depth)
        if way in {"inline", "condition"}:
            on = f" on {place.kind.name}" if way == "condition" else ""
            return f"...{on}{self._directives()} {self.inside(place, depth, 3)}"
        if way == "named":
            return self._new_fragment(place, depth)
        return self._known_fragment(place) if way == "spread" else self._field(place, depth)

    def _new_fragment(self, place: Place, depth: int) -> str:
        """Write a fragment, in a place of its own: it may be spread elsewhere too."""
        name = f"F{len(self.fragments.texts)}"
        self.fragments.texts[name] = ""
        text = self.inside(Place(place.kind), depth + 1, 4)
        self.fragments.texts[name] = f"fragment {name} on {place.kind.name} {text}"
        self.fragments.kinds[name] = place.kind.name
        return f"...{name}{self._directives()}"

    def _known_fragment(self, place: Place) -> str:
        fitting = [name for name, kind in self.fragments.kinds.items() if kind == place.kind.name]
        if not fitting:
            return "__typename"
        return f"...{self._drawing.of(fitting)}{self._directives()}"

    def _again(self, place: Place, depth: int) -> str:
        """The same field once more, with something else below it."""
        asked = self._drawing.of(list(place.taken.values()))
        self._budget.fields -= 1
        below = f" {self.inside(asked.below, depth + 1, 3)}" if asked.below else ""
        return f"{asked.head}{self._directives()}{below}"

    def _field(self, place: Place, depth: int) -> str:
        kind: Any = place.kind
        if self._drawing.chance(4):
            return "__typename"
        options = {
            name: self._weight(kind.name, name, each, depth)
            for name, each in kind.fields.items()
            if self._fits(each, depth)
        }
        if not options:
            return "__typename"
        name = self._drawing.weighed({each: KNOWN * of if each in place.taken else of for each, of in options.items()})
        return self._asked(place, name, kind.fields[name], depth)

    def _fits(self, declared: GraphQLField, depth: int) -> bool:
        if self._only_rows and not is_of_rows(declared):
            return False
        return (depth < 7 and self._budget.fields > 0) or not is_composite_type(get_named_type(declared.type))

    def _weight(self, kind: str, name: str, declared: GraphQLField, depth: int) -> float:
        seldom = min(0.15 if name in TROUBLE else 1, self._may.get(f"{kind}.{name}", 1))
        leaf = not is_composite_type(get_named_type(declared.type))
        return (1 + self._values.wanted.field(kind, name, declared)) * seldom * (1 if leaf else NEAR**depth)

    def _asked(self, place: Place, name: str, declared: GraphQLField, depth: int) -> str:
        """Ask for a field, under its own name or another."""
        self._budget.fields -= 1
        kind: Any = place.kind
        self._values.named.clear()
        arguments = self._arguments(kind.name, name, declared, depth)
        likely = list(dict.fromkeys(each for each in self._values.named if each in self._schema.type_map))[:4]
        alias = self._alias(place, name, has_arguments=bool(arguments))
        head = f"{alias}: {name}" if alias != name else name
        if arguments:
            head += "(" + ", ".join(f"{each}: {written(value)}" for each, value in arguments.items()) + ")"
        inner = get_named_type(declared.type)
        known = place.taken.get(alias)
        below = known.below if known else Place(inner, likely=likely) if is_composite_type(inner) else None
        place.taken[alias] = Asked(head, below)
        text = f" {self.inside(below, depth + 1, self._most(inner))}" if below else ""
        return f"{head}{self._directives()}{text}"

    def _most(self, kind: GraphQLNamedType) -> int:
        return 4 if is_connection(kind) else 9

    def _alias(self, place: Place, name: str, *, has_arguments: bool) -> str:
        self._number += 1
        if has_arguments or self._drawing.chance(12):
            return f"{name}_{self._number}"
        kind: Any = place.kind
        if not self.fragments.texts and self._drawing.chance(1):
            other = self._drawing.of(list(kind.fields))
            return other if other not in place.taken else f"{name}_{self._number}"
        known = place.taken.get(name)
        return name if known is None or known.head == name else f"{name}_{self._number}"

    def _arguments(self, owner: str, name: str, declared: GraphQLField, depth: int) -> dict[str, Any]:
        if is_connection(get_named_type(declared.type)):
            return self._paging.arguments(owner, name, declared, depth)
        made = dict[str, Any]()
        for each, declaration in declared.args.items():
            must = str(declaration.type).endswith("!")
            wanted = argument(owner, name, each) in self._values.wanted.open
            if must or self._drawing.chance(85 if wanted else 40):
                names = self._named(each, declared)
                made[each] = self._values.argument(declaration.type, each, names)
        return made

    def _named(self, name: str, declared: GraphQLField) -> str:
        """The type that the ids of an argument name."""
        if name in {"id", "ids"}:
            kind = get_named_type(declared.type)
            return kind.name if isinstance(kind, GraphQLObjectType) else ANY
        bare = name.removesuffix("s").removesuffix("Id")
        guess = bare[:1].upper() + bare[1:]
        return guess if guess in self._schema.type_map else ANY

    def _of_interface(self, place: Place, depth: int) -> list[str]:
        """What every object has, and what those of some types have, each under names of their own."""
        parts = [self._drawing.of(("id", "__typename", "__typename id"))]
        kinds = self._schema.get_possible_types(place.kind)  # pyright: ignore[reportArgumentType] - it is an interface
        weights = {each.name: 1 + self._values.wanted.kind(each.name) for each in kinds}
        for name in dict.fromkeys(
            (*(each for each in place.likely if each in weights), *self._drawing.some(weights, 3))
        ):
            kind: Any = self._schema.type_map[name]
            inner = self._of_one(kind, depth)
            parts.append(f"... on {name}{self._directives()} {{ {' '.join(inner)} }}")
        if self._drawing.chance(15):
            parts.append("... on Node { id __typename }")
        return parts

    def _of_one(self, kind: GraphQLObjectType, depth: int) -> list[str]:
        parts = list[str]()
        place = Place(kind)
        for _ in range(1 + self._drawing.upto(3)):
            if self._budget.fields <= 0:
                break
            options = {
                name: self._weight(kind.name, name, each, depth)
                for name, each in kind.fields.items()
                if self._fits(each, depth + 1)
            }
            name = self._drawing.weighed(options)
            parts.append(self._under_another_name(place, name, kind.fields[name], depth + 1))
        return parts or ["id"]

    def _under_another_name(self, place: Place, name: str, declared: GraphQLField, depth: int) -> str:
        self._budget.fields -= 1
        self._number += 1
        arguments = self._arguments(place.kind.name, name, declared, depth)
        given = ", ".join(f"{each}: {written(value)}" for each, value in arguments.items())
        inner = get_named_type(declared.type)
        below = f" {self.inside(Place(inner), depth + 1, self._most(inner))}" if is_composite_type(inner) else ""
        return f"{name}_{self._number}: {name}{f'({given})' if given else ''}{self._directives()}{below}"

    def _directives(self) -> str:
        """Now and then a condition, which mostly lets the field be."""
        if not self._drawing.chance(8):
            return ""
        name = self._drawing.of(("include", "skip"))
        lets = (name == "include") != self._drawing.chance(25)
        if self._drawing.chance(50):
            return f" @{name}(if: {written(lets)})"
        return f" @{name}(if: {written(self._flag(lets))})"

    def _flag(self, lets: bool) -> Variable:  # noqa: FBT001
        if self._drawing.chance(30):
            return self._values.variables.declare("Boolean! = true" if lets else "Boolean! = false")
        variable = self._values.variables.declare("Boolean!")
        self._values.variables.given[variable.name] = lets
        return variable
