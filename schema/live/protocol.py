"""The messages of `graphql-transport-ws`, and the codes with which a connection is closed.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. The stock client tries again after 1012, 1013
and 4403, and gives up for good after 4400, 4401, 4406, 4409 and 4429; the codes are chosen by that.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import orjson

from schema.documents.asking import names_document

PROTOCOL: Final = "graphql-transport-ws"
LARGEST: Final = 1_048_576
LONGEST_REASON: Final = 123
INVALID: Final = "Invalid message received"
ACKNOWLEDGED: Final = '{"type":"connection_ack"}'


class Code(IntEnum):
    """Why a connection is closed."""

    TOO_LARGE = 1009
    LATER = 1013
    INVALID = 4400
    NEVER = 4401
    SIGN_IN_AGAIN = 4403
    OTHER_PROTOCOL = 4406
    NO_BEGINNING = 4408
    ID_TAKEN = 4409
    BEGUN_TWICE = 4429


class Closing(Exception):
    """The connection is to be closed; the reason says why, in as many bytes as a frame has for it."""

    def __init__(self, code: Code, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason.encode()[:LONGEST_REASON].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Received:
    """A message from the client; the id is empty where its type has none."""

    type: str
    id: str
    payload: dict[str, Any] | None


def received(text: str) -> Received:
    """Read a message. What is none of the protocol's ends the connection."""
    if len(text) > LARGEST:
        raise Closing(Code.TOO_LARGE, f"A message has at most {LARGEST} characters")
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Closing(Code.INVALID, INVALID) from None
    if not isinstance(said, dict) or not isinstance(said.get("type"), str):
        raise Closing(Code.INVALID, INVALID)
    return _checked(said["type"], said.get("id"), said.get("payload"))


def _checked(kind: str, name: Any, payload: Any) -> Received:
    """Hold a message against what its type has: an id for operations, an object as payload."""
    if payload is not None and not isinstance(payload, dict):
        raise Closing(Code.INVALID, f"The payload of {kind[:20]!r} must be an object")
    if kind in {"subscribe", "complete"} and (not isinstance(name, str) or not name):
        raise Closing(Code.INVALID, f"A {kind!r} message must have an id")
    if kind == "subscribe" and (payload is None or not _asks(payload)):
        raise Closing(Code.INVALID, "The payload of 'subscribe' must have a query")
    return Received(kind, name if isinstance(name, str) else "", payload)


def _asks(payload: dict[str, Any]) -> bool:
    return isinstance(payload.get("query"), str) or names_document(payload)


def pong(payload: dict[str, Any] | None) -> str:
    """Write the answer to a ping."""
    return _written({"type": "pong"} | ({"payload": payload} if payload is not None else {}))


def beginning(name: str) -> str:
    """Write how each answer to an operation begins."""
    return f'{{"id":{_written(name)},"type":"next","payload":'


def following(begun: str, payload: str) -> str:
    """Write one answer to an operation, which begins as all do; the payload is JSON already, as it goes to many."""
    return f"{begun}{payload}}}"


def refused(name: str, errors: list[dict[str, Any]]) -> str:
    """Write why an operation did not begin; it has ended with that."""
    return _written({"id": name, "type": "error", "payload": errors})


def completed(name: str) -> str:
    """Write that an operation has ended."""
    return _written({"id": name, "type": "complete"})


def _written(value: Any) -> str:
    return orjson.dumps(value).decode()
