"""Asks everything that can be asked: every field, and every page under every order, filter and size.

What one company is answered must not depend on another being there: the answers before the other exists and after are
the same to the letter, and hold nothing of it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from graphql import GraphQLEnumType, GraphQLID, GraphQLInputObjectType, GraphQLObjectType, is_required_input_field

from schema.derive import ids
from tests.wall.filling import Filling
from tests.wall.foreign import AT_ONCE, PAGE
from tests.wall.found import lasting
from tests.wall.graph import (
    SCHEMA,
    Document,
    Question,
    Route,
    Word,
    alike,
    document,
    is_connection,
    kind_of,
    needs_arguments,
    of_sessions,
    root,
    routes,
    selected,
)
from tests.wall.parties import ENTITIES, Party, a_mark, a_party
from tests.wall.slots import ANY, Kind, NoSample, Step, is_list
from tests.wall.tally import Tally
from tests.wall.walker import Walker, takes_cursor
from tests.world import Person, World

WHOLE_AT_ONCE = 2
"""Objects with all that is in them in one request: more of them are more than a request may cost."""
OF_A_LIST = 3
"""So many ids are given where a field takes a list: of some types a company has more with each thing it does."""

PROBES: Mapping[str, Sequence[Any]] = {
    "Int": [0, 2],
    "Float": [0.0],
    "Boolean": [True, False],
    "Date": ["2020-01-01"],
    "DateTime": ["2020-01-01T00:00:00Z"],
    "LocalTime": ["00:00"],
    "Decimal": ["0.00"],
    "CountryCode": ["DE"],
    "CurrencyCode": ["EUR"],
    "TimeZone": ["UTC"],
    "HexColor": ["#000000"],
}
"""What is asked for by each scalar, beside the texts, which look for the other company's mark."""
ENTITIES_DEEP = 2
OF_NAMED = 30
"""By how many times fewer ways there must be for one object fewer of each two to be asked for by its id."""
OF_TEXT: Mapping[str, str] = {"String": "{0}", "EmailAddress": "owner@{0}-co.example", "URL": "https://{0}.example/"}


