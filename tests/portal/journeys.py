"""Flows, people who are invited to them, and browsers in which these people use the portal, all over the public API."""

import asyncio
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tests.clients.outside import OUTPUT, Served, node, post

REFUSALS: Final = "refusals { code message path }"
LINK: Final = re.compile(r"(http\S+/portal)#(wgh_[\w-]+)")
PATIENCE: Final = 60


@dataclass(frozen=True)
class Invited:
    """Somebody who got a mail: their id, and the page and the token of the link in it."""

    id: str
    page: str
    token: str

    @property
    def link(self) -> str:
        return f"{self.page}#{self.token}"


@dataclass(frozen=True)
class Programs:
    """Where the browser, and the library that drives it, are."""

    library: Path
    chromium: str


async def did(server: Served, field: str, given: Mapping[str, Any], shown: str) -> dict[str, Any]:
    """Do one mutation as the company's owner; a refusal is a failure here."""
    name = field[0].upper() + field[1:]
    text = f"mutation($input: {name}Input!) {{ {field}(input: $input) {{ {shown} {REFUSALS} }} }}"
    payload = (await post(server, text, {"input": dict(given)}))[field]
    assert payload["refusals"] == [], (field, payload["refusals"])
    return payload


async def a_flow(server: Served, *stages: Mapping[str, Any], language: str = "en") -> str:
    """Publish a flow; a stage's `blocks` are its content blocks, and a block's `key` is how a condition names it."""
    given = {"name": f"Journey {secrets.token_hex(4)}", "durationDays": 30, "language": language}
    flow = (await did(server, "createFlow", given, "flow { id }"))["flow"]["id"]
    for stage in stages:
        facts = {name: value for name, value in stage.items() if name != "blocks"}
        made = await did(server, "addStage", {"flowId": flow, **facts}, "stage { id }")
        await _add_blocks(server, made["stage"]["id"], stage["blocks"])
    await did(server, "publishFlow", {"id": flow}, "flow { id }")
    return flow


async def _add_blocks(server: Served, stage: str, blocks: Sequence[Mapping[str, Any]]) -> None:
    made: dict[str, str] = {}
    for block in blocks:
        facts = {name: value for name, value in block.items() if name not in {"key", "condition"}}
        if "condition" in block:
            facts["condition"] = {**block["condition"], "block": made[block["condition"]["block"]]}
        added = await did(server, "addContentBlock", {"stageId": stage, **facts}, "contentBlock { id }")
        made[block.get("key", block["type"])] = added["contentBlock"]["id"]


async def in_colours(server: Served, **colours: str) -> None:
    """Give the company its colours."""
    company = (await post(server, "{ company { id } }", {}))["company"]["id"]
    await did(server, "updateCompany", {"id": company, **colours}, "company { id }")


async def invited(server: Served, flow: str, **facts: Any) -> Invited:
    """Create a new hire, and read the link in the mail that they get."""
    email = f"{secrets.token_hex(8)}@example.com"
    given = {"flowId": flow, "email": email, "firstName": "Mira", "lastName": "Okafor", **facts}
    hire = (await did(server, "createNewHire", given, "newHire { id }"))["newHire"]["id"]
    await did(server, "sendInvitation", {"id": hire}, "newHire { id }")
    page, token = await link_mailed(server, email)
    return Invited(hire, page, token)


async def link_mailed(server: Served, email: str) -> tuple[str, str]:
    """Wait for the newest mail to an address, and return the link in it, in two."""
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(base_url=server.base_url) as http:
        while True:
            mails = (await http.get("/dev/mail/messages")).json()["mails"]
            found = next((LINK.search(each["text"]) for each in mails if email in each["to"]), None)
            if found:
                return found[1], found[2]
            await asyncio.sleep(0.2)


async def watched(script: str, programs: Programs, **given: Any) -> dict[str, Any]:
    """Run a script that uses the page as a person would, and return what it saw."""
    OUTPUT.mkdir(exist_ok=True)
    path = Path(__file__).with_name(script)
    ran = await node([path, programs.library, programs.chromium, OUTPUT], given=json.dumps(given))
    assert ran.exit_code == 0, ran.errors
    return json.loads(ran.output)


async def progress(server: Served, hire: str) -> dict[str, dict[str, Any]]:
    """How far somebody is, as HR reads it: each block by its title."""
    text = """query($id: ID!) { newHire(id: $id) {
      progress(first: 100) { nodes { id contentBlockId title status attempts value files { filename status } } } } }"""
    found = (await post(server, text, {"id": hire}))["newHire"]
    return {each["title"]: each for each in found["progress"]["nodes"]}
