"""The control plane: tenants are found, made once, and moved only as their life allows."""

from collections.abc import AsyncGenerator
from itertools import pairwise, product
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from db.catalog import (
    HostnameTaken,
    IllegalTenantTransition,
    Isolation,
    Plan,
    SlugTaken,
    SlugUnusable,
    TenantNotFound,
    TenantSpec,
    TenantStatus,
    add_hostname,
    add_key,
    create_tenant,
    find_tenant,
    hostnames_of,
    is_slug,
    list_tenants,
    modules_of_plan,
    set_status,
    wrapped_keys,
)
from db.catalog.choices import MOVES
from db.catalog.tables import tenants
from db.encryption import DataKey, Keyring
from db.roles import DatabaseRole
from db.tenancy import Placement
from tests.tenancy.conftest import MASTER_KEY, Installation


@pytest.fixture
async def control(installation: Installation) -> AsyncGenerator[AsyncConnection]:
    """A transaction of the control role, undone at the end."""
    async with installation.engine(DatabaseRole.CONTROL).connect() as connection:
        yield connection


def a_spec(slug: str = "acme", **given: object) -> TenantSpec:
    return TenantSpec(slug, "Acme", **given)  # pyright: ignore[reportArgumentType] - the test names real fields


async def test_a_tenant_is_found_by_id_slug_and_hostname(control: AsyncConnection) -> None:
    made = await create_tenant(control, a_spec())
    await add_hostname(control, made.id, "Acme.Example")
    assert await find_tenant(control, id=made.id) == made
    assert await find_tenant(control, slug="acme") == made
    for hostname in ("ACME.example:8443", "acme.example."):
        assert await find_tenant(control, hostname=hostname) == made
    assert made.placement == Placement(made.id, "pool", "primary")
    assert made.status is TenantStatus.PROVISIONING


@pytest.mark.parametrize("named", [{"id": UUID(int=0)}, {"slug": "nobody"}, {"hostname": "nobody.example"}])
async def test_what_names_nobody_finds_nobody(named: dict[str, object], control: AsyncConnection) -> None:
    with pytest.raises(TenantNotFound):
        await find_tenant(control, **named)  # pyright: ignore[reportArgumentType] - as above


async def test_without_a_name_only_an_only_tenant_is_found(control: AsyncConnection) -> None:
    await control.execute(update(tenants).values(status="closed"))
    made = await create_tenant(control, a_spec())
    if len((await control.execute(tenants.select())).all()) == 1:
        assert await find_tenant(control) == made
    await create_tenant(control, a_spec("other"))
    with pytest.raises(TenantNotFound):
        await find_tenant(control)


async def test_the_same_tenant_is_made_once(control: AsyncConnection) -> None:
    spec = a_spec()
    assert await create_tenant(control, spec) == await create_tenant(control, spec)


async def test_another_tenants_slug_is_taken(control: AsyncConnection) -> None:
    spec = a_spec()
    await create_tenant(control, spec)
    with pytest.raises(SlugTaken, match="acme is taken"):
        await create_tenant(control, a_spec())
    with pytest.raises(SlugTaken):
        await create_tenant(control, a_spec("renamed", id=spec.id))


@pytest.mark.parametrize(
    "slug", ["ab", "a" * 41, "Acme", "a_b", "-ab", "ab-", "a--b", "1ab", "a.b", "äbc", "", "abc\n"]
)
async def test_what_cannot_be_a_slug_is_refused(slug: str, control: AsyncConnection) -> None:
    assert not is_slug(slug)
    with pytest.raises(SlugUnusable):
        await create_tenant(control, a_spec(slug))


@pytest.mark.parametrize("slug", ["abc", "a" * 40, "a-b-c", "a1-2"])
def test_what_can_be_a_slug(slug: str) -> None:
    assert is_slug(slug)


def test_no_two_slugs_share_a_schema() -> None:
    own = [a_spec(slug, isolation=Isolation.SCHEMA).schema for slug in ("a-b", "ab", "a-b-c")]
    assert own == ["t_a_b", "t_ab", "t_a_b_c"]


