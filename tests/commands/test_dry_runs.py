"""`dryRun` answers what a mutation would do, and does nothing; `clientMutationId` comes back, whatever happens."""

import pytest

from tests.commands.ground import BY_NAME, Command, Ground, unknown_id


async def test_a_dry_run_answers_like_the_real_run_and_leaves_nothing(command: Command, ground: Ground) -> None:
    given = ground.given(command)
    before = await ground.everything()
    trial = await ground.run(command, given | {"dryRun": True, "clientMutationId": "mine"})
    assert await ground.everything() == before
    real = await ground.run(command, given | {"clientMutationId": "mine"})
    assert await ground.everything() != before
    assert trial["refusals"] == real["refusals"] == []
    assert trial["clientMutationId"] == real["clientMutationId"] == "mine"
    assert _known(command, trial[command.result]) == _known(command, real[command.result])


def _known(command: Command, result: object) -> object:
    """Leave out the id of what is made: each run makes another one."""
    subject = command.operation.subject
    made = subject is None or command.operation.returns is not subject.model
    return {**result, "id": ""} if made and isinstance(result, dict) else result


async def test_a_dry_run_is_refused_like_the_real_run(command: Command, still: Ground) -> None:
    given = {
        name: unknown_id(type(still.profile)) if name == "id" or name.endswith("Id") else value
        for name, value in still.given(command).items()
    } | {"dryRun": True, "clientMutationId": "mine"}
    named = {"createFlow", "createStageTemplate", "createApiClient", "createSsoProvider", "createApprovalPolicy"}
    if command.name in named | {"createRole", "createHolidayList", "createWorkCalendar"}:
        given |= {"name": " "}
    if command.name in {"createLeaveType", "createLeavePolicy", "createCalendarFeed", "createPerformanceCycle"}:
        given |= {"name": " "}
    if command.name in {"createUser", "updateViewer"}:
        given |= {"firstName": " "}
    if command.name == "grantSupportAccess":
        given |= {"until": "2020-01-01T00:00:00Z"}
    before = await still.everything()
    payload = await still.run(command, given)
    assert len(payload["refusals"]) == 1
    assert payload["clientMutationId"] == "mine"
    assert await still.everything() == before


async def test_a_dry_run_shows_positions_and_versions_as_they_would_be(ground: Ground) -> None:
    selection = "flow { version stages { totalCount nodes { id position version } } }"
    stages = ground.siblings(type(ground.stages[0]))
    order = {"id": ground.id_of(type(ground.flow)), "ids": [stages[2], stages[0], stages[1]], "dryRun": True}
    payload = await ground.person.do("reorderStages", order, selection)
    assert payload["flow"]["stages"]["nodes"] == [
        {"id": stages[2], "position": 0, "version": 2},
        {"id": stages[0], "position": 1, "version": 2},
        {"id": stages[1], "position": 2, "version": 2},
    ]
    added = await ground.person.do(
        "addStage",
        {"flowId": order["id"], "name": "Fourth", "dryRun": True},
        "stage { position version flow { stages { totalCount } } }",
    )
    assert added["stage"] == {"position": 3, "version": 1, "flow": {"stages": {"totalCount": 4}}}


@pytest.mark.parametrize("mark", ["", "a b", "ü\u0000\u0001", "x" * 5000, None])
async def test_any_mark_of_the_client_comes_back_as_it_was(ground: Ground, mark: str | None) -> None:
    payload = await ground.run(BY_NAME["updateFlow"], {"id": ground.id_of(type(ground.flow)), "clientMutationId": mark})
    assert payload["clientMutationId"] == mark
