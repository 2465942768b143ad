"""What is sent of an event, and which events a filter lets through."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest

from resolvers import ids
from resolvers.webhooks.bodies import MOST_BYTES, body_of, fits

AT = datetime(2026, 6, 30, 12, tzinfo=UTC)
ROW = UUID(int=7)


def test_the_body_is_compact_and_in_order() -> None:
    body = body_of("team.created", AT, "Team", ROW, {"changed": {"name": "Ops"}})
    subject = ids.encode("Team", ROW)
    assert body == (
        '{"type":"team.created","timestamp":"2026-06-30T12:00:00Z",'
        f'"data":{{"id":"{subject}","changed":{{"name":"Ops"}}}}}}'
    )


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        ({"changed": {"b": "x" * MOST_BYTES, "a": 1}, "kept": 1}, {"changedFields": ["a", "b"], "kept": 1}),
        ({"changed": {"a": 1}, "big": "ü" * MOST_BYTES}, {}),
        ({"id": "another", "kept": 1}, {"kept": 1}),
    ],
)
def test_a_body_stays_small_and_names_its_subject(data: dict[str, Any], sent: dict[str, Any]) -> None:
    body = body_of("team.updated", AT, "Team", ROW, data)
    assert len(body.encode()) < MOST_BYTES
    assert orjson.loads(body)["data"] == {"id": ids.encode("Team", ROW), **sent}


@pytest.mark.parametrize(
    ("wanted", "through"),
    [
        (None, True),
        ({}, True),
        ({"flowId": ids.encode("Flow", ROW)}, True),
        ({"flow_id": ids.encode("Flow", ROW)}, False),
        ({"flowId": ids.encode("Flow", UUID(int=8))}, False),
        ({"flowId": ids.encode("Flow", ROW), "missing": 1}, False),
        ({"changed": {"name": "Ops"}}, True),
        ({"changed": {"name": "Sales"}}, False),
        ({"count": True}, False),
        ({"count": 1}, True),
    ],
)
def test_a_filter_wants_each_value(wanted: dict[str, Any] | None, *, through: bool) -> None:
    assert fits(wanted, {"flowId": ids.encode("Flow", ROW), "changed": {"name": "Ops", "x": 1}, "count": 1}) is through
