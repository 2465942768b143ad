"""What a document selects of one object: its fragments opened, each field under the name that it is answered by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    TypeNameMetaFieldDef,
)

TYPENAME: Final = "__typename"
OF_SCHEMA: Final = "What is called over REST answers with data: it cannot ask for the schema."
DECIDING: Final = frozenset({"skip", "include"})
Fragments = Mapping[str, FragmentDefinitionNode]


@dataclass(slots=True)
class Chosen:
    """One field of an answer: its name there, its own, its type, what is selected below; it may be left out."""

    key: str
    name: str
    type: GraphQLOutputType
    description: str | None
    may_lack: bool
    below: list[SelectionSetNode] = field(default_factory=list[SelectionSetNode])


def chosen(
    schema: GraphQLSchema, kind: GraphQLObjectType, sets: Sequence[SelectionSetNode], fragments: Fragments
) -> dict[str, Chosen]:
    """Return the fields that are selected of an object of a type, by the names under which they are answered."""
    found = dict[str, Chosen]()
    for node, may_lack in _fields(schema, kind, [(each, False) for each in sets], fragments):
        key = node.alias.value if node.alias else node.name.value
        known = found.get(key)
        if known is None:
            known = found[key] = _new(kind, key, node, may_lack=may_lack)
        known.may_lack = known.may_lack and may_lack
        if node.selection_set:
            known.below.append(node.selection_set)
    return found


def _new(kind: GraphQLObjectType, key: str, node: FieldNode, *, may_lack: bool) -> Chosen:
    name = node.name.value
    if name == TYPENAME:
        return Chosen(key, name, TypeNameMetaFieldDef.type, "Name of the type.", may_lack)
    if name not in kind.fields:
        raise GraphQLError(OF_SCHEMA, node)
    declared = kind.fields[name]
    return Chosen(key, name, declared.type, declared.description, may_lack)


def _fields(
    schema: GraphQLSchema,
    kind: GraphQLObjectType,
    sets: Sequence[tuple[SelectionSetNode, bool]],
    fragments: Fragments,
) -> Iterator[tuple[FieldNode, bool]]:
    for each, may_lack in sets:
        for node in each.selections:
            lacks = may_lack or _is_decided(node)
            match node:
                case FieldNode():
                    yield node, lacks
                case FragmentSpreadNode():
                    fragment = fragments[node.name.value]
                    if _applies(schema, fragment.type_condition.name.value, kind):
                        yield from _fields(schema, kind, [(fragment.selection_set, lacks)], fragments)
                case InlineFragmentNode():
                    named = node.type_condition.name.value if node.type_condition else kind.name
                    if _applies(schema, named, kind):
                        yield from _fields(schema, kind, [(node.selection_set, lacks)], fragments)
                case _:
                    raise TypeError(node.kind)


def _is_decided(node: SelectionNode) -> bool:
    return any(each.name.value in DECIDING for each in node.directives or ())


def _applies(schema: GraphQLSchema, name: str, kind: GraphQLObjectType) -> bool:
    condition = schema.type_map[name]
    if condition is kind:
        return True
    return isinstance(condition, GraphQLInterfaceType | GraphQLUnionType) and schema.is_sub_type(condition, kind)


def objects_of(schema: GraphQLSchema, kind: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
    """Return the types that an object may be of."""
    if isinstance(kind, GraphQLObjectType):
        return [kind]
    assert isinstance(kind, GraphQLAbstractType)
    return schema.get_possible_types(kind)
