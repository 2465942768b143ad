"""What a seat is given: one answer to a subscription, as JSON, or why there are no more."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson

from schema.answering import Answered

Clock = Callable[[], datetime]
TRY_AGAIN: Final = (1.0, 2.0, 5.0, 10.0)
"""Seconds after which what cannot be answered for the moment is answered again."""

HANDED: Final = 1
"""Points that it costs to be given a message."""

PASSING: Final = frozenset({"UNAVAILABLE", "TIMEOUT"})


@dataclass(frozen=True, slots=True)
class Told:
    """What a seat is given: an answer as JSON with its cursor, and whether it is the last; or errors, the last always.

    `passing` says of a fault that the answer may be another one when it is asked for again.
    `codes` are those of its errors; `points` is what it costs whoever is given it.
    """

    payload: str = ""
    last: bool = False
    errors: list[dict[str, Any]] | None = None
    passing: bool = False
    cursor: str | None = None
    codes: Sequence[str] = ()
    points: float = 0.0

    def shared(self, seats: int) -> "Told":
        """Return it as so many are given it, who share what it has cost to work out."""
        return self if seats < 2 else replace(self, points=HANDED + (self.points - HANDED) / seats)  # noqa: PLR2004


def told_of(answered: Answered, cursor: str | None = None) -> Told:
    """Return an answer as it is given to seats. One without a state is the last: what is not there will not come."""
    body = answered.body()
    codes = [error["extensions"]["code"] for error in body.get("errors", [])]
    passing = not PASSING.isdisjoint(codes)
    if answered.never_ran:
        return Told(last=True, errors=body["errors"], passing=passing, codes=codes)
    is_over = answered.data is None or None in answered.data.values()
    points = HANDED + answered.points
    return Told(orjson.dumps(body).decode(), last=is_over, passing=passing, cursor=cursor, codes=codes, points=points)
