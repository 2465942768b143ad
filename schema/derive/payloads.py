"""What a mutation returns: the object that it wrote, or the refusals, as data.

`Refusal` is an interface; a refusal that carries facts beside its message is a type of its own, the others are a
`PlainRefusal`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLNullableOutputType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLString,
)

from resolvers.edge import Outcome
from resolvers.plain import Deleted
from resolvers.refusals import Fact, Refused
from schema.derive import ids
from schema.derive.names import camel
from schema.derive.registry import Registry, first_paragraph
from schema.derive.views import output_type

Info = GraphQLResolveInfo[Any]
PLAIN = "PlainRefusal"
CONTRACT_NAMES = {"path": "The input field that it is about, from `input` down; empty when it is about the whole."}


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal as a value; the exception itself would be raised again by whoever resolves it."""

    refused: Refused


@dataclass(frozen=True, slots=True)
class Answer:
    """What a payload is resolved from."""

    outcome: Outcome
    client_mutation_id: str | None

    @property
    def refusals(self) -> list[Said]:
        """Why nothing was done."""
        return [Said(refused) for refused in self.outcome.refusals]


def refusal_type(registry: Registry) -> GraphQLInterfaceType:
    """Return the interface of every refusal."""
    return registry.once(
        "Refusal",
        lambda: GraphQLInterfaceType(
            "Refusal",
            _refusal_fields(),
            resolve_type=lambda said, _info, _type: type_name_of(type(said.refused)),
            description="Why nothing was done. A refusal is an answer, not an error; what the mutation did is undone.",
        ),
    )


def type_name_of(kind: type[Refused]) -> str:
    """Return the name of the type of a refusal."""
    return kind.__name__ if kind.facts else PLAIN


def refusal_types(registry: Registry, kinds: Sequence[type[Refused]]) -> list[GraphQLObjectType]:
    """Return the concrete types of refusals."""
    return [_concrete(registry, type_name_of(kind), kind) for kind in (Refused, *kinds)]


def _concrete(registry: Registry, name: str, kind: type[Refused]) -> GraphQLObjectType:
    interface = refusal_type(registry)
    description = first_paragraph(kind.__doc__) if kind.facts else "A refusal that its code and message say in full."
    facts = {camel(fact): _fact_field(registry, fact, kind.facts[fact]) for fact in kind.facts}
    return registry.once(
        name,
        lambda: GraphQLObjectType(name, _refusal_fields() | facts, interfaces=[interface], description=description),
    )


def _refusal_fields() -> dict[str, GraphQLField]:
    text = GraphQLNonNull(GraphQLString)
    return {
        "code": GraphQLField(
            text, resolve=lambda said, _info: said.refused.code, description="Says for programs what it is."
        ),
        "message": GraphQLField(
            text, resolve=lambda said, _info: said.refused.message, description="Says for people what it is."
        ),
        "path": GraphQLField(
            GraphQLNonNull(GraphQLList(text)),
            resolve=lambda said, _info: input_path(said.refused),
            description=CONTRACT_NAMES["path"],
        ),
    }


def input_path(refused: Refused) -> list[str]:
    """Return the path of the input field that a refusal is about: its name, then what is within its value, as it is."""
    if not refused.path:
        return []
    field, *within = map(str, refused.path)
    return ["input", camel(field), *within]


def _fact_field(registry: Registry, name: str, fact: Fact) -> GraphQLField:
    kind, nullable = output_type(registry, fact.kind)
    return GraphQLField(
        kind if nullable else GraphQLNonNull(kind),
        resolve=lambda said, _info: _shown_fact(fact, said.refused.data[name]),
        description=fact.meaning,
    )


def _shown_fact(fact: Fact, value: Any) -> Any:
    """Return a fact as the API has it: texts of a list are names of its fields."""
    return [camel(each) for each in value] if fact.kind == list[str] else value


@dataclass(frozen=True, slots=True)
class Result:
    """The field of a payload that holds what a mutation returns."""

    name: str
    kind: GraphQLNullableOutputType
    description: str
    resolve: Callable[[Answer, Info], Any]


def payload_type(registry: Registry, name: str, result: Result, beside: Result | None = None) -> GraphQLObjectType:
    """Return the payload of a mutation: what it returns, and beside it; the refusals, and the client's own mark."""
    results = [result, beside] if beside else [result]
    return registry.once(
        name,
        lambda: GraphQLObjectType(
            name,
            {
                **{
                    each.name: GraphQLField(each.kind, resolve=each.resolve, description=each.description)
                    for each in results
                },
                "refusals": GraphQLField(
                    GraphQLNonNull(GraphQLList(GraphQLNonNull(refusal_type(registry)))),
                    resolve=lambda answer, _info: answer.refusals,
                    description="Why nothing was done; empty when it was.",
                ),
                "clientMutationId": GraphQLField(
                    GraphQLString,
                    resolve=lambda answer, _info: answer.client_mutation_id,
                    description="The mark that the client gave.",
                ),
            },
            description=f"What `{name[0].lower()}{name[1:].removesuffix('Payload')}` returns.",
        ),
    )


def the_object(answer: Answer, _info: Info) -> Any:
    """Return what the mutation wrote."""
    return answer.outcome.result


def deleted_id(answer: Answer, _info: Info) -> str | None:
    """Return the id of what the mutation deleted."""
    gone = answer.outcome.result
    return ids.encode(gone.type_name, gone.id) if isinstance(gone, Deleted) else None
