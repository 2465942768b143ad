"""What is watched live of performance: how the objectives of a cycle fare."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

from sqlalchemy import select

from db.models.performance import PerformanceCycle, PerformanceCycleStatus
from db.okr_choices import OkrHealth
from resolvers.context import Looking
from resolvers.okrs.numbers import in_percent
from resolvers.operation import Names
from resolvers.performance.faring import spans_of
from resolvers.performance.owning import READ
from resolvers.performance.reports import OkrHeatMapRow, okr_heat_map
from resolvers.watching import watching
from subscriptions.events import Event
from subscriptions.followers import Matches

OBJECTIVES: Final = "Okr"
NAMED: Final = frozenset({"Employee", "Team", "Department"})
"""Whose names stand on the board."""


@dataclass(frozen=True, slots=True)
class OkrBoard:
    """How the objectives of a cycle fare, of what you may see."""

    cycle_name: Annotated[str, "What the cycle is called."]
    status: Annotated[PerformanceCycleStatus, "Where the cycle stands."]
    on: Annotated[date, "The day as of which it is told: today, where the company is."]
    expected_progress: Annotated[Decimal, "How many percent can be expected: as much as of the days is over."]
    on_track: Annotated[int, "How many active objectives are on track."]
    at_risk: Annotated[int, "How many active objectives are at risk."]
    off_track: Annotated[int, "How many active objectives are off track."]
    rows: Annotated[list[OkrHeatMapRow], "What is active and what is completed, owner by owner."]


def _about_cycle(cycle_id: UUID) -> Matches:
    """Match the events of the cycle and of its objectives, and of an objective whose event does not name the cycle."""

    def matches(event: Event) -> bool:
        if event.subject_type == OBJECTIVES:
            changed = event.data.get("changed", {})
            return (event.data.get("cycle_id") or changed.get("cycle_id")) in {None, str(cycle_id)}
        return event.subject_id == cycle_id or event.subject_type in NAMED

    return matches


@watching(READ, about=_about_cycle, alike=True, scoped=True)
async def okr_board(
    looking: Looking, cycle_id: Annotated[UUID, Names("PerformanceCycle"), "The cycle."]
) -> OkrBoard | None:
    """How the objectives of a cycle fare: what is active and what is completed, of what you may see."""
    asked = select(PerformanceCycle.name, PerformanceCycle.status).where(PerformanceCycle.id == cycle_id)
    for name, status in await looking.rows(asked):
        span = (await spans_of(looking, [cycle_id], None))[cycle_id]
        rows = await okr_heat_map(looking, cycle_id=cycle_id)
        count = Counter(cell.health for row in rows for cell in row.cells)
        return OkrBoard(
            cycle_name=name,
            status=status,
            on=span.on,
            expected_progress=in_percent(span.elapsed),
            on_track=count[OkrHealth.ON_TRACK],
            at_risk=count[OkrHealth.AT_RISK],
            off_track=count[OkrHealth.OFF_TRACK],
            rows=rows,
        )
    return None
