"""The roles: made once, made again without harm, and refused when they could do too much."""

import asyncio

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from db.embedded import EmbeddedServers
from db.encryption import MasterKey
from db.migrate import owner_engine
from db.roles import DatabaseRole, RolesRefused, ensure_roles, role_name, role_password, url_as
from db.session import async_url
from tests.tenancy.conftest import MASTER_KEY, PREFIX, Installation


async def made(installation: Installation, prefix: str, master_key: MasterKey = MASTER_KEY) -> None:
    engine = owner_engine(installation.owner_url)
    async with engine.connect() as connection:
        await ensure_roles(connection, prefix, master_key)


async def who(url: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("select current_user")
    finally:
        await connection.close()


@pytest.mark.parametrize("role", list(DatabaseRole))
async def test_each_role_signs_in_with_its_derived_password(role: DatabaseRole, installation: Installation) -> None:
    assert await who(installation.url(role)) == role_name(PREFIX, role)


async def test_a_role_has_no_power(installation: Installation) -> None:
    connection = await asyncpg.connect(installation.owner_url)
    rows = await connection.fetch(
        "select rolname, rolinherit or "
        "rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as power, "
        "exists (select from pg_auth_members where member = r.oid) as member from pg_roles r where rolname = any($1)",
        [role_name(PREFIX, role) for role in DatabaseRole],
    )
    await connection.close()
    assert [tuple(row) for row in rows if row["power"] or row["member"]] == []
    assert len(rows) == len(DatabaseRole)


async def test_passwords_follow_the_master_key(installation: Installation) -> None:
    await made(installation, "rekeyed")
    other = MasterKey(b"another master key of 32 bytes!!")
    await made(installation, "rekeyed", other)
    url = url_as(installation.owner_url, DatabaseRole.APP, prefix="rekeyed", master_key=other)
    assert await who(url) == "rekeyed_app"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await who(url_as(installation.owner_url, DatabaseRole.APP, prefix="rekeyed", master_key=MASTER_KEY))


def test_passwords_differ_by_role_and_key() -> None:
    other = MasterKey(b"another master key of 32 bytes!!")
    passwords = {role_password(key, role) for key in (MASTER_KEY, other) for role in DatabaseRole}
    assert len(passwords) == 2 * len(DatabaseRole)
    assert all(len(password) == 43 for password in passwords)


async def test_several_may_make_them_at_once(installation: Installation) -> None:
    await asyncio.gather(*(made(installation, "crowded") for _ in range(6)))
    url = url_as(installation.owner_url, DatabaseRole.RELAY, prefix="crowded", master_key=MASTER_KEY)
    assert await who(url) == "crowded_relay"


@pytest.mark.parametrize("power", ["superuser", "bypassrls", "createrole", "in role workgraph_app"])
async def test_a_role_that_could_do_too_much_is_refused(
    power: str, installation: Installation, servers: EmbeddedServers
) -> None:
    administrator = await asyncpg.connect(servers.superuser_url)
    await administrator.execute(f"create role mighty_control login {power}")
    try:
        with pytest.raises(RolesRefused, match=r"mighty_control is a superuser, .* WORKGRAPH_ROLE_PREFIX"):
            await made(installation, "mighty")
    finally:
        await administrator.execute("drop role mighty_control")
        await administrator.close()


async def test_a_superuser_may_be_the_owner_too(installation: Installation, servers: EmbeddedServers) -> None:
    engine = create_async_engine(async_url(servers.superuser_url))
    async with engine.connect() as connection:
        await ensure_roles(connection, "royal", MASTER_KEY)
    await engine.dispose()
    url = url_as(installation.owner_url, DatabaseRole.APP, prefix="royal", master_key=MASTER_KEY)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
        await who(url)


async def test_an_owner_who_may_not_make_roles_is_told_what_to_do(installation: Installation) -> None:
    engine = create_async_engine(async_url(installation.url(DatabaseRole.APP)))
    async with engine.connect() as connection:
        with pytest.raises(RolesRefused, match=r"may not make the roles fresh_app.*CREATEROLE"):
            await ensure_roles(connection, "fresh", MASTER_KEY)
    await engine.dispose()
