"""The package svix of npm, unmodified, takes what the running dispatcher sends, and nothing that was changed since."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

import dev
from tests.webhooks.dispatching import a_team, an_endpoint, at_work, deliveries
from tests.webhooks.receivers import answer, receiving
from tests.world import CompanyWorld, World


async def verified(secret: str, headers: Mapping[str, str], body: str) -> tuple[int, str]:
    """Have svix verify a message; return its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        dev.NODE,
        Path(__file__).parent / "verify.mjs",
        secret,
        cwd=dev.ROOT,
        env=dev.node_environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, complained = await process.communicate(json.dumps({"headers": headers, "body": body}).encode())
    return process.returncode or 0, (told or complained).decode()


@pytest.mark.usefixtures("relaying")
async def test_svix_takes_what_was_sent_and_nothing_else(world: World, company: CompanyWorld) -> None:
    dev.node_modules()
    async with receiving(answer("200 OK")) as receiver, at_work(world):
        _, secret = await an_endpoint(company, receiver.url, "team.*")
        await a_team(company, "Opération ☃")
        await deliveries(company, "succeeded")
    [(headers, body)] = receiver.requests
    code, told = await verified(secret, headers, body.decode())
    assert code == 0, told
    assert json.loads(told) == json.loads(body)
    assert json.loads(told)["type"] == "team.created"
    code, told = await verified(secret, headers, body.decode().replace("☃", "☂"))
    assert code == 1
    assert "No matching signature found" in told
