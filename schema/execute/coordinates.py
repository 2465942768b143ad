"""The coordinates that a document uses, as the GraphQL specification writes them: `Flow.name`, `Query.flows(first:)`.

They are of what stands in it: fields, arguments, input fields, values of enums, directives. What stands in the values
of its variables is known only when these are.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    type_from_ast,
    visit,
)

from schema.execute.fragments import spreads_of

MOST_VALUES: Final = 500
"""Values of variables that are looked into for one request."""


class Reach(Visitor):
    """Visits a document with the types of a schema and notes what each node uses.

    `coordinates` are all that were found, `types` those that are named or stood on. `places` has by the identity of a
    node what is wrong when it is: itself, and the argument and the input fields around it.
    """

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        super().__init__()
        self.coordinates: dict[str, None] = {}
        self.types: set[str] = set()
        self.places: dict[int, tuple[str, ...]] = {}
        self._info, self._fragments = TypeInfo(schema), fragments
        self._around: list[tuple[str, ...]] = [()]
        self._field = ""

    def walk(self, nodes: Iterable[Node]) -> None:
        """Visit some definitions."""
        for node in nodes:
            visit(node, TypeInfoVisitor(self._info, self))

    def enter(self, node: Node, *_: Any) -> None:
        """Note what a node uses."""
        around, own = self._around[-1], tuple(self._own(node))
        self.places[id(node)] = (*around, *own)
        match node.kind:
            case "field" | "selection_set" | "directive":
                self._around.append(())
            case "argument" | "object_field":
                self._around.append((*around, *own))
            case _:
                self._around.append(around)

    def leave(self, *_: Any) -> None:
        """Go back to what is around a node."""
        self._around.pop()

    def _own(self, node: Any) -> Iterator[str]:
        """Say what a node is itself; what is used by it is noted."""
        match node.kind:
            case "field" if not node.name.value.startswith("__"):
                yield from self._of_field(node.name.value)
            case "argument":
                yield from self._used(f"{self._holder()}({node.name.value}:)")
            case "object_field":
                yield from self._used(f"{self._name(self._info.get_parent_input_type())}.{node.name.value}")
            case "enum_value":
                yield from self._used(f"{self._name(self._info.get_input_type())}.{node.value}")
            case "directive":
                yield from self._used(f"@{node.name.value}")
            case "object_value":
                yield self._name(self._info.get_input_type())
            case "named_type":
                yield from self._stood_on(node.name.value)
            case "inline_fragment" | "fragment_spread":
                yield from self._of_fragment(node)
            case _:
                pass

    def _of_field(self, name: str) -> Iterator[str]:
        parent = self._name(self._info.get_parent_type())
        self.types.add(parent)
        self._field = f"{parent}.{name}"
        yield from self._used(self._field)

    def _of_fragment(self, node: Any) -> Iterator[str]:
        """Say what stands at the place of a fragment, and what it is a fragment on."""
        yield self._name(self._info.get_parent_type())
        if isinstance(node, FragmentSpreadNode):
            node = self._fragments.get(node.name.value)
        if node is not None and node.type_condition:
            yield node.type_condition.name.value

    def _holder(self) -> str:
        directive = self._info.get_directive()
        return f"@{directive.name}" if directive else self._field

    def _used(self, coordinate: str) -> Iterator[str]:
        self.coordinates[coordinate] = None
        yield coordinate

    def _stood_on(self, name: str) -> Iterator[str]:
        self.types.add(name)
        yield name

    @staticmethod
    def _name(kind: Any) -> str:
        return get_named_type(kind).name if kind else ""


def coordinates_of(
    schema: GraphQLSchema, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> tuple[str, ...]:
    """Return what an operation that is valid uses, with the fragments that it spreads, each once."""
    reach = Reach(schema, fragments)
    reach.walk([operation, *spread_in(operation, fragments)])
    return tuple(reach.coordinates)


def spread_in(node: Node, fragments: Mapping[str, FragmentDefinitionNode]) -> list[FragmentDefinitionNode]:
    """Return the fragments that a node spreads, and those that these spread."""
    found: dict[str, FragmentDefinitionNode] = {}
    waiting: list[Node] = [node]
    while waiting:
        names = spreads_of(waiting.pop())
        new = {name: fragments[name] for name in names if name in fragments and name not in found}
        found |= new
        waiting.extend(new.values())
    return list(found.values())


def coordinates_given(schema: GraphQLSchema, operation: OperationDefinitionNode, given: Mapping[str, Any]) -> set[str]:
    """Return the input fields and the values of enums that stand in the values of variables, as they were sent."""
    waiting = [
        (type_from_ast(schema, each.type), given[each.variable.name.value])
        for each in operation.variable_definitions or ()
        if given.get(each.variable.name.value) is not None
    ]
    found: set[str] = set()
    looked = 0
    while waiting and looked < MOST_VALUES:
        kind, value = waiting.pop()
        looked += 1
        if isinstance(value, list):
            waiting.extend((kind, each) for each in value[:MOST_VALUES])
        else:
            waiting.extend(_within(get_named_type(kind), value, found))
    return found


def _within(kind: Any, value: Any, found: set[str]) -> Iterator[tuple[GraphQLInputType, Any]]:
    """Note what one value uses, and say what is inside."""
    if isinstance(kind, GraphQLEnumType) and isinstance(value, str) and value in kind.values:
        found.add(f"{kind.name}.{value}")
    elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        for name, inner in value.items():
            if name in kind.fields:
                found.add(f"{kind.name}.{name}")
                yield kind.fields[name].type, inner
