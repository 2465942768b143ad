"""`workgraph documents`: a release is published by the product's own operations, checked without writing, retired."""

import asyncio
import base64
import json
import os
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import Parts
from cli import program
from cli.manifests import read_manifest
from cli.releases import NothingThere, NotPublished, Release, asking_for, publish, retire, wrong_with
from db.catalog import TenantStatus, find_tenant, set_status
from db.models.clients import ClientKind
from resolvers.barred import TenantSuspended
from resolvers.clients.standing import standings
from resolvers.context import Asking, Looking
from resolvers.refusals import IllegalTransition
from schema.documents.manifests import ManifestWrong, entries_of
from tests.documents.builders import COMPANY, FLOWS, named, registered, send
from tests.lints.source import ROOT
from tests.world import CompanyWorld, Person

RUNNER = CliRunner()


def release(documents: dict[str, str], version: str = "1.0", new: ClientKind | None = ClientKind.PARTNER) -> Release:
    return Release("web", version, entries_of("m.json", json.dumps(documents).encode()), new, activate=True)


@pytest.fixture
def parts(company: CompanyWorld) -> Parts:
    return company.world.parts


@pytest.fixture
async def system(company: CompanyWorld) -> Asking:
    return await asking_for(company.world.wiring, company.world.parts, company.tenant.slug)


async def test_a_release_is_published_as_the_system(
    company: CompanyWorld, owner: Person, parts: Parts, system: Asking
) -> None:
    version = await publish(parts.database, system, release({"company": COMPANY, "flows": FLOWS}))
    assert (version.name, version.status.value) == ("1.0", "active")
    assert "data" in (await send(owner, {"documentId": "company"}, "web")).json()
    entries = await company.rows(
        "select distinct actor_type, operation from pool.audit_logs where tenant_id = :tenant"
        " and entity_type in ('ApiClient', 'ClientVersion', 'RegisteredDocument')"
    )
    assert [tuple(each) for each in entries] == [("system", "publish_release")]
    await retire(parts.database, system, "web", "1.0")
    assert "errors" in (await send(owner, {"documentId": "company"}, "web")).json()
    with pytest.raises(IllegalTransition):
        await retire(parts.database, system, "web", "1.0")
    with pytest.raises(NothingThere, match=r"There is no version 2\.0 of a client web\."):
        await retire(parts.database, system, "web", "2.0")


async def test_a_check_says_what_is_wrong_and_writes_nothing(
    company: CompanyWorld, parts: Parts, system: Asking
) -> None:
    assert await wrong_with(parts.database, system, release({"company": COMPANY})) == []
    wrong = await wrong_with(parts.database, system, release({"good": COMPANY, "bad": "{ x }", "worse": "{"}))
    assert wrong[0] == "m.json: 'bad': bad: Cannot query field 'x' on type 'Query'. (line 1, column 3)"
    assert wrong[1].startswith("m.json: 'worse': worse: Syntax Error")
    assert await company.rows("select id from pool.api_clients where tenant_id = :tenant") == []


async def test_nothing_of_a_release_is_published_where_something_is_wrong(
    company: CompanyWorld, parts: Parts, system: Asking
) -> None:
    with pytest.raises(NotPublished, match=r"Nothing was registered:\nm\.json: 'bad': bad: Cannot query"):
        await publish(parts.database, system, release({"good": COMPANY, "bad": "{ x }"}))
    with pytest.raises(NotPublished, match="1 to 60 letters"):
        await publish(parts.database, system, release({"good": COMPANY}, "automatic"))
    with pytest.raises(NothingThere, match="name its kind with --new"):
        await publish(parts.database, system, release({"good": COMPANY}, new=None))
    assert await registered(company) == []
    assert await company.rows("select id from pool.api_clients where tenant_id = :tenant") == []


async def test_a_company_that_may_not_be_written_to_is_refused(company: CompanyWorld, parts: Parts) -> None:
    async with parts.catalog.begin() as connection:
        await set_status(connection, company.tenant.id, TenantStatus.SUSPENDED)
    asking = await asking_for(company.world.wiring, parts, company.tenant.slug)
    with pytest.raises(TenantSuspended):
        await publish(parts.database, asking, release({"company": COMPANY}))


def test_a_manifest_is_read_from_a_file_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "nested").mkdir()
    (tmp_path / "nested" / "a.graphql").write_text("query A { company { ...F } }")
    (tmp_path / "f.gql").write_text("fragment F on Company { name }")
    (tmp_path / "notes.txt").write_text("{")
    [joined] = read_manifest(tmp_path)
    assert joined.place == "nested/a.graphql"
    assert joined.document_id == named(joined.text)
    one = tmp_path / "one.graphql"
    one.write_text(COMPANY)
    assert [each.text for each in read_manifest(one)] == [COMPANY]
    one.write_bytes(b"query \xff")
    with pytest.raises(ManifestWrong, match=r"one\.graphql: It is not UTF-8"):
        read_manifest(tmp_path)
    manifest = tmp_path / "persisted.json"
    manifest.write_text(json.dumps({"a": COMPANY}))
    assert [each.document_id for each in read_manifest(manifest)] == ["a"]


def settings_of(company: CompanyWorld) -> dict[str, str]:
    """The environment in which the program is over the servers of this test."""
    wiring = company.world.wiring
    return {
        "DATABASE_URL": wiring.database_url,
        "REDIS_URL": wiring.redis_url,
        "WORKGRAPH_MASTER_KEY": base64.b64encode(b"k" * 32).decode(),
    }


