"""Verifying the audit trail: what was tampered with is named by its place, whoever did it; and by nobody else."""

from typing import Any

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

import resolvers.audit.verifying
from resolvers import ids
from tests.audit.chains import chain_of, drain, owning, verified, write
from tests.world import CompanyWorld, Person, World

ADDED = 5
FORGE = text(
    "insert into pool.audit_chain (tenant_id, id, position, prev_hash, hash, form, chained_at) "
    "values (:tenant, :id, :position, :prev_hash, :hash, 1, now())"
)


@pytest.fixture
async def owner(world: World, company: CompanyWorld) -> Person:
    """Somebody who may verify; five entries more have been written, and everything has its place."""
    person = await company.person()
    await write(company, *range(1, ADDED + 1))
    await drain(world)
    return person


async def tamper(company: CompanyWorld, statement: str, **values: Any) -> None:
    async with owning(company) as connection:
        done = await connection.execute(text(statement), {"tenant": company.tenant.id, **values})
        assert done.rowcount == 1


async def expect_broken(company: CompanyWorld, owner: Person, position: int, why: str, entry: str | None) -> None:
    found = await verified(owner)
    assert not found["isIntact"]
    assert found["firstBroken"] == {"position": position, "entryId": entry, "why": why}
    assert found["checked"] == position - 1


async def third(company: CompanyWorld) -> Any:
    """The third of the five entries that were added."""
    chain = await chain_of(company)
    return chain[len(chain) - ADDED + 2]


@pytest.mark.parametrize("page", [500, 2])
async def test_a_trail_that_nobody_touched_is_intact(
    company: CompanyWorld, owner: Person, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolvers.audit.verifying, "PAGE", page)
    chain = await chain_of(company)
    assert await verified(owner) == {
        "isIntact": True,
        "checked": len(chain),
        "waiting": 0,
        "lastPosition": len(chain),
        "lastHash": chain[-1].hash.hex(),
        "firstBroken": None,
    }


async def test_an_empty_trail_is_intact_and_what_waits_is_counted(company: CompanyWorld) -> None:
    owner = await company.person()
    found = await verified(owner)
    logged = await company.rows("select id from pool.audit_logs where tenant_id = :tenant")
    assert found == {
        "isIntact": True,
        "checked": 0,
        "waiting": len(logged),
        "lastPosition": 0,
        "lastHash": None,
        "firstBroken": None,
    }


@pytest.mark.parametrize(
    "change",
    [
        "new_values = '{\"n\": 2}'",
        "new_values = '{\"n\": 12345678901234567891}'",
        "occurred_at = occurred_at + interval '1 microsecond'",
        "action = 'delete'",
        "actor_id = tenant_id",
        "user_agent = 'x'",
    ],
)
@pytest.mark.parametrize("page", [500, 2])
async def test_a_changed_entry_is_named(
    company: CompanyWorld, owner: Person, change: str, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolvers.audit.verifying, "PAGE", page)
    row = await third(company)
    await tamper(company, f"update pool.audit_logs set {change} where tenant_id = :tenant and id = :id", id=row.id)
    await expect_broken(company, owner, row.position, "ENTRY_CHANGED", ids.encode("AuditLog", row.id))


async def test_the_third_of_five_is_the_third(world: World, company: CompanyWorld) -> None:
    """The chain of a company begins with the five: what its founding wrote is taken out of the way."""
    owner = await company.person()
    async with owning(company) as connection:
        for table in ("audit_waiting", "audit_logs", "audit_chain"):
            await connection.execute(
                text(f"delete from pool.{table} where tenant_id = :tenant"), {"tenant": company.tenant.id}
            )
    await write(company, 1, 2, 3, 4, 5)
    await drain(world)
    row = (await chain_of(company))[2]
    await tamper(
        company, "update pool.audit_logs set operation = 'other' where tenant_id = :tenant and id = :id", id=row.id
    )
    found = await verified(owner)
    assert found["firstBroken"]["position"] == 3
    assert (found["checked"], found["lastPosition"]) == (2, 5)


async def test_a_removed_entry_is_named(company: CompanyWorld, owner: Person) -> None:
    row = await third(company)
    await tamper(company, "delete from pool.audit_logs where tenant_id = :tenant and id = :id", id=row.id)
    await expect_broken(company, owner, row.position, "ENTRY_GONE", ids.encode("AuditLog", row.id))


async def test_a_removed_place_is_named(company: CompanyWorld, owner: Person) -> None:
    row = await third(company)
    await tamper(company, "delete from pool.audit_chain where tenant_id = :tenant and id = :id", id=row.id)
    await expect_broken(company, owner, row.position, "GAP", None)


