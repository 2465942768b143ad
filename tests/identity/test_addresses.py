"""Which company a request is about: by every address that is told, and by none that is not open."""

import pytest
from sqlalchemy import text

from resolvers.addresses import address_of
from tests.identity.builders import a_registration, ask, login, register, set_otherwise
from tests.world import CompanyWorld, World

ASK = "{ modules { name } }"


@pytest.mark.parametrize(
    ("public_url", "told"),
    [
        ("http://127.0.0.1:8000", "http://acme.localhost:8000"),
        ("http://localhost:8000", "http://acme.localhost:8000"),
        ("https://work.example", "https://acme.work.example"),
        ("https://work.example/base", "https://acme.work.example/base"),
        ("http://192.0.2.7:8000", "http://192.0.2.7:8000"),
        ("http://0.0.0.0:8000", "http://0.0.0.0:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://work-127.0.0.1.example", "http://acme.work-127.0.0.1.example"),
    ],
)
def test_an_address_that_works_is_told(public_url: str, told: str) -> None:
    assert address_of(public_url, "acme") == told


@pytest.mark.parametrize("public_url", ["http://127.0.0.1:8000", "http://work.example:8000", "http://192.0.2.7:8000"])
async def test_the_address_that_registering_returns_leads_to_the_company(world: World, public_url: str) -> None:
    own = frozenset({public_url.partition("://")[2].partition(":")[0]})
    async with set_otherwise(world, public_url=public_url, own_hosts=own) as http:
        given = a_registration()
        url = (await register(http, given))["company"]["url"]
        named = {"x_workgraph_tenant": given["slug"]} if url == public_url else {}
        answer = await login(http, given, host=url.partition("://")[2], **named)
    assert answer.data["login"]["session"]["accessToken"]


@pytest.mark.parametrize("host", ["192.0.2.99:8000", "[2001:db8::1]:8000", "10.0.0.1"])
async def test_an_address_in_digits_is_our_own(company: CompanyWorld, host: str) -> None:
    answer = await ask(company.world.http, ASK, host=host, x_workgraph_tenant=company.tenant.slug)
    assert answer.data["modules"]


async def test_a_hostname_given_to_a_company_goes_before_the_short_name_of_another(world: World) -> None:
    given_it, other = await world.company(), await world.company()
    host = f"{other.tenant.slug}.testserver"
    async with world.owner.begin() as connection:
        await connection.execute(
            text("insert into catalog.tenant_hostnames (hostname, tenant_id) values (:host, :id)"),
            {"host": host, "id": given_it.tenant.id},
        )
    person = await given_it.person()
    assert (await person.ask("{ company { name } }", host=host)).data == {"company": {"name": given_it.tenant.name}}
    stranger = await other.person()
    assert (await stranger.ask("{ company { name } }", host=host)).codes == ["TENANT_MISMATCH"]


@pytest.mark.parametrize(
    "host", ["nobody.testserver", "a.b.testserver", "nobody.localhost", "work.example", ".testserver"]
)
async def test_a_host_of_nobody_says_what_is_true(world: World, host: str) -> None:
    answer = await ask(world.http, ASK, host=host, x_workgraph_tenant="demo")
    assert answer.codes == ["TENANT_NOT_FOUND"]
    assert "this host" in answer.errors[0]["message"]


async def test_a_short_name_of_nobody_says_what_is_true(world: World) -> None:
    answer = await ask(world.http, ASK, x_workgraph_tenant="nobody-at-all")
    assert answer.codes == ["TENANT_NOT_FOUND"]
    assert "X-Workgraph-Tenant must name one" in answer.errors[0]["message"]


@pytest.mark.parametrize(
    ("status", "served"), [("active", True), ("suspended", True), ("closing", False), ("failed", False)]
)
async def test_a_default_company_is_served_only_while_it_is_open(
    company: CompanyWorld, status: str, served: object
) -> None:
    await company.rows(f"update catalog.tenants set status = '{status}' where id = :tenant returning id")
    async with set_otherwise(company.world, default_slug=company.tenant.slug) as http:
        answer = await ask(http, ASK)
        assert bool(answer.data["modules"]) is served
        assert (await register(http, a_registration()))["refusals"] == []
