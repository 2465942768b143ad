"""Which media type an answer has: the one that `Accept` prefers among those that there are.

A media type that is named goes before one that only a wildcard lets in. Of two that are named alike the newer one is
taken; whoever takes anything gets plain JSON, which every client understands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

JSON: Final = "application/json"
GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
EVENT_STREAM: Final = "text/event-stream"
PAGE: Final = "text/html"
LONGEST_KEPT: Final = 300
EXACTLY: Final = 2
"""How precise a range is that names one media type; `application/*` is less, and `*/*` least."""


@dataclass(frozen=True, slots=True)
class Range:
    """One media range of `Accept`, and how much it is wanted."""

    name: str
    quality: float

    @property
    def precision(self) -> int:
        """How closely it says what is wanted."""
        return 0 if self.name == "*/*" else 1 if self.name.endswith("/*") else EXACTLY

    def covers(self, media: str) -> bool:
        """Tell whether a media type is in it."""
        return self.name in {media, "*/*", f"{media.partition('/')[0]}/*"}


@dataclass(frozen=True, slots=True)
class Accepts:
    """What a client understands.

    `media` is what it is answered in, None where nothing fits. `events` says that it takes a stream, `only_events` that
    it named nothing else that there is; `page` says that it would rather have a page for people.
    """

    media: str | None
    events: bool = False
    only_events: bool = False
    page: bool = False


PLAIN: Final = Accepts(JSON)


def accepted(header: str) -> Accepts:
    """Read `Accept`; without one, plain JSON is wanted."""
    if not header.strip():
        return PLAIN
    return _kept(header) if len(header) <= LONGEST_KEPT else _read(header)


@lru_cache(maxsize=256)
def _kept(header: str) -> Accepts:
    return _read(header)


def _read(header: str) -> Accepts:
    ranges = [found for each in header.split(",") if (found := _range(each))]
    named = {each.name for each in ranges if each.quality}
    json, newer = _wanted(JSON, ranges), _wanted(GRAPHQL_RESPONSE, ranges)
    best = max(json, newer)
    is_newer = newer > json or (newer == json and newer[1] == EXACTLY)
    media = (GRAPHQL_RESPONSE if is_newer else JSON) if best[0] else None
    events = EVENT_STREAM in named
    return Accepts(
        media,
        events,
        only_events=events and not named & {JSON, GRAPHQL_RESPONSE},
        page=PAGE in named and _wanted(PAGE, ranges)[0] >= best[0],
    )


def _wanted(media: str, ranges: Sequence[Range]) -> tuple[float, int]:
    """Say how much a media type is wanted: by the most precise range that covers it."""
    covering = [each for each in ranges if each.covers(media)]
    most = max(covering, key=lambda each: each.precision, default=None)
    return (most.quality, most.precision) if most else (0.0, 0)


def _range(text: str) -> Range | None:
    """Read one range; one for another charset than ours covers nothing that there is."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    said = {key: value for key, _, value in (part.partition("=") for part in parameters)}
    if not name or said.get("charset", "utf-8").strip('"') not in {"utf-8", "utf8", "*"}:
        return None
    return Range(name, _quality(said.get("q", "1")))


def _quality(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 1.0
