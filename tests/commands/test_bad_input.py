"""Every input field of every mutation, given what it cannot be: refused with a path, and without a trace."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLType,
)
from sqlalchemy import Column

from db.columns import policy_of
from db.models import ContentBlock, Flow, Stage
from schema.derive import ids
from schema.derive.names import camel
from tests.commands.conftest import Still
from tests.commands.ground import BY_NAME, COMMANDS, Command, Ground, unknown_id

HUGE: Final = "x" * 500_000
NUL: Final = "a\0b"
NOT_TEXT: Final = (12, 1.5, True, ["a"], {"a": 1})
NOT_INT: Final = ("1", 1.5, True, [1, 2], {"a": 1}, 2**31, -(2**31) - 1, 10**40, 1e300)
NOT_BOOLEAN: Final = ("true", 1, 0, [True, False], {"a": 1})
NOT_ENUM: Final = ("NOPE", "", "draft", 1, True, ["A", "B"], {"a": 1}, HUGE)
NOT_ID: Final = (True, 1.5, ["a", "b"], {"a": 1})
NOT_JSON: Final = ("x", 1, True, [], [{"a": 1}])
MALFORMED: Final = {
    "URL": ("", "x", "javascript:alert(1)", "http://", "http://[", "http://a b", f"https://a/{'x' * 600}", NUL),
    "TimeZone": ("", "Mars/Olympus", "europe/berlin", "../etc/passwd", NUL),
    "CountryCode": ("", "de", "DEU", "D1", NUL),
    "CurrencyCode": ("", "eur", "EU", "EURO", NUL),
    "HexColor": ("", "red", "#12345", "#12345G", NUL),
}


@dataclass(frozen=True)
class Bad:
    """One value that one input field cannot have."""

    field: str
    value: Any
    absent: bool = False

    def __str__(self) -> str:
        return f"{self.field} {'absent' if self.absent else repr(self.value)[:40]}"

    @property
    def paths(self) -> list[list[str]]:
        """Where it may be said to be wrong: what is missing or unheard of is wrong with the whole."""
        whole = [["input"]] if self.absent or self.field == "unheardOf" else []
        return [["input", self.field], *whole]

    def within(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return an otherwise good input with this value in it."""
        rest = {name: value for name, value in given.items() if name != self.field}
        return rest if self.absent else rest | {self.field: self.value}


def bad_values(command: Command) -> Iterator[Bad]:
    """Say for every input field of a mutation what it cannot be."""
    columns = {
        camel(name): parameter.column
        for name, parameter in command.operation.inputs.items()
        if parameter.column is not None
    }
    for name, declared in command.input_type.fields.items():
        kind: GraphQLType = declared.type
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
            yield Bad(name, None)
            yield Bad(name, None, absent=True)
        elif name in columns and not columns[name].nullable:
            yield Bad(name, None)
        for value in [*_wrong_types(kind), *_wrong_values(command, name, columns.get(name))]:
            yield Bad(name, value)
    yield Bad("unheardOf", 1)


def _wrong_types(kind: GraphQLType) -> Iterator[Any]:
    if isinstance(kind, GraphQLList):
        yield from ("x", 1.5, {"a": 1}, [None], [{"a": 1}], [["x"]])
    elif isinstance(kind, GraphQLEnumType):
        yield from NOT_ENUM
    elif kind is GraphQLID:
        yield from NOT_ID
    elif kind is GraphQLInt:
        yield from NOT_INT
    elif kind is GraphQLBoolean:
        yield from NOT_BOOLEAN
    elif getattr(kind, "name", "") == "JSON":
        yield from NOT_JSON
    else:
        yield from NOT_TEXT
        yield from MALFORMED.get(getattr(kind, "name", ""), ())


def _wrong_values(command: Command, name: str, column: Column[Any] | None) -> Iterator[Any]:
    if name == "idempotencyKey":
        yield from ("", "x" * 256, HUGE, NUL, "a\nb", "\x1b[31m", "\x7f", "\u2028")
    if column is None:
        return
    policy = policy_of(column)
    if policy.max_length:
        yield from ("x" * (policy.max_length + 1), HUGE, NUL)
    if policy.sorted_as_name:
        yield from ("", " \t\n")
    if policy.pattern:
        yield from ("", "no such form!", "a\n")
    if name == "config":
        yield from (_nested(21), _nested(30), {"a": "x" * 70_000}, {"a": NUL}, {NUL: 1}, {"a": [{"b": NUL}]})
    wrap = (lambda value: [value]) if name == "reminderAfterDays" else (lambda value: value)
    if policy.minimum is not None and policy.maximum is not None:
        yield from (wrap(int(policy.minimum) - 1), wrap(int(policy.maximum) + 1), wrap(-(2**31)), wrap(2**31 - 1))
    if name == "reminderAfterDays":
        yield from ([1] * 101, [1] * 2000, [1, None], [2**31])


