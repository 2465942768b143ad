"""The schema as a graph: how each type is reached, what can be selected of it, how values are written into a query."""

import json
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Protocol, TypeVar

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
from schema.platform import PlatformMutation
from schema.root import make_schema

JOINED = make_schema()
SCHEMA: GraphQLSchema = JOINED._schema
REGISTRY = JOINED.registry
Route = tuple[str, ...]


class Shaped(Protocol):
    """What is asked together with others of its shape."""

    @property
    def shape(self) -> Hashable:
        """What it has in common with those whose documents are the same."""


Item = TypeVar("Item", bound=Shaped)


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


@dataclass(frozen=True)
class Question:
    """Asks for the last field of a route with arguments.

    They are sent as variables: the same question with other values is the same document, which the server reads once.
    """

    route: Route
    values: Mapping[str, Any]
    selection: str
    operation: str = "query"

    def __str__(self) -> str:
        return self.written({name: literal(value) for name, value in self.values.items()}, self.selection)

    @property
    def shape(self) -> Hashable:
        """What questions have in common whose documents are the same."""
        return self.route, tuple(self.values), self.selection

    @property
    def kind(self) -> str:
        """The type of what is asked for."""
        return kind_of(field_of(self.operation, self.route)).name

    def written(self, values: Mapping[str, str], selection: str) -> str:
        """Write it with its arguments and its selection as they are to stand there."""
        *before, last = self.route
        given = "(" + ", ".join(f"{name}: {each}" for name, each in values.items()) + ")" if values else ""
        return "".join(f"{name} {{ " for name in before) + f"{last}{given} {selection}" + " }" * len(before)


class Document(NamedTuple):
    """What is sent: a text, and the values of its variables."""

    text: str
    variables: dict[str, Any]


def document(*questions: Question) -> Document:
    """Write a document of several questions to one root, each under an alias of its own.

    A selection that several of them have is written once, as a fragment.
    """
    asked, declared, variables = list[str](), list[str](), dict[str, Any]()
    shared = shared_by(questions)
    for index, each in enumerate(questions):
        names = {name: f"a{index}_{name}" for name in each.values}
        types = types_at(each.operation, each.route)
        declared += [f"${names[name]}: {types[name]}" for name in names]
        variables |= {names[name]: value for name, value in each.values.items()}
        name = shared.get((each.kind, each.selection))
        chosen = f"{{ ...{name} }}" if name else each.selection
        asked.append(f"a{index}: " + each.written({name: f"${given}" for name, given in names.items()}, chosen))
    fragments = "".join(f" fragment {name} on {kind} {selection}" for (kind, selection), name in shared.items())
    given = f"({', '.join(declared)})" if declared else ""
    return Document(f"{questions[0].operation}{given} {{ {' '.join(asked)} }}{fragments}", variables)


def spelled_out(*questions: Question) -> Document:
    """Write a document of several questions with all their arguments in it."""
    asked = " ".join(f"a{index}: {each}" for index, each in enumerate(questions))
    return Document(f"{questions[0].operation} {{ {asked} }}", {})


def shared_by(questions: Sequence[Question]) -> dict[tuple[str, str], str]:
    """Return the selections that several questions have, by the type that each is of, with a name for it."""
    times = Counter((each.kind, each.selection) for each in questions if each.selection)
    return {each: f"shared{index}" for index, each in enumerate(times) if times[each] > 1}


def alike(items: Iterable[Item], at_once: int) -> Iterator[Sequence[Item]]:
    """Walk what is asked in groups of one shape, at most so many at once: their documents are the same."""
    groups = defaultdict[Hashable, list[Item]](list)
    for each in items:
        groups[each.shape].append(each)
    for group in groups.values():
        yield from (group[start : start + at_once] for start in range(0, len(group), at_once))


@cache
def field_of(operation: str, route: Route) -> GraphQLField:
    """The last field of a route."""
    *before, last = route
    kind: Any = root(SCHEMA, operation)
    for name in before:
        kind = kind_of(kind.fields[name])
    return kind.fields[last]


@cache
def types_at(operation: str, route: Route) -> Mapping[str, str]:
    """The types of the arguments of the last field of a route, as a document declares them."""
    return {name: str(each.type) for name, each in field_of(operation, route).args.items()}


def kind_of(field: GraphQLField | GraphQLArgument | GraphQLInputField) -> Any:
    """The type of a field or an argument, without lists and non-nulls."""
    return get_named_type(field.type)


def of_sessions(field: GraphQLField) -> bool:
    """Whether a field is for a session that is not a user's: it names no object but the session's own.

    Those are tried in tests/onboarding/hires, by people who have such a session; and those of people of the platform,
    which name companies, in tests/support.
    """
    return getattr(declaration_of(field), "needs", None) in OF_SESSIONS or _of_platform(field)


def _of_platform(field: GraphQLField) -> bool:
    resolver = getattr(field.extensions.get("strawberry-definition"), "base_resolver", None)
    return resolver is not None and resolver.wrapped_func.__module__ == PlatformMutation.__module__


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


@cache
def selected(kind: Any, entities: int = 0, known: str | None = None) -> str:
    """Select everything of a type, going on through as many entities; below none, an entity is its id alone.

    Of an interface, what each of its types has; or only what the one has of which the object is known to be.
    """
    if is_leaf_type(kind):
        return ""
    if is_node(kind) and entities < 0:
        return "{ id }"
    if isinstance(kind, GraphQLInterfaceType):
        possible = SCHEMA.get_possible_types(kind)
        return _of_interface(kind, entities, [each for each in possible if known in (None, each.name)])
    chosen = [_field(kind, name, field, entities, known=known) for name, field in kind.fields.items()]
    return "{ " + " ".join(each for each in chosen if each) + " }"


def _field(kind: Any, name: str, field: GraphQLField, entities: int, alias: str = "", known: str | None = None) -> str:
    inner = kind_of(field)
    if needs_arguments(field):
        return ""
    if is_node(kind) and (is_node(inner) or is_connection(inner)):
        return f"{alias}{name} {selected(inner, entities - 1)}" if entities else ""
    if is_node(kind) and isinstance(inner, GraphQLInterfaceType):
        return f"{alias}{name} {{ __typename id }}" if entities else ""
    return f"{alias}{name} {selected(inner, -1 if name == 'edges' else entities, known)}"


def _of_interface(kind: GraphQLInterfaceType, entities: int, possible: Sequence[GraphQLObjectType]) -> str:
    """Select everything of every type; fields of one name and other types cannot stand together, and are renamed."""
    common = " ".join(f"{name} {selected(kind_of(field), entities)}" for name, field in kind.fields.items())
    usual, fragments = _usual_types(possible), ""
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
