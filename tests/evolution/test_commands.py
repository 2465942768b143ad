"""`workgraph schema`: check, release and usage, as they are typed."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner
from uuid_utils.compat import uuid7

from cli import program, schemas
from db.catalog.usage import Use, add_usage
from db.models.clients import (
    ApiClient,
    ClientKind,
    ClientVersion,
    ClientVersionStatus,
    OperationKind,
    RegisteredDocument,
)
from schema.evolution.released import NotReleased, Released
from schema.root import make_schema, printed
from tests.wiring import PREFIX
from tests.world import CompanyWorld, World

TODAY = datetime.now(UTC).date()
DOCUMENT = "query { flows { nodes { name extra } } }"


@pytest.fixture(scope="module")
def text() -> str:
    return printed(make_schema())


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    """A release of yesterday's schema, in which flows had a field more."""
    monkeypatch.setattr(schemas, "RELEASED_FILE", tmp_path / "schema.released.graphql")
    monkeypatch.setattr(schemas, "PROJECT_FILE", tmp_path / "pyproject.toml")
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.1.0"\n')
    release(tmp_path, with_extra(text))
    (tmp_path / "documents.json").write_text(json.dumps({"sha256:1": DOCUMENT, "sha256:2": "{ company { id } }"}))
    return tmp_path


def with_extra(text: str, deprecated: str = "") -> str:
    head = "type Flow implements Node {\n"
    assert text.count(head) == 1
    return text.replace(head, f"{head}  extra: String{deprecated}\n")


def release(folder: Path, text: str) -> None:
    (folder / "schema.released.graphql").write_text(Released("1.0.0", TODAY, text).file)


