"""Who sets, changes and reports on which objective, by the built-in roles; and what they are told of the rest."""

from typing import Any

from resolvers import ids
from tests.performance.goals import KEY_RESULT, Goals, codes
from tests.world import Person


async def employed(goals: Goals, person: Person, **values: Any) -> str:
    """Employ somebody who can sign in."""
    return str((await goals.staff.add(workEmail=person.asking.principal.name, **values))["id"])


def user_of(person: Person) -> str:
    assert person.asking.principal.id is not None
    return ids.encode("User", person.asking.principal.id)


async def test_somebody_sets_their_own_and_nobody_elses(goals: Goals) -> None:
    member, colleague = [await goals.staff.company.person("MEMBER") for _ in range(2)]
    own, other = await employed(goals, member), await employed(goals, colleague)
    okr, key_result = await goals.active(member, employeeId=own)
    await goals.report(key_result, "50", member)
    refused = await goals.tried(member, employeeId=other)
    assert [(each["code"], each["path"]) for each in refused["refusals"]] == [("NOT_FOUND", ["input", "employeeId"])]
    refused = await goals.tried(member)
    assert [(each["code"], each["path"]) for each in refused["refusals"]] == [("NOT_FOUND", ["input", "ownerType"])]
    assert codes(await goals.reported(key_result, "60", colleague)) == ["NOT_FOUND"]
    assert (await goals.seen(okr, "progress ownerName employee { id }", colleague)) == {
        "progress": "50.0000",
        "ownerName": "Ada " + (await goals.staff.seen(own, "legalLastName"))["legalLastName"],
        "employee": None,
    }
    await goals.did("updateOkr", {"id": okr, "visibility": "PRIVATE"}, who=member)
    assert await goals.seen(okr, "id", colleague) is None
    hidden = await goals.tried(colleague, employeeId=other, parentId=okr)
    assert [(each["code"], each["path"]) for each in hidden["refusals"]] == [("NOT_FOUND", ["input", "parentId"])]
    cycle = await member.ask(
        "mutation($id: ID!) { closePerformanceCycle(input: { id: $id }) { refusals { code } } }", {"id": goals.cycle}
    )
    assert cycle.codes == ["FORBIDDEN"]


async def test_who_leads_sets_those_of_their_reports_and_of_their_teams(goals: Goals) -> None:
    manager, admin = await goals.staff.company.person("MANAGER"), await goals.staff.company.person("ADMIN")
    boss = await employed(goals, manager)
    report = str((await goals.staff.add(managerId=boss))["id"])
    other = str((await goals.staff.add())["id"])
    okr = await goals.set(manager, employeeId=report, visibility="PRIVATE")
    assert codes(await goals.tried(manager, employeeId=other)) == ["NOT_FOUND"]
    led = await admin.do("createDepartment", {"name": "Led", "headId": user_of(manager)}, "department { id }")
    lone = await admin.do("createDepartment", {"name": "Lone"}, "department { id }")
    team = await admin.do("createTeam", {"name": "Core", "managerId": user_of(manager)}, "team { id }")
    strange = await admin.do("createTeam", {"name": "Strange"}, "team { id }")
    await goals.set(manager, departmentId=led["department"]["id"], parentId=okr)
    await goals.set(manager, teamId=team["team"]["id"])
    refused = await goals.tried(manager, departmentId=lone["department"]["id"])
    assert [(each["code"], each["path"]) for each in refused["refusals"]] == [("NOT_FOUND", ["input", "departmentId"])]
    assert codes(await goals.tried(manager, teamId=strange["team"]["id"])) == ["NOT_FOUND"]
    assert codes(await goals.tried(manager)) == ["NOT_FOUND"]
    assert len((await manager.ask("{ okrs { nodes { id } } }")).data["okrs"]["nodes"]) == 3
    await admin.do("updateTeam", {"id": team["team"]["id"], "managerId": None}, "team { id }")
    ours = (await goals.hr.ask("{ okrs(where: { ownerType: { eq: TEAM } }) { nodes { id } } }")).data["okrs"]["nodes"]
    assert codes(await goals.does("deleteOkr", {"id": ours[0]["id"]}, "deletedId", manager)) == ["NOT_FOUND"]


