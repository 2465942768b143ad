import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.clients.outside import SCHEMA, Ran, Served, node, post

PROJECT = Path(__file__).with_name("relay")
OPERATIONS = {"CreateFlowMutation", "FlowCardPaginationQuery", "FlowListPaginationQuery", "FlowListQuery"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = shutil.copytree(PROJECT, tmp_path / "relay")
    shutil.copyfile(SCHEMA, folder / "schema.graphql")
    return folder


async def compile_with_relay(project: Path, npm_packages: Path) -> Ran:
    return await node([npm_packages / "relay-compiler" / "cli.js", "relay.config.json"], folder=project)


async def compiled(project: Path, npm_packages: Path) -> Mapping[str, str]:
    """Compile the project; the text of each operation by its name."""
    ran = await compile_with_relay(project, npm_packages)
    assert ran.exit_code == 0, ran.output + ran.errors
    texts = json.loads((project / "persisted.json").read_text("utf-8")).values()
    return {re.findall(r"(?:query|mutation) (\w+)", text)[0]: text for text in texts}


async def test_relay_compiles_fragments_connections_and_refetches(project: Path, npm_packages: Path) -> None:
    assert set(await compiled(project, npm_packages)) == OPERATIONS


async def test_relay_refuses_what_the_schema_does_not_have(project: Path, npm_packages: Path) -> None:
    card = project / "src" / "FlowCard.ts"
    card.write_text(card.read_text("utf-8").replace("durationDays", "colour"), "utf-8")
    ran = await compile_with_relay(project, npm_packages)
    assert ran.exit_code != 0
    assert "The type `Flow` has no field `colour`" in ran.output + ran.errors


async def test_what_relay_compiled_pages_through_flows(server: Served, project: Path, npm_packages: Path) -> None:
    texts = await compiled(project, npm_packages)
    names = ["Compiled 1", "Compiled 2", "Compiled 3"]
    for name in names:
        made = {"input": {"name": name, "durationDays": 7}, "connections": []}
        assert (await post(server, texts["CreateFlowMutation"], made))["createFlow"]["refusals"] == []
    where = {"name": {"in": names}}

    first = (await post(server, texts["FlowListQuery"], {"count": 2, "where": where}))["flows"]
    cursor = first["pageInfo"]["endCursor"]
    rest_asked = {"count": 2, "cursor": cursor, "where": where}
    rest = (await post(server, texts["FlowListPaginationQuery"], rest_asked))["flows"]

    assert first["totalCount"] == rest["totalCount"] == 3
    assert [edge["node"]["name"] for page in (first, rest) for edge in page["edges"]] == names
    assert [first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]] == [True, False]


async def test_what_relay_compiled_refetches_a_flow_by_its_id(
    server: Served, project: Path, npm_packages: Path
) -> None:
    texts = await compiled(project, npm_packages)
    made = {"input": {"name": "Refetched", "durationDays": 7}, "connections": []}
    flow = (await post(server, texts["CreateFlowMutation"], made))["createFlow"]["flow"]
    again = await post(server, texts["FlowCardPaginationQuery"], {"id": flow["id"], "count": 2})
    assert again["node"]["__typename"] == "Flow"
    assert again["node"]["name"] == "Refetched"
