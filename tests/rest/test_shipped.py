"""The addresses that the product brings along: all are there, and each answers over REST what it answers in GraphQL."""

from typing import Any

import httpx
import jsonschema_rs
import orjson
from graphql import FieldNode

from app import one_schema
from schema.execute.addressed.endpoint import Endpoint
from schema.execute.addressed.giving import root_fields
from schema.rest.openapi import openapi_of
from schema.rest.shipped import shipped
from tests.rest.calling import call, headers_of, problem
from tests.rest.listed import LISTED
from tests.rest.walk import Step, Walk
from tests.world import CompanyWorld


def endpoints() -> dict[tuple[str, str], Endpoint]:
    found = shipped(one_schema().core).endpoints
    return {(each.address.method.name, each.address.path): each for each in found}


def named_in(endpoint: Endpoint) -> set[str]:
    """The root field, the fields below it that lead to the answer, and what is selected there."""
    names = {name for name, _ in root_fields(one_schema().core, endpoint.operation, endpoint.fragments)}
    below = {node.name.value for each in endpoint.gives.sets for node in each.selections if isinstance(node, FieldNode)}
    return names | {*endpoint.gives.keys} | below


def test_every_address_is_there_and_no_other() -> None:
    there = endpoints()
    assert {(method, path) for method, path, _ in LISTED} == set(there)
    for method, path, name in LISTED:
        for part in name.split("."):
            names = named_in(there[method, path])
            assert part in names, (path, name, names)


async def test_each_answers_what_it_says_and_what_graphql_answers(company: CompanyWorld) -> None:
    there, walk, seen = endpoints(), Walk(company), set[tuple[str, str]]()
    openapi = openapi_of(one_schema().core, shipped(one_schema().core), "/rest", "Workgraph")
    async for step in walk.steps():
        endpoint = there[step.method, step.path]
        tried = await _in_graphql(step, endpoint)
        by_query = {"query": step.body} if step.method == "GET" else {"body": step.body}
        response = await call(step.person, step.method, step.filled, **by_query)
        assert response.status_code == step.status, (step, response.text)
        _expect_described(openapi, step, response)
        walk.answer = response.json() if response.content else None
        if endpoint.reads:
            assert walk.answer == tried, step
        seen.add((step.method, step.path))
    assert seen == set(there)


async def _in_graphql(step: Step, endpoint: Endpoint) -> Any:
    """Ask the same document as GraphQL; what writes is tried only, where it can be."""
    takes = endpoint.takes
    variables: dict[str, Any] = {takes.body: dict(step.body or {})} if takes.body else dict(step.body or {})
    for name, argument in takes.in_path.items():
        place = variables[argument.target[0]] if len(argument.target) == 2 else variables
        place[argument.target[-1]] = step.given[name]
    if not endpoint.reads and "dryRun" not in takes.given:
        return None
    if takes.body and not endpoint.reads:
        variables[takes.body]["dryRun"] = True
    token = step.given.get("session_token")
    headers = {"authorization": f"Bearer {token}"} if token else headers_of(step.person)
    response = await step.person.http.post(
        "/graphql", json={"query": endpoint.text, "variables": variables}, headers=headers
    )
    body = response.json()
    assert "errors" not in body, (step, body)
    found = body["data"]
    assert bool(endpoint.gives.payload and found[endpoint.gives.payload]["refusals"]) == (step.status >= 400), body
    for key in endpoint.gives.keys:
        found = found[key] if found else None
    return found


def _expect_described(openapi: dict[str, Any], step: Step, response: httpx.Response) -> None:
    """Hold an answer against the schema that is told of it."""
    told = openapi["paths"][step.path][step.method.lower()]["responses"][str(response.status_code)]
    if response.status_code >= 400:
        problem(response)
        return
    if response.status_code == 204:
        assert (response.content, set(told)) == (b"", {"description"})
        return
    schema = told["content"]["application/json"]["schema"]
    whole = {**schema, "components": openapi["components"]}
    wrong = [
        str(each) for each in jsonschema_rs.Draft202012Validator(whole).iter_errors(orjson.loads(response.content))
    ]
    assert wrong == [], step
