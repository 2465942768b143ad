"""What the control role may do with the control plane's tables: what is decided by migrations it only reads."""

from collections.abc import Mapping
from typing import Final

from db.identifiers import quoted
from db.roles import DatabaseRole, role_name

ORDINARY: Final = "select, insert, update"
GRANTS: Final[Mapping[str, str]] = {
    "alembic_version": "select",
    "installation": "select",
    "plans": "select",
    "plan_modules": "select",
    "template_versions": "select",
    "schema_versions": "select",
    "schema_usage": "select, insert, update, delete",
    "schema_usage_batches": "select, insert, delete",
    "tenant_hostnames": "select, insert, delete",
    "platform_company": "select, insert",
    "platform_people": "select, insert, update, delete",
}


def control_ddl(table: str, prefix: str) -> list[str]:
    """Let the control role use a table of the schema that stands first in the search path."""
    member = quoted(role_name(prefix, DatabaseRole.CONTROL))
    return [f"grant {GRANTS.get(table, ORDINARY)} on {quoted(table)} to {member}"]


def catalog_ddl(schema: str, prefix: str) -> list[str]:
    """Make the control plane's schema, and let in the control role only."""
    member = quoted(role_name(prefix, DatabaseRole.CONTROL))
    return [f"create schema if not exists {quoted(schema)}", f"grant usage on schema {quoted(schema)} to {member}"]
