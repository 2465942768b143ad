"""Where cycles and objectives may go, and what is refused where they stand."""

from typing import Any

import pytest

from resolvers import ids
from resolvers.performance.states import CYCLE, OKR
from tests.performance.goals import KEY_RESULT, TODAY, Goals, codes

MOVES = ("review", "calibrate", "release", "close")


def test_the_machines_are_these() -> None:
    assert [(move.operation, [*map(str, move.sources)], str(move.target)) for move in CYCLE.moves] == [
        ("open_performance_cycle", ["draft"], "open"),
        ("review_performance_cycle", ["open"], "in_review"),
        ("calibrate_performance_cycle", ["in_review"], "calibrating"),
        ("release_performance_cycle", ["calibrating"], "released"),
        ("close_performance_cycle", ["released"], "closed"),
    ]
    assert [(move.operation, [*map(str, move.sources)], str(move.target)) for move in OKR.moves] == [
        ("activate_okr", ["draft"], "active"),
        ("complete_okr", ["active"], "completed"),
        ("cancel_okr", ["active"], "cancelled"),
    ]


async def move(goals: Goals, verb: str) -> list[str]:
    return codes(await goals.does(f"{verb}PerformanceCycle", {"id": goals.cycle}, "performanceCycle { status }"))


async def test_a_cycle_goes_through_its_states_and_nowhere_else(goals: Goals) -> None:
    okr, key_result = await goals.active()
    draft = await goals.set()
    await goals.measured(draft)
    assert await move(goals, "open") == await move(goals, "release") == ["ILLEGAL_TRANSITION"]
    for verb in MOVES[:2]:
        assert await move(goals, verb) == []
        await goals.report(key_result, "10")
        assert codes(await goals.does("activateOkr", {"id": draft})) == ["CYCLE_NOT_OPEN"]
    assert await move(goals, "release") == []
    assert codes(await goals.reported(key_result, "20")) == ["CYCLE_NOT_OPEN"]
    assert codes(await goals.tried()) == ["CYCLE_NOT_OPEN"]
    done = await goals.did("completeOkr", {"id": okr, "finalScore": "0.7", "closedNote": "Well."})
    assert (done["status"], done["finalScore"], done["progress"]) == ("COMPLETED", "0.7000", "10.0000")
    assert await move(goals, "close") == []
    changed = {"id": goals.cycle, "name": "Another"}
    assert codes(await goals.does("updatePerformanceCycle", changed, "performanceCycle { name }")) == ["CYCLE_NOT_OPEN"]
    named = [kind for kind, _ in await goals.told() if kind.startswith("performance.cycle")]
    assert named == ["performance.cycle.opened", "performance.cycle.released", "performance.cycle.closed"]


async def test_an_open_cycle_is_not_thrown_away_and_a_draft_is(goals: Goals) -> None:
    assert codes(await goals.does("deletePerformanceCycle", {"id": goals.cycle}, "deletedId")) == ["CYCLE_NOT_OPEN"]
    days = {"startsOn": "2027-01-01", "endsOn": "2027-03-31"}
    draft = await goals.staff.make("PerformanceCycle", name="Next", **days)
    wrong = {"id": draft, "endsOn": "2026-12-31"}
    refused = await goals.does("updatePerformanceCycle", wrong, "performanceCycle { id }")
    assert [(each["code"], each["path"]) for each in refused["refusals"]] == [("INVALID_INPUT", ["input", "endsOn"])]
    okr = await goals.set(cycleId=draft)
    await goals.measured(okr)
    assert codes(await goals.does("activateOkr", {"id": okr})) == ["CYCLE_NOT_OPEN"]
    assert codes(await goals.does("deletePerformanceCycle", {"id": draft}, "deletedId")) == ["IN_USE"]
    await goals.did("deleteOkr", {"id": okr}, "deletedId")
    await goals.did("deletePerformanceCycle", {"id": draft}, "deletedId")


