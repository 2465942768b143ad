"""Performance cycles: set up, opened, reviewed, calibrated, released and closed."""

from typing import Final

from db.models.performance import PerformanceCycle, PerformanceCycleStatus
from resolvers.context import Context
from resolvers.operation import operation
from resolvers.performance.refusals import CycleNotOpen
from resolvers.performance.states import CALIBRATE, CLOSE, OPEN, RELEASE, REVIEW
from resolvers.plain import Also
from resolvers.refusals import InvalidInput

MANAGE: Final = "performance.manage"


@operation(MANAGE, move=OPEN)
async def open_performance_cycle(_context: Context, cycle: PerformanceCycle) -> PerformanceCycle:
    """Open a cycle: its objectives can become active."""
    return cycle


@operation(MANAGE, move=REVIEW)
async def review_performance_cycle(_context: Context, cycle: PerformanceCycle) -> PerformanceCycle:
    """Have what was achieved in a cycle reviewed: nothing more becomes active, and what is active is reported on."""
    return cycle


@operation(MANAGE, move=CALIBRATE)
async def calibrate_performance_cycle(_context: Context, cycle: PerformanceCycle) -> PerformanceCycle:
    """Have the reviews of a cycle compared with each other."""
    return cycle


@operation(MANAGE, move=RELEASE)
async def release_performance_cycle(_context: Context, cycle: PerformanceCycle) -> PerformanceCycle:
    """Let the results of a cycle out: from now on, nothing is reported of its objectives; they can still be closed."""
    return cycle


@operation(MANAGE, move=CLOSE)
async def close_performance_cycle(_context: Context, cycle: PerformanceCycle) -> PerformanceCycle:
    """Close a cycle, for good."""
    return cycle


async def check_cycle(_context: Context, cycle: PerformanceCycle) -> None:
    """Refuse to change what is over, and days that are not in their order."""
    if cycle.status is PerformanceCycleStatus.CLOSED:
        raise CycleNotOpen("The cycle is closed.")
    if cycle.ends_on < cycle.starts_on:
        raise InvalidInput("The last day is not before the first.", path=("ends_on",))


async def expect_cycle_draft(_context: Context, cycle: PerformanceCycle) -> None:
    """Refuse to throw away what was opened."""
    if cycle.status is not PerformanceCycleStatus.DRAFT:
        raise CycleNotOpen("Only a draft is thrown away.")


CYCLE_WRITTEN: Final = Also(before=check_cycle, refuses=(CycleNotOpen,))
CYCLE_DISCARDED: Final = Also(before=expect_cycle_draft, refuses=(CycleNotOpen,))
