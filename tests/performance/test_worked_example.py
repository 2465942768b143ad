"""The worked example against the running server, number by number."""

from typing import Any

from tests.performance.goals import KEY_RESULT, Goals


async def three_key_results(goals: Goals, okr: str) -> tuple[str, str, list[str]]:
    """Measure an objective by a pipeline, by churn and by four milestones, and set it to work."""
    pipeline = await goals.measured(okr, startValue="40", targetValue="100", weight="50")
    churn = await goals.measured(
        okr, direction="DECREASE", metricType="PERCENT", startValue="5.0", targetValue="2.0", weight="30"
    )
    launch = await goals.measured(okr, metricType="MILESTONE", weight="20")
    steps = [
        (await goals.did("addKeyResultMilestone", {"id": launch, "title": f"Step {n}"}, "keyResultMilestone { id }"))[
            "id"
        ]
        for n in range(4)
    ]
    await goals.did("activateOkr", {"id": okr})
    return pipeline, churn, steps


async def test_the_worked_example(goals: Goals) -> None:
    parent = await goals.set()
    okr = await goals.set(parentId=parent, weight="2")
    pipeline, churn, steps = await three_key_results(goals, okr)
    await goals.report(pipeline, "70")
    await goals.report(churn, "2.6")
    for step in steps[:3]:
        await goals.did("completeKeyResultMilestone", {"id": step}, "keyResultMilestone { doneOn }")
    assert await goals.progress(okr) == "64.0000"
    seen = await goals.seen(okr, "health expectedProgress")
    assert seen == {"health": "ON_TRACK", "expectedProgress": "60.0000"}
    told = await explained(goals, okr)
    assert (told["ratio"], told["health"], told["progress"]) == ("1.0667", "ON_TRACK", "64.0000")
    assert [each["adds"] for each in told["contributors"]] == ["25.0000", "24.0000", "15.0000"]
    assert [each["share"] for each in told["contributors"]] == ["50.0000", "30.0000", "20.0000"]

    await goals.report(pipeline, "110")
    assert await goals.progress(okr) == "89.0000"
    asked = "query($id: ID!) { keyResult(id: $id) { progress rawProgress currentValue } }"
    shown = (await goals.hr.ask(asked, {"id": pipeline})).data["keyResult"]
    assert shown == {"progress": "100.0000", "rawProgress": "116.6667", "currentValue": "110.0000"}
    await goals.report(pipeline, "70")

    other, measure = await goals.active(parentId=parent)
    await goals.report(measure, "40")
    assert (await goals.progress(other), await goals.progress(parent)) == ("40.0000", "56.0000")
    await goals.did("cancelOkr", {"id": other, "reason": "Nobody has the time."})
    assert await goals.progress(parent) == "64.0000"


async def explained(goals: Goals, okr: str) -> Any:
    asked = (
        "query($id: ID!) { explainOkrProgress(okrId: $id) { progress ratio health expected keyResultsProgress"
        " contributors { kind title weight progress rawProgress share adds counts } } }"
    )
    return (await goals.hr.ask(asked, {"id": okr})).data["explainOkrProgress"]


async def test_a_key_result_says_how_it_stands(goals: Goals) -> None:
    okr = await goals.set()
    payload = await goals.does(
        "addKeyResult",
        {
            "id": okr,
            "title": "Uptime",
            "metricType": "PERCENT",
            "direction": "MAINTAIN",
            "bandLow": "99",
            "bandHigh": "100",
            "weight": "100",
        },
        KEY_RESULT,
    )
    made = payload["keyResult"]
    assert (made["progress"], made["rawProgress"], made["currentValue"]) == ("100.0000", "100.0000", "99.0000")
    assert await goals.progress(okr) == "100.0000"