def _nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


async def refusal_of(ground: Ground, command: Command, given: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Run a mutation that must not succeed, and return the code and the path of what it was told."""
    kind = command.input_type.name
    query = f"mutation($input: {kind}!) {{ {command.name}(input: $input) {{ {command.selection} {REFUSALS} }} }}"
    body = json.dumps({"query": query, "variables": {"input": given}})
    response = await ground.person.http.post(
        "/graphql",
        content=body,
        headers={"content-type": "application/json", "authorization": f"Bearer {ground.person.token}"},
    )
    assert response.status_code in {200, 400}, response.text[:500]
    answer = response.json()
    if "errors" in answer:
        error = answer["errors"][0]
        return error["extensions"]["code"], error["extensions"].get("inputPath") or error.get("path") or []
    payload = answer["data"][command.name]
    assert payload[command.result] is None, f"{command.name} accepted it"
    [refusal] = payload["refusals"]
    return refusal["code"], refusal["path"]


REFUSALS: Final = "refusals { code path }"
EXPECTED: Final = {"BAD_USER_INPUT", "INVALID_INPUT", "NOT_FOUND", "INVALID_ORDER"}


async def test_what_an_input_cannot_be_is_refused_with_its_path(command: Command, still: Ground) -> None:
    before = await still.everything()
    given = still.given(command)
    wrong: list[str] = []
    for bad in bad_values(command):
        code, path = await refusal_of(still, command, bad.within(given))
        if code not in EXPECTED or path[:2] not in bad.paths:
            wrong.append(f"{bad}: {code} at {path}")
    assert wrong == []
    assert await still.everything() == before


async def test_what_names_nothing_here_is_not_found(command: Command, stills: Still) -> None:
    ground, elsewhere = await stills("mine"), await stills("theirs")
    before, before_elsewhere = await ground.everything(), await elsewhere.everything()
    given = ground.given(command)
    for name in given:
        if name == "ids":
            names_nothing, code = {"INVALID_ORDER", "NOT_FOUND"}, [*given["ids"]]
            theirs = elsewhere.given(command)["ids"]
            attempts: list[Any] = [theirs, [theirs[0], *code[1:]], [unknown_id(Flow), *code[1:]], ["x", *code[1:]]]
        elif given[name] is not None and (name == "id" or (name.endswith("Id") and name != "taxId")):
            names_nothing = {"NOT_FOUND"}
            attempts = list(_ids_of_nothing(elsewhere.given(command)[name], given[name]))
        else:
            continue
        for attempt in attempts:
            code_, path = await refusal_of(ground, command, given | {name: attempt})
            assert (code_ in names_nothing, path) == (True, ["input", name]), (name, attempt, code_)
    assert await ground.everything() == before
    assert await elsewhere.everything() == before_elsewhere


def _ids_of_nothing(theirs: str, mine: str) -> Iterator[Any]:
    """Return ids of another company, of another type, of nobody, and texts that are no ids."""
    found = ids.decode(mine)
    assert found is not None
    yield theirs
    yield from (
        ids.encode(kind, found.row_id)
        for kind in {"User", "AuditLog", "Nothing", found.type_name.lower()} - {found.type_name}
    )
    yield ids.encode(found.type_name, type(found.row_id)(int=0))
    yield from ("", " ", "x", f"{mine}A", mine[:-2], str(found.row_id), 12, NUL, "é", "x" * 5000, HUGE)


@pytest.mark.parametrize("depth", [41, 500, 100_000])
async def test_json_that_could_exhaust_the_stack_is_refused_before_it_is_walked(ground: Ground, depth: int) -> None:
    config = '{"a":' * depth + "1" + "}" * depth
    given = f'{{"id": "{ground.id_of(ContentBlock)}", "config": {config}}}'
    query = "mutation($input: UpdateContentBlockInput!) { updateContentBlock(input: $input) { refusals { code } } }"
    response = await ground.person.http.post(
        "/graphql",
        content=f'{{"query": "{query}", "variables": {{"input": {given}}}}}',
        headers={"content-type": "application/json", "authorization": f"Bearer {ground.person.token}"},
    )
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("text", [r"\ud800", r"a\udfff", r"\ud83dx"])
async def test_half_a_surrogate_pair_is_not_text(ground: Ground, text: str) -> None:
    before = await ground.everything()
    as_variable = '{"query": "mutation($n: String!) { createFlow(input: {name: $n, durationDays: 1})'
    as_variable += f' {{ refusals {{ code }} }} }}", "variables": {{"n": "{text}"}}}}'
    literal = f'mutation {{ createFlow(input: {{name: "{text}", durationDays: 1}}) {{ refusals {{ code }} }} }}'
    for content in (as_variable, json.dumps({"query": literal})):
        response = await ground.person.http.post(
            "/graphql",
            content=content,
            headers={"content-type": "application/json", "authorization": f"Bearer {ground.person.token}"},
        )
        assert response.status_code in {200, 400}
        assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert await ground.everything() == before


@pytest.mark.parametrize(
    "literal",
    [
        "1" * 5000,
        "-" + "9" * 30,
        "1e400",
        "1.5",
        '"1"',
        "ENUM",
        "[1]",
        "{a: 1}",
        "$undefined",
        "null",
    ],
)
async def test_a_number_written_into_the_document_is_checked_like_a_variable(ground: Ground, literal: str) -> None:
    before = await ground.everything()
    answer = await ground.person.ask(
        f'mutation {{ createFlow(input: {{name: "A", durationDays: {literal}}}) {{ flow {{ id }} }} }}'
    )
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert await ground.everything() == before


@pytest.mark.parametrize("number", ["1" * 5000, "9" * 30, "1e400", "-1e400", "9223372036854775808", "1.8e308"])
@pytest.mark.parametrize("key", [{}, {"idempotencyKey": "once"}])
async def test_a_number_that_json_cannot_carry_is_refused(ground: Ground, number: str, key: dict[str, str]) -> None:
    before = await ground.everything()
    contract = ', idempotencyKey: "once"' if key else ""
    answer = await ground.person.ask(
        f'mutation {{ updateContentBlock(input: {{id: "{ground.id_of(ContentBlock)}",'
        f" config: {{a: {number}}}{contract}}}) {{ contentBlock {{ config }} refusals {{ code path }} }} }}"
    )
    if answer.errors:
        assert answer.codes == ["BAD_USER_INPUT"]
    else:
        assert answer.data["updateContentBlock"]["contentBlock"] is None
        assert answer.data["updateContentBlock"]["refusals"] == [{"code": "INVALID_INPUT", "path": ["input", "config"]}]
    after = await ground.everything()
    assert {**after, "idempotency_keys": None} == {**before, "idempotency_keys": None}


@pytest.mark.parametrize(
    "value",
    [
        {"text": "a backslash and its letters: \\u0000"},
        {"ключ": "значение", "emoji": "👩‍🚀", "": ""},
        {"big": 2**63 - 1, "small": -(2**63), "float": 1.5, "list": [None, True, [], {}]},
        {"a": "x" * 65_000},
    ],
)
async def test_json_that_can_be_stored_comes_back_as_it_was(ground: Ground, value: dict[str, Any]) -> None:
    condition = {"block": ground.id_of(ContentBlock), "equals": value}
    given = {"id": ground.id_of(ContentBlock), "condition": condition}
    payload = await ground.person.do("updateContentBlock", given, "contentBlock { condition }")
    assert payload["refusals"] == []
    assert payload["contentBlock"] == {"condition": condition}


@pytest.mark.parametrize("name", ["ﷺ" * 120, "👩‍🚀" * 40, "ß" * 120, "x" * 120, "'; drop table pool.stages; --", "‮abc"])
async def test_a_name_may_be_any_text_that_fits(ground: Ground, name: str) -> None:
    for command, fields in (("updateFlow", Flow), ("updateStage", Stage)):
        returned = BY_NAME[command].result
        payload = await ground.person.do(command, {"id": ground.id_of(fields), "name": name}, f"{returned} {{ name }}")
        assert payload[returned] == {"name": name}


def test_every_column_that_a_client_sets_has_a_bound() -> None:
    """What has no bound would be a way to fill the disk."""
    unbounded = [
        f"{command.name}.{name}"
        for command in COMMANDS
        for name, parameter in command.operation.inputs.items()
        if parameter.column is not None
        if parameter.column.type.python_type is str
        if not policy_of(parameter.column).max_length and not hasattr(parameter.column.type, "enum_class")
    ]
    assert unbounded == []
