"""The same command given twice under one key is done once, whatever the mutation."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from auth.permissions import CATALOGUE
from db.models.hr import LeaveType
from db.models.onboarding import Progress
from resolvers.identity import standing
from schema.derive import ids
from tests.commands.conftest import Still
from tests.commands.ground import BY_NAME, Command, Ground, unknown_id

KEY = {"idempotencyKey": "order-66"}
OF_STAFF = {
    "locationId": "WorkLocation",
    "holidayListId": "HolidayList",
    "employeeId": "Employee",
    "departmentId": "Department",
}


def refused_input(command: Command, ground: Ground) -> dict[str, Any]:
    """Return an input that a mutation refuses once it runs."""
    given = ground.given(command) | KEY
    if command.operation.subject:
        return given | {"expectedVersion": 99}
    nothing: dict[str, Any] = {
        "id": unknown_id(Progress),
        "flowId": unknown_id(type(ground.flow)),
        "stageId": unknown_id(type(ground.stages[0])),
        "leaveTypeId": unknown_id(LeaveType),
        "policyId": unknown_id(type(ground.approvals.policy)),
        **{name: ids.encode(type_name, UUID(int=7)) for name, type_name in OF_STAFF.items()},
        "toDate": "2020-01-01",
        "until": "2020-01-01T00:00:00Z",
    }
    for name, value in nothing.items():
        if name in given:
            return given | {name: value}
    texts = {"rehearsal": "type", "providerId": "groupName", "clientId": "version", "firstName": "firstName"}
    return given | {next((text for name, text in texts.items() if name in given), "name"): " "}


async def test_the_second_call_gets_the_first_ones_answer_and_another_is_a_conflict(
    command: Command, ground: Ground
) -> None:
    given = ground.given(command) | KEY
    first = await ground.run(command, given)
    before = await ground.everything()
    assert await ground.run(command, given) == first
    assert first["refusals"] == []
    await _conflicts(command, ground, other_input(command, ground) | KEY)
    assert await ground.everything() == before


async def _conflicts(command: Command, ground: Ground, given: dict[str, Any]) -> None:
    """Check that what is given does not go with a key that was used already."""
    [refusal] = (await ground.run(command, given))["refusals"]
    assert (refusal["code"], refusal["path"]) == ("IDEMPOTENCY_CONFLICT", ["input", "idempotencyKey"])


def another(value: list[Any] | bool | dict[str, Any]) -> Any:  # noqa: FBT001 - a value of any kind
    """Return another value of the same kind."""
    if isinstance(value, list):
        return value[::-1] if value[::-1] != value else [*value, *value]
    return not value if isinstance(value, bool) else {"country": ["AT"]}


def other_input(command: Command, ground: Ground) -> dict[str, Any]:
    """Return an input that differs in one argument, at the end of its list."""
    given = ground.given(command)
    name, value = list(given.items())[-1]
    if isinstance(value, list | bool | dict):
        return given | {name: another(value)}
    if name == "id" and command.operation.subject is None:
        return given | {name: ids.encode(_type_of(value), UUID(int=7))}
    if name == "id":
        assert command.operation.subject
        assert command.operation.subject.model
        return given | {name: unknown_id(command.operation.subject.model)}
    if name.endswith("Id"):
        return given | {name: ids.encode(_type_of(value), UUID(int=7))}
    different = {
        "FREE": "SEQUENTIAL",
        **dict.fromkeys(("New address", "New name", "New soc_code", "New cost_center"), "Other"),
        "2026-08-03": "2026-08-04",
        "2031-03-31": "2031-03-30",
        "2031-12-31": "2031-12-30",
        "12.5000": "13.0000",
        "ada@example.com": "grace@example.com",
        "HOUR": "YEAR",
        "LEAD": "MEMBER",
        **dict.fromkeys(("PUBLIC", "PRIVATE"), "TEAM"),
        "TENANT": "REPORTS",
        "Europe/Berlin": "UTC",
        "In a few words": "So",
        "employee.legal_name": "employee.birth_date",
        "{ type subject { id } }": "{ id }",
        "2099-01-01T00:00:00Z": "2098-01-01T00:00:00Z",
        str(given.get("until")): "2020-01-01T00:00:00Z",
    }
    return given | {name: different[value] if isinstance(value, str) else 9}


def _type_of(value: str) -> str:
    found = ids.decode(value)
    assert found
    return found.type_name


ABOUT_ONE = [command.name for command in BY_NAME.values() if command.operation.subject]


@pytest.mark.parametrize("command", ABOUT_ONE, indirect=True)
async def test_the_same_key_with_another_expected_version_is_a_conflict(command: Command, ground: Ground) -> None:
    given = ground.given(command) | KEY
    assert (await ground.run(command, given | {"expectedVersion": 1}))["refusals"] == []
    before = await ground.everything()
    for version in (2, None):
        await _conflicts(command, ground, given | {"expectedVersion": version})
    assert await ground.everything() == before


async def test_a_refusal_is_replayed_with_all_it_said(command: Command, ground: Ground) -> None:
    given = refused_input(command, ground)
    first = await ground.run(command, given)
    before = await ground.everything()
    assert len(first["refusals"]) == 1
    assert await ground.run(command, given) == first
    assert await ground.everything() == before
    assert [(row.operation, row.key) for row in await ground.keys()] == [(command.operation.name, "order-66")]
    assert await ground.audited(command.operation.name) == []


async def test_two_calls_at_once_have_one_effect_and_one_answer(command: Command, ground: Ground) -> None:
    given = ground.given(command) | KEY
    one, other = await asyncio.gather(ground.run(command, given), ground.run(command, given))
    assert one == other
    assert one["refusals"] == []
    assert len({entry.request_id for entry in await ground.audited(command.operation.name)}) == 1
    assert len(await ground.keys()) == 1


async def test_another_persons_equal_key_is_another_key(command: Command, ground: Ground) -> None:
    somebody = await ground.company.person("ADMIN")
    given = ground.given(command) | KEY
    first = await ground.run(command, given)
    await ground.run(command, given, somebody)
    assert _but_version(command, await ground.run(command, given)) == _but_version(command, first)
    owners = {row.actor_id for row in await ground.keys()}
    assert owners == {ground.person.asking.principal.id, somebody.asking.principal.id}


def _but_version(command: Command, payload: dict[str, Any]) -> dict[str, Any]:
    """Leave out the version: where both did something, the second raised it."""
    result = payload[command.result]
    return payload | {command.result: result | {"version": 0} if isinstance(result, dict) else result}


async def test_a_key_counts_for_a_day_and_no_longer(command: Command, ground: Ground) -> None:
    given = ground.given(command) | KEY
    first = await ground.run(command, given)
    await age(ground, "23 hours 59 minutes")
    shortly_before = await ground.everything()
    assert await ground.run(command, given) == first
    assert await ground.everything() == shortly_before
    await age(ground, "1 minute")
    before = await ground.keys()
    answers = await asyncio.gather(*(ground.run(command, given) for _ in range(3)))
    assert answers[0] == answers[1] == answers[2]
    [after] = await ground.keys()
    assert after.created_at > before[0].created_at


async def age(ground: Ground, by: str) -> None:
    """Make the stored keys older."""
    await ground.company.rows(
        "update pool.idempotency_keys set created_at = created_at - cast(:by as text)::interval"
        " where tenant_id = :tenant returning id",
        by=by,
    )


async def test_a_dry_run_neither_stores_a_key_nor_reads_one(command: Command, ground: Ground) -> None:
    trial = ground.given(command) | KEY | {"dryRun": True}
    before = await ground.everything()
    assert (await ground.run(command, trial))["refusals"] == []
    assert await ground.everything() == before
    await ground.run(command, ground.given(command) | KEY)
    tried = await ground.run(command, other_input(command, ground) | KEY | {"dryRun": True})
    assert "IDEMPOTENCY_CONFLICT" not in [refusal["code"] for refusal in tried["refusals"]]


async def test_a_replay_of_what_is_gone_since_says_so(ground: Ground) -> None:
    given = {"name": "One", "durationDays": 1} | KEY
    made = await ground.run(BY_NAME["createFlow"], given)
    await ground.run(BY_NAME["deleteFlow"], {"id": made["flow"]["id"]})
    again = await ground.run(BY_NAME["createFlow"], given)
    assert again["flow"] is None
    assert [(refusal["code"], refusal["path"]) for refusal in again["refusals"]] == [("NOT_FOUND", [])]


async def test_a_key_is_of_one_operation(ground: Ground) -> None:
    await ground.run(BY_NAME["createFlow"], {"name": "One", "durationDays": 1} | KEY)
    await ground.run(BY_NAME["updateFlow"], {"id": ground.id_of(type(ground.flow)), "name": "Two"} | KEY)
    assert sorted(row.operation for row in await ground.keys()) == ["create_flow", "update_flow"]


async def test_a_key_is_of_one_company(stills: Still) -> None:
    here, there = await stills("mine"), await stills("theirs")
    given = {"name": "One", "durationDays": 1} | KEY
    one, other = [await each.run(BY_NAME["createFlow"], given) for each in (here, there)]
    assert one["flow"]["id"] != other["flow"]["id"]
    assert [len(await each.keys()) for each in (here, there)] == [1, 1]


async def test_a_refusal_stays_even_when_its_cause_is_gone(ground: Ground) -> None:
    empty = await ground.run(BY_NAME["createFlow"], {"name": "Empty", "durationDays": 1})
    publish = {"id": empty["flow"]["id"]}
    refused = await ground.run(BY_NAME["publishFlow"], publish | KEY)
    assert [refusal["code"] for refusal in refused["refusals"]] == ["EMPTY_FLOW"]
    stage = await ground.run(BY_NAME["addStage"], {"flowId": publish["id"], "name": "Welcome"})
    await ground.run(BY_NAME["addContentBlock"], {"stageId": stage["stage"]["id"], "type": "text_input"})
    assert await ground.run(BY_NAME["publishFlow"], publish | KEY) == refused
    assert (await ground.run(BY_NAME["publishFlow"], publish | {"idempotencyKey": "order-67"}))["refusals"] == []


async def test_a_replay_shows_the_object_as_it_is_now_in_the_selection_of_now(ground: Ground) -> None:
    made = await ground.run(BY_NAME["createFlow"], {"name": "One", "durationDays": 1} | KEY)
    await ground.run(BY_NAME["updateFlow"], {"id": made["flow"]["id"], "name": "Two"})
    again = await ground.person.do(
        "createFlow", {"name": "One", "durationDays": 1} | KEY, "flow { name stages { totalCount } }"
    )
    assert again["flow"] == {"name": "Two", "stages": {"totalCount": 0}}


async def test_a_replay_is_read_with_the_permissions_of_now(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = ground.id_of(type(ground.profile))
    await ground.person.do("updateCompany", {"id": mine, "taxId": "DE 1"}, "company { taxId }")
    given = {"id": mine, "industry": "Bakery"} | KEY
    first = await ground.person.do("updateCompany", given, "company { taxId }")
    assert first["company"] == {"taxId": "DE 1"}
    monkeypatch.setattr(standing, "permissions_of", lambda _names: set(CATALOGUE) - {"company.read_tax_id"})
    ground.company.world.parts.identity.forget(ground.company.tenant.placement)
    again = await ground.person.do("updateCompany", given, "company { taxId }")
    assert again["company"] == {"taxId": None}
    monkeypatch.setattr(standing, "permissions_of", lambda _names: {"company.read"})
    ground.company.world.parts.identity.forget(ground.company.tenant.placement)
    refused = await ground.person.ask(
        "mutation($input: UpdateCompanyInput!) { updateCompany(input: $input) { company { id } } }", {"input": given}
    )
    assert refused.codes == ["FORBIDDEN"]


async def test_what_a_key_keeps_tells_nothing_of_the_input(ground: Ground) -> None:
    await ground.run(BY_NAME["updateCompany"], {"id": ground.id_of(type(ground.profile)), "taxId": "DE 777"} | KEY)
    [row] = await ground.company.rows("select t::text from pool.idempotency_keys t where tenant_id = :tenant")
    assert "DE 777" not in row[0]
    assert b"DE 777".hex() not in row[0]
    [(result,)] = await ground.company.rows("select result from pool.idempotency_keys where tenant_id = :tenant")
    assert result == {"id": str(ground.profile.id), "deleted": None}


async def test_equal_input_of_two_companies_has_two_fingerprints(stills: Still) -> None:
    """A plain hash of a short secret could be guessed; this one needs the company's key."""
    hashes = set()
    for name in ("mine", "theirs"):
        ground = await stills(name)
        await ground.run(BY_NAME["createFlow"], {"name": "One", "durationDays": 1} | KEY)
        [(found,)] = await ground.company.rows("select input_hash from pool.idempotency_keys where tenant_id = :tenant")
        hashes.add(found)
    assert len(hashes) == 2
    assert {len(each) for each in hashes} == {32}


async def test_a_replay_of_a_deletion_still_names_what_is_gone(ground: Ground) -> None:
    given = {"id": ground.siblings(type(ground.stages[0]))[1]} | KEY
    assert (await ground.run(BY_NAME["deleteStage"], given))["deletedId"] == given["id"]
    assert (await ground.run(BY_NAME["deleteStage"], given))["deletedId"] == given["id"]
    assert (await ground.run(BY_NAME["deleteStage"], {"id": given["id"]}))["refusals"][0]["code"] == "NOT_FOUND"