async def test_what_an_objective_needs_to_become_active(goals: Goals) -> None:
    okr = await goals.set()
    assert codes(await goals.does("activateOkr", {"id": okr})) == ["NO_KEY_RESULTS"]
    first = await goals.measured(okr, weight="60")
    facts = "refusals { ... on WeightsNotWhole { weight } }"
    [refused] = (await goals.does("activateOkr", {"id": okr}, facts))["refusals"]
    assert (refused["code"], refused["weight"]) == ("WEIGHTS_NOT_WHOLE", "60.0000")
    steps = await goals.measured(okr, weight="40", metricType="MILESTONE")
    assert codes(await goals.does("activateOkr", {"id": okr})) == ["NO_MILESTONES"]
    await goals.did("addKeyResultMilestone", {"id": steps, "title": "Step"}, "keyResultMilestone { id }")
    await goals.did("updateKeyResult", {"id": first, "weight": "59.9999"}, KEY_RESULT)
    assert codes(await goals.does("activateOkr", {"id": okr})) == ["WEIGHTS_NOT_WHOLE"]
    await goals.did("updateKeyResult", {"id": first, "weight": "60"}, KEY_RESULT)
    shown = await goals.seen(okr, "allowedTransitions { name allowed }")
    assert shown["allowedTransitions"] == [{"name": "activateOkr", "allowed": True}]
    active = await goals.did("activateOkr", {"id": okr})
    assert (active["status"], active["activatedOn"]) == ("ACTIVE", str(TODAY))


async def test_an_active_objective_keeps_what_it_is_measured_by(goals: Goals) -> None:
    okr, key_result = await goals.active()
    for given in ({"targetValue": "50"}, {"weight": "40"}, {"startValue": "1"}):
        assert codes(await goals.does("updateKeyResult", {"id": key_result, **given}, KEY_RESULT)) == ["OKR_NOT_DRAFT"]
    assert codes(await goals.does("deleteKeyResult", {"id": key_result}, "deletedId")) == ["OKR_NOT_DRAFT"]
    more = {"id": okr, "title": "More", "metricType": "BOOLEAN", "weight": "1"}
    assert codes(await goals.does("addKeyResult", more, KEY_RESULT)) == ["OKR_NOT_DRAFT"]
    assert codes(await goals.does("deleteOkr", {"id": okr}, "deletedId")) == ["OKR_NOT_DRAFT"]
    said = {"id": key_result, "title": "Renamed", "dueOn": "2027-01-01"}
    assert (await goals.did("updateKeyResult", said, "keyResult { title }"))["title"] == "Renamed"


async def test_a_target_moves_with_a_reason_that_stays(goals: Goals) -> None:
    okr, key_result = await goals.active()
    await goals.report(key_result, "40")
    moved = {"id": key_result, "targetValue": "80"}
    blank = await goals.does("changeKeyResultTarget", moved | {"reason": " "}, KEY_RESULT)
    assert [(each["code"], each["path"]) for each in blank["refusals"]] == [("INVALID_INPUT", ["input", "reason"])]
    done = await goals.did("changeKeyResultTarget", moved | {"reason": "The market shrank."}, KEY_RESULT)
    assert (done["targetValue"], done["progress"]) == ("80.0000", "50.0000")
    same = await goals.does("changeKeyResultTarget", moved | {"reason": "Again."}, KEY_RESULT)
    assert codes(same) == ["INVALID_INPUT"]
    back = await goals.does("changeKeyResultTarget", {"id": key_result, "targetValue": "0", "reason": "?"}, KEY_RESULT)
    assert codes(back) == ["INVALID_INPUT"]
    fields = "targetBefore targetAfter progressBefore progressAfter reason user { id }"
    shown = await goals.seen(okr, f"progress keyResults {{ nodes {{ targetChanges {{ nodes {{ {fields} }} }} }} }}")
    assert shown["progress"] == "50.0000"
    [change] = shown["keyResults"]["nodes"][0]["targetChanges"]["nodes"]
    me = goals.hr.asking.principal.id
    assert me is not None
    assert change == {
        "targetBefore": "100.0000",
        "targetAfter": "80.0000",
        "progressBefore": "40.0000",
        "progressAfter": "50.0000",
        "reason": "The market shrank.",
        "user": {"id": ids.encode("User", me)},
    }
    draft = await goals.set()
    measure = await goals.measured(draft)
    asked = {"id": measure, "targetValue": "80", "reason": "Why not."}
    assert codes(await goals.does("changeKeyResultTarget", asked, KEY_RESULT)) == ["OKR_NOT_ACTIVE"]


