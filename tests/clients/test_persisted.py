"""The stock clients, unmodified, run by the ids that their own tools wrote, against a server that is locked to them.

Each goes the same way: its tool writes a manifest of the app's documents, `workgraph documents publish` registers it at
the running server, the client is locked, and a program of that client walks through the API. The files of `app` are
those that docs/clients.md shows.
"""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, Protocol

import pytest

import dev
from tests.clients.outside import SCHEMA, Ran, Served, node, post

APP = Path(__file__).with_name("app")
CLIENTS = "query($name: String!) { apiClients(where: { name: { eq: $name } }) { nodes { id } } }"
LOCK = "mutation($id: ID!) { updateApiClient(input: { id: $id, locked: true }) { refusals { code } } }"
KINDS = {"query", "mutation", "subscription"}


class ServedFromAFolder(Served, Protocol):
    """A server, and the folder of its data: the command line finds it there."""

    data_dir: Path


@pytest.fixture
def app(tmp_path: Path, npm_packages: Path) -> Path:
    """The app in a folder of its own, with the packages where its imports look for them."""
    folder = shutil.copytree(APP, tmp_path / "app")
    shutil.copyfile(SCHEMA, folder / "schema.graphql")
    (folder / "node_modules").symlink_to(npm_packages, target_is_directory=True)
    return folder


async def published(server: ServedFromAFolder, client: str, manifest: Path) -> str:
    """Publish as a developer does, from the command line, while the server runs; return what was said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "documents", "publish", server.tenant, client, "1.0", manifest),
        *("--new", "frontend", "--data-dir", server.data_dir),
        cwd=dev.ROOT,
        env=dict(os.environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), timeout=60)
    assert process.returncode == 0, output.decode() + errors.decode()
    return output.decode()


async def locked(server: Served, client: str) -> None:
    [found] = (await post(server, CLIENTS, {"name": client}))["apiClients"]["nodes"]
    assert (await post(server, LOCK, {"id": found["id"]}))["updateApiClient"]["refusals"] == []


async def walked(server: Served, app: Path, script: str) -> dict[str, Any]:
    """Run a client's program; return what it saw."""
    address, token = f"{server.base_url}/graphql", f"Bearer {server.token}"
    ran = succeeded(await node([app / script, address, token], folder=app))
    return json.loads(ran.output.splitlines()[-1])


def succeeded(ran: Ran) -> Ran:
    assert ran.exit_code == 0, ran.output + ran.errors
    return ran


def saw(tool: str) -> dict[str, Any]:
    """What a walk comes back with, where everything is as it should be."""
    return {
        "company": "Acme",
        "pages": [[f"{tool} 1", f"{tool} 2"], [f"{tool} 3"]],
        "board": [f"{tool} 1", f"{tool} renamed"],
        "byText": 0,
        "refused": ["DOCUMENT_REQUIRED"],
    }


async def test_apollo_client_runs_what_its_manifest_names(
    server: ServedFromAFolder, app: Path, npm_packages: Path
) -> None:
    tool = npm_packages / "@apollo" / "generate-persisted-query-manifest" / "cli.js"
    succeeded(await node([tool], folder=app))
    manifest = app / "persisted-query-manifest.json"
    assert {each["type"] for each in json.loads(manifest.read_text())["operations"]} == KINDS
    assert await published(server, "apollo-app", manifest) == "apollo-app 1.0 is active; 5 documents are registered.\n"
    await locked(server, "apollo-app")
    assert await walked(server, app, "apollo.walk.mjs") == saw("Apollo")


async def test_urql_runs_what_its_exchange_hashes(server: ServedFromAFolder, app: Path) -> None:
    documents = sorted((app / "src").glob("*.graphql"))
    succeeded(await node([app / "urql.manifest.mjs", *documents], folder=app))
    await published(server, "urql-app", app / "persisted.json")
    await locked(server, "urql-app")
    assert await walked(server, app, "urql.walk.mjs") == saw("urql")


async def test_graphql_codegen_runs_what_its_client_preset_made(
    server: ServedFromAFolder, app: Path, npm_packages: Path
) -> None:
    tool = npm_packages / "@graphql-codegen" / "cli" / "esm" / "bin.js"
    succeeded(await node([tool, "--config", "codegen.ts"], folder=app))
    manifest = app / "src" / "gql" / "persisted-documents.json"
    await published(server, "codegen-app", manifest)
    await locked(server, "codegen-app")
    assert await walked(server, app, "codegen.walk.mjs") == saw("codegen")


async def test_relay_runs_what_its_compiler_persisted(server: ServedFromAFolder, app: Path, npm_packages: Path) -> None:
    tool = npm_packages / "relay-compiler" / "cli.js"
    (app / "persisted.json").write_text("{}")
    succeeded(await node([tool, "relay.config.json"], folder=app))
    await published(server, "relay-app", app / "persisted.json")
    await locked(server, "relay-app")
    assert await walked(server, app, "relay.walk.mjs") == saw("Relay")


AUTOMATIC = """mutation($name: String!) {
  createApiClient(input: { name: $name, kind: FRONTEND, registersAutomatically: true }) { refusals { code } }
}"""


async def test_apollo_client_registers_what_it_sends(server: ServedFromAFolder, app: Path) -> None:
    """The first to send a hash sends the document after it; from then on the hash is enough, for everybody."""
    assert (await post(server, AUTOMATIC, {"name": "automatic-app"}))["createApiClient"]["refusals"] == []
    first, second = await walked(server, app, "automatic.walk.mjs")
    assert first[:2] == second[:2] == ["Acme", "Automatic"]
    assert first[2:] == ["GET hash", "POST document", "POST hash", "POST document"]
    assert second[2:] == ["GET hash", "POST hash"]
