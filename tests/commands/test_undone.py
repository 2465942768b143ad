"""A change, its audit entry and its event are written together or not at all, wherever something breaks."""

from typing import Any, NoReturn

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from db.models import Flow
from db.session import WriteSession
from resolvers import state
from resolvers.operation import Operation
from resolvers.refusals import InUse
from tests.commands.ground import BY_NAME, COMMANDS, Command, Ground
from tests.world import Answer

KEY = {"idempotencyKey": "once"}


class Broken(Exception):
    """What a test lets happen."""


async def fail(*_given: object, **_named: object) -> NoReturn:
    raise Broken


async def ask(ground: Ground, command: Command, given: dict[str, Any], fields: str | None = None) -> Answer:
    """Run a mutation that is expected to break."""
    kind = command.input_type.name
    query = f"mutation($input: {kind}!) {{ {command.name}(input: $input) {{ {fields or command.selection} }} }}"
    with capture_logs() as logged:
        answer = await ground.person.ask(query, {"input": given})
    incidents = [error["extensions"]["incidentId"] for error in answer.errors if "incidentId" in error["extensions"]]
    assert [entry["incident"] for entry in logged] == incidents
    return answer


def assert_masked(answer: Answer) -> None:
    """Nothing of the inside is told, nothing is shown as done, and the log knows the incident."""
    assert answer.body["data"] is None
    assert answer.codes == ["INTERNAL"]
    assert "Broken" not in answer.response.text


@pytest.mark.parametrize("where", ["flush", "commit"])
async def test_a_fault_of_the_database_leaves_nothing(
    command: Command, ground: Ground, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    before = await ground.everything()
    with monkeypatch.context() as broken:
        broken.setattr(WriteSession, where, fail)
        assert_masked(await ask(ground, command, ground.given(command) | KEY))
    assert await ground.everything() == before
    assert (await ground.run(command, ground.given(command) | KEY))["refusals"] == []


async def test_a_fault_after_all_was_sent_leaves_nothing(
    command: Command, still: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await still.everything()
    run = Operation.__call__

    async def run_and_break(operation: Operation, *given: Any, **named: Any) -> NoReturn:
        await run(operation, *given, **named)
        raise Broken

    with monkeypatch.context() as broken:
        broken.setattr(Operation, "__call__", run_and_break)
        assert_masked(await ask(still, command, still.given(command) | {"idempotencyKey": "broken"}))
    assert await still.everything() == before


@pytest.mark.parametrize("key", [{}, KEY])
async def test_a_refusal_after_all_was_sent_leaves_nothing_but_its_key(
    command: Command, still: Ground, monkeypatch: pytest.MonkeyPatch, key: dict[str, str]
) -> None:
    before, keys = await still.records(), len(await still.keys())
    run = Operation.__call__

    async def run_and_refuse(operation: Operation, *given: Any, **named: Any) -> NoReturn:
        await run(operation, *given, **named)
        raise InUse("Others are at it.")

    monkeypatch.setattr(Operation, "__call__", run_and_refuse)
    payload = await still.run(command, still.given(command) | key)
    assert [refusal["code"] for refusal in payload["refusals"]] == ["IN_USE"]
    assert payload[command.result] is None
    assert len(await still.keys()) == keys + len(key)
    assert await still.records() == before


async def test_a_fault_of_the_commit_itself_leaves_nothing(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await ground.everything()
    with monkeypatch.context() as broken:
        broken.setattr(AsyncSession, "commit", fail)
        assert_masked(await ask(ground, BY_NAME["updateFlow"], ground.given(BY_NAME["updateFlow"])))
    assert await ground.everything() == before


ANSWERING = [command for command in COMMANDS if command.result == "flow"]


@pytest.mark.parametrize("command", ANSWERING, ids=[command.name for command in ANSWERING])
async def test_a_fault_in_the_answer_takes_the_change_and_the_answer_with_it(
    command: Command, still: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await still.everything()
    with monkeypatch.context() as broken:
        broken.setattr(state, "transitions", fail)
        given = still.given(command) | {"idempotencyKey": "unanswered"}
        answer = await ask(still, command, given, "flow { id allowedTransitions { name } }")
    assert_masked(answer)
    assert await still.everything() == before


async def test_a_fault_in_the_answer_of_a_second_attempt_is_told_too(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await ground.everything()
    deadlock = Broken()
    deadlock.sqlstate = "40P01"  # pyright: ignore[reportAttributeAccessIssue] - as the driver's errors have it
    faults: list[Exception] = [DBAPIError("select", {}, deadlock), Broken()]

    async def fail_otherwise(*_given: object) -> NoReturn:
        raise faults.pop(0)

    command = BY_NAME["updateFlow"]
    with monkeypatch.context() as broken:
        broken.setattr(state, "transitions", fail_otherwise)
        answer = await ask(ground, command, ground.given(command), "flow { id allowedTransitions { name } }")
    assert_masked(answer)
    assert faults == []
    assert await ground.everything() == before


async def test_an_answer_that_may_not_be_given_takes_the_change_with_it(ground: Ground) -> None:
    before = await ground.everything()
    command = BY_NAME["updateFlow"]
    answer = await ask(
        ground, command, ground.given(command), 'flow { name stages(after: "nonsense") { nodes { id } } }'
    )
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.body["data"] is None
    assert await ground.everything() == before


async def test_each_field_of_a_document_is_a_transaction_of_its_own(ground: Ground) -> None:
    mine = ground.id_of(Flow)
    answer = await ground.person.ask(
        "mutation($a: UpdateFlowInput!, $b: UpdateFlowInput!, $c: UpdateFlowInput!) {"
        " a: updateFlow(input: $a) { flow { version } refusals { code } }"
        " b: updateFlow(input: $b) { flow { version } refusals { code } }"
        " c: updateFlow(input: $c) { flow { version } refusals { code } } }",
        {
            "a": {"id": mine, "name": "A"},
            "b": {"id": mine, "name": "B", "expectedVersion": 1},
            "c": {"id": mine, "name": "C", "expectedVersion": 2},
        },
    )
    assert answer.data == {
        "a": {"flow": {"version": 2}, "refusals": []},
        "b": {"flow": None, "refusals": [{"code": "VERSION_CONFLICT"}]},
        "c": {"flow": {"version": 3}, "refusals": []},
    }
    assert [entry.new_values for entry in await ground.audited("update_flow")] == [{"name": "A"}, {"name": "C"}]


async def test_a_violated_constraint_that_nobody_foresaw_is_a_fault(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await ground.everything()

    async def violate(*_given: object) -> NoReturn:
        raise IntegrityError("insert", {}, Broken())

    with monkeypatch.context() as broken:
        broken.setattr(WriteSession, "flush", violate)
        assert_masked(await ask(ground, BY_NAME["updateFlow"], ground.given(BY_NAME["updateFlow"])))
    assert await ground.everything() == before
