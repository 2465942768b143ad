"""`expectedVersion`: nobody's change is lost to somebody who had not seen it."""

import asyncio

import pytest

from resolvers.operation import Operation
from resolvers.plain import Deleted
from tests.commands.ground import BY_NAME, COMMANDS, Command, Ground

ABOUT_ONE = [command.name for command in COMMANDS if command.operation.subject]


def _makes_another(command: Command) -> bool:
    """Tell whether a mutation makes something for its object, which stays as it is: a request for an employee."""
    subject, returns = command.operation.subject, command.operation.returns
    return subject is not None and returns is not Deleted and returns is not subject.model


WRITING = [name for name in ABOUT_ONE if not _makes_another(BY_NAME[name])]
CHANGING = [name for name in WRITING if BY_NAME[name].operation.returns is not Deleted]


@pytest.fixture
def command(request: pytest.FixtureRequest) -> Command:
    """The mutation that a test is given by name."""
    return BY_NAME[request.param]


def test_every_mutation_of_one_object_takes_a_version_and_no_other_does() -> None:
    taking = [each.name for each in COMMANDS if "expectedVersion" in each.input_type.fields]
    assert taking == ABOUT_ONE
    assert [each.name for each in COMMANDS if each.name not in taking] == [
        *("createRole", "updateViewer", "createUser", "createDepartment", "createTeam", "createSsoProvider"),
        *("addSsoGroupRole", "createFlow", "addStage", "addContentBlock", "createStageTemplate"),
        *("returnBlock", "acceptBlock", "createNewHire", "createHolidayList", "addHoliday"),
        *("createWorkCalendar", "createWorkLocation", "createPosition", "createEmployee", "addDependent"),
        *("addEmergencyContact", "addEmployeeDocument", "createLeaveType", "createLeavePolicy"),
        *("addLeavePolicyType", "createCalendarFeed", "createOkr", "createPerformanceCycle", "publishDocuments"),
        *("createApiClient", "delegateApprovals"),
        *("createApprovalPolicy", "addApprovalPolicyStep", "grantSupportAccess", "startImport"),
    ]


@pytest.mark.parametrize("command", ABOUT_ONE, indirect=True)
async def test_a_stale_version_is_refused_with_the_current_one(command: Command, still: Ground) -> None:
    before = await still.everything()
    for stale in (0, 2, -1, 2**31 - 1, -(2**31)):
        payload = await still.run(command, still.given(command) | {"expectedVersion": stale})
        [refusal] = payload["refusals"]
        assert (refusal["code"], refusal["path"], refusal["currentVersion"]) == (
            "VERSION_CONFLICT",
            ["input", "expectedVersion"],
            1,
        )
        assert payload[command.result] is None
    assert await still.everything() == before


@pytest.mark.parametrize("command", ABOUT_ONE, indirect=True)
async def test_the_current_version_is_accepted_and_null_asks_for_none(command: Command, still: Ground) -> None:
    trial = still.given(command) | {"dryRun": True}
    for version in (1, None):
        assert (await still.run(command, trial | {"expectedVersion": version}))["refusals"] == []


@pytest.mark.parametrize("command", CHANGING, indirect=True)
async def test_a_change_raises_the_version_by_one(command: Command, ground: Ground) -> None:
    payload = await ground.run(command, ground.given(command))
    assert payload[command.result]["version"] == 2


@pytest.mark.parametrize("command", WRITING, indirect=True)
async def test_of_two_at_once_with_one_version_exactly_one_wins(command: Command, ground: Ground) -> None:
    given = ground.given(command) | {"expectedVersion": 1}
    answers = await asyncio.gather(ground.run(command, given), ground.run(command, given))
    codes = sorted(refusal["code"] for answer in answers for refusal in answer["refusals"])
    assert codes == [_loses(command.operation)]
    assert len({entry.request_id for entry in await ground.audited(command.operation.name)}) == 1


def _loses(operation: Operation) -> str:
    """Name the refusal that the second gets: it finds another version, or nothing any more."""
    return "NOT_FOUND" if operation.returns is Deleted else "VERSION_CONFLICT"


async def test_ten_at_once_without_a_version_all_count(ground: Ground) -> None:
    mine = ground.id_of(type(ground.flow))
    names = [{"id": mine, "name": f"Name {number}"} for number in range(10)]
    answers = await asyncio.gather(*(ground.run(BY_NAME["updateFlow"], each) for each in names))
    assert sorted(answer["flow"]["version"] for answer in answers) == list(range(2, 12))