def every_question(party: Party, sought: str, *, depth: int = 2, of: int = 1, at_once: int = AT_ONCE) -> list[Document]:
    """Every query of a company: all fields, its own objects by id, and every page in every way.

    `sought` is the mark that the filters look for; `depth` bounds how many input objects stand in one another. Of the
    ways to ask for a page, one `of` so many is taken, and so many stand `at_once` in one request; where few are taken,
    so are of the objects by id.
    """
    named = list(by_id(party, 1))[:: 1 + of // OF_NAMED]
    ways = list(every_way(sought, depth))[::of]
    singly = [document(each) for each in whole(ENTITIES_DEEP)]
    together = [*alike(named, WHOLE_AT_ONCE), *alike(ways, at_once)]
    return singly + [document(*each) for each in together]


def whole(entities: int) -> Iterator[Question]:
    """Each field of the root that needs no argument, with all that is in it."""
    for name, field in root(SCHEMA, "query").fields.items():
        if not needs_arguments(field) and not of_sessions(field):
            yield Question((name,), {}, selected(kind_of(field), entities))


def by_id(party: Party, entities: int) -> Iterator[Question]:
    """Each field of the root that takes ids, with those of the company's own objects."""
    filling = Filling(party)
    for slot in Walker(depth=1).slots():
        if slot.operation == "query" and slot.kind is Kind.ID and len(slot.route) == len(slot.steps) == 1:
            field = root(SCHEMA, "query").fields[slot.route[0]]
            for name in ENTITIES if slot.named == ANY else [slot.named]:
                own = filling.own(name, slot.steps[0])
                own = own[:OF_A_LIST] if slot.steps[0].listed else own
                chosen = selected(kind_of(field), entities, name)
                yield Question(slot.route, filling.arguments(slot, field, own), chosen)


def every_way(sought: str, depth: int) -> Iterator[Question]:
    """Each page that there is, under each of its arguments with each value."""
    for route, field in pages():
        for name, argument in field.args.items():
            chosen = PAGE if name == "where" else selected(kind_of(field), -1)
            step = Step(name, None, is_list(argument.type))
            if not takes_cursor(step, kind_of(argument), field):
                for value in values_of(kind_of(argument), sought, depth):
                    yield Question(route, {name: [value] if step.listed else value}, chosen)


def pages() -> Iterator[tuple[Route, Any]]:
    """Each field that returns a page, with the way to it."""
    for name, route in routes().items():
        kind = SCHEMA.type_map[name]
        assert isinstance(kind, GraphQLObjectType)
        for field_name, field in kind.fields.items():
            if is_connection(kind_of(field)):
                yield (*route, field_name), field


def values_of(kind: Any, sought: str, depth: int) -> Iterator[Any]:
    """Each value of an input type that is tried; ids are tried elsewhere."""
    if isinstance(kind, GraphQLInputObjectType):
        yield from objects_of(kind, sought, depth) if depth else ()
    elif isinstance(kind, GraphQLEnumType):
        yield from map(Word, kind.values)
    elif kind.name in OF_TEXT:
        yield OF_TEXT[kind.name].format(sought)
    elif kind.name == "JSON":
        yield from ({}, {"note": sought})
    elif kind.name in PROBES:
        yield from PROBES[kind.name]
    elif kind is not GraphQLID:
        raise NoSample(f"no sample for {kind.name}: put one into PROBES")


def objects_of(kind: GraphQLInputObjectType, sought: str, depth: int) -> Iterator[dict[str, Any]]:
    """Each object of an input type with one field."""
    assert not any(is_required_input_field(each) for each in kind.fields.values()), f"{kind} requires a field"
    for name, field in kind.fields.items():
        for value in values_of(kind_of(field), sought, depth - 1):
            yield {name: [value] if is_list(field.type) else value}


async def answers(person: Person, documents: Iterable[Document]) -> list[str]:
    """Ask one question after the other, and return the answers as they came."""
    return [lasting_text((await person.ask(*each)).response.text) for each in documents]


def lasting_text(answer: str) -> str:
    """Return an answer without what differs from moment to moment."""
    return json.dumps(lasting(json.loads(answer)), ensure_ascii=False)


async def as_if_alone(world: World, own_schemas: tuple[bool, bool], *, depth: int = 2, of: int = 1) -> Tally:
    """Ask a company everything, once before another company exists and once after.

    `own_schemas` tells which of the two has a schema of its own.
    """
    tally, sought = Tally(), a_mark()
    party = await a_party(world, own_schema=own_schemas[0])
    questions = every_question(party, sought, depth=depth, of=of)
    before = await answers(party.person, questions)
    other = await a_party(world, sought, own_schema=own_schemas[1], flows=3)
    after, traces = await answers(party.person, questions), await other.traces()
    for question, one, two in zip(questions, before, after, strict=True):
        asked, answered = json.loads(one), json.loads(two)
        tally.same(asked.keys(), {"data"}, question)
        for name, value in (asked.get("data") or {}).items():
            tally.same((answered.get("data") or {}).get(name), value, f"{name} of {question}")
        tally.check(not traces.found_in(two), f"{traces.found_in(two)} shown to {question}")
    return tally.add(await walk_pages(party))


async def walk_pages(party: Party) -> Tally:
    """Follow the cursors of every page of the root, one object at a time: as many as are counted, all one's own."""
    tally = Tally()
    for route, field in pages():
        if len(route) == 1:
            name = kind_of(kind_of(field).fields["nodes"]).name
            found, total = await walked(party.person, route)
            tally.same(sorted(found), sorted(ids.encode(name, each) for each in party.samples[name]), route[0])
            tally.same(total, len(found), f"the number of {route[0]}")
            tally.check(total > 0, f"{route[0]} is empty")
    return tally


async def walked(person: Person, route: Route) -> tuple[list[str], int]:
    """The ids of a list, read one by one, and how many it says there are."""
    found: list[str] = []
    after: str | None = None
    while True:
        values = {"first": 1, **({"after": after} if after else {})}
        chosen = "{ totalCount nodes { id } pageInfo { hasNextPage endCursor } }"
        page = (await person.ask(*document(Question(route, values, chosen)))).data["a0"]
        found += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found, page["totalCount"]
        after = page["pageInfo"]["endCursor"]