async def test_who_owns_a_key_result_reports_on_it_and_changes_nothing_else(goals: Goals) -> None:
    member = await goals.staff.company.person("MEMBER")
    await employed(goals, member)
    okr = await goals.set(visibility="PRIVATE")
    mine = await goals.measured(okr, weight="50", ownerId=user_of(member))
    other = await goals.measured(okr, weight="50")
    refused = await goals.does("activateOkr", {"id": okr}, who=member)
    assert codes(refused) == ["NOT_YOUR_OKR"]
    assert codes(await goals.does("updateKeyResult", {"id": mine, "weight": "1"}, KEY_RESULT, member)) == [
        "NOT_YOUR_OKR"
    ]
    await goals.did("activateOkr", {"id": okr})
    await goals.report(mine, "20", member)
    assert codes(await goals.reported(other, "20", member)) == ["NOT_YOUR_OKR"]
    assert codes(await goals.does("alignOkr", {"id": okr}, who=member)) == ["NOT_YOUR_OKR"]
    assert codes(await goals.does("cancelOkr", {"id": okr, "reason": "No."}, who=member)) == ["NOT_YOUR_OKR"]
    moved = {"id": mine, "targetValue": "10", "reason": "Less."}
    assert codes(await goals.does("changeKeyResultTarget", moved, KEY_RESULT, member)) == ["NOT_YOUR_OKR"]
    assert (await goals.seen(okr, "progress", member))["progress"] == "10.0000"


async def test_what_may_not_be_seen_is_one_part_without_a_name(goals: Goals) -> None:
    member = await goals.staff.company.person("MEMBER")
    await employed(goals, member)
    top, measure = await goals.active()
    await goals.report(measure, "30")
    shown, progress = await goals.active(parentId=top)
    await goals.report(progress, "60")
    for value in ("80", "100"):
        _, hidden = await goals.active(parentId=top, visibility="PRIVATE")
        await goals.report(hidden, value)
    draft = await goals.set(parentId=top)
    asked = (
        "query($id: ID!) { explainOkrProgress(okrId: $id) { progress keyResultsProgress contributors {"
        " kind title okrId weight progress share adds counts } } }"
    )
    told = (await member.ask(asked, {"id": top})).data["explainOkrProgress"]
    assert (told["progress"], told["keyResultsProgress"]) == ("67.5000", "30.0000")
    assert [
        (e["kind"], e["okrId"], e["progress"], e["share"], e["adds"], e["counts"]) for e in told["contributors"]
    ] == [
        ("KEY_RESULT", None, "30.0000", "25.0000", "7.5000", True),
        ("ALIGNED", shown, "60.0000", "25.0000", "15.0000", True),
        ("ALIGNED", draft, "0.0000", "0.0000", "0.0000", False),
        ("UNSEEN", None, "90.0000", "50.0000", "45.0000", True),
    ]
    assert told["contributors"][-1]["title"] is None
    everything = (await goals.hr.ask(asked, {"id": top})).data["explainOkrProgress"]["contributors"]
    assert [each["kind"] for each in everything] == ["KEY_RESULT", *["ALIGNED"] * 4]


async def test_the_tree_and_the_map(goals: Goals) -> None:
    member = await goals.staff.company.person("MEMBER")
    own = await employed(goals, member)
    top, _ = await goals.active(objective="A top")
    middle, _ = await goals.active(parentId=top, visibility="PRIVATE", objective="B middle")
    leaf, measure = await goals.active(parentId=middle, employeeId=own, objective="C leaf", weight="2")
    await goals.report(measure, "60")
    tree = "query($id: ID!) { okrAlignmentTree(cycleId: $id) { okrId aboveId depth objective progress health weight } }"

    async def rows(person: Person) -> list[tuple[str, Any, int]]:
        found = (await person.ask(tree, {"id": goals.cycle})).data["okrAlignmentTree"]
        return [(each["okrId"], each["aboveId"], each["depth"]) for each in found]

    assert await rows(goals.hr) == [(top, None, 0), (middle, top, 1), (leaf, middle, 2)]
    assert await rows(member) == [(top, None, 0), (leaf, top, 1)]
    cells = "cells { okrId progress health }"
    asked = f"query($id: ID!) {{ okrHeatMap(cycleId: $id) {{ ownerType employeeId {cells} }} }}"
    heat = (await member.ask(asked, {"id": goals.cycle})).data["okrHeatMap"]
    assert [(row["ownerType"], row["employeeId"], [cell["okrId"] for cell in row["cells"]]) for row in heat] == [
        ("COMPANY", None, [top]),
        ("EMPLOYEE", own, [leaf]),
    ]
    assert heat[1]["cells"][0] == {"okrId": leaf, "progress": "60.0000", "health": "ON_TRACK"}
    assert heat[0]["cells"][0] == {"okrId": top, "progress": "20.0000", "health": "OFF_TRACK"}
    nothing = ids.encode("PerformanceCycle", ids.row_of(top, "Okr"))  # pyright: ignore[reportArgumentType]
    for field in ("okrHeatMap", "okrAlignmentTree"):
        empty = await member.ask(f"query($id: ID!) {{ {field}(cycleId: $id) {{ __typename }} }}", {"id": nothing})
        assert empty.data[field] == []
    stranger = await goals.staff.company.person("VIEWER")
    assert (await stranger.ask(asked, {"id": goals.cycle})).codes == ["FORBIDDEN"]
