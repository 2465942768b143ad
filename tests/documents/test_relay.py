"""What relay-compiler persists is published as it wrote it, and run by the ids that its code sends."""

from pathlib import Path
from typing import Any

from cli.manifests import read_manifest
from tests.clients.conftest import npm_packages
from tests.clients.test_relay import OPERATIONS, compile_with_relay, project
from tests.documents.builders import a_client, codes, published, send
from tests.world import Person

__all__ = ["npm_packages", "project"]


async def test_what_relay_persisted_runs_by_its_ids(owner: Person, project: Path, npm_packages: Path) -> None:
    ran = await compile_with_relay(project, npm_packages)
    assert ran.exit_code == 0, ran.output + ran.errors
    entries = read_manifest(project / "persisted.json")
    await published(owner, await a_client(owner, "relay"), {each.document_id: each.text for each in entries})
    found = (await owner.ask("{ registeredDocuments { nodes { documentId operationName } } }")).data
    ids = {each["operationName"]: each["documentId"] for each in found["registeredDocuments"]["nodes"]}
    assert ids.keys() == OPERATIONS

    async def run(name: str, **variables: Any) -> Any:
        return (await send(owner, {"documentId": ids[name], "variables": variables}, "relay")).json()["data"]

    for name in ("One", "Three", "Two"):
        given = {"input": {"name": name, "durationDays": 7}, "connections": []}
        assert (await run("CreateFlowMutation", **given))["createFlow"]["refusals"] == []
    first = (await run("FlowListQuery", count=2, where={}))["flows"]
    rest = (await run("FlowListPaginationQuery", count=2, cursor=first["pageInfo"]["endCursor"], where={}))["flows"]
    assert [edge["node"]["name"] for page in (first, rest) for edge in page["edges"]] == ["One", "Three", "Two"]
    changed = {"documentId": ids["FlowListQuery"][:-1] + "x", "variables": {}}
    assert codes(await send(owner, changed, "relay")) == ["DOCUMENT_NOT_FOUND"]
