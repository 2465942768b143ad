"""The control plane: which tenants there are, where each is, what it may use, and how it is being set up.

It lives in the schema `catalog`, which the application's role cannot read. Every function takes a connection of the
control role and leaves the transaction to its caller.
"""

from db.catalog.choices import Isolation, PlatformRole, TenantStatus
from db.catalog.keys import add_key, all_wrapped_keys, wrapped_keys
from db.catalog.plans import Plan, modules_of_plan
from db.catalog.platform import (
    PlatformPerson,
    assign_account_manager,
    find_platform,
    find_platform_person,
    grant_role,
    list_platform_people,
    revoke_role,
)
from db.catalog.refusals import (
    CatalogRefused,
    HostnameTaken,
    IllegalTenantTransition,
    NotOfThePlatform,
    NotThePlatform,
    SlugTaken,
    SlugUnusable,
    TenantNotFound,
)
from db.catalog.tables import SCHEMA, metadata
from db.catalog.tenants import (
    PRIMARY,
    AccountManager,
    Tenant,
    TenantSpec,
    add_hostname,
    create_tenant,
    find_tenant,
    hostnames_of,
    is_slug,
    list_tenants,
    set_registered_only,
    set_status,
)

__all__ = [
    "PRIMARY",
    "SCHEMA",
    "AccountManager",
    "CatalogRefused",
    "HostnameTaken",
    "IllegalTenantTransition",
    "Isolation",
    "NotOfThePlatform",
    "NotThePlatform",
    "Plan",
    "PlatformPerson",
    "PlatformRole",
    "SlugTaken",
    "SlugUnusable",
    "Tenant",
    "TenantNotFound",
    "TenantSpec",
    "TenantStatus",
    "add_hostname",
    "add_key",
    "all_wrapped_keys",
    "assign_account_manager",
    "create_tenant",
    "find_platform",
    "find_platform_person",
    "find_tenant",
    "grant_role",
    "hostnames_of",
    "is_slug",
    "list_platform_people",
    "list_tenants",
    "metadata",
    "modules_of_plan",
    "revoke_role",
    "set_registered_only",
    "set_status",
    "wrapped_keys",
]
