"""Two small schemas in which nearly everything that can change does, and how they are compared."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from schema.evolution.comparing import Comparison, Judged, compared
from schema.evolution.documents import Document
from schema.evolution.released import Released

TODAY: Final = date(2027, 7, 1)
OLD: Final = """
directive @mark(note: String) repeatable on FIELD | QUERY

scalar Stamp @specifiedBy(url: "https://example.com/stamp")

interface Node { id: ID! }

type Flow implements Node {
  id: ID!
  name: String!
  notes(limit: Int = 10, style: Style): [String!]
  status: Status
  old: String @deprecated(reason: "Use name instead. Removed after 2027-06-30.")
  older(limit: Int): Legacy @deprecated(reason: "Use name instead. Removed after 2027-06-30.")
  young: String @deprecated(reason: "Use name instead. Removed after 2027-07-01.")
}

type Legacy { text: String, deeper: Legacy }
type Stage implements Node { id: ID!, title: String }
type Team { title: String }
union Found = Flow | Stage
enum Status { DRAFT LIVE }
enum Style { SHORT LONG }

input FlowInput { name: String!, status: Status, style: Style, term: Term }
input Term { by: String, then: String }

type Query {
  flow(id: ID!): Flow
  flows(first: Int, where: FlowInput): [Flow!]!
  find(text: String!): [Found!]!
  node(id: ID!): Node
  stage: Stage
  team: Team
  at: Stamp
}

type Mutation { makeFlow(input: FlowInput!): Flow }
"""


def changed(*pairs: tuple[str, str]) -> str:
    """Return the schema with some of its text replaced."""
    text = OLD
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def comparison(*pairs: tuple[str, str], documents: Iterable[Document] = (), today: date = TODAY) -> Comparison:
    """Compare the schema with a changed one."""
    return compared(Released("1.0.0", date(2027, 1, 1), OLD), changed(*pairs), today, documents)


def told(found: Comparison) -> list[tuple[str, str, str]]:
    """Return what a comparison found: how bad, of which kind, about what."""
    return [(each.change.severity.value, each.change.kind, each.change.coordinate) for each in found.judged]


def about(found: Comparison, coordinate: str) -> Judged:
    """Return the one finding about a coordinate."""
    [one] = [each for each in found.judged if each.change.coordinate == coordinate]
    return one
