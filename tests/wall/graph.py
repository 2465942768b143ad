"""The schema as a graph: how each type is reached, what can be selected of it, how values are written into a query."""

import json
import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from auth.roles import OF_SESSIONS
from schema.derive.fields import declaration_of
from schema.root import make_schema

JOINED = make_schema()
SCHEMA: GraphQLSchema = JOINED._schema
REGISTRY = JOINED.registry
Route = tuple[str, ...]
RENAMED = re.compile(r"\b[A-Z]\w*_\w+: ")


class Word(str):
    """A name that is written into a query without quotes: an enum's value."""

    __slots__ = ()


def literal(value: Any) -> str:
    """Write a value as GraphQL does."""
    if isinstance(value, Word):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value)


def arguments(values: dict[str, Any]) -> str:
    """Write a field's arguments."""
    return "(" + ", ".join(f"{name}: {literal(value)}" for name, value in values.items()) + ")" if values else ""


def asked_at(route: Route, values: dict[str, Any], selection: str) -> str:
    """Write a selection that asks for the last field of a route with arguments."""
    *before, last = route
    return "".join(f"{name} {{ " for name in before) + f"{last}{arguments(values)} {selection}" + " }" * len(before)


def query(*selections: str) -> str:
    """Write a query of several selections of the root, each under an alias of its own."""
    return "{ " + " ".join(f"a{index}: {each}" for index, each in enumerate(selections)) + " }"


def kind_of(field: GraphQLField | GraphQLArgument | GraphQLInputField) -> Any:
    """The type of a field or an argument, without lists and non-nulls."""
    return get_named_type(field.type)


def of_sessions(field: GraphQLField) -> bool:
    """Whether a field is for a session that is not a user's: it names no object but the session's own.

    Those are tried in tests/onboarding/hires, by people who have such a session.
    """
    return getattr(declaration_of(field), "needs", None) in OF_SESSIONS


def needs_arguments(field: GraphQLField) -> bool:
    """Whether a field cannot be asked for by its name alone."""
    return any(is_required_argument(each) for each in field.args.values())


def is_node(kind: Any) -> bool:
    """Whether a type is an entity: something that has an id."""
    return isinstance(kind, GraphQLObjectType) and any(each.name == "Node" for each in kind.interfaces)


def is_connection(kind: Any) -> bool:
    """Whether a type is a page of entities."""
    return isinstance(kind, GraphQLObjectType) and "edges" in kind.fields


def root(schema: GraphQLSchema, operation: str) -> GraphQLObjectType:
    """The root type of queries or of mutations."""
    found = schema.query_type if operation == "query" else schema.mutation_type
    assert found is not None
    return found


def routes(schema: GraphQLSchema = SCHEMA) -> dict[str, Route]:
    """The shortest way from the root of queries to each type, through fields that need no argument."""
    found: dict[str, Route] = {root(schema, "query").name: ()}
    waiting = deque([root(schema, "query")])
    while waiting:
        kind = waiting.popleft()
        for name, field in kind.fields.items():
            inner = kind_of(field)
            if of_sessions(field) or needs_arguments(field):
                continue
            if isinstance(inner, GraphQLObjectType) and inner.name not in found:
                found[inner.name] = (*found[kind.name], name)
                waiting.append(inner)
    return found


def selected(kind: Any, entities: int = 0) -> str:
    """Select everything of a type, going on through as many entities; below none, an entity is its id alone."""
    if is_leaf_type(kind):
        return ""
    if is_node(kind) and entities < 0:
        return "{ id }"
    if isinstance(kind, GraphQLInterfaceType):
        return _of_interface(kind, entities)
    chosen = [_field(kind, name, field, entities) for name, field in kind.fields.items()]
    return "{ " + " ".join(each for each in chosen if each) + " }"


def _field(kind: Any, name: str, field: GraphQLField, entities: int, alias: str = "") -> str:
    inner = kind_of(field)
    if needs_arguments(field):
        return ""
    if is_node(kind) and (is_node(inner) or is_connection(inner)):
        return f"{alias}{name} {selected(inner, entities - 1)}" if entities else ""
    if is_node(kind) and isinstance(inner, GraphQLInterfaceType):
        return f"{alias}{name} {{ __typename id }}" if entities else ""
    return f"{alias}{name} {selected(inner, -1 if name == 'edges' else entities)}"


def _of_interface(kind: GraphQLInterfaceType, entities: int) -> str:
    """Select everything of every type; fields of one name and other types cannot stand together, and are renamed."""
    common = " ".join(f"{name} {selected(kind_of(field), entities)}" for name, field in kind.fields.items())
    possible, fragments = SCHEMA.get_possible_types(kind), ""
    usual = _usual_types(possible)
    for each in possible:
        own = {name: field for name, field in each.fields.items() if name not in kind.fields}
        chosen = " ".join(
            _field(each, name, field, entities, "" if str(field.type) == usual[name] else f"{each.name}_{name}: ")
            for name, field in own.items()
        )
        fragments += f" ... on {each.name} {{ {chosen} }}" if chosen.strip() else ""
    return f"{{ __typename {common}{fragments} }}"


def _usual_types(kinds: Iterable[GraphQLObjectType]) -> dict[str, str]:
    """Return the type that most fields of a name have."""
    types = defaultdict[str, Counter[str]](Counter)
    for kind in kinds:
        for name, field in kind.fields.items():
            types[name][str(field.type)] += 1
    return {name: found.most_common(1)[0][0] for name, found in types.items()}


def renamed_in(selection: str) -> int:
    """Count the fields that `selected` has renamed."""
    return len(RENAMED.findall(selection))
