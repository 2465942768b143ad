"""What clients do that is none of the protocol's, or turns them away."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import InterfaceError

from resolvers.identity import Identity
from tests.live.client import BOARD, client_of, connected
from tests.live.endings.scene import CLOSED, FOLLOW, NOTHING, Scene, StreamWay, Way
from tests.live.sse import client
from tests.live.test_many import rooms_of
from tests.live.test_sse_shared import PLACE, opened, reserve, start


def closing(code: int) -> Way:
    """Have the client close."""

    async def close(scene: Scene) -> int | None:
        async with scene.watching() as watcher:
            await watcher.connection.close(code)
            await nobody_left(scene)
            return watcher.connection.close_code

    return close


async def leave(scene: Scene) -> str:
    """Have the client close a stream."""
    async with scene.streaming():
        pass
    await nobody_left(scene)
    return CLOSED


async def nobody_left(scene: Scene) -> None:
    """Wait until nobody watches any more."""
    async with asyncio.timeout(5):
        while len(rooms_of(scene.world)):
            await asyncio.sleep(0.02)


def said(text: str) -> Way:
    """Have the client say something after it has begun."""

    async def say(scene: Scene) -> int | None:
        async with client_of(scene.address, scene.hr) as speaker:
            await speaker.connection.send(text)
            return await speaker.code()

    return say


def begun(token: Callable[[Scene], str | None] | None = None, **payload: Any) -> Way:
    """Have somebody begin who is turned away."""

    async def begin(scene: Scene) -> int | None:
        given = {"authorization": f"Bearer {token(scene)}"} if token else {}
        named = {name: value(scene) if callable(value) else value for name, value in payload.items()}
        async with connected(scene.address) as stranger:
            await stranger.send(type="connection_init", payload={**given, **named})
            return await stranger.code()

    return begin


async def too_soon(scene: Scene) -> int | None:
    async with connected(scene.address) as hasty:
        await hasty.send(type="subscribe", id="1", payload={"query": BOARD})
        return await hasty.code()


async def nobody_reserves(scene: Scene) -> str:
    async with client(scene.address) as http:
        return str((await http.put(PLACE)).status_code)


async def other_subprotocol(scene: Scene) -> int | None:
    async with connected(scene.address, subprotocols=["graphql-ws"]) as old:
        return await old.code()


async def nothing_alike(_scene: Scene) -> str:
    return NOTHING


async def never_begun(scene: Scene) -> int | None:
    scene.patch.setattr("schema.live.connection.BEGIN_WITHIN", 0.2)
    async with connected(scene.address) as silent:
        return await silent.code()


async def never_opened(scene: Scene) -> str:
    scene.patch.setattr("schema.live.stream.shared.OPEN_WITHIN", 0.1)
    async with client(scene.address, scene.hr) as http:
        token = await reserve(http)
        await asyncio.sleep(0.3)
        return f"{(await http.get(PLACE, params={'token': token})).status_code}, for a reserved stream after 60 s"


async def same_id(scene: Scene) -> int | None:
    async with scene.watching() as watcher:
        await watcher.subscribe(BOARD, id=scene.flow.id)
        return await watcher.code()


async def same_operation(scene: Scene) -> str:
    async with client(scene.address, scene.hr) as http:
        token = await reserve(http)
        async with opened(http, token):
            assert await start(http, token, "one", BOARD, id=scene.flow.id) == 202
            return str(await start(http, token, "one", BOARD, id=scene.flow.id))


async def begun_twice(scene: Scene) -> int | None:
    async with client_of(scene.address, scene.hr) as watcher:
        await watcher.send(type="connection_init")
        return await watcher.code()


async def opened_twice(scene: Scene) -> str:
    async with client(scene.address, scene.hr) as http:
        token = await reserve(http)
        async with opened(http, token):
            return f"{(await http.get(PLACE, params={'token': token})).status_code}, for a stream opened twice"


def break_identity(scene: Scene) -> None:
    async def away(*_: Any) -> Any:
        raise InterfaceError("connect", {}, ConnectionError("the database is away"))

    scene.patch.setattr(Identity, "asking", away)


async def cannot_sign_in(scene: Scene) -> int | None:
    break_identity(scene)
    return await begun(lambda scene: scene.hr.token)(scene)


async def stream_cannot_sign_in(scene: Scene) -> str:
    break_identity(scene)
    return await scene.posted({"query": FOLLOW})


def with_status(json: Any = None, content: Any = None, **headers: Callable[[Scene], str]) -> StreamWay:
    """Ask in a way that is answered with a status."""

    async def post(scene: Scene) -> str:
        return await scene.posted(json, content, **{name: value(scene) for name, value in headers.items()})

    return post
