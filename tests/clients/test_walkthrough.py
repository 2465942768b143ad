"""From a flow to a new hire who is done, through the running server, with nobody's code but other people's.

HR writes with Python's gql, the new hire uses a real browser as narrow as a phone, and a dashboard follows with npm's
graphql-ws.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport

from tests.clients.outside import Served, credentials, node
from tests.portal.conftest import programs as programs  # noqa: PLC0414 - a fixture
from tests.portal.journeys import Programs, link_mailed, watched
from tests.portal.stages import ABOUT_YOU, PAPERS, TEAM, a_picture

WATCH = """subscription($hire: ID!) { onboardingProgress(newHireId: $hire) {
  cursor state { status percentage blocksPct currentStage { name } } } }"""
READ = """query($id: ID!) { newHire(id: $id) {
  status percentage
  progress(first: 100, where: { status: { eq: COMPLETED } }) { nodes { title value completedAt } } } }"""


class Office:
    """HR, who writes with gql."""

    def __init__(self, session: Any) -> None:
        self._session = session

    async def do(self, name: str, given: dict[str, Any], fields: str) -> Any:
        """Run a mutation that must succeed."""
        pascal = name[0].upper() + name[1:]
        text = (
            f"mutation($input: {pascal}Input!) {{ {name}(input: $input) {{ {fields} refusals {{ code message }} }} }}"
        )
        document = gql(text)
        document.variable_values = {"input": given}
        payload = (await self._session.execute(document))[name]
        assert payload["refusals"] == [], (name, payload)
        return payload

    async def publish(self) -> str:
        """Write a flow of three stages, and publish it."""
        flow = (await self.do("createFlow", {"name": "Walkthrough", "durationDays": 30}, "flow { id }"))["flow"]["id"]
        for stage in (ABOUT_YOU, PAPERS, TEAM):
            facts = {name: value for name, value in stage.items() if name != "blocks"}
            made = await self.do("addStage", {"flowId": flow, **facts}, "stage { id }")
            await self._add_blocks(made["stage"]["id"], stage["blocks"])
        await self.do("publishFlow", {"id": flow}, "flow { status }")
        return flow

    async def _add_blocks(self, stage: str, blocks: Any) -> None:
        known: dict[str, str] = {}
        for block in blocks:
            facts = {name: value for name, value in block.items() if name not in {"key", "condition"}}
            if "condition" in block:
                facts["condition"] = {**block["condition"], "block": known[block["condition"]["block"]]}
            made = await self.do("addContentBlock", {"stageId": stage, **facts}, "contentBlock { id }")
            known[block.get("key", block["type"])] = made["contentBlock"]["id"]

    async def read(self, hire: str) -> Any:
        """Read how a new hire stands."""
        document = gql(READ)
        document.variable_values = {"id": hire}
        return (await self._session.execute(document))["newHire"]


async def test_from_a_flow_to_a_new_hire_who_is_done(server: Served, npm_packages: Path, programs: Programs) -> None:
    transport = AIOHTTPTransport(url=f"{server.base_url}/graphql", headers=credentials(server))
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        office = Office(session)
        given = {
            "flowId": await office.publish(),
            "email": "walk@example.com",
            "firstName": "Mira",
            "lastName": "Okafor",
        }
        hire = (await office.do("createNewHire", given, "newHire { id }"))["newHire"]["id"]
        await office.do("sendInvitation", {"id": hire}, "newHire { invitationCount }")
        page, token = await link_mailed(server, "walk@example.com")
        following = asyncio.create_task(followed(server, hire))
        await watched("walk.mjs", programs, link=f"{page}#{token}", token=token, picture=a_picture())
        messages = await following
        done = await office.read(hire)
    assert (done["status"], done["percentage"]) == ("COMPLETED", 100)
    assert next(each["value"] for each in done["progress"]["nodes"] if each["title"] == "What should we call you?")
    shares = [message["state"]["percentage"] for message in messages]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 100)
    assert [message["state"]["status"] for message in (messages[0], messages[-1])] == ["PENDING", "COMPLETED"]
    assert len({message["cursor"] for message in messages}) > 3


async def followed(server: Served, hire: str) -> list[dict[str, Any]]:
    """Follow a new hire with graphql-ws until they are done."""
    script = Path(__file__).with_name("watch.mjs")
    url = f"{server.base_url.replace('http', 'ws', 1)}/graphql"
    asked = {"url": url, "token": server.token, "query": WATCH, "variables": {"hire": hire}}
    ran = await node([script], given=json.dumps(asked))
    assert ran.exit_code == 0, ran.errors
    return json.loads(ran.output)
