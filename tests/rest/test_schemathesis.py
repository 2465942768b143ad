"""What is told of the addresses is so: calls that are made up from it are never a fault, and answered as it says."""

from typing import Any

from app import one_schema
from schema.rest.openapi import openapi_of
from schema.rest.shipped import shipped
from tests.rest.fuzzing import made_up
from tests.world import World

LARGE = frozenset({"where", "orderBy"})


def without_filters(openapi: dict[str, Any]) -> dict[str, Any]:
    """Leave out the filters of lists but for those of templates: they lead from type to type, and take long to draw."""
    for path, methods in openapi["paths"].items():
        for operation in methods.values():
            if path != "/stage-templates":
                kept = [each for each in operation["parameters"] if each["name"] not in LARGE]
                operation["parameters"] = kept
    return openapi


async def test_calls_that_are_made_up_are_answered_as_it_says(world: World) -> None:
    told = openapi_of(one_schema().core, shipped(one_schema().core), "/rest", "Workgraph")
    fuzzing = await made_up(world, without_filters(told), examples=5)
    assert {200, 204, 400, 404, 409, 422} <= set(fuzzing.seen), fuzzing.seen
