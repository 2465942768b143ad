"""Fills a place of the schema with a value, and what its field requires beside it with what a company has."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLSchema,
    is_required_argument,
    is_required_input_field,
)

from tests.wall.graph import SCHEMA, Route, Word, field_of, kind_of
from tests.wall.parties import Party
from tests.wall.slots import ANY, Kind, NoSample, Slot, Step, is_list, type_named

VALUES: Mapping[str, Any] = {
    "String": "walled",
    "Int": 2,
    "Float": 1.5,
    "Boolean": True,
    "JSON": {},
    "Date": "2026-06-30",
    "DateTime": "2026-06-30T12:00:00Z",
    "LocalTime": "09:30",
    "Decimal": "12.50",
    "EmailAddress": "ada@example.com",
    "URL": "https://example.com/",
    "TimeZone": "Europe/Berlin",
    "CountryCode": "DE",
    "CurrencyCode": "EUR",
    "HexColor": "#1A2B3C",
}
"""A value of each scalar, for what a mutation requires beside the id in question."""

OF_ANY = "Flow"
"""Which type is taken where an id names one of any."""


class Filling:
    """Fills a place with a value, and whatever its field requires beside it with samples of a party."""

    def __init__(self, party: Party, schema: GraphQLSchema = SCHEMA) -> None:
        self._party, self._schema = party, schema

    def arguments(self, slot: Slot, field: GraphQLField, value: Any) -> dict[str, Any]:
        """Return the arguments of a field with a value in a place."""
        for depth, step in enumerate(reversed(slot.steps)):
            value = [value] if depth and step.listed else value
            if step.within is not None:
                value = self._others(slot, field, step) | {step.name: value}
        beside = {
            name: self._sample(slot, field, Step(name, None, is_list(each.type)), each)
            for name, each in field.args.items()
            if is_required_argument(each) and name != slot.steps[0].name
        }
        return beside | {slot.steps[0].name: value}

    def least(self, operation: str, route: Route) -> dict[str, Any]:
        """Return the least arguments of a field, with the party's own ids."""
        return {
            name: self._sample(Slot(operation, route, (step,), Kind.ID, ""), field_of(operation, route), step, each)
            for name, each in field_of(operation, route).args.items()
            if is_required_argument(each)
            for step in (Step(name, None, is_list(each.type)),)
        }

    def _others(self, slot: Slot, field: GraphQLField, step: Step) -> dict[str, Any]:
        kind = self._schema.type_map[step.within or ""]
        assert isinstance(kind, GraphQLInputObjectType)
        return {
            name: self._sample(slot, field, Step(name, kind.name, is_list(each.type)), each)
            for name, each in kind.fields.items()
            if is_required_input_field(each) and name != step.name
        }

    def _sample(self, slot: Slot, field: GraphQLField, step: Step, declared: Any) -> Any:
        kind = kind_of(declared)
        if kind is GraphQLID:
            beside = Slot(slot.operation, slot.route, (*slot.steps[:-1], step), Kind.ID, "")
            return self.own(type_named(self._schema, beside, field), step)
        if isinstance(kind, GraphQLEnumType):
            value: Any = Word(next(iter(kind.values)))
        elif isinstance(kind, GraphQLInputObjectType):
            value = {
                name: self._sample(slot, field, Step(name, kind.name, is_list(each.type)), each)
                for name, each in kind.fields.items()
                if is_required_input_field(each)
            }
        elif kind.name in VALUES:
            value = VALUES[kind.name]
        else:
            raise NoSample(f"no sample for {kind.name} in {step.within}.{step.name}: put one into VALUES")
        return [value] if step.listed else value

    def own(self, named: str | None, step: Step) -> Any:
        """Return an id of the party, or those that belong together where a list is taken."""
        named = OF_ANY if named == ANY else named
        if named is None or not self._party.samples.get(named):
            raise NoSample(f"no sample for {named} in {step.within}.{step.name}: make one in tests/wall/parties.py")
        return self._party.own_group(named) if step.listed else self._party.own(named)
