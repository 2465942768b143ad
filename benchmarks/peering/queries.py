"""What is asked of each server, in its own words, and how its answers are brought to one form.

Servers differ in the names of fields, in ids (ours are opaque, theirs are UUIDs), in the case of enums, in how instants
are written, and in what stands around a list. All of that is taken away, and then answers have to be equal.

A page has at most 200 objects here, so the thousand rows are five pages under aliases, for everybody; so are the ten
thousand of the large list, which are fifty. The cursors are known beforehand, and are sent as variables.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any, Final

from resolvers.ids import decode

PAGE: Final = 200
FLAT_PAGES: Final = 5
LARGE_PAGES: Final = 50
ONE: Final = "one"
TITLES: Final = {
    ONE: "one object by id",
    "flow": "1 flow, 10 stages, 100 blocks",
    "flows": "20 flows, 200 stages, 2,000 blocks",
    "hires": "100 hires with counts by status",
    "flat": "1,000 flat rows of 6 fields",
}
LARGE: Final = "large"
BY_HAND, REFERENCE, POSTGRAPHILE, MERCURIUS, WORKGRAPH = (
    "by hand",
    "reference",
    "postgraphile",
    "mercurius",
    "workgraph",
)

GENEROUS: Final = "generous"
"""Workgraph with a higher bound on the size of an answer."""

BUDGETED: Final = "budgeted"
"""Workgraph with a small budget for everybody."""

FLAT: Final = "type position content required updatedAt"
NESTED: Final = "type position content required"
FLOW: Final = "name description status durationDays revision updatedAt"
HIRE: Final = "firstName lastName email status"


def paged(name: str, number: int, kinds: Sequence[str], page: str, fields: str) -> str:
    """Write a document of so many pages, each after a cursor that is known; `kinds`: the types of cursor and page."""
    cursors = ", ".join(f"$c{place}: {kinds[0]}" for place in range(number))
    pages = " ".join(f"p{place}: {page.replace('CURSOR', f'$c{place}')} {{ ...Page }}" for place in range(number))
    return f"query {name}({cursors}) {{ {pages} }} fragment Page on {kinds[1]} {{ {fields} }}"


_OUR_PAGE: Final = f"contentBlocks(first: {PAGE}, after: CURSOR)"
_OUR_BLOCKS: Final = f"contentBlocks(first: 50) {{ nodes {{ id {NESTED} }} }}"
_OUR_STAGES: Final = f"stages(first: 50) {{ nodes {{ id name type position {_OUR_BLOCKS} }} }}"
_OUR_COUNTS: Final = " ".join(
    f"{alias}: progress(where: {{status: {{eq: {status}}}}}) {{ totalCount }}"
    for alias, status in (("pending", "PENDING"), ("inProgress", "IN_PROGRESS"), ("completed", "COMPLETED"))
)
OURS: Final = {
    ONE: f"query One($id: ID!) {{ one: flow(id: $id) {{ id {FLOW} }} }}",
    "flow": f"query Flow($id: ID!) {{ flow(id: $id) {{ id name status {_OUR_STAGES} }} }}",
    "flows": f"query Flows {{ flows(first: 20) {{ nodes {{ id name status {_OUR_STAGES} }} }} }}",
    "hires": f"query Hires {{ hires: newHires(first: 100) {{ nodes {{ id {HIRE} {_OUR_COUNTS} }} }} }}",
    "flat": paged("Flat", FLAT_PAGES, ("String", "ContentBlockConnection"), _OUR_PAGE, f"nodes {{ id {FLAT} }}"),
    LARGE: paged(
        "Large",
        LARGE_PAGES,
        ("String", "ContentBlockConnection"),
        _OUR_PAGE,
        f"nodes {{ id {NESTED} stage {{ name }} }}",
    ),
}
HUGE_FLOW: Final = 8_101
"""Objects of the flow with a hundred stages of eighty blocks each."""


def huge(objects: int) -> str:
    """Ask for the flow of a hundred stages under so many aliases that there are at least so many objects."""
    flows = " ".join(f"f{place}: flow(id: $id) {{ ...Whole }}" for place in range(ceil(objects / HUGE_FLOW)))
    blocks = f"contentBlocks(first: 80) {{ nodes {{ id {NESTED} }} }}"
    stages = f"stages(first: 100) {{ nodes {{ id name {blocks} }} }}"
    return f"query Huge($id: ID!) {{ {flows} }} fragment Whole on Flow {{ id name {stages} }}"


_THEIR_PAGE: Final = f"contentBlocks(first: {PAGE}, after: CURSOR, orderBy: [PRIMARY_KEY_ASC])"
_THEIR_BLOCKS: Final = (
    "contentBlocks: contentBlocksByTenantIdAndStageId(first: 50, orderBy: [POSITION_ASC]) "
    f"{{ nodes {{ rowId {NESTED} }} }}"
)
_THEIR_STAGES: Final = (
    "stages: stagesByTenantIdAndFlowId(first: 50, orderBy: [POSITION_ASC]) "
    f"{{ nodes {{ rowId name type position {_THEIR_BLOCKS} }} }}"
)
_THEIR_COUNTS: Final = " ".join(
    f'{alias}: progressesByTenantIdAndNewHireId(condition: {{status: "{status}"}}) {{ totalCount }}'
    for alias, status in (("pending", "pending"), ("inProgress", "in_progress"), ("completed", "completed"))
)
_THEIR_FLOW: Final = "onboardingFlow(tenantId: $tenant, rowId: $id)"
POSTGRAPHILES: Final = {
    ONE: f"query One($id: UUID!, $tenant: UUID!) {{ one: {_THEIR_FLOW} {{ rowId {FLOW} }} }}",
    "flow": f"query Flow($id: UUID!, $tenant: UUID!) {{ flow: {_THEIR_FLOW} {{ rowId name status {_THEIR_STAGES} }} }}",
    "flows": "query Flows { flows: onboardingFlows(first: 20, orderBy: [PRIMARY_KEY_ASC]) "
    f"{{ nodes {{ rowId name status {_THEIR_STAGES} }} }} }}",
    "hires": "query Hires { hires: newHires(first: 100, orderBy: [PRIMARY_KEY_ASC]) "
    f"{{ nodes {{ rowId {HIRE} {_THEIR_COUNTS} }} }} }}",
    "flat": paged("Flat", FLAT_PAGES, ("Cursor", "ContentBlockConnection"), _THEIR_PAGE, f"nodes {{ rowId {FLAT} }}"),
}

_PLAIN_STAGES: Final = f"stages {{ id name type position contentBlocks {{ id {NESTED} }} }}"
MERCURIUS_OWN: Final = {
    ONE: f"query One($id: ID!) {{ one: flow(id: $id) {{ id {FLOW} }} }}",
    "flow": f"query Flow($id: ID!) {{ flow(id: $id) {{ id name status {_PLAIN_STAGES} }} }}",
    "flows": f"query Flows {{ flows(first: 20) {{ id name status {_PLAIN_STAGES} }} }}",
    "hires": f"query Hires {{ hires: newHires(first: 100) {{ id {HIRE} "
    "progress { pending inProgress completed } } }",
    "flat": paged("Flat", FLAT_PAGES, ("ID", "ContentBlock"), _OUR_PAGE, f"id {FLAT}"),
}

DOCUMENTS: Final[Mapping[str, Mapping[str, str]]] = {
    REFERENCE: OURS,
    WORKGRAPH: OURS,
    GENEROUS: OURS,
    BUDGETED: OURS,
    POSTGRAPHILE: POSTGRAPHILES,
    MERCURIUS: MERCURIUS_OWN,
}
_OUR_WALK: Final = (
    f"query Walk($c: String) {{ page: {_OUR_PAGE.replace('CURSOR', '$c')} {{ pageInfo {{ endCursor }} }} }}"
)
WALKS: Final = {
    REFERENCE: _OUR_WALK,
    WORKGRAPH: _OUR_WALK,
    GENEROUS: _OUR_WALK,
    POSTGRAPHILE: f"query Walk($c: Cursor) {{ page: {_THEIR_PAGE.replace('CURSOR', '$c')} "
    "{ pageInfo { endCursor } } }",
}
"""How to find the cursors of pages, where they are not the ids of rows."""


def canonical(value: Any, key: str = "") -> Any:
    """Bring an answer to the form in which all answers are held against each other."""
    match value:
        case {"nodes": nodes}:
            return canonical(nodes)
        case {"totalCount": number}:
            return number
        case dict():
            return _fields(value)  # pyright: ignore[reportUnknownArgumentType] - JSON
        case list():
            return [canonical(each) for each in value]  # pyright: ignore[reportUnknownVariableType] - JSON
        case str():
            return _scalar(value, key)
        case _:
            return value


def _fields(value: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, each in value.items():
        if key == "progress":
            found |= canonical(each)
        else:
            name = "id" if key == "rowId" else key
            found[name] = canonical(each, name)
    return found


def _scalar(value: str, key: str) -> str:
    match key:
        case "id":
            known = decode(value)
            return str(known.row_id) if known else value
        case "status" | "type":
            return value.lower()
        case "updatedAt":
            return datetime.fromisoformat(value).astimezone(UTC).isoformat(timespec="milliseconds")
        case _:
            return value
