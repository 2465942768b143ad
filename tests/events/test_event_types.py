"""The catalogue in the API: who may ask for it, what is asked for, and what it says."""

from typing import Any

import pytest

from resolvers.event_types import event_forms
from tests.world import CompanyWorld, Person

ALL = "type description subjectType needs schemaVersion dataSchema example emittedBy"


async def types(person: Person, matching: str | None = None, fields: str = "type") -> list[dict[str, Any]]:
    asked = f"query($matching: String) {{ eventTypes(matching: $matching) {{ {fields} }} }}"
    return (await person.ask(asked, {"matching": matching})).data["eventTypes"]


async def test_it_lists_every_type_with_its_form(hr: Person) -> None:
    found = await types(hr, fields=ALL)
    assert [each["type"] for each in found] == sorted(event_forms())
    for each in found:
        form = event_forms()[each["type"]]
        assert (each["dataSchema"], each["example"]) == (form.schema, form.example)
        assert (each["description"], each["subjectType"]) == (form.description, form.subject)
        assert (each["schemaVersion"], each["emittedBy"]) == (form.version, sorted(each["emittedBy"]))


async def test_it_says_what_a_type_comes_from_and_who_is_shown_it(hr: Person) -> None:
    found = {each["type"]: each for each in await types(hr, fields=ALL)}
    assert found["team.member_added"] == {
        "type": "team.member_added",
        "description": "Somebody has joined a team.",
        "subjectType": "Team",
        "needs": "users.read",
        "schemaVersion": 1,
        "dataSchema": event_forms()["team.member_added"].schema,
        "example": {"userId": "User_01900000-0000-7000-8000-000000000001", "role": "LEAD"},
        "emittedBy": ["addTeamMember"],
    }
    assert found["onboarding.reminder.sent"]["emittedBy"] == ["job send_reminders"]
    assert found["onboarding.started"]["emittedBy"] == ["startOnboarding"]
    assert found["user.signed_in"]["emittedBy"] == ["completeLogin", "completeSso", "login"]
    assert found["file.moved"]["emittedBy"] == ["PUT /files/upload", "eraseNewHire", "eraseUser"]
    assert (found["file.moved"]["needs"], found["role.updated"]["emittedBy"]) == (None, ["updateRole"])


@pytest.mark.parametrize(
    ("matching", "expected"),
    [
        ("onboarding.flow.*", {name for name in event_forms() if name.startswith("onboarding.flow.")}),
        ("user.invited", {"user.invited"}),
        ("*", set(event_forms())),
        ("payroll.*", set[str]()),
    ],
)
async def test_a_pattern_narrows_it_as_it_does_events(hr: Person, matching: str, expected: set[str]) -> None:
    assert {each["type"] for each in await types(hr, matching)} == expected


async def test_what_is_no_pattern_is_refused(hr: Person) -> None:
    answer = await hr.ask('{ eventTypes(matching: "Onboarding") { type } }')
    assert (answer.codes, answer.errors[0]["extensions"]["inputPath"]) == (["BAD_USER_INPUT"], ["matching"])


async def test_who_may_not_follow_events_is_not_told_of_them(company: CompanyWorld) -> None:
    sales = await company.person("SALES")
    assert (await sales.ask("{ eventTypes { type } }")).codes == ["FORBIDDEN"]
    assert (await company.stranger().ask("{ eventTypes { type } }")).codes == ["UNAUTHENTICATED"]
