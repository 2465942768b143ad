"""`aggregate` and `groups` of every connection: what all that match come to, at once or group by group.

What can be ordered by has a smallest and a greatest value, but for what has only a few (choices, booleans), and can be
grouped by; so can references and names of types. Ids and versions of the objects themselves say nothing of many.

`min` and `max` share a type for each entity, as do `sum` and `avg`, and both fields of a connection share what is in
them. Places among siblings are not added up.
"""

from decimal import Decimal
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLNullableOutputType,
    GraphQLObjectType,
)
from sqlalchemy import Column

from db.columns import deprecation_of, holds_id, named_by, policy_of, shown_words
from schema.derive.declare import LARGEST_GROUPS, MOST_KEYS, Entity
from schema.derive.fields import (
    KEY,
    AggregateField,
    CountField,
    GroupsField,
    KeyField,
    Measure,
    MeasuredField,
    MeasureField,
)
from schema.derive.groupings import group_by_type, is_instant
from schema.derive.orders import orderable
from schema.derive.registry import Registry, attribute_field
from schema.derive.scalars import Date, DecimalScalar, TimeZone, scalar_of
from schema.execute import aggregate

OWN: Final = frozenset({"id", "version"})
MEANINGS: Final = {
    Measure.MIN: "The smallest or earliest value; null where there is none.",
    Measure.MAX: "The greatest or latest value; null where there is none.",
    Measure.SUM: "The values added up; null where there is none.",
    Measure.AVG: "The mean of the values, nulls left out; null where there is none.",
}
ARGUMENTS: Final = {
    "timeZone": GraphQLArgument(
        TimeZone,
        default_value="UTC",
        out_name="time_zone",
        description="Where the days and other periods of instants begin and end.",
    ),
    "first": GraphQLArgument(
        GraphQLInt,
        description=f"How many of the largest, at most {LARGEST_GROUPS:,}; all when left out, which is an error "
        "where there are more than that.",
    ),
}


def aggregate_fields(registry: Registry, entity: Entity) -> dict[str, GraphQLField]:
    """Return the fields of a connection that say what all that match come to."""
    derived = _Aggregates(registry, entity)
    return {"aggregate": derived.aggregate(), "groups": derived.groups()}