@pytest.mark.parametrize("end", [("completeOkr", {"finalScore": "1"}), ("cancelOkr", {"reason": "No."})])
async def test_what_is_closed_stays_as_it_is(goals: Goals, end: tuple[str, dict[str, Any]]) -> None:
    okr, key_result = await goals.active()
    verb, given = end
    await goals.did(verb, {"id": okr, **given})
    assert codes(await goals.does(verb, {"id": okr, **given})) == ["ILLEGAL_TRANSITION"]
    assert codes(await goals.does("updateOkr", {"id": okr, "objective": "Other"})) == ["OKR_CLOSED"]
    assert codes(await goals.does("alignOkr", {"id": okr})) == ["OKR_CLOSED"]
    assert codes(await goals.does("updateKeyResult", {"id": key_result, "title": "Other"}, KEY_RESULT)) == [
        "OKR_CLOSED"
    ]
    assert codes(await goals.reported(key_result, "1")) == ["OKR_NOT_ACTIVE"]
    for wrong in ({"finalScore": "1.1"}, {"finalScore": "-0.1"}):
        other, _ = await goals.active()
        refused = await goals.does("completeOkr", {"id": other, **wrong})
        assert [(each["code"], each["path"]) for each in refused["refusals"]] == [
            ("INVALID_INPUT", ["input", "finalScore"])
        ]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"targetValue": "0"}, "targetValue"),
        ({"targetValue": "-1"}, "targetValue"),
        ({"direction": "DECREASE"}, "targetValue"),
        ({"targetValue": None}, "targetValue"),
        ({"startValue": None}, "startValue"),
        ({"bandLow": "1"}, "bandLow"),
        ({"direction": "MAINTAIN", "bandLow": "2", "bandHigh": "1"}, "bandLow"),
        ({"direction": "MAINTAIN", "bandLow": "2"}, "bandLow"),
        ({"direction": "MAINTAIN", "targetValue": "3", "bandLow": "2", "bandHigh": "3"}, "targetValue"),
        ({"metricType": "BOOLEAN", "targetValue": "1"}, "metricType"),
        ({"metricType": "MILESTONE", "direction": "DECREASE"}, "direction"),
        ({"weight": "100.1"}, "weight"),
        ({"weight": "-1"}, "weight"),
        ({"title": " "}, "title"),
        ({"unit": "x" * 41}, "unit"),
    ],
)
async def test_what_no_key_result_is(goals: Goals, given: dict[str, Any], path: str) -> None:
    okr = await goals.set()
    known = {"id": okr, "title": "Any", "metricType": "NUMBER", "weight": "50"}
    plain = given.get("metricType") is None and given.get("direction") != "MAINTAIN"
    values = {"startValue": "0", "targetValue": "10"} if plain else {}
    refused = await goals.does("addKeyResult", known | values | given, KEY_RESULT)
    assert [(each["code"], each["path"]) for each in refused["refusals"]] == [("INVALID_INPUT", ["input", path])]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"ownerType": "EMPLOYEE"}, "employeeId"),
        ({"ownerType": "TEAM"}, "teamId"),
        ({"objective": " "}, "objective"),
        ({"objective": "x" * 501}, "objective"),
        ({"visibility": "TEAM"}, "visibility"),
        ({"weight": "-1"}, "weight"),
        ({"keyResultsWeight": "1001"}, "keyResultsWeight"),
    ],
)
async def test_what_no_objective_is(goals: Goals, given: dict[str, Any], path: str) -> None:
    refused = await goals.tried(**given)
    assert [(each["code"], each["path"]) for each in refused["refusals"]] == [("INVALID_INPUT", ["input", path])]
