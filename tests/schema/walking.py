"""Walks a connection from page to page, as a client does."""

from typing import Any

from schema.derive import ids
from tests.world import Person

PAGE = "nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


async def page_of(person: Person, field: str, kind: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Ask for one page of a root connection."""
    query = (
        f"query($first: Int, $after: String, $last: Int, $before: String, $where: {kind}Filter, "
        f"$orderBy: [{kind}Order!]) {{ {field}(first: $first, after: $after, last: $last, before: $before, "
        f"where: $where, orderBy: $orderBy) {{ {PAGE} }} }}"
    )
    return (await person.ask(query, arguments)).data[field]


async def page_within(person: Person, flow: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Ask for one page of the stages of a flow."""
    query = (
        "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String, $where: StageFilter, "
        "$orderBy: [StageOrder!]) { flow(id: $id) { stages(first: $first, after: $after, last: $last, "
        f"before: $before, where: $where, orderBy: $orderBy) {{ {PAGE} }} }} }}"
    )
    return (await person.ask(query, {"id": ids.encode("Flow", flow), **arguments})).data["flow"]["stages"]


async def walk(ask: Any, size: int, arguments: dict[str, Any], *, backwards: bool) -> list[str]:
    """Follow the cursors to the end; every page but the last is full, and says rightly whether there is more."""
    found: list[str] = []
    place: str | None = None
    while True:
        turn = {"last": size, "before": place} if backwards else {"first": size, "after": place}
        page = await ask({**arguments, **turn})
        here = [node["id"] for node in page["nodes"]]
        found = [*here, *found] if backwards else [*found, *here]
        info = page["pageInfo"]
        more, behind = ("hasPreviousPage", "hasNextPage") if backwards else ("hasNextPage", "hasPreviousPage")
        assert info[behind] is (place is not None)
        if not info[more]:
            return found
        assert len(here) == size
        place = info["startCursor" if backwards else "endCursor"]
