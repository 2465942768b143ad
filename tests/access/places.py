"""The places of the schema at which it may matter who asks, each with a question that goes there.

Root fields; every field of every object that can be reached; and of every list each field that it can be filtered,
ordered, grouped and summed up by.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, is_leaf_type

from tests.schema.asking import request_for, root_fields
from tests.wall.graph import (
    SCHEMA,
    Route,
    Word,
    is_connection,
    kind_of,
    literal,
    needs_arguments,
    of_sessions,
    root,
    routes,
)
from tests.wall.slots import is_list

FEW: Final = "first: 3"
ROOT: Final = "root"


@dataclass(frozen=True)
class Place:
    """A place: its kind, its coordinate, and the question for one field of the root whose answer tells of it.

    `below` is the way to the field that is asked about, where that is not the field of the root itself.
    """

    kind: str
    coordinate: str
    question: str
    below: Route = ()

    @property
    def name(self) -> str:
        """The place as the matrix has it."""
        return f"{self.kind} {self.coordinate}"

    @property
    def root(self) -> str:
        """The place of the root field."""
        return f"{ROOT} Query.{re.split(r'[^A-Za-z]', self.question, maxsplit=1)[0]}"


@dataclass(frozen=True)
class Whole:
    """A root field that is asked for by itself, with variables."""

    coordinate: str
    document: str
    variables: dict[str, Any]

    @property
    def name(self) -> str:
        """The place as the matrix has it."""
        return f"{ROOT} {self.coordinate}"


def roots() -> Iterator[Whole]:
    """Every field of the root, with the least that it takes."""
    for kind in ("Query", "Mutation"):
        for name in root_fields(kind):
            yield Whole(f"{kind}.{name}", *request_for(kind, name))


def fields() -> Iterator[Place]:
    """Every field of every object that can be reached without an argument."""
    for type_name, route in routes(SCHEMA).items():
        kind = SCHEMA.type_map[type_name]
        if not route or not isinstance(kind, GraphQLObjectType):
            continue
        for name, field in kind.fields.items():
            if not (needs_arguments(field) or of_sessions(field)):
                chosen = "" if is_leaf_type(kind_of(field)) else " { __typename }"
                yield Place("field", f"{type_name}.{name}", _within(route, f"{name}{chosen}"), (*route[1:], name))


def choices() -> Iterator[Place]:
    """Every field by which a list at the root can be filtered, ordered, grouped and summed up."""
    for name, field in root(SCHEMA, "query").fields.items():
        kind = kind_of(field)
        if not is_connection(kind) or needs_arguments(field):
            continue
        for argument, value, said in (*_filters(field), *_orders(field)):
            yield Place(argument, f"{kind.name}.{said}", f"{name}({FEW}, {argument}: {value}) {{ __typename }}")
        yield from _groups(name, kind)
        yield from _sums(name, kind)


def _filters(field: Any) -> Iterator[tuple[str, str, str]]:
    for name, inner in kind_of(field.args["where"]).fields.items() if "where" in field.args else ():
        yield "where", literal({name: _condition(inner)}), name


def _condition(field: Any) -> Any:
    """The least that a place of a filter takes."""
    kind = kind_of(field)
    if is_list(field.type):
        return []
    assert isinstance(kind, GraphQLInputObjectType)
    if "isNull" in kind.fields:
        return {"isNull": True}
    if {"some", "none"} & kind.fields.keys():
        return {"some": {}}
    first = next(iter(kind.fields.items()))
    return (
        {first[0]: [] if is_list(first[1].type) else _value(kind_of(first[1]))}
        if is_leaf_type(kind_of(first[1]))
        else {}
    )


def _orders(field: Any) -> Iterator[tuple[str, str, str]]:
    for name in kind_of(field.args["orderBy"]).fields if "orderBy" in field.args else ():
        yield "orderBy", literal([{name: Word("ASC")}]), name


def _groups(name: str, kind: Any) -> Iterator[Place]:
    groups = kind.fields.get("groups")
    if groups is None:
        return
    for by, inner in kind_of(groups.args["by"]).fields.items():
        way = kind_of(inner)
        assert isinstance(way, GraphQLEnumType)
        question = f"{name} {{ groups(by: [{{ {by}: {next(iter(way.values))} }}]) {{ count }} }}"
        yield Place("groups", f"{kind.name}.{by}", question, ("groups",))


def _sums(name: str, kind: Any) -> Iterator[Place]:
    found = kind.fields.get("aggregate")
    if found is None:
        return
    for sum_of, inner in kind_of(found).fields.items():
        of = kind_of(inner)
        if is_leaf_type(of):
            continue
        for column in of.fields:
            yield Place(
                "aggregate",
                f"{kind.name}.{sum_of}.{column}",
                f"{name} {{ aggregate {{ {sum_of} {{ {column} }} }} }}",
                ("aggregate", sum_of, column),
            )


def _value(kind: Any) -> Any:
    if isinstance(kind, GraphQLEnumType):
        return Word(next(iter(kind.values)))
    return {"Boolean": True, "Int": 1, "Float": 1.0}.get(kind.name, "x")


def _within(route: Route, chosen: str) -> str:
    """Write the way to a type; of lists that are pages, a few."""
    question, kinds = chosen, [root(SCHEMA, "query")]
    for name in route:
        kinds.append(kind_of(kinds[-1].fields[name]))
    for name, kind in reversed(list(zip(route, kinds, strict=False))):
        given = f"({FEW})" if "first" in kind.fields[name].args else ""
        question = f"{name}{given} {{ {question} }}"
    return question