class _Aggregates:
    """The types of one entity's aggregates, and by what its columns are in them."""

    def __init__(self, registry: Registry, entity: Entity) -> None:
        self._registry, self._entity = registry, entity
        self._access = (entity.read, registry.module_of(entity))
        shown = [each for each in registry.shown_columns(entity) if each.key not in OWN]
        self._ordered = [each for each in shown if orderable(registry, each)]
        names = {each.key for each in self._ordered}
        self._keys = [each for each in shown if each.key in names or named_by(each) or shown_words(each)]

    def aggregate(self) -> GraphQLField:
        """Return the field of what all come to."""
        return GraphQLField(
            GraphQLNonNull(self._type("Aggregate", self._measures, "What many {} come to.")),
            resolve=aggregate.aggregate,
            description="What all that match come to, on every page together.",
            extensions={KEY: AggregateField(*self._access, self._entity)},
        )

    def groups(self) -> GraphQLField:
        """Return the field of what each group comes to."""
        declared = GroupsField(*self._access, self._entity)
        group = self._type("AggregateGroup", self._of_group, "A group of {}, and what they come to.")
        by = GraphQLList(GraphQLNonNull(group_by_type(self._registry, self._entity, self._keys)))
        meaning = f"What those of one group have in common; at most {MOST_KEYS} terms."
        return GraphQLField(
            GraphQLList(GraphQLNonNull(group)),
            args={"by": GraphQLArgument(GraphQLNonNull(by), description=meaning), **ARGUMENTS},
            resolve=aggregate.groups(declared),
            description="The same for each group of those that match, on every page together; the largest group first, "
            "and groups of one size by their keys.",
            extensions={KEY: declared},
        )

    def _type(self, name: str, fields: Any, meaning: str) -> GraphQLObjectType:
        """Return a type of the entity; in `meaning` stands what several of it are called."""
        full = f"{self._entity.name}{name}"
        about = meaning.format(self._entity.plural_label)
        return self._registry.once(full, lambda: GraphQLObjectType(full, fields, description=about))

    def _measures(self) -> dict[str, GraphQLField]:
        """Return the fields that an aggregate and a group have in common."""
        fields = {"count": self._count()}
        extremes = self._type("Extremes", self._extremes, "The smallest, or the greatest, values of many {}.")
        fields |= {each.value: self._measure(each, extremes) for each in (Measure.MIN, Measure.MAX)}
        if numbers := self._numbers():
            kind = self._type("Numbers", lambda: numbers, "Sums, or means, of many {}.")
            fields |= {each.value: self._measure(each, kind) for each in (Measure.SUM, Measure.AVG)}
        return fields

    def _count(self) -> GraphQLField:
        return GraphQLField(
            GraphQLNonNull(GraphQLInt),
            resolve=aggregate.count,
            description="How many there are.",
            extensions={KEY: CountField(*self._access)},
        )

    def _measure(self, measure: Measure, kind: GraphQLObjectType) -> GraphQLField:
        declared = MeasureField(*self._access, measure)
        return GraphQLField(
            GraphQLNonNull(kind),
            resolve=aggregate.measure(declared),
            description=MEANINGS[measure],
            extensions={KEY: declared},
        )

    def _extremes(self) -> dict[str, GraphQLField]:
        """Return what has a smallest and a greatest value: numbers, texts that are no prose, dates and times."""
        ranked = [each for each in self._ordered if not self._registry.enum_of(each) and not _is_flag(each)]
        return {attribute_field(each): self._measured(each, scalar_of(each)) for each in ranked}

    def _numbers(self) -> dict[str, GraphQLField]:
        """Return what is added up: numbers, but for those that only say which."""
        added_up = [each for each in self._ordered if each.type.python_type in {int, Decimal}]
        counted = [each for each in added_up if not policy_of(each).dense_within]
        return {attribute_field(each): self._measured(each, DecimalScalar) for each in counted}

    def _measured(self, column: Column[Any], kind: GraphQLNullableOutputType) -> GraphQLField:
        declared = MeasuredField(policy_of(column).readable_with, self._access[1], column)
        permission = f" Needs the permission `{declared.needs}`; null without it." if declared.needs else ""
        return GraphQLField(
            kind,
            resolve=aggregate.measured(declared),
            description=f"{column.doc}{permission}",
            deprecation_reason=deprecation_of(column),
            extensions={KEY: declared},
        )

    def _of_group(self) -> dict[str, GraphQLField]:
        key = self._type("GroupKey", self._key, "What a group of {} has in common; null what it is not grouped by.")
        common = GraphQLField(
            GraphQLNonNull(key), resolve=aggregate.key, description="What all of the group have in common."
        )
        aggregated: Any = self._registry.types[f"{self._entity.name}Aggregate"]
        return {"key": common, **aggregated.fields}

    def _key(self) -> dict[str, GraphQLField]:
        return {attribute_field(each): self._key_value(each) for each in self._keys}

    def _key_value(self, column: Column[Any]) -> GraphQLField:
        declared = KeyField(policy_of(column).readable_with, self._access[1], column)
        first = " The first day of the period." if is_instant(column) else ""
        return GraphQLField(
            self._key_kind(column),
            resolve=aggregate.key_value(declared),
            description=f"{column.doc}{first}",
            deprecation_reason=deprecation_of(column),
            extensions={KEY: declared},
        )

    def _key_kind(self, column: Column[Any]) -> GraphQLNullableOutputType:
        if holds_id(column):
            return GraphQLID
        return Date if is_instant(column) else self._registry.enum_of(column) or scalar_of(column)


def _is_flag(column: Column[Any]) -> bool:
    return column.type.python_type is bool
