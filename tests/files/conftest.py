"""The same application over a folder and over a bucket of a real server that speaks S3."""

import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer

from app import Wiring, connected, make_app
from gateways.files import Bucket, FileStore
from tests.files.depot import Depot
from tests.world import World


@pytest.fixture
async def depot(world: World) -> Depot:
    place = world.wiring.files
    assert isinstance(place, Path)
    return Depot(world.http, FileStore(place), place)


@pytest.fixture(scope="session")
def bucket() -> Iterator[Bucket]:
    """A bucket of moto's server."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    assert httpx.put(f"{endpoint}/workgraph-files").status_code == 200
    yield Bucket("workgraph-files", "us-east-1", endpoint, "key", "secret")
    server.stop()


@pytest.fixture(scope="session")
async def bucket_wiring(wiring: Wiring, bucket: Bucket) -> Wiring:
    return replace(wiring, files=bucket)


@pytest.fixture(scope="session")
async def bucket_depot(bucket_wiring: Wiring, world: World, bucket: Bucket) -> AsyncIterator[Depot]:
    """The application over the bucket, beside the one over the folder, on the same database."""
    async with connected(bucket_wiring) as parts:
        transport = httpx.ASGITransport(app=make_app(bucket_wiring, parts))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            yield Depot(http, FileStore(bucket))
