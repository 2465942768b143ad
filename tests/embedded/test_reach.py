"""A server that a setting names is found out about within five seconds, and its password is never told."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from db.embedded import embedded_servers
from db.reach import Unreachable, reach_both, reach_bus, reach_database

REACH = [(reach_database, "DATABASE_URL", "postgresql://ada:hush@{}/x"), (reach_bus, "REDIS_URL", "redis://:hush@{}/0")]

TOO_LONG = ".".join(["name"] * 60)
"""A name that is no host's, which is known without anybody being asked."""


def free_place() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.mark.parametrize(("reach", "setting", "url"), REACH)
@pytest.mark.parametrize(
    ("place", "told"), [("", "nothing listens there"), (f"{TOO_LONG}:1", "that host name is not known")]
)
async def test_a_server_that_is_not_there_is_told_by_setting_and_place(
    reach: Callable[[str], Awaitable[object]], setting: str, url: str, place: str, told: str
) -> None:
    place = place or free_place()
    with pytest.raises(Unreachable) as refused:
        await reach(url.format(place))
    expected = f"{setting}: cannot use the server at {place}: {told}. Check the setting and the server."
    assert str(refused.value) == expected


async def test_servers_that_never_reply_are_both_told_within_five_seconds() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        begin = time.monotonic()
        with pytest.raises(Unreachable) as refused:
            await reach_both(REACH[0][2].format(place), REACH[1][2].format(place))
    assert time.monotonic() - begin < 5
    assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == ["DATABASE_URL", "REDIS_URL"]
    assert str(refused.value).count("no answer within 4.5 seconds") == 2
    assert "hush" not in str(refused.value)


async def test_servers_that_can_be_used_tell_about_themselves_and_wrong_passwords_are_named(used_folder: Path) -> None:
    async with embedded_servers(used_folder) as servers:
        database, bus = await asyncio.gather(reach_database(servers.database_url), reach_bus(servers.redis_url))
        assert database.new_enough
        assert (database.version.partition(".")[0], database.locks_per_transaction) == ("18", 256)
        assert bus.version.startswith("Valkey ")
        for reach, url in ((reach_database, servers.database_url), (reach_bus, servers.redis_url)):
            with pytest.raises(Unreachable, match="does not accept the user name or the password"):
                await reach(url.replace("@", "wrong@"))
        with pytest.raises(Unreachable, match="there is no database of that name"):
            await reach_database(servers.database_url.replace("/workgraph?", "/other?"))
