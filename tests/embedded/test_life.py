"""The servers' ordinary life: first start, restart, stop, kill, and company on the same folder."""

import asyncio
import os
import signal
import stat
import time
from pathlib import Path

import asyncpg
from redis.asyncio import Redis

from db.embedded import EmbeddedServers, embedded_servers, running_or_embedded_servers, running_servers
from tests.embedded.conftest import Supervise, gone_within


async def one(url: str, query: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def remember(servers: EmbeddedServers, value: str) -> None:
    await one(servers.database_url, f"create table kept as select '{value}' as value")
    async with Redis.from_url(servers.redis_url) as redis:
        await redis.xadd("kept", {"value": value})


async def remembered(servers: EmbeddedServers) -> tuple[object, int]:
    async with Redis.from_url(servers.redis_url) as redis:
        return await one(servers.database_url, "select value from kept"), await redis.xlen("kept")


async def test_a_first_start_makes_a_database_that_its_owner_may_use_but_not_administer(folder: Path) -> None:
    async with embedded_servers(folder, role_prefix="acme") as servers:
        role = "select rolsuper, rolcreaterole, rolbypassrls, rolcreatedb from pg_roles where rolname = current_user"
        connection = await asyncpg.connect(servers.database_url)
        assert tuple(await connection.fetchrow(role)) == (False, True, False, False)
        assert await connection.fetchval("select current_user || '@' || current_database()") == "acme_owner@workgraph"
        await connection.execute("create extension btree_gist; create extension pg_trgm; create role acme_app")
        await connection.close()


async def test_the_server_is_set_up_for_many_tables_and_for_safe_writes(used_folder: Path) -> None:
    async with embedded_servers(used_folder) as servers:
        wanted = {
            "server_version_num": lambda value: int(value) >= 180000,
            "fsync": "on".__eq__,
            "max_locks_per_transaction": "256".__eq__,
            "max_connections": "200".__eq__,
            "listen_addresses": "127.0.0.1".__eq__,
            "password_encryption": "scram-sha-256".__eq__,
            "TimeZone": "UTC".__eq__,
        }
        for name, holds in wanted.items():
            assert holds(await one(servers.database_url, f"select current_setting('{name}')")), name
        locale = "select datlocprovider::text || datlocale from pg_database where datname = 'workgraph'"
        assert await one(servers.database_url, locale) == "bC.UTF-8"


async def test_nobody_gets_in_without_the_password(used_folder: Path) -> None:
    async with embedded_servers(used_folder) as servers:
        password = servers.database_url.split(":")[2].split("@")[0]
        for url in (servers.database_url, servers.superuser_url):
            try:
                await one(url.replace(url.split(":")[2].split("@")[0], "wrong"), "select 1")
            except asyncpg.InvalidPasswordError:
                continue
            raise AssertionError(url)
        held = [used_folder / "credentials.json", used_folder / "running.json"]
        assert password in held[0].read_text()
        assert [stat.S_IMODE(path.stat().st_mode) for path in held] == [0o600, 0o600]
        assert stat.S_IMODE((used_folder / "servers").stat().st_mode) == 0o700
    assert not held[1].exists()


async def test_a_restart_keeps_the_data_and_the_passwords(used_folder: Path) -> None:
    async with embedded_servers(used_folder) as first:
        await remember(first, "ada")
    begin = time.monotonic()
    async with embedded_servers(used_folder) as second:
        assert time.monotonic() - begin < 2
        assert await remembered(second) == ("ada", 1)
        assert second.database_url.split("@")[0] == first.database_url.split("@")[0]


async def test_it_stops_within_three_seconds_with_a_client_in_a_transaction(
    used_folder: Path, supervise: Supervise
) -> None:
    supervisor = supervise(used_folder)
    connection = await asyncpg.connect(supervisor.ready().database_url)
    await connection.execute("begin; create table unfinished (id int)")
    assert supervisor.stop() < 3
    connection.terminate()


async def test_kill_9_leaves_no_server_behind_and_the_next_start_keeps_what_was_committed(
    used_folder: Path, supervise: Supervise
) -> None:
    supervisor = supervise(used_folder)
    await remember(supervisor.ready(), "ada")
    supervisor.kill()
    assert gone_within(2, used_folder)
    async with embedded_servers(used_folder) as servers:
        assert await remembered(servers) == ("ada", 1)


async def test_a_start_right_after_kill_9_waits_for_the_servers_that_are_still_ending(
    used_folder: Path, supervise: Supervise
) -> None:
    supervisor = supervise(used_folder)
    await remember(supervisor.ready(), "ada")
    supervisor.kill()
    async with embedded_servers(used_folder) as servers:
        assert await remembered(servers) == ("ada", 1)


async def test_a_server_that_dies_alone_is_started_again_at_the_same_address(used_folder: Path) -> None:
    told: list[str] = []
    async with embedded_servers(used_folder, progress=told.append) as servers:
        await remember(servers, "ada")
        for pid_file in ("postgres/postmaster.pid", "valkey/valkey.pid"):
            os.kill(int((used_folder / "servers" / pid_file).read_text().split()[0]), signal.SIGKILL)
        async with asyncio.timeout(10):
            while True:
                await asyncio.sleep(0.1)
                try:
                    assert await remembered(servers) == ("ada", 1)
                    break
                except (OSError, asyncpg.PostgresError, ConnectionError):
                    continue
    assert "PostgreSQL ended unexpectedly; starting it again." in told
    assert "Valkey ended unexpectedly; starting it again." in told


async def test_another_command_finds_the_running_servers_and_leaves_them_running(used_folder: Path) -> None:
    assert await running_servers(used_folder) is None
    async with embedded_servers(used_folder) as servers:
        assert await running_servers(used_folder) == servers
        async with running_or_embedded_servers(used_folder) as found:
            assert found == servers
        assert await one(servers.database_url, "select 1") == 1
    assert await running_servers(used_folder) is None


async def test_only_the_servers_that_are_asked_for_are_started(folder: Path) -> None:
    async with embedded_servers(folder, postgres=False) as servers:
        assert (servers.database_url, servers.superuser_url) == ("", "")
        assert not (folder / "servers" / "postgres").exists()
        async with Redis.from_url(servers.redis_url) as redis:
            assert await redis.ping()
