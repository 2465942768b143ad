"""What has run out is removed, of each company its own, and nothing else."""

from datetime import timedelta

from app import now
from cli.serving import work_of
from resolvers.identity import PURGE_PROOFS
from resolvers.identity.purging import purge_proofs
from tests.identity.builders import caller, owner
from tests.world import CompanyWorld


async def counts(company: CompanyWorld) -> list[int]:
    tables = ("refresh_tokens", "password_resets")
    return [
        (await company.rows(f"select count(*) from pool.{table} where tenant_id = :tenant"))[0][0] for table in tables
    ]


async def test_what_has_run_out_is_removed_and_what_has_not_stays(
    company: CompanyWorld, other_company: CompanyWorld
) -> None:
    for each in (company, other_company):
        door = caller(each)
        await door.session(owner(each))
        await door.do("requestPasswordReset", {"email": owner(each)})
    database, mine = company.world.parts.database, company.tenant.placement
    assert await purge_proofs(database, [mine], now()) == 0
    assert await purge_proofs(database, [mine], now() + timedelta(minutes=31)) == 1
    assert await counts(company) == [1, 0]
    assert await purge_proofs(database, [mine], now() + timedelta(days=31)) == 2
    assert await counts(company) == [0, 0]
    assert await counts(other_company) == [1, 1]


async def test_the_worker_has_it_done(company: CompanyWorld) -> None:
    work = work_of(company.world.wiring, company.world.parts)
    [chore] = [each for each in work.chores if each.name == PURGE_PROOFS]
    await caller(company).session(owner(company))
    await company.rows("update pool.refresh_tokens set expires_at = now() where tenant_id = :tenant returning id")
    await chore.run([company.tenant])
    assert await counts(company) == [0, 0]
