"""What is sent of an event: `type`, `timestamp` and `data` (Standard Webhooks), written once and sent byte for byte.

`data` is that of the event as the API shows it, with the global id of its subject as `id`. A body has less than 20 KB:
of a bigger event only the names of the changed fields are sent, and whoever wants the rest asks for it. Of an endpoint
with a selection, `data` is what that answers, with `errors` and `extensions` as in GraphQL; null, where it is too big.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, cast
from uuid import UUID

import orjson

from resolvers import ids
from resolvers.webhooks.selecting import Answer

MOST_BYTES: Final = 20_000
CHANGED: Final = "changed"
TOO_BIG: Final = "COST_EXCEEDED"


def body_of(
    event_type: str, occurred_at: datetime, subject_type: str, subject_id: UUID, data: Mapping[str, Any]
) -> str:
    """Write the body of an event."""
    subject = {"id": ids.encode(subject_type, subject_id)}
    rest = {name: value for name, value in data.items() if name != "id"}
    for shown in (rest, _thin(rest), {}):
        body = _written(event_type, occurred_at, {**subject, **shown})
        if len(body) < MOST_BYTES:
            break
    return body.decode()


def selected_body_of(
    event_type: str, occurred_at: datetime, subject_type: str, subject_id: UUID, answer: Answer
) -> str:
    """Write the body of an event of which something is selected: as GraphQL answers, under the type and the timestamp.

    Where there is no data, the subject is named, so that whoever is sent it can ask.
    """
    subject = ids.encode(subject_type, subject_id)
    body = _answered(event_type, occurred_at, answer, subject)
    if len(body) >= MOST_BYTES:
        message = (
            f"What is selected has {len(body)} bytes; a body has less than {MOST_BYTES}. Select less, or ask for it."
        )
        too_big = {"message": message, "extensions": {"code": TOO_BIG}}
        body = _answered(event_type, occurred_at, Answer(None, [too_big]), subject)
    return body.decode()


def _answered(event_type: str, occurred_at: datetime, answer: Answer, subject: str) -> bytes:
    beside = {
        "subject": subject if answer.data is None else None,
        "errors": answer.errors,
        "extensions": {"hidden": answer.hidden} if answer.hidden else None,
    }
    return _written(event_type, occurred_at, answer.data, **{name: value for name, value in beside.items() if value})


def _written(event_type: str, occurred_at: datetime, data: Mapping[str, Any] | None, **beside: Any) -> bytes:
    moment = occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return orjson.dumps({"type": event_type, "timestamp": moment, "data": data, **beside})


def _thin(data: Mapping[str, Any]) -> dict[str, Any]:
    changed = data.get(CHANGED)
    rest = {name: value for name, value in data.items() if name != CHANGED}
    return {**rest, "changedFields": sorted(cast("dict[str, Any]", changed))} if isinstance(changed, dict) else rest


def fits(wanted: Mapping[str, Any] | None, data: Mapping[str, Any]) -> bool:
    """Tell whether an event's data, as it is sent, has every value of a filter."""
    return all(_equal(value, data.get(name)) for name, value in (wanted or {}).items())


def _equal(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(found, dict) and fits(cast("dict[str, Any]", wanted), cast("dict[str, Any]", found))
    # What is true is not 1, although Python says so.
    return wanted == found and isinstance(wanted, bool) == isinstance(found, bool)
