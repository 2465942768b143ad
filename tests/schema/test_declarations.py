"""The schema as a whole: everything is described, declared, named as the conventions say, and printed as committed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    is_scalar_type,
    is_specified_scalar_type,
)

from auth.permissions import CATALOGUE
from schema.derive.fields import KEY, AccessField, CommandField, Guarded, OneField, ReadingField, declaration_of
from schema.execute.guard import Needs, Public
from schema.root import DOMAINS, make_schema, printed
from tests.schema.asking import SCHEMA, root_fields

COMMITTED = Path(__file__).parents[2] / "schema.graphql"
TYPES = {name: kind for name, kind in SCHEMA.type_map.items() if not name.startswith("__")}
ENTITIES = [entity for domain in DOMAINS for entity in domain.entities]
CAMEL = re.compile(r"[a-z][a-zA-Z0-9]*")
PASCAL = re.compile(r"[A-Z][a-zA-Z0-9]*")
UPPER = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
BY_TYPE = {"node", "nodes"}
"""Root fields that find anything: what they find is guarded by the permission of its type."""


def described() -> Iterator[tuple[str, Any]]:
    """Walk all that has a description: types, fields, arguments, input fields and enum values."""
    for name, kind in TYPES.items():
        yield name, kind
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{name}.{value}", each) for value, each in kind.values.items())
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            yield from ((f"{name}.{field}", each) for field, each in kind.fields.items())
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field, each in kind.fields.items():
                yield from ((f"{name}.{field}({arg})", value) for arg, value in each.args.items())


def test_everything_is_described() -> None:
    bare = [path for path, each in described() if not (each.description or "").strip()]
    assert bare == []
    unfinished = [path for path, each in described() if each.description.strip()[-1] not in ".`!)"]
    assert [path for path in unfinished if path not in {"Int", "Float", "String", "Boolean", "ID"}] == []


def test_every_root_field_says_who_may_ask() -> None:
    for kind in ("Query", "Mutation"):
        for name, field in root_fields(kind).items():
            assert name in BY_TYPE or says_who(field), f"{kind}.{name}"


def says_who(field: Any) -> bool:
    """Tell whether a root field declares a permission of the catalogue, or that it is public, and why."""
    declared = declaration_of(field)
    if isinstance(declared, ReadingField) and declared.needs is None:
        return len(declared.reading.because) > 10
    if isinstance(declared, AccessField):
        return len(declared.because) > 10
    if declared is not None:
        return declared.needs in CATALOGUE and declared.module is not None
    guards = field.extensions["strawberry-definition"].extensions
    needed = [each for each in guards if isinstance(each, Needs) and each.permission in CATALOGUE]
    public = [each for each in guards if isinstance(each, Public) and len(each.because) > 10]
    return len(needed) + len(public) == 1


def test_what_finds_anything_is_declared_so() -> None:
    for name in BY_TYPE:
        declared = declaration_of(root_fields("Query")[name])
        assert isinstance(declared, OneField)
        assert (declared.needs, declared.module, declared.entity) == (None, None, None)
    assert all(entity.read in CATALOGUE for entity in ENTITIES)


def test_every_field_of_an_entity_says_what_it_is() -> None:
    for entity in ENTITIES:
        kind = TYPES[entity.name]
        assert isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items():
            assert isinstance(field.extensions.get(KEY), Guarded), f"{entity.name}.{name}"
            assert field.extensions[KEY].needs is None or field.extensions[KEY].needs in CATALOGUE


def test_a_mutation_says_what_it_needs_refuses_and_emits() -> None:
    for name, field in root_fields("Mutation").items():
        declared = declaration_of(field)
        if isinstance(declared, CommandField):
            said = field.description or ""
            codes = [kind.code for kind in declared.operation.refuses]
            told = [declared.needs, *codes, *declared.operation.emits]
            assert [each for each in told if f"`{each}`" not in said] == [], name


def test_every_mutation_takes_one_input_and_returns_one_payload() -> None:
    for name, field in root_fields("Mutation").items():
        pascal = name[0].upper() + name[1:]
        assert {arg: str(each.type) for arg, each in field.args.items()} == {"input": f"{pascal}Input!"}
        assert str(field.type) == f"{pascal}Payload!"
        payload, given = TYPES[f"{pascal}Payload"], TYPES[f"{pascal}Input"]
        assert isinstance(payload, GraphQLObjectType)
        assert str(payload.fields["refusals"].type) == "[Refusal!]!"
        assert str(payload.fields["clientMutationId"].type) == "String"
        assert isinstance(given, GraphQLInputObjectType)
        assert str(given.fields["clientMutationId"].type) == "String"
        declared = declaration_of(field)
        if declared is not None:
            contract = {"idempotencyKey", "dryRun", *(["expectedVersion"] if declared.operation.subject else [])}
            assert contract <= given.fields.keys()


@pytest.mark.parametrize("name", TYPES)
def test_names_follow_the_conventions(name: str) -> None:
    kind = TYPES[name]
    assert PASCAL.fullmatch(name)
    if isinstance(kind, GraphQLEnumType):
        assert [value for value in kind.values if not UPPER.fullmatch(value)] == []
    elif not is_scalar_type(kind):
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType)
        assert [field for field in kind.fields if not CAMEL.fullmatch(field)] == []
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        arguments = [arg for field in kind.fields.values() for arg in field.args]
        assert [arg for arg in arguments if not CAMEL.fullmatch(arg)] == []


def test_connections_are_relays() -> None:
    arguments = ["first", "after", "last", "before", "where", "orderBy"]
    for name, kind in TYPES.items():
        if isinstance(kind, GraphQLObjectType):
            for field in kind.fields.values():
                if str(field.type).rstrip("!").endswith("Connection"):
                    assert list(field.args) == arguments
        if name.endswith("Connection"):
            assert isinstance(kind, GraphQLObjectType)
            node = name.removesuffix("Connection")
            assert {field: str(each.type) for field, each in kind.fields.items()} == {
                "edges": f"[{node}Edge!]!",
                "nodes": f"[{node}!]!",
                "pageInfo": "PageInfo!",
                "totalCount": "Int!",
                "aggregate": f"{node}Aggregate!",
                "groups": f"[{node}AggregateGroup!]",
            }
            assert {arg: str(each.type) for arg, each in kind.fields["groups"].args.items()} == {
                "by": f"[{node}GroupBy!]!",
                "timeZone": "TimeZone",
                "first": "Int",
            }


def test_orders_are_one_of_and_filters_are_null_or_given() -> None:
    for name, kind in TYPES.items():
        if isinstance(kind, GraphQLInputObjectType):
            assert kind.is_one_of is name.endswith(("Order", "GroupBy"))
            if name.endswith(("Order", "GroupBy", "Filter", "Comparison")):
                assert not any(isinstance(field.type, GraphQLNonNull) for field in kind.fields.values())


def test_lists_hold_no_nulls_but_those_of_nodes() -> None:
    found = []
    for name, kind in TYPES.items():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for field, each in kind.fields.items():
                inner: Any = each.type.of_type if isinstance(each.type, GraphQLNonNull) else each.type
                if isinstance(inner, GraphQLList) and not isinstance(inner.of_type, GraphQLNonNull):
                    found.append(f"{name}.{field}")
    assert found == ["Query.nodes"]


def test_our_scalars_name_their_specification_where_there_is_one() -> None:
    ours = {name: kind for name, kind in TYPES.items() if is_scalar_type(kind) and not is_specified_scalar_type(kind)}
    bare = {name for name, kind in ours.items() if not kind.specified_by_url}
    assert bare <= {"HexColor", "CountryCode", "CurrencyCode", "EmailAddress", "Decimal", "LocalTime"}


def test_the_committed_schema_is_the_one_that_is_built() -> None:
    assert COMMITTED.read_text("utf-8") == printed(make_schema()), "run `./workgraph schema` and commit what it writes"
