"""The stock audits of graphql-http for servers of GraphQL over HTTP, against a server of its own process."""

import json
from pathlib import Path

from tests.clients.outside import Served, node

AUDITS = 61


async def test_every_audit_of_the_specification_passes(server: Served, npm_packages: Path) -> None:
    ran = await node([Path(__file__).parent / "audit.mjs", f"{server.base_url}/graphql"])
    assert ran.exit_code == 0, ran.errors
    results = json.loads(ran.output)
    assert [each for each in results if each["status"] != "ok"] == []
    assert len({each["id"] for each in results}) == len(results) == AUDITS
