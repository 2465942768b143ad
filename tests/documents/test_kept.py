"""What a process keeps of documents: for two seconds, never past its own writes, and never too much."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from db.catalog import PRIMARY
from db.reads import LISTENERS, Sent
from db.roles import DatabaseRole, url_as
from db.session import Database
from resolvers.clients import kept
from resolvers.clients.kept import KeptDocuments
from resolvers.documents import hash_of
from resolvers.tenants import FRESH_FOR
from schema.execute.documents import Parsed
from tests.documents.builders import COMPANY, FLOWS, a_client, named, published, send
from tests.world import CompanyWorld, Person, World


@dataclass
class Process:
    """Another process: a memory and a pool of its own, whose seconds pass when they are told to."""

    database: Database
    seconds: float = 0.0
    sent: int = 0

    def __post_init__(self) -> None:
        self.documents = KeptDocuments(self.database, ticks=lambda: self.seconds)

    def note(self, sent: Sent) -> None:
        self.sent += "registered_documents" in sent.text or "api_clients" in sent.text


@pytest.fixture
async def process(world: World) -> AsyncIterator[Process]:
    wiring = world.wiring
    url = url_as(wiring.database_url, DatabaseRole.APP, prefix=wiring.role_prefix, master_key=wiring.master_key)
    process = Process(Database({PRIMARY: url}, pool_size=2))
    LISTENERS.append(process.note)
    yield process
    LISTENERS.remove(process.note)
    await process.database.close()


async def test_a_document_is_read_once_in_two_seconds(process: Process, company: CompanyWorld, owner: Person) -> None:
    version = await published(owner, await a_client(owner), {"a": COMPANY})
    place, process.sent = company.tenant.placement, 0
    for _ in range(3):
        found = await process.documents.document(place, "a", "web")
        assert found is not None
        assert (found.text, found.client, found.version, found.operation_name) == (COMPANY, "web", "1.0", "Company")
    assert process.sent == 1
    await owner.do("retireClientVersion", {"id": version})
    process.seconds = FRESH_FOR - 0.01
    assert await process.documents.document(place, "a", "web") is not None
    process.seconds = FRESH_FOR
    assert await process.documents.document(place, "a", "web") is None


async def test_it_is_forgotten_with_a_commit_in_its_company_alone(
    process: Process, company: CompanyWorld, other_company: CompanyWorld, owner: Person
) -> None:
    await published(owner, await a_client(owner), {"a": COMPANY})
    process.sent = 0
    await process.documents.document(company.tenant.placement, "a")
    async with process.database.transacting(other_company.tenant.placement):
        pass
    await process.documents.document(company.tenant.placement, "a")
    assert process.sent == 1
    async with process.database.transacting(company.tenant.placement):
        pass
    await process.documents.document(company.tenant.placement, "a")
    assert process.sent == 2


async def test_what_is_not_there_is_asked_for_once_and_not_kept_without_end(
    process: Process, company: CompanyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_UNKNOWN", 3)
    place = company.tenant.placement
    for _ in range(2):
        assert await process.documents.client(place, "nobody") is None
        assert await process.documents.document(place, "none") is None
    assert process.sent == 2
    for number in range(10):
        assert await process.documents.document(place, f"x{number}") is None
    assert process.sent == 12
    [known] = process.documents._companies.values()  # pyright: ignore[reportPrivateUsage] - what is kept is the point
    assert 0 < known.unknown == len(known.kept) <= 3
    assert await process.documents.document(place, "x" * 10_000) is None
    assert process.sent == 12


async def test_what_is_kept_is_bounded(
    process: Process, company: CompanyWorld, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await published(owner, await a_client(owner), {"a": COMPANY, "b": FLOWS})
    place, documents = company.tenant.placement, process.documents
    monkeypatch.setattr(kept, "MOST_CHARACTERS", len(COMPANY) + 10)
    for name, text in (("a", COMPANY), ("b", FLOWS), ("a", COMPANY)):
        found = await documents.document(place, name)
        assert found is not None
        assert found.text == text
        assert documents._characters <= len(COMPANY) + 10  # pyright: ignore[reportPrivateUsage] - what is kept is the point
    monkeypatch.setattr(kept, "MOST_COMPANIES", 0)
    await documents.document(place, "b")
    assert (len(documents._companies), documents._characters) == (0, 0)  # pyright: ignore[reportPrivateUsage] - what is kept is the point


async def test_who_names_no_document_asks_for_none(process: Process, owner: Person) -> None:
    await owner.ask(COMPANY)
    assert process.sent == 0
    await send(owner, {"documentId": named(COMPANY)})
    assert process.sent == 1


async def test_documents_are_parsed_once_and_shed(company: CompanyWorld, other_company: CompanyWorld) -> None:
    parsed = Parsed(most_characters=len(COMPANY) + len(FLOWS))
    mine, theirs = company.tenant.id, other_company.tenant.id
    first = parsed.of(mine, hash_of(COMPANY), COMPANY)
    assert parsed.of(mine, hash_of(COMPANY), COMPANY) is first
    assert parsed.of(theirs, hash_of(FLOWS), FLOWS) is not first
    assert parsed.of(mine, hash_of(COMPANY), COMPANY) is first
    parsed.of(mine, hash_of(FLOWS), FLOWS)
    assert parsed.of(mine, hash_of(COMPANY), COMPANY) is first


async def test_a_connection_that_read_for_one_company_reads_nothing_of_it_for_another(
    world: World, company: CompanyWorld, other_company: CompanyWorld, owner: Person
) -> None:
    await published(owner, await a_client(owner), {"a": COMPANY})
    wiring = world.wiring
    url = url_as(wiring.database_url, DatabaseRole.APP, prefix=wiring.role_prefix, master_key=wiring.master_key)
    database = Database({PRIMARY: url}, pool_size=1)
    mine, theirs = company.tenant.placement, other_company.tenant.placement
    asked = [("a", ""), ("a", "web"), (named(COMPANY), "")]
    for _ in range(8):
        for name, client in asked:
            assert await kept.look_document(database, mine, name, client) is not None
            assert await kept.look_document(database, theirs, name, client) is None
        assert await kept.look_client(database, mine, "web") is not None
        assert await kept.look_client(database, theirs, "web") is None
    await database.close()
