"""Check-ins: in the order of their days, never ahead, never changed; and what of them is overdue."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from resolvers import ids
from tests.performance.goals import KEY_RESULT, TODAY, Goals, codes


async def test_days_are_in_order_and_none_is_ahead(goals: Goals) -> None:
    _, key_result = await goals.active()
    ahead = (await goals.reported(key_result, "1", checkedInOn=str(TODAY + timedelta(days=2))))["refusals"]
    assert [(each["code"], each["path"]) for each in ahead] == [("CHECK_IN_AHEAD", ["input", "checkedInOn"])]
    week, later = TODAY - timedelta(days=7), TODAY - timedelta(days=3)
    await goals.report(key_result, "10", checkedInOn=str(later))
    [early] = (await goals.reported(key_result, "20", checkedInOn=str(week)))["refusals"]
    assert (early["code"], early["earliest"]) == ("CHECK_IN_TOO_EARLY", str(later))
    await goals.report(key_result, "30", checkedInOn=str(later))
    await goals.report(key_result, "20")
    fields = "checkIns(orderBy: [{ id: ASC }]) { nodes { value checkedInOn confidence comment user { id } } }"
    asked = f"query($id: ID!) {{ keyResult(id: $id) {{ currentValue lastCheckedInOn confidence {fields} }} }}"
    seen = (await goals.hr.ask(asked, {"id": key_result})).data["keyResult"]
    assert [each["value"] for each in seen["checkIns"]["nodes"]] == ["10.0000", "30.0000", "20.0000"]
    assert (seen["currentValue"], seen["lastCheckedInOn"], seen["confidence"]) == ("20.0000", str(TODAY), 7)


async def test_today_is_that_of_the_company(goals: Goals) -> None:
    _, key_result = await goals.active()
    admin = await goals.staff.company.person("ADMIN")
    company, days = (await admin.ask("{ company { id } }")).data["company"]["id"], set[date]()
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        changed = await admin.do("updateCompany", {"id": company, "timezone": zone}, "company { timezone }")
        assert changed["company"] == {"timezone": zone}
        [refused] = (await goals.reported(key_result, "1", checkedInOn=str(TODAY + timedelta(days=9))))["refusals"]
        days.add(date.fromisoformat(refused["latest"]))
    assert max(days) - min(days) == timedelta(days=1)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"value": None}, "value"),
        ({"confidence": 0}, "confidence"),
        ({"confidence": 11}, "confidence"),
        ({"comment": "x" * 5001}, "comment"),
        ({"value": "0.00001"}, "value"),
    ],
)
async def test_what_no_check_in_is(goals: Goals, given: dict[str, Any], path: str) -> None:
    given = dict(given)
    _, key_result = await goals.active()
    value: str | None = given.pop("value", "1")
    refused = (await goals.reported(key_result, value, **given))["refusals"]
    assert [(each["code"], each["path"]) for each in refused] == [("INVALID_INPUT", ["input", path])]
    assert [kind for kind, _ in await goals.told() if kind.endswith("checked_in")] == []


async def test_done_or_not_and_milestones(goals: Goals) -> None:
    okr = await goals.set()
    done = await goals.measured(okr, metricType="BOOLEAN", weight="50")
    steps = await goals.measured(okr, metricType="MILESTONE", weight="50")
    add = "addKeyResultMilestone"
    light = (await goals.did(add, {"id": steps, "title": "One", "weight": "1"}, "keyResultMilestone { id }"))["id"]
    await goals.did(add, {"id": steps, "title": "Two", "weight": "3"}, "keyResultMilestone { id }")
    assert codes(await goals.does("completeKeyResultMilestone", {"id": light}, "keyResultMilestone { id }")) == [
        "OKR_NOT_ACTIVE"
    ]
    await goals.did("activateOkr", {"id": okr})
    assert codes(await goals.reported(done, "0.5")) == codes(await goals.reported(steps, "50")) == ["INVALID_INPUT"]
    await goals.report(done, "1")
    await goals.did("completeKeyResultMilestone", {"id": light}, "keyResultMilestone { doneOn }")
    await goals.report(steps, None)
    assert await goals.progress(okr) == "62.5000"
    await goals.did("reopenKeyResultMilestone", {"id": light}, "keyResultMilestone { doneOn }")
    assert await goals.progress(okr) == "50.0000"
    for given in ({"weight": "5"},):
        refused = await goals.does("updateKeyResultMilestone", {"id": light, **given}, "keyResultMilestone { id }")
        assert codes(refused) == ["OKR_NOT_DRAFT"]


async def test_milestones_of_a_draft_are_written_freely(goals: Goals) -> None:
    okr = await goals.set()
    steps = await goals.measured(okr, metricType="MILESTONE")
    made = await goals.did("addKeyResultMilestone", {"id": steps, "title": "One"}, "keyResultMilestone { id }")
    changed = {"id": made["id"], "title": "Other", "weight": "2"}
    shown = await goals.did("updateKeyResultMilestone", changed, "keyResultMilestone { title weight }")
    assert (shown["title"], float(shown["weight"])) == ("Other", 2)
    await goals.did("deleteKeyResultMilestone", {"id": made["id"]}, "deletedId")
    assert codes(await goals.does("activateOkr", {"id": okr})) == ["NO_MILESTONES"]
    other = await goals.measured(okr, metricType="NUMBER", weight="1")
    refused = await goals.does("addKeyResultMilestone", {"id": other, "title": "One"}, "keyResultMilestone { id }")
    assert codes(refused) == ["INVALID_INPUT"]


@pytest.mark.parametrize("table", ["key_result_check_ins", "key_result_target_changes"])
@pytest.mark.parametrize("change", ["update pool.{} set updated_at = now()", "delete from pool.{}"])
async def test_the_database_keeps_what_was_reported(goals: Goals, table: str, change: str) -> None:
    _, key_result = await goals.active()
    await goals.report(key_result, "1")
    moved = {"id": key_result, "targetValue": "50", "reason": "Less."}
    await goals.did("changeKeyResultTarget", moved, KEY_RESULT)
    rows = "select count(*) from pool.{} where tenant_id = :tenant"
    assert (await goals.staff.company.rows(rows.format(table)))[0][0] == 1
    with pytest.raises(DBAPIError, match="append-only"):
        await goals.staff.company.rows(f"{change.format(table)} where tenant_id = :tenant returning id")


async def test_one_event_for_a_check_in_and_one_for_each_objective_that_moves(goals: Goals) -> None:
    top = await goals.set()
    middle, _ = await goals.active(parentId=top, keyResultsWeight="0")
    _, key_result = await goals.active(parentId=middle)
    before = len(await goals.told())
    await goals.report(key_result, "50")
    told = (await goals.told())[before:]
    assert [kind for kind, _ in told] == ["performance.key_result.checked_in"] + [
        "performance.okr.progress_updated"
    ] * 2, "the one above is a draft, of which nothing is told"
    assert [(data["from"], data["to"]) for _, data in told[1:]] == [("0.0000", "50.0000")] * 2
    await goals.report(key_result, "50")
    assert [kind for kind, _ in (await goals.told())[before + 3 :]] == ["performance.key_result.checked_in"]


async def test_what_is_overdue(goals: Goals) -> None:
    okr, key_result = await goals.active()
    asked = "query($on: Date) { overdueCheckIns(on: $on) { keyResultId okrId dueOn days lastCheckedInOn ownerName } }"

    async def overdue(day: date) -> Any:
        return (await goals.hr.ask(asked, {"on": str(day)})).data["overdueCheckIns"]

    due = TODAY + timedelta(days=14)
    assert await overdue(due) == []
    [found] = await overdue(due + timedelta(days=3))
    name = goals.staff.company.tenant.slug.title()
    assert found == {
        "keyResultId": key_result,
        "okrId": okr,
        "dueOn": str(due),
        "days": 3,
        "lastCheckedInOn": None,
        "ownerName": name,
    }
    await goals.did("updatePerformanceCycle", {"id": goals.cycle, "checkInDays": 30}, "performanceCycle { id }")
    assert await overdue(due + timedelta(days=3)) == []
    assert len(await overdue(TODAY + timedelta(days=31))) == 1
    await goals.report(key_result, "5")
    row = ids.row_of(key_result, "KeyResult")
    await goals.staff.company.rows(
        "update pool.key_results set last_checked_in_on = current_date + 10 where tenant_id = :tenant and id = :row"
        " returning id",
        row=row,
    )
    assert await overdue(TODAY + timedelta(days=31)) == []
