"""The JSON Schemas that a company may write: those that would take long, reach out or never end are refused at once."""

import time
from typing import Any

import pytest

from resolvers.onboarding.own_schemas import schema_problem
from resolvers.onboarding.problems import Shape
from tests.world import CompanyWorld, Person


def doubling(levels: int, keyword: str = "allOf", copies: int = 2) -> dict[str, Any]:
    """A schema of a few lines that stands for `copies ** levels` checks."""
    parts: dict[str, Any] = {
        f"p{level}": {keyword: [{"$ref": f"#/$defs/p{level + 1}"}] * copies} for level in range(levels)
    }
    return {"$defs": {**parts, f"p{levels}": {"type": "string"}}, "$ref": "#/$defs/p0"}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"not": schema}
    return schema


USABLE: list[dict[str, Any]] = [
    {},
    {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "string"},
    {"$defs": {"iban": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{2}"}}, "$ref": "#/$defs/iban"},
    {"type": "object", "properties": {"$ref": {"type": "string"}, "pattern": {"type": "string"}}},
    {"enum": [f"entry {number}" for number in range(900)]},
    {"allOf": [{"pattern": f"^{number}"} for number in range(15)]},
    doubling(5),
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"type": "text"}, ""),
    ({"pattern": "(?=a)b"}, ""),
    ({"pattern": r"(a)\1"}, ""),
    ({"pattern": "(a{1000}){1000}"}, ""),
    ({"$ref": "#"}, "refers to itself"),
    ({"items": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}, "refers to itself"),
    ({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}, "refers to itself"),
    ({"$defs": {"a": {"$ref": "#/$defs/a"}}}, "refers to itself"),
    ({"$ref": "#/$defs/nothing"}, "names no part"),
    ({"$ref": "http://127.0.0.1:1/x"}, "names no part"),
    ({"$ref": "file:///etc/passwd"}, "names no part"),
    ({"$ref": "https://json-schema.org/draft/2020-12/schema"}, "names no part"),
    ({"$id": "http://127.0.0.1:1/x"}, "$id"),
    ({"$dynamicAnchor": "x", "anyOf": [{"$dynamicRef": "#x"}]}, "$dynamicAnchor"),
    ({"$schema": "http://json-schema.org/draft-07/schema#"}, "another dialect"),
    (doubling(40), "one in another"),
    (doubling(8, copies=10), "too much"),
    (doubling(8, keyword="anyOf", copies=10), "too much"),
    ({"allOf": [{"pattern": f"^{number}"} for number in range(21)]}, "too much"),
    ({"patternProperties": {f"^{number}": {} for number in range(21)}}, "too much"),
    ({"enum": ["x" * 100 for _ in range(200)]}, "20,000 bytes"),
]


@pytest.mark.parametrize("schema", USABLE)
def test_this_schema_can_be_used(schema: dict[str, Any]) -> None:
    assert schema_problem(schema) is None


@pytest.mark.parametrize(("schema", "said"), REFUSED)
def test_this_schema_is_refused_at_once(schema: dict[str, Any], said: str) -> None:
    began = time.process_time()
    problem = schema_problem(schema)
    assert problem
    assert said in problem
    assert time.process_time() - began < 1


def test_the_deepest_schema_that_is_taken_in_is_weighed() -> None:
    parts: dict[str, Any] = {f"p{level}": nested(15) | {"$ref": f"#/$defs/p{level + 1}"} for level in range(7)}
    assert schema_problem({"$defs": {**parts, "p7": nested(15)}, "$ref": "#/$defs/p0"}) is None


def test_the_heaviest_schema_that_is_taken_answers_fast() -> None:
    schema = {"allOf": [{"pattern": f"[ab]*a[ab]{{{300 - number}}}[x-z]"} for number in range(18)]}
    assert schema_problem(schema) is None
    began = time.process_time()
    assert Shape(schema).problems("ab" * 10_000, "SCHEMA")
    assert time.process_time() - began < 2


@pytest.fixture
async def admin(company: CompanyWorld) -> Person:
    return await company.person("ADMIN")


@pytest.mark.parametrize("key", ["valueSchema", "configSchema"])
async def test_a_hostile_schema_is_a_refusal_of_the_api(admin: Person, key: str) -> None:
    given = {"name": "bomb", "base": "text_input", "displayName": "Bomb", key: doubling(40)}
    [refusal] = (await admin.do("registerContentType", given))["refusals"]
    assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", ["input", key])
    assert (await admin.do("registerContentType", given | {key: {}}))["refusals"] == []
    [again] = (await admin.do("updateContentType", {"name": "bomb", key: {"$ref": "#"}}))["refusals"]
    assert again["path"] == ["input", key]


async def test_the_defaults_of_a_type_meet_its_own_schema(admin: Person) -> None:
    schema = {"properties": {"max_length": {"maximum": 34}}, "required": ["placeholder"]}
    given = {"name": "iban", "base": "text_input", "displayName": "IBAN", "configSchema": schema}
    [refusal] = (await admin.do("registerContentType", given | {"defaultConfig": {"max_length": 50}}))["refusals"]
    assert refusal["path"] == ["input", "defaultConfig", "max_length"]
    assert (await admin.do("registerContentType", given | {"defaultConfig": {"max_length": 34}}))["refusals"] == []


async def test_a_type_that_takes_no_answer_has_no_schema_of_one(admin: Person) -> None:
    given = {"name": "banner", "base": "header", "displayName": "Banner", "valueSchema": {"type": "string"}}
    [refusal] = (await admin.do("registerContentType", given))["refusals"]
    assert (refusal["code"], refusal["path"]) == ("INVALID_INPUT", ["input", "valueSchema"])
