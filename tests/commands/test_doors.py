"""The mutations that need nobody to be signed in: whatever they are given, they refuse it or say where it is wrong."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from graphql import GraphQLField, GraphQLNonNull
from sqlalchemy import text

from schema.derive.fields import declaration_of
from schema.execute.guard import Public
from tests.commands.ground import SCHEMA
from tests.world import PASSWORD, CompanyWorld, World

assert SCHEMA.mutation_type is not None


def is_public(field: GraphQLField) -> bool:
    """Tell whether a hand-written mutation is for everybody."""
    if declaration_of(field) is not None:
        return False
    return any(isinstance(each, Public) for each in field.extensions["strawberry-definition"].extensions)


DOORS: Final = {name: each for name, each in SCHEMA.mutation_type.fields.items() if is_public(each)}
TELL_NOTHING: Final = {"logout", "requestPasswordReset"}
"""Doors that give one answer to every text, so that nothing is learned from it."""
GOOD: Final[Mapping[str, Mapping[str, Any]]] = {
    "login": {"email": "nobody@example.com", "password": PASSWORD},
    "completeLogin": {"challenge": "wgc_guess", "code": "123456"},
    "refreshToken": {"refreshToken": "wgr_guess"},
    "logout": {"refreshToken": "wgr_guess"},
    "requestPasswordReset": {"email": "nobody@example.com"},
    "resetPassword": {"token": "wgp_guess", "password": PASSWORD},
    "verifyEmail": {"token": "wgv_guess"},
    "completeSso": {"code": "wgs_guess"},
    "registerCompany": {
        "name": "Acme",
        "slug": "acme-of-this-test",
        "email": "ada@example.com",
        "password": PASSWORD,
        "firstName": "Ada",
        "lastName": "Lovelace",
    },
}
BAD: Final = (None, 12, 1.5, True, [], ["a", "b"], {"a": 1})
BAD_TEXTS: Final = ("", " ", "\0", "a\0b", "x" * 500_000, "\n", "\u202e\u0000")
CODES: Final = {
    "BAD_USER_INPUT",
    "INVALID_CHALLENGE",
    "INVALID_CREDENTIALS",
    "INVALID_INPUT",
    "INVALID_LINK",
    "INVALID_REFRESH_TOKEN",
    "INVALID_SSO_CODE",
    "SLUG_TAKEN",
    "WEAK_PASSWORD",
}


def test_these_are_the_doors() -> None:
    assert set(DOORS) == set(GOOD)


def inputs(door: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return for each field inputs that are good but for it; a person may go by one name alone."""
    for field in GOOD[door]:
        rest = {name: value for name, value in GOOD[door].items() if name != field}
        yield field, rest
        texts = [bad for bad in BAD_TEXTS if bad.strip() or field not in {"firstName", "lastName"}]
        for bad in (*BAD, *texts):
            yield field, rest | {field: bad}


@pytest.mark.parametrize("door", DOORS)
async def test_bad_input_opens_no_door(company: CompanyWorld, world: World, door: str) -> None:
    before = await companies(world)
    kind = DOORS[door].args["input"].type
    assert isinstance(kind, GraphQLNonNull)
    query = f"mutation($input: {kind}) {{ {door}(input: $input) {{ refusals {{ code path }} }} }}"
    wrong: list[str] = []
    for field, given in inputs(door):
        response = await world.http.post(
            "/graphql",
            content=json.dumps({"query": query, "variables": {"input": given}}),
            headers={"content-type": "application/json", "x-workgraph-tenant": company.tenant.slug},
        )
        answer = response.json()
        code, path = _said(answer, door)
        if door in TELL_NOTHING and code == "ACCEPTED" and isinstance(given[field], str):
            continue
        if response.status_code not in {200, 400} or code not in CODES or not _points_at(path, field, door):
            wrong.append(f"{field} {given.get(field)!r:.40}: {code} at {path}")
    assert wrong == []
    assert await companies(world) == before


def _said(answer: dict[str, Any], door: str) -> tuple[str, list[str]]:
    if "errors" in answer:
        return answer["errors"][0]["extensions"]["code"], answer["errors"][0]["extensions"].get("inputPath", [])
    refusals = answer["data"][door]["refusals"]
    return (refusals[0]["code"], refusals[0]["path"]) if refusals else ("ACCEPTED", [])


def _points_at(path: list[str], field: str, door: str) -> bool:
    """What is missing is wrong with the whole; which part of a login is wrong is not told."""
    if path == {"resetPassword": ["input", "token"], "completeLogin": ["input", "challenge"]}.get(door):
        return True  # a good password does not make a guess a link, nor a code a challenge
    return path in (["input", field], ["input"]) or (door == "login" and path == [])


async def companies(world: World) -> list[str]:
    async with world.owner.begin() as connection:
        return list((await connection.execute(text("select slug from catalog.tenants order by slug"))).scalars())
