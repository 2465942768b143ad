"""How far each schema has been migrated: read in two small statements, as the control role or the owner."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from db.catalog.choices import Isolation, TenantStatus
from db.catalog.tables import SCHEMA, schema_versions, template_versions, tenants
from db.migrations.trees import catalog_tree, tenant_tree
from db.tenancy import POOL, TEMPLATE

SHARED: Final = (TEMPLATE, POOL)
UNFINISHED: Final = (TenantStatus.PROVISIONING, TenantStatus.FAILED, TenantStatus.CLOSED)
NEVER: Final = "has never been migrated"
OLD: Final = "is at an older revision"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is not at the newest revision, and why, if that is known. `stragglers` are schemas of single tenants."""

    behind: Mapping[str, str] = field(default_factory=dict[str, str])
    stragglers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_at_head(self) -> bool:
        """Whether requests can be served: a straggler keeps only its own tenant waiting."""
        return not self.behind


class Heads:
    """The newest revisions that the program brings with it, read from its files once."""

    def __init__(self, *more_versions: Path) -> None:
        self.catalog = catalog_tree().head
        self.tenant = tenant_tree(*more_versions).head

    async def standing(self, connection: AsyncConnection) -> Standing:
        """Compare every schema with them. A server that does not answer raises as it does elsewhere."""
        try:
            revision = await connection.scalar(text(f"select version_num from {SCHEMA}.alembic_version"))
        except ProgrammingError:
            return Standing(behind=dict.fromkeys((SCHEMA, *SHARED), NEVER))
        if revision != self.catalog:
            return Standing(behind={SCHEMA: OLD})
        return await self._schemas(connection)

    async def _schemas(self, connection: AsyncConnection) -> Standing:
        known = schema_versions.outerjoin(template_versions)
        columns = (schema_versions.c.schema_name, template_versions.c.revision, schema_versions.c.error)
        rows = {row.schema_name: row for row in await connection.execute(select(*columns).select_from(known))}
        own = select(tenants.c.schema_name).where(
            tenants.c.isolation == Isolation.SCHEMA, tenants.c.status.not_in(UNFINISHED)
        )
        expected = {*SHARED, *(await connection.scalars(own))}
        late = dict.fromkeys(expected - rows.keys(), NEVER) | {
            name: row.error or OLD for name, row in rows.items() if row.revision != self.tenant
        }
        return Standing(
            behind={name: why for name, why in late.items() if name in SHARED},
            stragglers={name: why for name, why in late.items() if name not in SHARED},
        )
