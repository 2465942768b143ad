"""What the migrations lead to is what the models say, and a difference is named."""

import re

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, UniqueConstraint, Uuid

from db.drift import drift, gaps
from db.models import Company
from db.tenancy import POOL, TEMPLATE
from tests.tenancy.conftest import PREFIX, Installation

CHANGES = {
    f"alter table {TEMPLATE}.stages add column motto text": "column stages motto",
    f"alter table {TEMPLATE}.stages no force row level security": "security stages force",
    f"alter policy tenant on {TEMPLATE}.users using (true)": "policy users tenant",
    f"drop index {TEMPLATE}.ix_stages_name_sort": "index stages ix_stages_name_sort",
    f"grant truncate on {TEMPLATE}.users to {PREFIX}_app": f"grant users {PREFIX}_app TRUNCATE",
    f"alter table {TEMPLATE}.stages drop constraint fk_stages_flow_id": "reference stages fk_stages_flow_id",
    f"alter table {TEMPLATE}.audit_logs disable trigger append_only": "trigger state audit_logs append_only",
    f"revoke insert on {TEMPLATE}.roles from {PREFIX}_app": f"grant roles {PREFIX}_app INSERT",
    f"drop table {POOL}.content_blocks": "relation content_blocks: not in pool",
    "alter table catalog.tenants drop constraint ck_tenants_slug": "check tenants ck_tenants_slug",
    f"revoke select on catalog.plans from {PREFIX}_control": f"grant plans {PREFIX}_control SELECT",
}


async def test_the_migrations_lead_to_the_models(installation: Installation) -> None:
    assert await drift(installation.owner_url, prefix=PREFIX) == []


async def test_every_difference_is_named(empty: Installation) -> None:
    await empty.migrate()
    async with empty.engine().begin() as owner:
        for change in CHANGES:
            await owner.exec_driver_sql(change)
    found = await drift(empty.owner_url, prefix=PREFIX)
    assert [named for named in CHANGES.values() if not any(line.startswith(named) for line in found)] == []


def test_the_models_leave_no_gap() -> None:
    assert gaps(Company.metadata) == []


@pytest.mark.parametrize(
    ("column", "rule", "gap"),
    [
        (
            Column("flow_id", Uuid, ForeignKey("flows.id", name="fk_loose")),
            None,
            "fk_loose can refer to another tenant's row",
        ),
        (Column("code", Integer), UniqueConstraint("code", name="uq_loose"), "uq_loose tells whether another tenant"),
        (Column("number", Integer, primary_key=True), None, "the primary key is .*'number'"),
    ],
)
def test_a_gap_is_named(column: Column[object], rule: UniqueConstraint | None, gap: str) -> None:
    tables = MetaData()
    keys = [Column("tenant_id", Uuid, primary_key=True), Column("id", Uuid, primary_key=True)]
    Table("flows", tables, *(Column(name, Uuid, primary_key=True) for name in ("tenant_id", "id")))
    Table("stages", tables, *keys, column, *([] if rule is None else [rule]))
    [found] = gaps(tables)
    assert re.search(gap, found)
