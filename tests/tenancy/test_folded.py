"""A read that names its tenant by itself, on connections that were left with another tenant."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from db.models import ContentBlock, Flow, Stage
from db.roles import DatabaseRole
from db.tenancy import POOL, folded, folded_text, set_tenant
from tests.tenancy.conftest import Installation
from tests.tenancy.order import scans_in_order
from tests.tenancy.rows import TABLES, store

READS: Mapping[str, Any] = {
    "rows": select(Stage.id, Stage.tenant_id),
    "a page": select(Stage.id, Stage.tenant_id).order_by(Stage.position).limit(5),
    "a page further on": select(Stage.id, Stage.tenant_id).order_by(Stage.id).offset(0).limit(5),
    "a join": select(Stage.id, Flow.tenant_id).join(Flow, Flow.id == Stage.flow_id),
    "an outer join": select(Flow.id, Stage.tenant_id).join(Stage, Stage.flow_id == Flow.id, isouter=True),
    "a subquery": select(Stage.id, Stage.tenant_id).where(Stage.flow_id.in_(select(Flow.id))),
    "an aggregate": select(
        func.count().label("stages"), func.min(Stage.tenant_id.cast(postgresql.TEXT)).label("tenant")
    ),
    "groups": select(Stage.tenant_id, func.count(ContentBlock.id).label("blocks"))
    .join(ContentBlock, ContentBlock.stage_id == Stage.id, isouter=True)
    .group_by(Stage.tenant_id),
}
EVERY_READ = pytest.mark.parametrize("name", READS)
PLANS = pytest.mark.parametrize("plans", ["force_custom_plan", "force_generic_plan"])


async def a_tenant(connection: AsyncConnection) -> UUID:
    tenant = uuid7()
    async with connection.begin():
        await connection.execute(set_tenant(tenant))
        await store(connection, TABLES["content_blocks"], tenant)
    return tenant


@PLANS
@EVERY_READ
async def test_a_folded_read_sees_its_tenant_only(name: str, plans: str, installation: Installation) -> None:
    async with installation.engine(DatabaseRole.APP).connect() as plain:
        connection = await plain.execution_options(schema_translate_map={None: POOL})
        tenants = [await a_tenant(connection), await a_tenant(connection)]
        await left_with(connection, tenants[0], plans)
        for tenant in tenants * 8:
            rows = (await connection.execute(folded(READS[name], tenant))).all()
            await connection.commit()
            assert [[str(value) for value in row if str(value) in map(str, tenants)] for row in rows] == [[str(tenant)]]
        assert await connection.scalar(text("select current_setting('app.tenant_id')")) == str(tenants[0])
        await connection.invalidate()


async def left_with(connection: AsyncConnection, tenant: UUID, plans: str) -> None:
    async with connection.begin():
        await connection.execute(text("select set_config('app.tenant_id', :tenant, false)"), {"tenant": str(tenant)})
        await connection.exec_driver_sql(f"set plan_cache_mode = {plans}")


@EVERY_READ
async def test_no_table_is_scanned_before_the_tenant_is_set(name: str, installation: Installation) -> None:
    tenant = uuid7()
    async with installation.engine(DatabaseRole.APP).connect() as plain:
        connection = await plain.execution_options(schema_translate_map={None: POOL})
        await connection.execute(set_tenant(tenant))
        statement = folded(READS[name], tenant).compile(
            dialect=postgresql.dialect(),
            compile_kwargs={"literal_binds": True},
            schema_translate_map={None: POOL},
            render_schema_translate=True,
        )
        [explained] = (await connection.execute(text(f"explain (format json) {statement}"))).scalars()
        assert scans_in_order(explained[0]["Plan"])[0] == "tenant"


@PLANS
@EVERY_READ
async def test_written_as_plain_sql_it_is_the_same(name: str, plans: str, installation: Installation) -> None:
    statement = folded_text(READS[name], POOL)
    async with installation.engine(DatabaseRole.APP).connect() as plain:
        tenants = [await a_tenant(await plain.execution_options(schema_translate_map={None: POOL})) for _ in range(2)]
        await left_with(plain, tenants[0], plans)
        driver: Any = (await plain.get_raw_connection()).driver_connection
        for tenant in tenants * 8:
            rows = await driver.fetch(statement, str(tenant), *further(READS[name]))
            assert [[str(value) for value in row if str(value) in map(str, tenants)] for row in rows] == [[str(tenant)]]
        [explained] = await driver.fetch(f"explain (format json) {statement}", str(tenants[0]), *further(READS[name]))
        assert scans_in_order(explained[0][0]["Plan"])[0] == "tenant"
        await plain.invalidate()


def further(statement: Any) -> list[Any]:
    """The values that a statement binds beside its tenant, in their order: here no more than its page."""
    return [each._limit_clause.value for each in [statement] if each._limit_clause is not None] + [
        each._offset_clause.value for each in [statement] if each._offset_clause is not None
    ]
