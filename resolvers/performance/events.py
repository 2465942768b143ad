"""What is told of cycles and objectives in the words of the business."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from db.models.performance import (
    KeyResult,
    Okr,
    OkrOwnerType,
    OkrStatus,
    PerformanceCycle,
    PerformanceCycleStatus,
)
from resolvers.named import named
from resolvers.operation import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleMoved:
    """What every named event of a cycle tells."""

    from_: Annotated[PerformanceCycleStatus, "Where the cycle stood."]
    to: Annotated[PerformanceCycleStatus, "Where the cycle stands now."]


@named("performance.cycle.opened", about=PerformanceCycle)
@dataclass(frozen=True, slots=True, kw_only=True)
class CycleOpened(CycleMoved):
    """Objectives of the cycle can be set to work."""


@named("performance.cycle.released", about=PerformanceCycle)
@dataclass(frozen=True, slots=True, kw_only=True)
class CycleReleased(CycleMoved):
    """The results of the cycle are out."""


@named("performance.cycle.closed", about=PerformanceCycle)
@dataclass(frozen=True, slots=True, kw_only=True)
class CycleClosed(CycleMoved):
    """The cycle is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OkrMoved:
    """What every move of an objective tells."""

    from_: Annotated[OkrStatus, "Where the objective stood."]
    to: Annotated[OkrStatus, "Where the objective stands now."]
    cycle_id: Annotated[UUID, Names("PerformanceCycle"), "The cycle that it is for."]
    owner_type: Annotated[OkrOwnerType, "Whose it is."]
    progress: Annotated[Decimal, "Its progress in percent."]


@named("performance.okr.activated", about=Okr)
@dataclass(frozen=True, slots=True, kw_only=True)
class OkrActivated(OkrMoved):
    """An objective is being worked on."""


@named("performance.okr.completed", about=Okr)
@dataclass(frozen=True, slots=True, kw_only=True)
class OkrCompleted(OkrMoved):
    """An objective was closed with a score."""


@named("performance.okr.cancelled", about=Okr)
@dataclass(frozen=True, slots=True, kw_only=True)
class OkrCancelled(OkrMoved):
    """An objective was given up."""


@named("performance.okr.progress_updated", about=Okr)
@dataclass(frozen=True, slots=True, kw_only=True)
class OkrProgressUpdated:
    """The progress of an objective is another: told once for all that one mutation did to it."""

    from_: Annotated[Decimal, "Its progress before, in percent."]
    to: Annotated[Decimal, "Its progress now, in percent."]


@named("performance.key_result.checked_in", about=KeyResult)
@dataclass(frozen=True, slots=True, kw_only=True)
class KeyResultCheckedIn:
    """Somebody reported how far a key result has come."""

    okr_id: Annotated[UUID, Names("Okr"), "The objective."]
    checked_in_on: Annotated[date, "The day of which it is told."]
    value: Annotated[Decimal, "Where it was; of milestones, how many percent of them were done."]
    progress: Annotated[Decimal, "Its progress in percent."]
    confidence: Annotated[int, "How sure it is that the target will be reached: 1 to 10."]
