"""Whatever is remembered, sealed or noted is so for one tenant: the same id, key or name elsewhere is another one."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import update
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from app import now
from auth.tokens import AccessTokens
from db.catalog import add_hostname
from db.encryption import CannotDecrypt, Sealer
from db.models import Company
from resolvers.tenants import Tenants
from tests.wall.conftest import Stand
from tests.wall.foreign import PLAINLY, foreign_ids, one_of_each
from tests.wall.found import cursors_in
from tests.wall.twins import EMAIL, Twins, ask_both, the_twins
from tests.wall.walker import Walker
from tests.world import PASSWORD, Person, World


@pytest.fixture(params=[False, True], ids=["one schema", "two schemas"])
async def twins(world: World, request: pytest.FixtureRequest) -> Twins:
    """Two companies whose rows have the same ids."""
    return await the_twins(world, own_schema=request.param)


async def test_the_same_ids_lead_to_each_ones_own(twins: Twins) -> None:
    tally = await ask_both(twins, rounds=15)
    tally.passed(least=34)


async def test_what_is_done_to_one_is_not_done_to_the_other(twins: Twins) -> None:
    before = await twins.other.state()
    person, flow, stage = twins.one.person, twins.id("Flow"), twins.id("Stage")
    assert (await person.do("publishFlow", {"id": flow}))["refusals"] == []
    assert (await person.do("editFlow", {"id": flow}))["refusals"] == []
    assert (await person.do("updateStage", {"id": stage, "name": "Another"}))["refusals"] == []
    assert (await person.do("reorderStages", {"id": flow, "ids": [stage]}))["refusals"] == []
    assert (await person.do("updateCompany", {"id": twins.id("Company"), "name": "Another"}))["refusals"] == []
    assert (await person.do("deleteFlow", {"id": flow}, "deletedId"))["deletedId"] == flow
    assert await twins.other.state() == before
    assert (await twins.other.person.ask("{ flows { totalCount } }")).data == {"flows": {"totalCount": 1}}


async def test_one_key_of_one_person_is_another_key_elsewhere(twins: Twins) -> None:
    made = []
    for party in (twins.one, twins.other, twins.one, twins.other):
        given = {"name": f"{party.mark} new", "durationDays": 7, "idempotencyKey": "the key"}
        payload = await party.person.do("createFlow", given, "flow { id name }")
        assert payload["refusals"] == []
        assert payload["flow"]["name"] == given["name"]
        made.append(payload["flow"]["id"])
    assert made[:2] == made[2:]
    assert made[0] != made[1]


async def test_the_same_place_has_another_cursor_elsewhere(world: World, twins: Twins) -> None:
    document = "{ flows { edges { cursor } } }"
    one, other = [next(cursors_in((await party.person.ask(document)).data)) for party in (twins.one, twins.other)]
    assert one != other
    sealer = Sealer(world.wiring.master_key)
    assert sealer.open(one, tenant_id=twins.one.tenant, purpose="cursor") == sealer.open(
        other, tenant_id=twins.other.tenant, purpose="cursor"
    )
    with pytest.raises(CannotDecrypt):
        sealer.open(one, tenant_id=twins.other.tenant, purpose="cursor")


async def test_a_secret_opens_for_its_own_company_only(world: World, twins: Twins) -> None:
    given = {"id": twins.id("Company"), "taxId": f"{twins.one.mark} secret"}
    assert (await twins.one.person.do("updateCompany", given))["refusals"] == []
    [(sealed,)] = await twins.one.rows("select tax_id from {schema}.companies where tenant_id = :tenant")
    async with world.parts.database.transacting(twins.other.company.tenant.placement) as session:
        await session.execute(update(Company).values(tax_id=sealed))
    with capture_logs() as logs:
        answer = await twins.other.person.ask("{ company { name taxId } }")
    assert answer.body["data"] == {"company": {"name": twins.other.mark, "taxId": None}}
    assert answer.codes == ["INTERNAL"]
    assert twins.one.mark not in answer.response.text + str(logs)
    assert [log["log_level"] for log in logs] == ["error"]


def test_a_keyring_holds_one_companys_keys(stand: Stand) -> None:
    one, other = stand.ada.company.keyring, stand.bob.company.keyring
    with pytest.raises(CannotDecrypt):
        other.open(one.seal("secret", aad=b"place"), aad=b"place")
    assert one.fingerprint(b"value") != other.fingerprint(b"value")


async def test_tenants_are_remembered_by_what_they_were_asked_for(world: World, stand: Stand) -> None:
    ada, bob = stand.ada.company.tenant, stand.bob.company.tenant
    async with world.parts.catalog.begin() as connection:
        await add_hostname(connection, bob.id, ada.slug)
    tenants = Tenants(world.parts.catalog, world.wiring.master_key)
    asked = [{"slug": ada.slug}, {"hostname": ada.slug}, {"id": ada.id}, {"slug": bob.slug}, {"id": bob.id}]
    for _ in range(2):
        found = await asyncio.gather(*(tenants.find(**each) for each in asked))
        assert [each and each.tenant.slug for each in found] == [ada.slug, bob.slug, ada.slug, bob.slug, bob.slug]
        for each, company in zip(found, [stand.ada, stand.bob, stand.ada, stand.bob, stand.bob], strict=True):
            assert each is not None
            assert each.keyring.open(company.company.keyring.seal("own", aad=b""), aad=b"") == "own"
    assert await tenants.find(slug=str(ada.id)) is None
    assert await tenants.find(hostname=bob.slug) is None


async def test_a_token_counts_at_its_own_company_only(stand: Stand) -> None:
    document = "{ company { name } }"
    answer = await stand.ada.person.ask(document, {}, **{"x-workgraph-tenant": stand.bob.company.tenant.slug})
    assert (answer.response.status_code, answer.codes) == (403, ["TENANT_MISMATCH"])
    assert not (await stand.bob.traces()).found_in(answer.response.text)
    wiring = stand.ada.company.world.wiring
    for user in (stand.bob.samples["User"][0], uuid7()):
        token = AccessTokens(wiring.master_key, clock=now).issue(
            user_id=user, tenant_id=stand.ada.tenant, token_version=1
        )
        person = Person(stand.ada.person.http, token.text, stand.ada.person.asking, stand.ada.company.tenant.slug)
        answer = await person.ask(document)
        assert answer.body == {
            "errors": [{"message": "This session has ended; sign in again.", "extensions": {"code": "UNAUTHENTICATED"}}]
        }


async def test_nobody_signs_in_at_another_company(stand: Stand) -> None:
    stranger = stand.ada.company.stranger()
    owner = f"owner@{stand.bob.company.tenant.slug}.example"
    refused = [
        await stranger.do("login", {"email": email, "password": PASSWORD}, "session { accessToken }")
        for email in (owner, "nobody@nowhere.example")
    ]
    assert refused[0] == refused[1]
    assert [each["code"] for each in refused[0]["refusals"]] == ["INVALID_CREDENTIALS"]
    at_home = await stand.bob.company.stranger().do(
        "login", {"email": owner, "password": PASSWORD}, "session { accessToken }"
    )
    assert at_home["refusals"] == []


async def test_one_address_may_belong_to_people_of_two_companies(twins: Twins) -> None:
    for party in (twins.one, twins.other):
        given = {"email": EMAIL, "password": PASSWORD}
        session = (await party.company.stranger().do("login", given, "session { accessToken }"))["session"]
        person = replace(party.person, token=session["accessToken"])
        assert (await person.ask("{ company { name } }")).data == {"company": {"name": party.mark}}


async def test_the_log_of_one_company_says_nothing_of_another(stand: Stand) -> None:
    with capture_logs() as logs:
        tally = await foreign_ids(stand.dan, stand.ada, one_of_each(Walker(depth=3).slots())[::8], [PLAINLY])
    tally.passed(least=15)
    assert not (await stand.ada.traces()).found_in(str(logs))
