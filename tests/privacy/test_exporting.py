"""Handing out somebody's data: all of it, nothing of anybody else, no secret, and not without a trace."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from app import now
from resolvers.ids import encode
from tests.files.depot import Depot
from tests.identity.builders import Clock, caller
from tests.identity.second_factors import guarded
from tests.onboarding.hires.builders import row_of
from tests.privacy.people import (
    ANSWER,
    COMMENT,
    EMAIL,
    FILENAME,
    FIRST,
    LAST,
    PHONE,
    Colleague,
    Gone,
    a_colleague,
    a_leaver,
    erase,
    whole_trail,
)
from tests.world import CompanyWorld, Person

DATA = "personalData { about madeAt records { type id values } files { filename url } }"


@pytest.fixture
async def gone(company: CompanyWorld, depot: Depot) -> Gone:
    return await a_leaver(company, depot)


@pytest.fixture
async def colleague(company: CompanyWorld) -> Colleague:
    return await a_colleague(company)


async def export(person: Person, mutation: str, target: str | None = None, **more: Any) -> dict[str, Any]:
    return await person.do(mutation, {"id": target, **more} if target else more, DATA)


async def told(company: CompanyWorld, event: str) -> Sequence[Any]:
    return await company.rows(
        "select subject_id, data from pool.event_outbox where tenant_id = :tenant and type = :type", type=event
    )


async def test_all_that_is_kept_of_a_new_hire_is_handed_out(gone: Gone, depot: Depot) -> None:
    other, _ = await gone.flow.begun(firstName="Somebody", lastName="Else", email="else@private.example")
    payload = await export(gone.owner, "exportNewHireData", gone.hire)
    assert payload["refusals"] == []
    data = payload["personalData"]
    text = orjson.dumps(data).decode()
    assert data["about"] == gone.hire
    assert [each for each in (FIRST, LAST, EMAIL, PHONE, ANSWER, COMMENT, FILENAME) if each not in text] == []
    assert [each for each in ("Somebody", "else@private.example", other) if each in text] == []
    assert {each["type"] for each in data["records"]} == {"NewHire", "Progress", "EmailMessage", "StoredFile"}
    hire = next(each["values"] for each in data["records"] if each["type"] == "NewHire")
    assert (hire["firstName"], hire["personalPhone"], hire["status"]) == (FIRST, PHONE, "CANCELLED")
    assert hire["flowId"] == gone.flow.id
    assert "createdBy" not in hire
    [file] = data["files"]
    assert (await gone.owner.http.get(file["url"])).status_code == 200
    [(subject, facts)] = await told(gone.company, "onboarding.data_exported")
    assert subject == gone.row
    assert FIRST not in orjson.dumps(facts).decode()
    entries = [each for each in await whole_trail(gone.owner) if each["operation"] == "export_new_hire_data"]
    assert [(each["entityId"], each["oldValues"], each["newValues"]) for each in entries] == [(gone.hire, {}, {})]


async def test_what_is_kept_of_a_user_is_handed_out_and_no_secret_of_theirs(
    company: CompanyWorld, colleague: Colleague
) -> None:
    data = (await export(colleague.owner, "exportUserData", colleague.user))["personalData"]
    text = orjson.dumps(data).decode()
    assert all(each in text for each in (FIRST, LAST))
    assert {"User", "UserSession", "EmailMessage"} <= {each["type"] for each in data["records"]}
    user = next(each["values"] for each in data["records"] if each["type"] == "User")
    assert "passwordHash" not in user
    assert "tokenVersion" not in user
    [(password,)] = await company.rows("select password_hash from pool.users where id = :id", id=row_of(colleague.user))
    assert password
    assert password not in text
    [(subject, _)] = await told(company, "user.data_exported")
    assert subject == row_of(colleague.user)


async def test_everybody_has_their_own(company: CompanyWorld) -> None:
    member, other = await company.person("MEMBER"), await company.person("HR")
    data = (await export(member, "exportOwnData"))["personalData"]
    assert member.asking.principal.id
    assert data["about"] == encode("User", member.asking.principal.id)
    text = orjson.dumps(data).decode()
    assert member.asking.principal.name in text
    assert other.asking.principal.name not in text
    for mutation, target in (("exportUserData", data["about"]), ("exportNewHireData", data["about"])):
        answer = await member.ask(
            f"mutation($id: ID!) {{ {mutation}(input: {{ id: $id }}) {{ {DATA} }} }}", {"id": target}
        )
        assert (answer.codes, answer.errors[0]["extensions"]["permission"]) == (["FORBIDDEN"], "privacy.export")
    assert len(await told(company, "user.data_exported")) == 1


@pytest.mark.parametrize("contract", [{"dryRun": True}, {"idempotencyKey": "once"}])
async def test_nothing_is_handed_out_without_a_trace(colleague: Colleague, contract: dict[str, Any]) -> None:
    company = colleague.owner
    if "idempotencyKey" in contract:
        assert (await export(company, "exportUserData", colleague.user, **contract))["personalData"]
    payload = await export(company, "exportUserData", colleague.user, **contract)
    assert (payload["refusals"], payload["personalData"]) == ([], None)


async def test_of_who_was_erased_nothing_is_left(company: CompanyWorld, gone: Gone, colleague: Colleague) -> None:
    for kind, target in (("NewHire", gone.hire), ("User", colleague.user)):
        assert (await erase(gone.owner, f"erase{kind}", target))["refusals"] == []
        payload = await export(gone.owner, f"export{kind}Data", target)
        assert [each["code"] for each in payload["refusals"]] == ["PERSON_ERASED"]
    assert await told(company, "user.data_exported") == []


async def test_a_second_factor_goes_with_whom_it_belongs_to(company: CompanyWorld) -> None:
    person, owner = await company.person("HR"), await company.person("OWNER")
    secret = (await guarded(caller(company), Clock(now()), person.asking.principal.name)).app.secret
    assert person.asking.principal.id
    row = person.asking.principal.id
    text = orjson.dumps((await export(owner, "exportUserData", encode("User", row)))["personalData"]).decode()
    assert secret not in text
    assert '"mfaEnabled":true' in text
    assert (await owner.do("deactivateUser", {"id": encode("User", row)}))["refusals"] == []
    assert (await erase(owner, "eraseUser", encode("User", row)))["refusals"] == []
    for table in ("second_factors", "recovery_codes"):
        assert await company.rows(f"select id from pool.{table} where user_id = :user", user=row) == []
    [(enabled,)] = await company.rows("select mfa_enabled from pool.users where id = :user", user=row)
    assert enabled is False