async def workgraph(company: CompanyWorld, *arguments: str | Path) -> tuple[int, str]:
    """Run a command to its end in a thread of this process, which has loaded already what it takes."""
    given = ["documents", *map(str, arguments)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(import_module("cli.documents"), "run", asyncio.run)  # a thread is told of no signals
        ran = await asyncio.to_thread(RUNNER.invoke, program, given, env=settings_of(company), catch_exceptions=False)
    return ran.exit_code, ran.stdout


async def in_a_process(company: CompanyWorld, *arguments: str | Path) -> tuple[int, str, str]:
    """Run the program to its end as a user does."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", "documents", *map(str, arguments)),
        cwd=ROOT,
        env={**os.environ, **settings_of(company)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), timeout=60)
    return process.returncode or 0, output.decode(), errors.decode()


async def test_the_program_publishes_shows_and_retires(company: CompanyWorld, owner: Person, tmp_path: Path) -> None:
    manifest, slug = tmp_path / "persisted.json", company.tenant.slug
    manifest.write_text(json.dumps({"company": COMPANY, "flows": "{ nothing }"}))
    assert await workgraph(company, "check", slug, "web", "1.0", manifest, "--new", "partner") == (
        1,
        "persisted.json: 'flows': flows: Cannot query field 'nothing' on type 'Query'. (line 1, column 3)\n",
    )
    status, _, errors = await in_a_process(company, "publish", slug, "web", "1.0", manifest, "--new", "partner")
    assert status == 1
    assert "workgraph: Nothing was registered:\npersisted.json: 'flows': flows: Cannot query" in errors
    manifest.write_text(json.dumps({"company": COMPANY}))
    status, output, _ = await in_a_process(company, "publish", slug, "web", "1.0", manifest, "--new", "partner")
    assert (status, output) == (0, "web 1.0 is active; 1 documents are registered.\n")
    assert (await send(owner, {"documentId": named(COMPANY)})).json()["data"]["company"]["name"]
    status, output = await workgraph(company, "list", slug)
    assert output.split() == ["web", "partner", "1.0", "active", "1"]
    status, output = await workgraph(company, "show", slug, "company")
    *facts, price, _, text = output.splitlines()[2:]
    assert (facts, text) == (["Client      web 1.0", "Operation   query Company"], COMPANY)
    assert re.fullmatch(r"Price       at most [1-9]\d* points", price)
    with pytest.raises(NothingThere, match="No document that may be run is called nothing"):
        await workgraph(company, "show", slug, "nothing")
    assert await workgraph(company, "retire", slug, "web", "1.0") == (0, "web 1.0 is retired.\n")
    assert await workgraph(company, "lock", slug) == (0, f"{slug} runs registered documents only.\n")
    async with company.world.parts.catalog.connect() as connection:
        assert (await find_tenant(connection, slug=slug)).registered_only
    assert await workgraph(company, "lock", slug, "--open") == (0, f"{slug} runs whatever it is sent.\n")


def test_the_commands_are_there() -> None:
    shown = RUNNER.invoke(program, ["documents", "--help"]).output
    assert all(name in shown for name in ("publish", "check", "list", "show", "retire", "lock"))
    missing = RUNNER.invoke(program, ["documents", "publish", "demo", "web", "1.0", "/nowhere/m.json"])
    assert missing.exit_code == 2


async def test_a_folder_says_where_its_documents_are_called(
    company: CompanyWorld, owner: Person, parts: Parts, system: Asking, tmp_path: Path
) -> None:
    (tmp_path / "flows.graphql").write_text(f"# GET /flows\n{FLOWS}\n")
    (tmp_path / "company.graphql").write_text(f"{COMPANY}\n")
    given = Release("web", "1.0", read_manifest(tmp_path), ClientKind.PARTNER, activate=True)
    assert await wrong_with(parts.database, system, given) == []
    await publish(parts.database, system, given)
    headers = {"authorization": f"Bearer {owner.token}"}
    answer = await owner.http.get("/rest/~web/flows?first=3", headers=headers)
    assert (answer.status_code, answer.json()) == (200, [])
    async with parts.database.reading(system.tenant.placement) as session:
        [standing] = await standings(Looking(system, session))
    assert [str(each) for each in standing.addresses] == ["GET /flows"]
    slug = company.tenant.slug
    status, output = await workgraph(company, "list", slug)
    assert (status, output.splitlines()[-1]) == (0, "  GET /flows")
    text = (tmp_path / "flows.graphql").read_text()
    status, output = await workgraph(company, "list", slug, "--client", "web")
    head, *documents = output.splitlines()
    assert (status, head) == (0, "1.0 is active")
    ids = sorted(map(named, (text, (tmp_path / "company.graphql").read_text())))
    assert [line.split()[2] for line in documents] == ids
    assert all(re.fullmatch(r"  query +[\d,]+  sha256:[0-9a-f]{64}(  GET /flows)?", line) for line in documents)
    assert [line.endswith("  GET /flows") for line in documents] == [each == named(text) for each in ids]
    with pytest.raises(NothingThere, match=f"{slug} has no client nobody"):
        await workgraph(company, "list", slug, "--client", "nobody")
    status, output = await workgraph(company, "show", slug, named(text))
    assert (status, output.splitlines()[5]) == (0, "REST        GET /flows below /rest/~web")
    (tmp_path / "more.graphql").write_text(f"# GET /flows/{{nothing}}\n{FLOWS}\n")
    [wrong] = await wrong_with(parts.database, system, Release("web", "2.0", read_manifest(tmp_path)))
    assert wrong.startswith("more.graphql: sha256:")
    assert "has no variable $nothing" in wrong
