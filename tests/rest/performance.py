"""The part of the walk that is about performance."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any, Final

from app import now
from tests.rest.step import Step, Walking
from tests.world import Person

CYCLES: Final = "/performance/cycles"
CYCLE: Final = f"{CYCLES}/{{performance_cycle_id}}"
OKRS: Final = "/performance/okrs"
OKR: Final = f"{OKRS}/{{okr_id}}"
KEY_RESULT: Final = "/performance/key-results/{key_result_id}"
MILESTONE: Final = "/performance/milestones/{key_result_milestone_id}"
A_MEASURE: Final = {
    "title": "Contracts",
    "metricType": "NUMBER",
    "weight": "100",
    "startValue": "0",
    "targetValue": "8",
}
STEPS: Final = {"title": "Steps", "metricType": "MILESTONE", "weight": "50"}


async def performance(walk: Walking) -> AsyncIterator[Step]:
    """A cycle from its beginning to its end, with what is set, reported and closed in it."""
    hr = await walk.company.person("HR")
    begun = now().date() - timedelta(days=30)
    days = {"startsOn": begun.isoformat(), "endsOn": (begun + timedelta(days=89)).isoformat()}
    yield Step(hr, "POST", CYCLES, {}, {"name": "Never", **days}, 201)
    yield Step(hr, "DELETE", CYCLE, {"performance_cycle_id": walk.answer["id"]}, None, 204)
    yield Step(hr, "POST", CYCLES, {}, {"name": "Quarter", **days}, 201)
    cycle = {"performance_cycle_id": walk.answer["id"]}
    yield Step(hr, "GET", CYCLES, {})
    yield Step(hr, "GET", CYCLE, cycle)
    yield Step(hr, "PATCH", CYCLE, cycle, {"checkInDays": 7})
    yield Step(hr, "POST", f"{CYCLE}/open", cycle, {})
    async for each in _objectives(walk, hr, cycle["performance_cycle_id"]):
        yield each
    for report in ("heat-map", "alignment-tree"):
        yield Step(hr, "GET", f"{CYCLE}/{report}", cycle)
        assert len(walk.answer) > 0, report
    yield Step(hr, "GET", "/performance/overdue-check-ins", {})
    for move in ("review", "calibrate", "release", "close"):
        yield Step(hr, "POST", f"{CYCLE}/{move}", cycle, {})


async def _objectives(walk: Walking, hr: Person, cycle: str) -> AsyncIterator[Step]:
    company = {"cycleId": cycle, "ownerType": "COMPANY"}
    yield Step(hr, "POST", OKRS, {}, {**company, "objective": "Never"}, 201)
    yield Step(hr, "DELETE", OKR, {"okr_id": walk.answer["id"]}, None, 204)
    yield Step(hr, "POST", OKRS, {}, {**company, "objective": "Above"}, 201)
    above = {"okr_id": walk.answer["id"]}
    yield Step(hr, "POST", OKRS, {}, {**company, "objective": "Below"}, 201)
    below = {"okr_id": walk.answer["id"]}
    yield Step(hr, "GET", OKRS, {})
    yield Step(hr, "GET", OKR, below)
    yield Step(hr, "PATCH", OKR, below, {"description": "Why."})
    yield Step(hr, "PUT", f"{OKR}/alignment", below, {"parentId": above["okr_id"]})
    yield Step(hr, "POST", f"{OKR}/key-results", above, A_MEASURE, 201)
    measured = {"key_result_id": walk.answer["id"]}
    yield Step(hr, "POST", f"{OKR}/activate", above, {})
    async for each in _key_results(walk, hr, below, measured):
        yield each
    yield Step(hr, "GET", f"{OKR}/progress", below)
    yield Step(hr, "POST", f"{OKR}/complete", below, {"finalScore": "0.7"})
    yield Step(hr, "POST", f"{OKR}/cancel", above, {"reason": "Plans changed."})


async def _key_results(
    walk: Walking, hr: Person, okr: Mapping[str, str], measured: Mapping[str, str]
) -> AsyncIterator[Step]:
    """Report on one objective; write another one's key results, of which one is thrown away again, and activate it."""
    yield Step(hr, "POST", f"{KEY_RESULT}/check-ins", measured, {"value": "2", "confidence": 7})
    yield Step(hr, "GET", f"{KEY_RESULT}/check-ins", measured)
    yield Step(hr, "PUT", f"{KEY_RESULT}/target", measured, {"targetValue": "4", "reason": "Fewer are for sale."})
    yield Step(hr, "GET", f"{KEY_RESULT}/target-changes", measured)
    yield Step(hr, "POST", f"{OKR}/key-results", okr, A_MEASURE, 201)
    yield Step(hr, "DELETE", KEY_RESULT, {"key_result_id": walk.answer["id"]}, None, 204)
    yield Step(hr, "POST", f"{OKR}/key-results", okr, STEPS, 201)
    steps = {"key_result_id": walk.answer["id"]}
    yield Step(hr, "PATCH", KEY_RESULT, steps, {"weight": "100"})
    yield Step(hr, "GET", KEY_RESULT, steps)
    yield Step(hr, "GET", f"{OKR}/key-results", okr)
    yield Step(hr, "GET", "/performance/key-results", {})
    milestones = f"{KEY_RESULT}/milestones"
    yield Step(hr, "POST", milestones, steps, {"title": "Never"}, 201)
    yield Step(hr, "DELETE", MILESTONE, _milestone(walk.answer), None, 204)
    yield Step(hr, "POST", milestones, steps, {"title": "Drawn"}, 201)
    drawn = _milestone(walk.answer)
    yield Step(hr, "GET", milestones, steps)
    yield Step(hr, "PATCH", MILESTONE, drawn, {"title": "Drawn, and checked"})
    yield Step(hr, "POST", f"{OKR}/activate", okr, {})
    yield Step(hr, "POST", f"{MILESTONE}/complete", drawn, {})
    yield Step(hr, "POST", f"{MILESTONE}/reopen", drawn, {})


def _milestone(answer: Any) -> dict[str, str]:
    return {"key_result_milestone_id": answer["id"]}
