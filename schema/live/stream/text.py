"""The text of server-sent events.

Source: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md and the HTML standard, section 9.2.
"""

from typing import Any, Final

import orjson

from schema.live.told import Told

COMMENT: Final = ":\n\n"
COMPLETE: Final = "event: complete\ndata:\n\n"


def payload_of(told: Told) -> str:
    """Return an answer as JSON, whether it is one or says why there is none."""
    return told.payload if told.errors is None else written({"errors": told.errors})


def following(payload: str, cursor: str | None = None) -> str:
    """Write one answer; a browser that comes again names the last cursor that it was given."""
    line = f"id: {cursor}\n" if cursor else ""
    return f"{line}event: next\ndata: {payload}\n\n"


def following_of(name: str, payload: str) -> str:
    """Write one answer to one of several operations."""
    return f'event: next\ndata: {{"id":{written(name)},"payload":{payload}}}\n\n'


def completed_of(name: str) -> str:
    """Write that one of several operations has ended."""
    return f"event: complete\ndata: {written({'id': name})}\n\n"


def written(value: Any) -> str:
    """Write a value as JSON, which has no line break that would end the event."""
    return orjson.dumps(value).decode()
