"""What happens to those who watch, to their company, and to the server."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from db.catalog import TenantStatus, set_status
from tests.live.client import BOARD, client_of
from tests.live.conftest import listening
from tests.live.endings.scene import Scene, StreamWay, Way, last_words
from tests.live.sse import client, streaming
from tests.live.test_sessions import id_of
from tests.onboarding.hires.builders import codes


async def ran_out(scene: Scene) -> int | None:
    async with scene.watching(scene.short_token()) as watcher:
        return await watcher.code()


async def stream_ran_out(scene: Scene) -> str:
    async with scene.streaming(scene.short_token()) as stream:
        return await last_words(stream)


async def deactivated(scene: Scene) -> None:
    assert await codes(await scene.company.person("OWNER"), "deactivateUser", id=id_of(scene.hr)) == []


async def demoted(scene: Scene) -> None:
    owner = await scene.company.person("OWNER")
    roles = (await owner.ask("{ roles(first: 50) { nodes { id name } } }")).data["roles"]["nodes"]
    [role] = [each["id"] for each in roles if each["name"] == "HR"]
    assert await codes(owner, "takeRole", id=id_of(scene.hr), roleId=role) == []


async def closed(scene: Scene) -> None:
    async with scene.world.parts.catalog.begin() as connection:
        await set_status(connection, scene.company.tenant.id, TenantStatus.CLOSING)
        await set_status(connection, scene.company.tenant.id, TenantStatus.CLOSED)


def after(happening: Callable[[Scene], Awaitable[None]]) -> tuple[Way, StreamWay]:
    """Have something happen to who watches."""

    async def to_socket(scene: Scene) -> int | None:
        scene.patch.setattr("schema.live.guarding.LOOK_EVERY", (0.3, 0.5))
        async with scene.watching() as watcher:
            await happening(scene)
            return await watcher.code()

    async def to_stream(scene: Scene) -> str:
        scene.patch.setattr("schema.live.guarding.LOOK_EVERY", (0.3, 0.5))
        async with scene.streaming() as stream:
            await happening(scene)
            return await last_words(stream)

    return to_socket, to_stream


async def stopped(scene: Scene) -> int | None:
    async with AsyncExitStack() as clients:
        async with listening(scene.world.app) as address:
            watcher = await clients.enter_async_context(client_of(address, scene.hr))
        return await watcher.code()


async def stream_stopped(scene: Scene) -> str:
    async with AsyncExitStack() as clients:
        async with listening(scene.world.app) as address:
            http = await clients.enter_async_context(client(address, scene.hr))
            stream = await clients.enter_async_context(streaming(http, BOARD, id=scene.flow.id))
            await stream.next()
        return await last_words(stream)
