"""One trial of the log: what was done and acknowledged, what was seen to be wrong, and the figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from db.encryption import MasterKey

MASTER_KEY: Final = MasterKey(b"k" * 32)
PREFIX: Final = "workgraph"


class Phase(StrEnum):
    """What is done to the servers while a change is written."""

    CALM = "calm"
    HELD = "a transaction open elsewhere"
    KILLING = "kills"


@dataclass(frozen=True)
class Written:
    """A change that was acknowledged: its mark stands in the row, the audit entry and the event."""

    mark: str
    verb: str
    flow: str
    at: float
    phase: Phase


@dataclass
class Company:
    """A company of the trial: its owner, the flow that all writers change, and what they were told."""

    slug: str
    tenant_id: UUID
    token: str
    shared: str
    written: dict[str, Written] = field(default_factory=dict[str, Written])
    never: set[str] = field(default_factory=set[str])
    """Marks of what was tried and must leave no trace: dry runs and refused changes."""


@dataclass(frozen=True)
class Event:
    """An event as it stands in the outbox, or as somebody heard it."""

    position: int
    id: str
    type: str
    subject: UUID
    version: int


@dataclass
class Trial:
    """What the parts of the trial note."""

    phase: Phase = Phase.CALM
    lost: int = 0
    """Requests without an answer: they were sent again."""
    kills: dict[str, int] = field(default_factory=dict[str, int])
    wrong: list[str] = field(default_factory=list[str])
    figures: dict[str, str] = field(default_factory=dict[str, str])

    def expect(self, holds: object, otherwise: str) -> None:
        """Note what is wrong, unless it holds."""
        if not holds:
            self.wrong.append(otherwise)


Committed = Mapping[UUID, list[Event]]
"""Each company's events, in the order of its log."""