async def test_a_changed_entry_whose_hash_was_made_anew_breaks_the_next(company: CompanyWorld, owner: Person) -> None:
    chain = await chain_of(company)
    row = await third(company)
    after = chain[row.position]
    await tamper(
        company, "update pool.audit_chain set hash = sha256('x') where tenant_id = :tenant and id = :id", id=row.id
    )
    await expect_broken(company, owner, row.position, "ENTRY_CHANGED", ids.encode("AuditLog", row.id))
    await tamper(
        company,
        "update pool.audit_chain set prev_hash = sha256('x') where tenant_id = :tenant and id = :id",
        id=after.id,
    )
    await tamper(
        company,
        "update pool.audit_chain set hash = :hash where tenant_id = :tenant and id = :id",
        id=row.id,
        hash=row.hash,
    )
    await expect_broken(company, owner, after.position, "LINK_CHANGED", ids.encode("AuditLog", after.id))


@pytest.mark.parametrize("form", [0, 3])
async def test_a_form_that_does_not_exist_is_a_changed_link(company: CompanyWorld, owner: Person, form: int) -> None:
    row = await third(company)
    await tamper(
        company, "update pool.audit_chain set form = :form where tenant_id = :tenant and id = :id", id=row.id, form=form
    )
    await expect_broken(company, owner, row.position, "LINK_CHANGED", ids.encode("AuditLog", row.id))


async def test_a_forged_place_at_the_end_is_named(company: CompanyWorld, owner: Person) -> None:
    """It continues the chain as it should, and there is no such entry."""
    last = (await chain_of(company))[-1]
    forged = {"tenant": company.tenant.id, "id": uuid7(), "position": last.position + 1}
    async with company.world.owner.begin() as connection:
        await connection.execute(text("select set_config('app.tenant_id', :t, true)"), {"t": str(company.tenant.id)})
        await connection.execute(FORGE, {**forged, "prev_hash": last.hash, "hash": bytes(32)})
    await expect_broken(company, owner, last.position + 1, "ENTRY_GONE", ids.encode("AuditLog", forged["id"]))


@pytest.mark.parametrize(("offset", "why"), [(None, "GAP"), (2, "GAP")])
async def test_a_forged_place_beside_the_chain_is_named(
    company: CompanyWorld, owner: Person, offset: int | None, why: str
) -> None:
    last = (await chain_of(company))[-1]
    position = last.position + offset if offset else 0
    forged: dict[str, Any] = {"tenant": company.tenant.id, "id": uuid7(), "position": position}
    async with company.world.owner.begin() as connection:
        await connection.execute(text("select set_config('app.tenant_id', :t, true)"), {"t": str(company.tenant.id)})
        await connection.execute(FORGE, {**forged, "prev_hash": last.hash, "hash": bytes(32)})
    found = await verified(owner)
    if offset:
        assert found["firstBroken"] == {"position": last.position + 1, "entryId": None, "why": why}
        assert found["checked"] == last.position
    else:
        entry = ids.encode("AuditLog", forged["id"])
        assert found["firstBroken"] == {"position": 0, "entryId": entry, "why": why}
        assert found["checked"] == 0


async def test_up_to_a_place_it_shows_the_hash_that_was_kept_and_misses_an_end_that_was_cut_off(
    company: CompanyWorld, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolvers.audit.verifying, "PAGE", 2)
    row, last = await third(company), (await chain_of(company))[-1]
    found = await verified(owner, until=row.position)
    assert (found["isIntact"], found["checked"], found["lastPosition"]) == (True, row.position, row.position)
    assert found["lastHash"] == row.hash.hex()
    for table in ("audit_chain", "audit_logs"):
        await tamper(company, f"delete from pool.{table} where tenant_id = :tenant and id = :id", id=last.id)
    assert (await verified(owner))["isIntact"]
    cut = await verified(owner, until=last.position)
    assert cut["firstBroken"] == {"position": last.position, "entryId": None, "why": "GAP"}
    assert (cut["isIntact"], cut["checked"]) == (False, last.position - 1)


async def test_another_company_verifies_its_own_chain(
    world: World, company: CompanyWorld, owner: Person, other_company: CompanyWorld
) -> None:
    other = await other_company.person()
    await drain(world)
    row = await third(company)
    await tamper(company, "delete from pool.audit_logs where tenant_id = :tenant and id = :id", id=row.id)
    found = await verified(other)
    assert found["isIntact"]
    assert found["checked"] == found["lastPosition"] == len(await chain_of(other_company))
    assert not (await verified(owner))["isIntact"]


async def test_it_needs_its_permission(company: CompanyWorld, hr: Person) -> None:
    assert (await hr.ask("{ verifyAudit { isIntact } }")).codes == ["FORBIDDEN"]
    assert (await company.stranger().ask("{ verifyAudit { isIntact } }")).codes == ["UNAUTHENTICATED"]
