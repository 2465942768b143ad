"""Which company a request is for, and who it is from: hostnames, the header, the token, and their disagreement."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app import now
from auth.tokens import AccessTokens
from db.catalog import add_hostname
from db.encryption import MasterKey
from tests.world import Answer, CompanyWorld, Person, World

QUERY = "{ company { name } }"
PUBLIC = "{ modules { name } }"


async def asked(world: World, query: str = QUERY, **headers: str) -> Answer:
    """Ask with these headers and nothing else."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    response = await world.http.post("/graphql", json={"query": query}, headers=given)
    return Answer(response, response.json())


def turned_away(answer: Answer) -> tuple[int, str]:
    """Return the status and the code of a request that was turned away before it ran; it says nothing else."""
    assert answer.body.keys() == {"errors"}
    [error] = answer.errors
    assert error["extensions"].keys() == {"code"}
    return answer.response.status_code, error["extensions"]["code"]


def a_token(company: CompanyWorld, person: Person, clock: Any = now, key: MasterKey | None = None, **said: Any) -> str:
    """Issue a token for a person, with something wrong about it."""
    issuer = AccessTokens(key or company.world.wiring.master_key, clock=clock)
    right: dict[str, Any] = {
        "user_id": person.asking.principal.id,
        "tenant_id": company.tenant.id,
        "token_version": 1,
    }
    return f"Bearer {issuer.issue(**{**right, **said}).text}"


async def test_the_header_names_the_company(company: CompanyWorld) -> None:
    answer = await asked(company.world, PUBLIC, x_workgraph_tenant=company.tenant.slug)
    assert answer.errors == []


@pytest.mark.parametrize("host", ["{}.localhost", "{}.LOCALHOST", "{}.localhost:8000", "{}.localhost."])
async def test_the_slug_under_localhost_names_the_company(company: CompanyWorld, host: str) -> None:
    host = host.format(company.tenant.slug)
    assert (await asked(company.world, PUBLIC, host=host)).errors == []
    owner = await company.person("OWNER")
    answer = await asked(company.world, host=host, authorization=f"Bearer {owner.token}")
    assert answer.data["company"]["name"] == company.tenant.name


async def test_a_hostname_of_its_own_names_the_company(company: CompanyWorld, other_company: CompanyWorld) -> None:
    host = f"work.{company.tenant.slug}.example"
    async with company.world.parts.catalog.begin() as connection:
        await add_hostname(connection, company.tenant.id, host)
    assert (await asked(company.world, PUBLIC, host=f"{host.upper()}:443")).errors == []
    other = await other_company.person("OWNER")
    answer = await asked(company.world, host=host, authorization=f"Bearer {other.token}")
    assert turned_away(answer) == (403, "TENANT_MISMATCH")


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "unknown.example"},
        {"host": "nobody.localhost"},
        {"host": "localhost"},
        {"host": ""},
        {"host": "a b"},
        {"host": "[::1"},
        {"host": "x" * 5000},
        {"host": "exa\0mple"},
        {"host": "a/b"},
        {"host": "user@testserver"},
        {"x_workgraph_tenant": "nobody"},
        {"x_workgraph_tenant": "\0"},
        {"x_workgraph_tenant": "x" * 5000},
        {"x_workgraph_tenant": "' or true --"},
    ],
    ids=str,
)
async def test_an_unknown_address_is_not_found(world: World, headers: dict[str, str]) -> None:
    assert turned_away(await asked(world, PUBLIC, **headers)) == (404, "TENANT_NOT_FOUND")


async def test_without_a_name_there_is_no_company(world: World) -> None:
    for headers in ({"host": "testserver"}, {"x_workgraph_tenant": ""}):
        assert (await asked(world, PUBLIC, **headers)).data == {"modules": []}
        assert (await asked(world, **headers)).codes == ["UNAUTHENTICATED"]


async def test_a_known_person_at_an_unknown_address_is_not_found(company: CompanyWorld, hr: Person) -> None:
    answer = await asked(company.world, host="unknown.example", authorization=f"Bearer {hr.token}")
    assert turned_away(answer) == (404, "TENANT_NOT_FOUND")


async def test_a_token_is_of_one_company(company: CompanyWorld, other_company: CompanyWorld, hr: Person) -> None:
    token, other = f"Bearer {hr.token}", other_company.tenant.slug
    for address in ({"x_workgraph_tenant": other}, {"host": f"{other}.localhost"}):
        assert turned_away(await asked(company.world, **address, authorization=token)) == (403, "TENANT_MISMATCH")


async def test_the_host_wins_over_the_header(company: CompanyWorld, other_company: CompanyWorld, hr: Person) -> None:
    host, slug = f"{company.tenant.slug}.localhost", other_company.tenant.slug
    answer = await asked(company.world, host=host, x_workgraph_tenant=slug, authorization=f"Bearer {hr.token}")
    assert answer.data["company"]["name"] == company.tenant.name


async def test_a_token_that_has_run_out(company: CompanyWorld, hr: Person) -> None:
    token = a_token(company, hr, clock=lambda: now() - timedelta(minutes=16))
    assert turned_away(await asked(company.world, authorization=token)) == (401, "TOKEN_EXPIRED")
    assert (await asked(company.world, authorization=a_token(company, hr))).errors == []


@pytest.mark.parametrize(
    "changes",
    [
        {"token_version": 2},
        {"token_version": 0},
        {"user_id": UUID(int=1)},
        {"key": MasterKey(b"x" * 32)},
    ],
)
async def test_a_token_that_is_not_good(company: CompanyWorld, hr: Person, changes: dict[str, Any]) -> None:
    answer = await asked(company.world, authorization=a_token(company, hr, **changes))
    assert turned_away(answer) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("text", ["Bearer x", "Bearer a.b.c", "bearer \xff", f"Bearer {'x' * 9000}", "Bearer  ."])
async def test_what_is_no_token(world: World, text: str) -> None:
    response = await world.http.post(
        "/graphql", json={"query": PUBLIC}, headers={b"authorization": text.encode("latin-1")}
    )
    assert turned_away(Answer(response, response.json())) == (401, "UNAUTHENTICATED")


async def test_a_token_for_a_company_that_is_not_there(company: CompanyWorld, hr: Person) -> None:
    token = a_token(company, hr, tenant_id=UUID(int=1))
    assert turned_away(await asked(company.world, authorization=token)) == (404, "TENANT_NOT_FOUND")


@pytest.mark.parametrize("change", ["is_active = false", "token_version = 2"])
async def test_a_session_that_was_ended(company: CompanyWorld, hr: Person, change: str) -> None:
    assert (await hr.ask(QUERY)).errors == []
    await company.rows(f"update pool.users set {change} where id = :id returning id", id=hr.asking.principal.id)
    assert turned_away(await hr.ask(QUERY)) == (401, "UNAUTHENTICATED")


async def test_another_scheme_is_nobody(company: CompanyWorld) -> None:
    answer = await asked(company.world, x_workgraph_tenant=company.tenant.slug, authorization="Basic eDp4")
    assert answer.codes == ["UNAUTHENTICATED"]
    assert answer.response.status_code == 200
