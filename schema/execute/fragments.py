"""The fragments of a document: by name, and those that something spreads."""

from graphql import DocumentNode, FragmentDefinitionNode, FragmentSpreadNode, Node


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Return the fragments of a document by name."""
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}


def spreads_of(node: Node) -> list[str]:
    """Return the names of the fragments that a node or a document spreads itself, in their order, each once."""
    found: dict[str, None] = {}
    waiting: list[Node] = [*reversed(node.definitions)] if isinstance(node, DocumentNode) else [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, FragmentSpreadNode):
            found[each.name.value] = None
        elif below := getattr(each, "selection_set", None):
            waiting += reversed(below.selections)
    return list(found)