@pytest.mark.parametrize(("now", "to"), list(product(TenantStatus, repeat=2)))
async def test_a_status_moves_only_as_listed(now: TenantStatus, to: TenantStatus, control: AsyncConnection) -> None:
    made = await create_tenant(control, a_spec())
    before = TenantStatus.SUSPENDED if now is TenantStatus.MIGRATING else None
    await control.execute(update(tenants).where(tenants.c.id == made.id).values(status=now, status_before=before))
    if to in MOVES[now] and (now is not TenantStatus.MIGRATING or to is before):
        await set_status(control, made.id, to)
        assert (await find_tenant(control, id=made.id)).status is to
    else:
        with pytest.raises(IllegalTenantTransition, match=f"is {now} cannot become {to}"):
            await set_status(control, made.id, to)
        assert (await find_tenant(control, id=made.id)).status is now


async def test_a_migration_ends_where_it_began(control: AsyncConnection) -> None:
    made = await create_tenant(control, a_spec())
    for status in ("active", "suspended", "migrating", "suspended", "active", "migrating", "active"):
        await set_status(control, made.id, TenantStatus(status))
    with pytest.raises(TenantNotFound):
        await set_status(control, uuid7(), TenantStatus.ACTIVE)


async def test_a_status_outside_the_list_cannot_be_stored(control: AsyncConnection) -> None:
    await create_tenant(control, a_spec())
    with pytest.raises(IntegrityError, match="ck_tenants_status"):
        await control.execute(update(tenants).values(status="asleep"))


async def test_a_hostname_leads_to_one_tenant(control: AsyncConnection) -> None:
    acme, other = await create_tenant(control, a_spec()), await create_tenant(control, a_spec("other"))
    for _ in range(2):
        await add_hostname(control, acme.id, "acme.example")
    with pytest.raises(HostnameTaken):
        await add_hostname(control, other.id, "ACME.example")
    assert await hostnames_of(control, acme.id) == ["acme.example"]
    assert await hostnames_of(control, other.id) == []


async def test_modules_are_those_of_the_plan_and_the_tenants_own(control: AsyncConnection) -> None:
    growth = await modules_of_plan(control, Plan.GROWTH)
    spec = a_spec(plan=Plan.GROWTH, modules_added=("recruiting", "finance"), modules_removed=("onboarding",))
    made = await create_tenant(control, spec)
    assert made.modules == (growth | {"recruiting"}) - {"onboarding"}


async def test_each_plan_has_the_modules_of_the_one_before_it(control: AsyncConnection) -> None:
    modules = [await modules_of_plan(control, plan) for plan in Plan]
    assert [len(each) for each in modules] == [5, 8, 11, 12, 12]
    assert all({"company", "onboarding"} <= each for each in modules)
    assert all(less <= more for less, more in pairwise(modules))


async def test_closed_tenants_are_not_listed(control: AsyncConnection) -> None:
    logical, own = (
        await create_tenant(control, a_spec()),
        await create_tenant(control, a_spec("own", isolation=Isolation.SCHEMA)),
    )
    assert {logical, own} <= set(await list_tenants(control))
    assert own in await list_tenants(control, isolation=Isolation.SCHEMA)
    assert logical not in await list_tenants(control, isolation=Isolation.SCHEMA)
    await control.execute(update(tenants).where(tenants.c.id == own.id).values(status="closed"))
    assert own.id not in {tenant.id for tenant in await list_tenants(control)}


async def test_the_newest_key_comes_first_and_old_ones_still_open(installation: Installation) -> None:
    async with installation.engine(DatabaseRole.CONTROL).begin() as connection:
        tenant = await create_tenant(connection, a_spec("keys"))
        await add_key(connection, tenant.id, DataKey.generate(), MASTER_KEY)
    async with installation.engine(DatabaseRole.CONTROL).begin() as connection:
        sealed = Keyring(MASTER_KEY, tenant.id, await wrapped_keys(connection, tenant.id)).seal("secret", aad=b"here")
        newest = DataKey.generate()
        await add_key(connection, tenant.id, newest, MASTER_KEY)
        keyring = Keyring(MASTER_KEY, tenant.id, await wrapped_keys(connection, tenant.id))
    assert keyring.open(sealed, aad=b"here") == "secret"
    assert bytes.fromhex(newest.key_id) in keyring.seal("secret", aad=b"here")