def told(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(program, ["schema", *arguments])
    return result.exit_code, result.stdout if "--json" in arguments else result.output


def test_a_break_is_told_with_the_documents_that_it_breaks(places: Path) -> None:
    status, said = told("check", "--no-usage", "--documents", f"portal@2.1.0={places / 'documents.json'}")
    assert status == 1
    assert "1 breaking, 0 dangerous, 0 safe" in said
    assert "BREAKING   Flow.extra  Field Flow.extra was removed." in said
    assert "breaks portal 2.1.0 sha256:1: Cannot query field 'extra' on type 'Flow'." in said
    assert "sha256:2" not in said


def test_one_that_was_announced_passes(places: Path, text: str) -> None:
    release(places, with_extra(text, ' @deprecated(reason: "Use name instead. Removed after 2020-01-31.")'))
    status, said = told("check", "--no-usage", "--json")
    found = json.loads(said)
    assert (status, found["ok"], found["breaking"]) == (0, True, 1)
    assert found["changes"][0]["excused"]


def test_nothing_changed(places: Path, text: str) -> None:
    release(places, text)
    assert told("check") == (0, f"Compared with 1.0.0, released {TODAY}: 0 breaking, 0 dangerous, 0 safe.\n")


def test_a_release_of_what_breaks_is_refused_unless_it_is_meant(places: Path, text: str) -> None:
    result = CliRunner().invoke(program, ["schema", "release"])
    assert isinstance(result.exception, NotReleased)
    assert "Flow.extra" in result.output
    assert told("release", "--breaking")[0] == 0
    assert (places / "schema.released.graphql").read_text() == Released("1.1.0", TODAY, text).file
    assert told("check")[0] == 0


def test_a_version_is_released_once(places: Path) -> None:
    (places / "pyproject.toml").write_text('[project]\nversion = "1.0.0"\n')
    result = CliRunner().invoke(program, ["schema", "release", "--breaking"])
    assert isinstance(result.exception, NotReleased)
    assert "Raise the version" in str(result.exception)


def test_without_a_released_schema_it_is_said_how_to_make_one(places: Path) -> None:
    (places / "schema.released.graphql").unlink()
    result = CliRunner().invoke(program, ["schema", "check"])
    assert isinstance(result.exception, NotReleased)
    assert told("release") == (0, "Released with version 1.1.0.\n")
    assert told("check")[0] == 0


def test_without_a_database_who_uses_what_is_not_known(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    status, said = told("check", "--data-dir", str(places / "nothing"))
    assert status == 1
    assert "Who uses what is not known here: there is no database." in said
    assert "Flow.extra" in said


@pytest.fixture
async def client(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """A client that was seen to use some things, in the database that the settings name."""
    name = f"client-{uuid4().hex}"
    counts = {Use("Flow.extra", name, TODAY): 1200, Use("Flow.name", name, TODAY): 100}
    async with world.parts.catalog.begin() as connection:
        await add_usage(connection, uuid4(), counts)
    monkeypatch.setenv("DATABASE_URL", world.wiring.database_url)
    monkeypatch.setenv("REDIS_URL", world.wiring.redis_url)
    monkeypatch.setenv("WORKGRAPH_MASTER_KEY", base64.b64encode(b"k" * 32).decode())
    monkeypatch.setenv("WORKGRAPH_ROLE_PREFIX", PREFIX)
    return name


def test_who_uses_what_breaks_is_told_with_it(places: Path, client: str) -> None:
    status, said = told("check", "--data-dir", str(places))
    assert status == 1
    assert f"used   Flow.extra by {client}, about 1200 times, last on {TODAY}" in said
    assert "Flow.name by" not in said


@pytest.fixture
async def registered(client: str, company: CompanyWorld) -> str:
    """A document that a client may run, registered while it was good, and one of a version that is retired."""
    stamps = {"tenant_id": company.tenant.id, "created_at": datetime.now(UTC), "updated_at": datetime.now(UTC)}
    ids = [uuid7() for _ in range(3)]
    made = ApiClient(
        id=ids[0],
        version=1,
        name=client,
        kind=ClientKind.PARTNER,
        locked=False,
        registers_automatically=False,
        **stamps,
    )
    versions = [
        ClientVersion(id=each, version=1, client_id=ids[0], name=name, status=status, **stamps)
        for each, name, status in (
            (ids[1], "2.1.0", ClientVersionStatus.ACTIVE),
            (ids[2], "1.0.0", ClientVersionStatus.RETIRED),
        )
    ]
    documents = [
        RegisteredDocument(
            id=uuid7(),
            version=1,
            client_version_id=each,
            document_id="flows",
            hash="0" * 64,
            text=DOCUMENT,
            operation_kind=OperationKind.QUERY,
            **stamps,
        )
        for each in ids[1:]
    ]
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        for batch in ([made], versions, documents):
            for row in batch:
                session.add(row)
            await session.flush()
    return f"{company.tenant.slug}/{client}"


def test_whose_registered_document_breaks_is_told_with_its_version(places: Path, registered: str) -> None:
    status, said = told("check", "--data-dir", str(places))
    assert status == 1
    assert f"breaks {registered} 2.1.0 flows: Cannot query field 'extra' on type 'Flow'." in said
    assert f"{registered} 1.0.0" not in said


def test_usage_is_shown_of_all_of_a_type_and_of_one_field(places: Path, client: str) -> None:
    for asked, shown in (
        ([], {"Flow.extra", "Flow.name"}),
        (["Flow"], {"Flow.extra", "Flow.name"}),
        (["Flow.name"], {"Flow.name"}),
    ):
        status, said = told("usage", *asked, "--data-dir", str(places), "--json")
        assert status == 0, said
        assert {each["coordinate"] for each in json.loads(said) if each["client"] == client} == shown
    assert told("usage", "Nothing.at", "--data-dir", str(places)) == (0, "Nobody was seen to use Nothing.at.\n")
    status, said = told("usage", "Flow.name", "--data-dir", str(places))
    assert f"Flow.name by {client}, about 100 times, last on {TODAY}" in said


def test_the_committed_release_can_be_compared_with() -> None:
    status, said = told("check", "--no-usage")
    assert status == 0, said
