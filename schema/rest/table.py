"""Finds the endpoint of a path: literal segments go before variables, from left to right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from db.models.clients import RestMethod
from schema.execute.addressed.endpoint import Endpoint


@dataclass(slots=True)
class Place:
    """What lies below a segment: endpoints by method, and further segments."""

    here: dict[RestMethod, Endpoint]
    literal: dict[str, "Place"]
    variable: "Place | None" = None


@dataclass(frozen=True, slots=True)
class Found:
    """An endpoint, and what its path was given."""

    endpoint: Endpoint
    given: Mapping[str, str]


class Table:
    """Some endpoints by their addresses; of two with the same address the first one counts."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._root = Place({}, {})
        self.endpoints = [each for each in endpoints if self._put(each)]

    def _put(self, endpoint: Endpoint) -> bool:
        place = self._root
        for segment in endpoint.address.shape:
            if segment is None:
                place.variable = below = place.variable or Place({}, {})
            else:
                below = place.literal.setdefault(segment, Place({}, {}))
            place = below
        return place.here.setdefault(endpoint.address.method, endpoint) is endpoint

    def at(self, segments: Sequence[str]) -> Mapping[RestMethod, Endpoint]:
        """Return the endpoints of a path by their methods; none where there is nothing."""
        found: dict[RestMethod, Endpoint] = {}
        for place in _places(self._root, segments):
            for method, endpoint in place.here.items():
                found.setdefault(method, endpoint)
        return found


def _places(place: Place, segments: Sequence[str]) -> Iterator[Place]:
    if not segments:
        yield place
        return
    below = place.literal.get(segments[0])
    if below:
        yield from _places(below, segments[1:])
    if place.variable and segments[0]:
        yield from _places(place.variable, segments[1:])


def given_in(endpoint: Endpoint, segments: Sequence[str]) -> dict[str, str]:
    """Return what the variables of an endpoint's path are given."""
    pairs = zip(endpoint.address.segments, segments, strict=True)
    return {named[1:-1]: segment for named, segment in pairs if named.startswith("{")}
