"""What deliveries send is written when they are claimed, once for each event; what cannot be written stops nothing."""

from typing import Any

import orjson
from uuid_utils.compat import uuid7

from app import now
from db.dispatching import Due
from db.models.webhooks import DeliveryStatus
from resolvers.webhooks.writing import written_of

TENANT, TEAM = uuid7(), uuid7()


def a_due(
    message: str,
    wanted: dict[str, Any] | None = None,
    body: str | None = None,
    selection: str | None = None,
    **changed: str,
) -> Due:
    """Make a delivery that tells of a team."""
    return Due(
        tenant_id=TENANT,
        id=uuid7(),
        endpoint_id=uuid7(),
        message_id=message,
        event_type="team.created",
        body=body,
        attempt_count=0,
        claimed_until=now(),
        last_number=0,
        url="https://receiver.invalid/",
        filter=wanted,
        selection=selection,
        reader_id=None,
        position=1,
        occurred_at=now(),
        subject_type="Team",
        subject_id=TEAM,
        data={"changed": changed},
        secrets=[],
    )


def test_an_event_is_written_once_for_all_its_endpoints() -> None:
    first, again, other = written_of([a_due(each, name=each) for each in ("msg_1", "msg_1", "msg_2")])
    assert first.body is again.body
    assert [orjson.loads(each.body or "")["data"]["changed"]["name"] for each in (first, other)] == ["msg_1", "msg_2"]


def test_a_filter_is_each_endpoints_own() -> None:
    sent, left_out = written_of(
        [a_due("msg_1", name="Ops"), a_due("msg_1", {"changed": {"name": "Sales"}}, name="Ops")]
    )
    assert sent.status is None
    assert sent.body is not None
    assert (left_out.status, left_out.body) == (DeliveryStatus.SKIPPED, None)


def test_what_was_written_is_not_written_anew() -> None:
    [again] = written_of([a_due("msg_1", body="{}", name="Ops")])
    assert (again.body, again.status) == ("{}", None)


def test_what_cannot_be_written_is_given_up_and_keeps_no_other_waiting() -> None:
    bad, good = written_of([a_due("msg_1", manager_id="nobody"), a_due("msg_2", name="Ops")])
    assert (bad.status, bad.body) == (DeliveryStatus.DEAD, None)
    assert good.body is not None


def test_what_is_selected_is_written_later() -> None:
    [later] = written_of([a_due("msg_1", selection="{ type }", name="Ops")])
    [left_out] = written_of([a_due("msg_1", {"changed": {"name": "Sales"}}, selection="{ type }", name="Ops")])
    assert later.comes_later
    assert (left_out.comes_later, left_out.status) == (False, DeliveryStatus.SKIPPED)
