"""Registrations as people send them, and the application over the same servers with other settings."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import httpx
from uuid_utils.compat import uuid7

from app import connected, make_app
from tests.world import PASSWORD, Answer, World

NUMBERS = count(1)
REGISTER = """
mutation($input: RegisterCompanyInput!) {
  registerCompany(input: $input) { company { slug url } refusals { code message path } }
}
"""
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { session { accessToken } refusals { code } } }"


def a_registration(**changes: Any) -> dict[str, Any]:
    slug = f"registered-{next(NUMBERS)}-{uuid7().hex[-8:]}"
    given = {
        "name": "Registered",
        "slug": slug,
        "email": f"ada@{slug}.example",
        "password": PASSWORD,
        "firstName": "Ada",
        "lastName": "Lovelace",
    }
    return given | changes


async def ask(http: httpx.AsyncClient, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await http.post("/graphql", json={"query": query, "variables": variables or {}}, headers=named)
    return Answer(response, response.json())


async def register(http: httpx.AsyncClient, given: dict[str, Any]) -> dict[str, Any]:
    return (await ask(http, REGISTER, {"input": given})).data["registerCompany"]


async def login(http: httpx.AsyncClient, given: dict[str, Any], **headers: str) -> Answer:
    credentials = {"email": given["email"], "password": given["password"]}
    return await ask(http, LOGIN, {"input": credentials}, **headers)


@asynccontextmanager
async def set_otherwise(world: World, **changes: Any) -> AsyncGenerator[httpx.AsyncClient]:
    """The application with other settings; a fresh one, which remembers no tenant."""
    wiring = replace(world.wiring, **changes)
    async with connected(wiring) as parts:
        transport = httpx.ASGITransport(app=make_app(wiring, parts))
        async with httpx.AsyncClient(transport=transport, base_url=wiring.public_url, timeout=60) as http:
            yield http
