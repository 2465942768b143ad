"""What stands in the log is shown as the API shows it: its names, its ids, its enums, and nothing that it hides."""

from typing import Any
from uuid import UUID

import pytest

from resolvers.event_types import public_data
from resolvers.ids import encode
from subscriptions.recorder import MASK

ROW = UUID("01900000-0000-7000-8000-00000000000a")
OTHER = UUID("01900000-0000-7000-8000-00000000000b")


def shown(name: str, **changed: Any) -> dict[str, Any]:
    return public_data(name, {"changed": changed})["changed"]


def test_names_ids_enums_and_instants_are_those_of_the_api() -> None:
    assert shown(
        "onboarding.new_hire.moved",
        status="active",
        manager_id=str(ROW),
        started_at="2026-06-30T14:00:00.250000+02:00",
        start_date="2026-07-01",
        position=None,
    ) == {
        "status": "ACTIVE",
        "managerId": encode("User", ROW),
        "startedAt": "2026-06-30T12:00:00.250000Z",
        "startDate": "2026-07-01",
        "position": None,
    }


def test_a_value_of_a_list_is_shown_by_its_name_in_the_api() -> None:
    assert shown("company.updated", size="2-50") == {"size": "SMALL"}
    assert shown("company.updated", size="no longer one") == {"size": "no longer one"}


def test_json_is_shown_as_it_is() -> None:
    config = {"max_length": 4, "of": [{"some_key": None}]}
    assert shown("onboarding.content_block.updated", config=config) == {"config": config}


def test_what_belongs_to_a_row_is_a_list_of_ids() -> None:
    rows = [str(ROW), str(OTHER)]
    assert shown("onboarding.flow.updated", stages=rows) == {"stages": [encode("Stage", ROW), encode("Stage", OTHER)]}
    assert shown("onboarding.stage.updated", content_blocks=rows)["contentBlocks"][1] == encode("ContentBlock", OTHER)
    assert shown("team.updated", members=rows)["members"][0] == encode("User", ROW)
    assert shown("user.updated", roles=rows)["roles"][0] == encode("Role", ROW)


def test_a_protected_value_stays_a_mark_also_where_it_was_stored_before_it_was_protected() -> None:
    assert shown("user.created", email=MASK, first_name="Ada") == {"email": MASK, "firstName": MASK}
    assert shown("onboarding.flow.updated", default_owner_id=MASK) == {"defaultOwnerId": MASK}


def test_what_the_api_hides_and_what_nobody_knows_is_left_out() -> None:
    assert shown("user.updated", failed_logins=3, password_hash=MASK, token_version=2, invitations=[str(ROW)]) == {}
    assert shown("user.updated", was_a_column_once=1, locale="de") == {"locale": "de"}
    assert public_data("nothing.of_the_kind", {"secret": 1}) == {}


def test_the_facts_of_a_named_event() -> None:
    facts = {"from": "pending", "to": "active", "new_hire_id": str(ROW), "flow_id": str(OTHER), "gone": 1}
    assert public_data("onboarding.started", facts) == {
        "from": "PENDING",
        "to": "ACTIVE",
        "newHireId": encode("NewHire", ROW),
        "flowId": encode("Flow", OTHER),
    }
    assert public_data("user.role_changed", {"given": "HR"}) == {"given": "HR"}
    locked = {"locked_until": "2026-06-30T12:00:00+00:00"}
    assert public_data("user.login_failed_locked", locked) == {"lockedUntil": "2026-06-30T12:00:00Z"}


@pytest.mark.parametrize("data", [{}, {"changed": {}}])
def test_a_row_tells_of_changes_even_of_none(data: dict[str, Any]) -> None:
    assert public_data("team.updated", data) == {"changed": {}}
