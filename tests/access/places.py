"""The places of the schema at which it may matter who asks, each with a question that goes there.

Root fields; every field of every object that can be reached; of every list each field that it can be filtered,
ordered, grouped and summed up by; and what needs a permission of every object that a mutation answers with.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
    is_leaf_type,
)

from schema.derive.fields import declaration_of
from tests.schema.asking import request_for, root_fields
from tests.wall.filling import Filling
from tests.wall.graph import (
    SCHEMA,
    Document,
    Question,
    Route,
    Word,
    document,
    is_connection,
    is_node,
    kind_of,
    literal,
    needs_arguments,
    of_sessions,
    root,
    routes,
)
from tests.wall.parties import Party
from tests.wall.slots import is_list

FEW: Final = "first: 3"
MOST: Final = 20
"""So many ids at most are asked for at once."""

ROOT: Final = "root"


@dataclass(frozen=True)
class Place:
    """A place: its kind, its coordinate, and the question for one field of the root whose answer tells of it.

    `below` is the way to the field that is asked about, where that is not the field of the root itself. `elsewhere` is
    the question that names the object by its id, for somebody of another company; `of` is the type of an object of a
    payload.
    """

    kind: str
    coordinate: str
    question: str
    below: Route = ()
    elsewhere: str = ""
    of: str = ""

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
    """A root field that is asked for by itself, with variables.

    `within` are the places in the payload of a mutation, which is tried with `given`. `elsewhere` is the question that
    names objects of the company by their ids, for somebody of another one.
    """

    coordinate: str
    plain: Document
    given: Mapping[str, Any] | None = None
    within: Sequence[Place] = ()
    elsewhere: Document | None = None

    @property
    def name(self) -> str:
        """The place as the matrix has it."""
        return f"{ROOT} {self.coordinate}"

    def asked(self, within: Sequence[Place]) -> Document:
        """The question for it, with some of the places in its payload."""
        return changing(self.coordinate.split(".")[1], self.given, within) if self.given else self.plain


def changing(mutation: str, given: Mapping[str, Any], within: Sequence[Place]) -> Document:
    """Ask for a mutation, and for some places in its payload."""
    chosen = " ".join(["__typename refusals { code }", *(each.question for each in within)])
    return document(Question((mutation,), given, f"{{ {chosen} }}", "mutation"))


def roots(party: Party) -> Iterator[Whole]:
    """Every field of the root, with the least that it takes; ids are those of the company's own objects."""
    filling = Filling(party)
    for name in root_fields("Query"):
        plain = Document(*request_for("Query", name))
        yield Whole(f"Query.{name}", plain, elsewhere=_by_ids(filling, party, name))
    for name in root_fields("Mutation"):
        yield _mutation(filling, name)


def _by_ids(filling: Filling, party: Party, name: str) -> Document | None:
    """Ask for what ids name; of a list, for those of its objects that the company has."""
    field = root(SCHEMA, "query").fields[name]
    if of_sessions(field):
        return None
    if takes_ids(field.args.values()):
        chosen = "" if is_leaf_type(kind_of(field)) else "{ __typename }"
        return document(Question((name,), filling.least("query", (name,)), chosen))
    if "where" in field.args and "id" in kind_of(field.args["where"]).fields:
        own = party.all_own(kind_of(kind_of(field).fields["nodes"]).name)[:MOST]
        return document(Question((name,), {"where": {"id": {"in": own}}}, "{ totalCount nodes { id } }"))
    return None


def _mutation(filling: Filling, name: str) -> Whole:
    """Ask for what a mutation answers with, on trial where it can be tried."""
    found, plain = root(SCHEMA, "mutation").fields[name], Document(*request_for("Mutation", name))
    if of_sessions(found):
        return Whole(f"Mutation.{name}", plain)
    given, inputs = filling.least("mutation", (name,)), kind_of(found.args["input"]).fields
    elsewhere = changing(name, given, ()) if takes_ids(inputs.values()) else None
    if "dryRun" not in inputs:
        return Whole(f"Mutation.{name}", plain, elsewhere=elsewhere)
    on_trial = {"input": {**given["input"], "dryRun": True}}
    return Whole(f"Mutation.{name}", plain, on_trial, list(_payload(name, kind_of(found))), elsewhere)


def takes_ids(given: Iterable[GraphQLArgument | GraphQLInputField]) -> bool:
    """Whether something must be named by its id."""
    return any(isinstance(each.type, GraphQLNonNull) and kind_of(each) is GraphQLID for each in given)


def _payload(mutation: str, kind: Any, way: Route = ()) -> Iterator[Place]:
    """What needs a permission of the objects that a payload holds."""
    for name, field in kind.fields.items():
        inner = kind_of(field)
        if is_node(kind):
            if getattr(declaration_of(field), "needs", None) and not needs_arguments(field):
                yield replace(_within_payload(mutation, (*way, name), field), of=kind.name)
        elif isinstance(inner, GraphQLObjectType) and not is_connection(inner):
            yield from _payload(mutation, inner, (*way, name))


def _within_payload(mutation: str, way: Route, field: Any) -> Place:
    chosen = "" if is_leaf_type(kind_of(field)) else " { __typename }"
    given = f"({FEW})" if "first" in field.args else ""
    *around, name = way
    question = "".join(f"{each} {{ " for each in around) + f"{name}{given}{chosen}" + " }" * len(around)
    return Place("payload", ".".join(("Mutation", mutation, *way)), question, way)


def fields(party: Party) -> Iterator[Place]:
    """Every field of every object that can be reached without an argument."""
    for type_name, route in routes(SCHEMA).items():
        kind = SCHEMA.type_map[type_name]
        if not route or not isinstance(kind, GraphQLObjectType):
            continue
        for name, field in kind.fields.items():
            if not (needs_arguments(field) or of_sessions(field)):
                chosen = "" if is_leaf_type(kind_of(field)) else " { __typename }"
                place = Place("field", f"{type_name}.{name}", _within(route, f"{name}{chosen}"), (*route[1:], name))
                if is_node(kind):
                    by_id = f'node(id: "{party.own(type_name)}") {{ ... on {type_name} {{ {name}{chosen} }} }}'
                    place = replace(place, elsewhere=by_id)
                yield place


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
