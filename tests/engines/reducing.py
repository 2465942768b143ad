"""Makes an operation smaller as long as two engines still answer it differently, so that it is plain what is wrong."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)

from tests.engines.ground import OWNER, Operation

Fails = Callable[[Operation], Awaitable[bool]]
PARTS: Final = (FieldNode, InlineFragmentNode, FragmentSpreadNode, ArgumentNode, DirectiveNode, ObjectFieldNode)
MOST_TRIES: Final = 400


async def reduced(schema: GraphQLSchema, operation: Operation, fails: Fails) -> Operation:
    """Return the smallest operation that was found to fail still."""
    tries, shrunk = 0, True
    while shrunk and tries < MOST_TRIES:
        shrunk = False
        for candidate in smaller(schema, operation):
            tries += 1
            if tries > MOST_TRIES:
                break
            if await fails(candidate):
                operation, shrunk = candidate, True
                break
    return operation


def smaller(schema: GraphQLSchema, operation: Operation) -> Iterator[Operation]:
    """Every valid operation with one part less; the largest parts first."""
    if operation.principal != OWNER:
        yield replace(operation, principal=OWNER)
    document = parse(operation.document, no_location=True)
    for target in sorted(_parts(document), key=lambda node: -len(print_ast(node))):
        less = tidied(visit(document, _Without(target)))
        if less is not None and not validate(schema, less):
            yield _with(operation, less)


def _parts(document: DocumentNode) -> list[Node]:
    found = _Finding()
    visit(document, found)
    return found.parts


class _Finding(Visitor):
    """Collects the parts that can be left out."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[Node] = []

    def enter(self, node: Node, *_place: Any) -> None:
        """Note one part."""
        if isinstance(node, PARTS):
            self.parts.append(node)


class _Without(Visitor):
    """Leaves one part out."""

    def __init__(self, target: Node) -> None:
        super().__init__()
        self._target = target

    def enter(self, node: Node, *_place: Any) -> Any:
        """Remove the part."""
        return REMOVE if node is self._target else None


class _Names(Visitor):
    """Collects which fragments and variables are used."""

    def __init__(self) -> None:
        super().__init__()
        self.spread: set[str] = set()
        self.variables: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_place: Any) -> None:
        """Note a fragment."""
        self.spread.add(node.name.value)

    def enter_variable_definition(self, *_place: Any) -> Any:
        """A declaration is no use."""
        return False

    def enter_variable(self, node: VariableNode, *_place: Any) -> None:
        """Note a variable."""
        self.variables.add(node.name.value)


class _Unused(Visitor):
    """Leaves out fragments and variables that nothing uses, and what has nothing in it any more."""

    def __init__(self, names: _Names) -> None:
        super().__init__()
        self._names = names

    def enter(self, node: Node, *_place: Any) -> Any:
        """Remove what is of no use."""
        if isinstance(node, FragmentDefinitionNode) and node.name.value not in self._names.spread:
            return REMOVE
        if isinstance(node, VariableDefinitionNode) and node.variable.name.value not in self._names.variables:
            return REMOVE
        if isinstance(node, InlineFragmentNode) and not node.selection_set.selections:
            return REMOVE
        return None


def tidied(document: DocumentNode) -> DocumentNode | None:
    """Leave out what nothing uses, until everything is used; None where nothing is left."""
    while True:
        names = _Names()
        visit(document, names)
        less = visit(document, _Unused(names))
        if print_ast(less) == print_ast(document):
            return None if "{}" in print_ast(less).replace(" ", "").replace("\n", "") and _is_empty(less) else less
        document = less


def _is_empty(document: DocumentNode) -> bool:
    definitions = [
        each for each in document.definitions if isinstance(each, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    return any(not each.selection_set.selections for each in definitions)


def _with(operation: Operation, document: DocumentNode) -> Operation:
    names = _Names()
    visit(document, names)
    given = {name: value for name, value in operation.variables.items() if name in names.variables}
    return replace(operation, document=print_ast(document), variables=given)
