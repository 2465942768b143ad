"""Where a selection is written: what is asked for there already, and what an operation has room for."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import GraphQLNamedType


@dataclass
class Place:
    """One place of an answer: its type, what is asked for there already, by response name, and what it may well be."""

    kind: GraphQLNamedType
    taken: dict[str, "Asked"] = field(default_factory=dict[str, "Asked"])
    likely: Sequence[str] = ()


@dataclass
class Asked:
    """A field that is asked for: how it is written, and the place below it."""

    head: str
    below: Place | None


@dataclass
class Budget:
    """How many more fields an operation may have."""

    fields: int


@dataclass
class Fragments:
    """The named fragments of an operation, and what each is on."""

    texts: dict[str, str] = field(default_factory=dict[str, str])
    kinds: dict[str, str] = field(default_factory=dict[str, str])
