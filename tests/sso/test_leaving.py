"""What is left of sign-ins: nothing of whoever was erased, and nothing that has run out."""

from datetime import timedelta

from app import now
from resolvers.identity.purging import purge_proofs
from schema.derive import ids
from tests.identity.builders import everything
from tests.privacy.people import erase
from tests.sso.builders import Installation, a_person
from tests.world import CompanyWorld

SUBJECT = "subject-of-somebody-who-leaves"


async def test_nothing_is_left_of_who_was_erased(here: Installation, company: CompanyWorld) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    here.provider.person = a_person(sub=SUBJECT)
    await browser.sign_in(connection)
    await browser.land(connection)
    owner = here.through(await company.person())
    [row] = await company.rows("select user_id, subject from pool.sso_identities where tenant_id = :tenant")
    assert row.subject == SUBJECT
    user = ids.encode("User", row.user_id)
    for answer in (await owner.do("deactivateUser", {"id": user}), await erase(owner, "eraseUser", user)):
        assert answer["refusals"] == []
    for table in ("sso_identities", "sso_codes", "address_proofs"):
        assert await company.rows(f"select id from pool.{table} where tenant_id = :tenant") == []
    stored = await everything(company)
    assert SUBJECT not in stored
    assert "Lovelace" not in stored


async def test_codes_that_have_run_out_are_removed(here: Installation, company: CompanyWorld) -> None:
    connection, browser = await here.connection(company), here.browser(company)
    await browser.land(connection)
    database, mine = company.world.parts.database, company.tenant.placement
    assert await purge_proofs(database, [mine], now()) == 0
    assert await purge_proofs(database, [mine], now() + timedelta(seconds=61)) == 1


async def test_links_that_have_run_out_are_removed(company: CompanyWorld) -> None:
    person = await company.person()
    assert (await person.do("requestEmailVerification", {}))["refusals"] == []
    database, mine = company.world.parts.database, company.tenant.placement
    assert await purge_proofs(database, [mine], now() + timedelta(hours=23)) == 0
    assert await purge_proofs(database, [mine], now() + timedelta(hours=25)) == 1
