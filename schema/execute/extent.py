"""How far a document reaches: its aliases and directives as written, and each operation level by level as it is run.

A fragment counts wherever it is spread. The walk stops at the first limit.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from schema.execute.bounds import Bounds, exceeded
from schema.execute.fragments import fragments_of, spreads_of

INTROSPECTION: Final = frozenset({"__schema", "__type"})
LISTS: Final = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})
MOST_LISTS: Final = 2
"""Lists of a type within lists of a type that introspection may ask for; each further one multiplies the answer."""

Fragments = Mapping[str, FragmentDefinitionNode]
Level = list[tuple[SelectionSetNode, int]]
"""The selections of one level; beside each, how many lists of types it stands in, -1 outside of introspection."""


def measured(document: DocumentNode, bounds: Bounds) -> GraphQLError | None:
    """Say which limit a document exceeds, or None."""
    fragments = fragments_of(document)
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    problem = Written.of(document).problem(bounds) or _circle(fragments)
    return problem or next(filter(None, (_problem(each, fragments, bounds) for each in operations)), None)


@dataclass(slots=True)
class Written:
    """What stands in a document, each thing once."""

    aliases: int = 0
    directives: int = 0
    together: int = 0

    @classmethod
    def of(cls, document: DocumentNode) -> "Written":
        """Walk through all of it."""
        found, waiting = cls(), list[Any](document.definitions)
        while waiting:
            node = waiting.pop()
            found.aliases += isinstance(node, FieldNode) and node.alias is not None
            found.directed(len(getattr(node, "directives", None) or ()))
            for variable in getattr(node, "variable_definitions", None) or ():
                found.directed(len(variable.directives or ()))
            below = getattr(node, "selection_set", None)
            waiting += below.selections if below else ()
        return found

    def directed(self, number: int) -> None:
        """Note the directives of one place."""
        self.directives += number
        self.together = max(self.together, number)

    def problem(self, bounds: Bounds) -> GraphQLError | None:
        """Say which limit is exceeded."""
        if self.together > bounds.directives_together:
            said = f"One place has at most {bounds.directives_together} directives"
            return exceeded("directivesTogether", bounds.directives_together, self.together, said)
        if self.directives > bounds.directives:
            said = f"A document has at most {bounds.directives} directives"
            return exceeded("directives", bounds.directives, self.directives, said)
        if self.aliases > bounds.aliases:
            said = f"A document has at most {bounds.aliases} aliases"
            return exceeded("aliases", bounds.aliases, self.aliases, said)
        return None


def _circle(fragments: Fragments) -> GraphQLError | None:
    """Say which fragment spreads itself, through others perhaps: what is left over has no end to begin at."""
    spreads = {name: set(spreads_of(each)) & fragments.keys() for name, each in fragments.items()}
    while ends := [name for name, below in spreads.items() if not below]:
        gone = set(ends)
        spreads = {name: below - gone for name, below in spreads.items() if name not in gone}
    circle = _round(spreads)
    if not circle:
        return None
    said = f"Fragments stand in at most 0 circles, and `{'` > `'.join(circle[:5])}` is one"
    return exceeded("fragmentCycles", 0, 1, said)


def _round(spreads: Mapping[str, set[str]]) -> list[str]:
    """Return the way round, from a fragment back to itself; of those that are left each leads to another."""
    way: list[str] = []
    name = min(spreads, default="")
    while name and name not in way:
        way.append(name)
        name = min(spreads[name])
    return [*way[way.index(name) :], name] if way else []


def _problem(operation: OperationDefinitionNode, fragments: Fragments, bounds: Bounds) -> GraphQLError | None:
    """Walk an operation level by level, each selection set with the fragments spread in it, and stop at a limit."""
    level: Level = [(operation.selection_set, -1)]
    walked = overlaps = depth = 0
    while level:
        if depth == bounds.depth:
            said = f"A document is at most {bounds.depth} levels deep"
            return exceeded("depth", bounds.depth, depth + 1, said)
        below: Level = []
        for selections, lists in level:
            fields = _fields(selections, fragments)
            walked, overlaps = walked + len(fields), overlaps + _overlaps(fields)
            problem = _too_many(fields, (walked, overlaps), bounds, at_root=depth == 0) or _too_far(lists)
            if problem:
                return problem
            below += [(each.selection_set, _lists(each, lists)) for each in fields if each.selection_set]
        level, depth = below, depth + 1
    return None


def _lists(field: FieldNode, lists: int) -> int:
    """Count in how many lists of types a selection stands."""
    name = field.name.value
    if lists < 0:
        return 0 if name in INTROSPECTION else -1
    return lists + (name in LISTS)


def _too_far(lists: int) -> GraphQLError | None:
    if lists <= MOST_LISTS:
        return None
    said = f"Introspection asks for lists of a type within one another at most {MOST_LISTS} times"
    return exceeded("introspection", MOST_LISTS, lists, said)


def _overlaps(fields: Sequence[FieldNode]) -> int:
    """Count the pairs of fields that have one name in the answer."""
    names = Counter((each.alias or each.name).value for each in fields)
    return 0 if len(names) == len(fields) else sum(number * (number - 1) // 2 for number in names.values())


def _too_many(
    fields: Sequence[FieldNode], so_far: tuple[int, int], bounds: Bounds, *, at_root: bool
) -> GraphQLError | None:
    walked, overlaps = so_far
    if at_root and len(fields) > bounds.root_fields:
        said = f"An operation has at most {bounds.root_fields} root fields"
        return exceeded("rootFields", bounds.root_fields, len(fields), said)
    if walked > bounds.fields:
        said = f"An operation has at most {bounds.fields:,} fields, those of fragments counted wherever they are spread"
        return exceeded("fields", bounds.fields, walked, said)
    if overlaps > bounds.overlaps:
        said = f"An operation has at most {bounds.overlaps:,} pairs of fields of one name to be compared"
        return exceeded("overlaps", bounds.overlaps, overlaps, said)
    aliases = sum(each.alias is not None for each in fields)
    if aliases > bounds.aliases_together:
        said = f"A selection has at most {bounds.aliases_together} aliases"
        return exceeded("aliasesTogether", bounds.aliases_together, aliases, said)
    return None if at_root else _repeated(fields, bounds)


def _repeated(fields: Sequence[FieldNode], bounds: Bounds) -> GraphQLError | None:
    """Say which object or list is asked for too often in one selection, under other names."""
    responses = {(each.name.value, (each.alias or each.name).value) for each in fields if each.selection_set}
    if len(responses) <= bounds.repeats:
        return None
    [(name, repeats)] = Counter(name for name, _ in responses).most_common(1)
    if repeats <= bounds.repeats:
        return None
    said = f"A selection asks for `{name}` and what is in it at most {bounds.repeats} times, under other names"
    return exceeded("repeats", bounds.repeats, repeats, said)


def _fields(selections: SelectionSetNode, fragments: Fragments) -> list[FieldNode]:
    found: list[FieldNode] = []
    seen: set[str] = set()
    waiting = list(selections.selections)
    while waiting:
        selection = waiting.pop()
        if isinstance(selection, FieldNode):
            found.append(selection)
        elif isinstance(selection, InlineFragmentNode):
            waiting.extend(selection.selection_set.selections)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in seen and name in fragments:
                seen.add(name)
                waiting.extend(fragments[name].selection_set.selections)
    return found
