"""What the tests of the trail share: how everything is now, as the API answers, and how it was, as the trail tells."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from graphql import GraphQLObjectType

from db.columns import policy_of
from db.personal import personal_models, sealed_columns
from resolvers.audit.person_keys import ERASED
from schema.derive.declare import LARGEST_PAGE
from schema.derive.fields import ColumnField, declaration_of
from schema.derive.ids import decode, encode
from schema.execute.bounds import BOUNDS
from schema.root import DOMAINS
from subscriptions.recorder import MASK
from tests.schema.asking import SCHEMA
from tests.world import CompanyWorld, Person

ENTITIES = {entity.name for domain in DOMAINS for entity in domain.entities if not entity.is_log}
AS_OF = "entityAsOf(id: $a%d, at: $at) { id type presence version changedAt values }"
AT_ONCE = 20
State = Mapping[str, Mapping[str, Any] | None]
"""By id, the fields of what is there; None for what is not."""


def columns_of(type_name: str) -> dict[str, ColumnField]:
    """The fields of a type that are columns of its own."""
    kind = SCHEMA.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    declared = {name: declaration_of(field) for name, field in kind.fields.items()}
    return {name: each for name, each in declared.items() if isinstance(each, ColumnField)}


def as_told(type_name: str, answered: Mapping[str, Any]) -> dict[str, Any]:
    """What the trail tells of what the API answered: a mark in place of what is protected and not personal."""
    masked = {name for name, each in columns_of(type_name).items() if policy_of(each.column).masked}
    marked = masked - personal_fields(type_name)
    return {name: MASK if name in marked and value is not None else value for name, value in answered.items()}


def personal_fields(type_name: str) -> set[str]:
    """The fields of a type whose values the trail holds sealed."""
    sealed = {name for each in personal_models() if each.__name__ == type_name for name in sealed_columns(each)}
    return {name for name, each in columns_of(type_name).items() if each.column.key in sealed}


def as_erased(state: State, *ids: str) -> State:
    """What the trail tells of a state since the data of these people was erased."""

    def erased(text: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        gone = {name for name in personal_fields(type_of(text)) if values[name] is not None}
        return {**values, **dict.fromkeys(gone, ERASED)}

    return {each: erased(each, values) if values and each in ids else values for each, values in state.items()}


async def everything_ever(company: CompanyWorld) -> list[str]:
    """The ids of all public objects of which the trail tells."""
    rows = await company.rows(
        "select distinct entity_type, entity_id from pool.audit_logs where tenant_id = :tenant order by 1, 2"
    )
    return [encode_row(row) for row in rows if row[0] in ENTITIES]


def encode_row(row: Any) -> str:
    """The id of an object, by its type and its row."""
    return encode(row[0], row[1])


async def now_of(person: Person, ids: Sequence[str]) -> State:
    """How objects are now, as the API answers; protected values as a mark."""
    found: dict[str, Mapping[str, Any] | None] = {}
    for names in _together(sorted({type_of(each) for each in ids})):
        document = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename {_fragments(names)} }} }}"
        of_these = [each for each in ids if type_of(each) in names]
        for start in range(0, len(of_these), LARGEST_PAGE):
            some = of_these[start : start + LARGEST_PAGE]
            for each, node in zip(some, (await person.ask(document, {"ids": some})).data["nodes"], strict=True):
                found[each] = None if node is None else as_told(node["__typename"], _own(node))
    return found


def _together(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Walk types in groups, none with more aliases than a selection may have."""
    group: list[str] = []
    for name in names:
        if group and sum(len(columns_of(each)) for each in (*group, name)) > BOUNDS.aliases_together:
            yield group
            group = []
        group.append(name)
    if group:
        yield group


def _fragments(names: Iterable[str]) -> str:
    return " ".join(
        f"... on {name} {{ {' '.join(f'{name}_{field}: {field}' for field in columns_of(name))} }}" for name in names
    )


def type_of(text: str) -> str:
    """The type that an id names."""
    named = decode(text)
    assert named is not None
    return named.type_name


def _own(node: Mapping[str, Any]) -> dict[str, Any]:
    return {name.partition("_")[2]: value for name, value in node.items() if name != "__typename"}


async def as_of(person: Person, ids: Sequence[str], at: datetime | str) -> dict[str, dict[str, Any] | None]:
    """What the trail tells of objects as of an instant."""
    instant = at if isinstance(at, str) else at.isoformat()
    found: dict[str, dict[str, Any] | None] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        asked = " ".join(f"a{index}: {AS_OF % index}" for index in range(len(some)))
        given = ", ".join(f"$a{index}: ID!" for index in range(len(some)))
        values = {"at": instant} | {f"a{index}": each for index, each in enumerate(some)}
        data = (await person.ask(f"query($at: DateTime!, {given}) {{ {asked} }}", values)).data
        found |= {each: data[f"a{index}"] for index, each in enumerate(some)}
    return found


async def then_of(person: Person, ids: Sequence[str], at: datetime | str) -> State:
    """How objects were at an instant, as the trail tells."""
    told = await as_of(person, ids, at)
    assert None not in told.values()
    return {each: found["values"] for each, found in told.items() if found}


def differing(told: State, answered: State) -> list[tuple[str, Any, Any]]:
    """Name the fields in which two states differ, with both values."""
    assert told.keys() == answered.keys()
    nothing: Mapping[str, Any] = {}
    found: list[tuple[str, Any, Any]] = []
    for each in told:
        one, other = told[each] or nothing, answered[each] or nothing
        names = sorted(one.keys() | other.keys())
        found += [
            (f"{type_of(each)}.{name}", one.get(name, "nothing"), other.get(name, "nothing"))
            for name in names
            if one.get(name, "nothing") != other.get(name, "nothing")
        ]
    return found
