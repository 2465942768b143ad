"""What counts as a difference between two answers, and what does not."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.engines.comparing import Kinds, compare, missing
from tests.engines.ground import Ground, Operation
from tests.engines.judging import Judge, kinds_of
from tests.engines.two import reference

# graphql-core never awaits some of what it has begun when it gives up a part of an answer.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def error(code: str, *path: str | int) -> dict[str, Any]:
    return {"message": f"{code} in words", "path": list(path), "extensions": {"code": code, "incidentId": "1"}}


def hidden(path: str) -> dict[str, Any]:
    return {"hidden": [{"path": path, "permission": "company.read"}]}


A = {"data": {"a": [{"b": 1, "c": None}]}}
FAILED = {"data": {"a": None}, "errors": [error("INTERNAL", "a", 0, "b")]}
OTHERWISE = {"data": {"a": None}, "errors": [error("FORBIDDEN", "a", 1, "b")]}
POSSIBLE = {"errors": [*FAILED["errors"], *OTHERWISE["errors"]]}


@pytest.mark.parametrize(
    ("planned", "right", "differs"),
    [
        (A, A, False),
        (A, {"data": {"a": [{"c": None, "b": 1}]}}, True),
        (A, {"data": {"a": [{"b": 1.0, "c": None}]}}, True),
        (A, {"data": {"a": [{"b": True, "c": None}]}}, True),
        (A, {**A, "extensions": hidden("a.c")}, True),
        (A, {**A, "errors": [error("INTERNAL", "a", 0, "c")]}, True),
        ({**A, "errors": [error("X", "a", 0, "c")]}, {**A, "errors": [error("Y", "a", 0, "c")]}, True),
        ({**A, "errors": [error("X", "a", 0, "c")] * 2}, {**A, "errors": [error("X", "a", 0, "c")]}, True),
        ({"errors": [error("X")]}, {"data": None, "errors": [error("X")]}, True),
        (FAILED, OTHERWISE, False),
        (FAILED, {**OTHERWISE, "extensions": hidden("a.c")}, False),
        (FAILED, {**OTHERWISE, "extensions": hidden("d.c")}, True),
        (FAILED, {"data": {"a": None}, "errors": [error("INTERNAL", "a")]}, True),
        (FAILED, {"data": {"a": None}, "errors": [error("TIMEOUT", "a", 0, "b")]}, True),
        ({"data": {"a": None}}, FAILED, True),
        ({"died": "of something"}, A, True),
        (
            {"data": None, "errors": [error("COST_EXCEEDED", "a")]},
            {**A, "errors": [error("COST_EXCEEDED", "b")]},
            False,
        ),
        ({"data": None, "errors": [error("COST_EXCEEDED", "a")]}, A, True),
    ],
)
def test_a_difference_is_one_that_matters(planned: Any, right: Any, differs: bool) -> None:  # noqa: FBT001
    assert (compare(planned, right, lambda: POSSIBLE) is not None) is differs


def test_what_must_not_be_null_and_is_could_be_the_error(ground: Ground) -> None:
    operation = Operation("{ gadgets { nodes { name code verdicts { words } } } }", {})
    kinds = kinds_of(ground.schema, operation)
    loose: Mapping[str, Any] = {
        "gadgets": {"nodes": [None, {"name": None, "code": None, "verdicts": [{"words": ["a", None]}, None]}]}
    }
    assert {path[2:] for path, _ in missing(loose, kinds)} == {
        (0,),
        (1, "code"),
        (1, "verdicts", 0, "words", 1),
        (1, "verdicts", 1),
    }
    assert not list(missing({"gadgets": None}, Kinds({("gadgets",): ground.schema.type_map["GadgetConnection"]})))


async def test_every_error_that_could_be_told_is_found(ground: Ground) -> None:
    """Two fields fail in an object that must be there: whichever is told, the other could have been."""
    ask = reference(ground.answering())
    operation = Operation("{ gadgets(first: 2) { nodes { one: mustNotFail two: mustNotFail } } }", {})
    possible = await Judge(ground, ask, ask)._possible(operation)
    assert {tuple(each["path"]) for each in possible["errors"]} >= {
        ("gadgets", "nodes", place, name) for place in (0, 1) for name in ("one", "two")
    }
