"""The page on which a password is chosen, in a browser at a phone's width: by keyboard, once, without a trace."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvicorn

from tests.clients.outside import OUTPUT, node
from tests.identity.builders import caller, last_link, owner
from tests.world import CompanyWorld

NEW = "a password of my own"


@pytest.fixture
async def base_url(company: CompanyWorld) -> AsyncIterator[str]:
    """The application of the tests, behind a port."""
    sock = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(company.world.app, lifespan="off", log_level="warning", access_log=False))
    serving = asyncio.create_task(server.serve([sock]))
    yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    server.should_exit = True
    await serving


async def test_a_person_chooses_a_password(
    company: CompanyWorld, base_url: str, npm_packages: Path, chromium: str
) -> None:
    await caller(company).do("requestPasswordReset", {"email": owner(company)})
    token = await last_link(company)
    OUTPUT.mkdir(exist_ok=True)
    library = npm_packages / "playwright-core" / "index.mjs"
    script = Path(__file__).with_name("reset.mjs")
    given = json.dumps({"token": token, "password": NEW})

    ran = await node([script, library, chromium, f"{base_url}/reset", OUTPUT], given=given)

    assert ran.exit_code == 0, ran.errors
    seen = json.loads(ran.output)
    assert seen["address"] == f"{base_url}/reset"
    assert (seen["focused"], seen["invalid"], seen["shown"]) == ("password", "true", "text")
    assert "at least 10" in seen["short"]
    assert (seen["title"], seen["wide"]) == ("Your password is set", False)
    assert "not valid any more" in seen["ended"]
    assert seen["complaints"] == []
    assert seen["strangers"] == []
    assert not [path for path in seen["paths"] if token in path.partition("#")[0]]
    assert token not in seen["kept"]
    assert await caller(company).session(owner(company), NEW)
