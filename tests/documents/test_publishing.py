"""Publishing: all or none, each document found valid, and what is refused named."""

import pytest

from resolvers.clients import publishing
from resolvers.documents import hash_of
from tests.documents.builders import COMPANY, CREATE, FLOWS, a_client, named, publish, published, registered
from tests.world import CompanyWorld, Person

SUBSCRIPTION = "subscription Follow { events { cursor } }"


async def test_documents_are_registered_with_what_they_are(company: CompanyWorld, owner: Person) -> None:
    client = await a_client(owner)
    done = await publish(owner, client, {"one": COMPANY, named(CREATE): CREATE, "three": SUBSCRIPTION})
    assert done["refusals"] == []
    assert (done["clientVersion"]["name"], done["clientVersion"]["status"]) == ("1.0", "DRAFT")
    found = {each["documentId"]: each for each in done["clientVersion"]["documents"]["nodes"]}
    prices = [found[each].pop("price") for each in ("one", named(CREATE), "three")]
    assert min(prices) > 0
    assert prices[1] > prices[0]
    assert found["one"] == {
        "documentId": "one",
        "hash": hash_of(COMPANY),
        "operationName": "Company",
        "operationKind": "QUERY",
    }
    assert [found[each]["operationKind"] for each in (named(CREATE), "three")] == ["MUTATION", "SUBSCRIPTION"]
    assert next((each.version, each.text) for each in await registered(company)) == ("1.0", COMPANY)


async def test_one_wrong_document_is_the_end_of_all_and_each_is_named(company: CompanyWorld, owner: Person) -> None:
    client = await a_client(owner)
    documents = {
        "good": COMPANY,
        "unknown": "query Q { nothing }",
        "syntax": "query Q {",
        "two": "query A { modules { name } } query B { modules { name } }",
        "none": "fragment F on Company { name }",
        "deep": "query Q { a " + "{ a " * 30 + "}" * 31,
        "empty": "",
        "sha256:" + "0" * 64: COMPANY,
        "nested": "{" * 50_000,
    }
    done = await publish(owner, client, documents, "2.0", activate=True)
    assert done["clientVersion"] is None
    told = {each["path"][2]: each for each in done["refusals"]}
    assert [each["code"] for each in told.values()] == ["DOCUMENT_REFUSED"] * 8
    assert all(each["path"][:2] == ["input", "documents"] for each in told.values())
    for place, (name, said) in enumerate(
        [
            ("unknown", "Cannot query field 'nothing' on type 'Query'. (line 1, column 11)"),
            ("syntax", "Syntax Error"),
            ("two", "has one operation; this has 2."),
            ("none", "has one operation; this has 0."),
            ("deep", "A document is at most 20 levels deep"),
            ("empty", "Syntax Error"),
            ("sha256:", f"which is {named(COMPANY)}."),
            ("nested", ""),
        ],
        start=1,
    ):
        message = told[str(place)]["message"]
        assert message.startswith(name), message
        assert said in message
    assert await registered(company) == []
    assert await company.rows("select id from pool.client_versions where tenant_id = :tenant") == []


async def test_publishing_again_changes_nothing_and_another_text_is_refused(
    company: CompanyWorld, owner: Person
) -> None:
    client = await a_client(owner)
    first = await publish(owner, client, {"a": COMPANY})
    again = await publish(owner, client, {"a": COMPANY, "b": FLOWS})
    assert again["refusals"] == []
    assert first["clientVersion"]["id"] == again["clientVersion"]["id"]
    other = await publish(owner, client, {"c": CREATE, "a": FLOWS})
    [refusal] = other["refusals"]
    assert (refusal["code"], refusal["path"]) == ("DOCUMENT_TAKEN", ["input", "documents", "1"])
    assert [each.document_id for each in await registered(company)] == ["a", "b"]


async def test_a_retired_version_gets_nothing_new_until_it_is_active_again(owner: Person) -> None:
    client = await a_client(owner)
    version = await published(owner, client, [COMPANY])
    moved = await owner.do("retireClientVersion", {"id": version}, "clientVersion { status }")
    assert moved["clientVersion"]["status"] == "RETIRED"
    done = await publish(owner, client, [FLOWS])
    assert [(each["code"], each["path"]) for each in done["refusals"]] == [("INVALID_INPUT", ["input", "version"])]
    again = await owner.do("retireClientVersion", {"id": version})
    assert [each["code"] for each in again["refusals"]] == ["ILLEGAL_TRANSITION"]
    await owner.do("activateClientVersion", {"id": version})
    assert (await publish(owner, client, [FLOWS]))["clientVersion"]["status"] == "ACTIVE"


@pytest.mark.parametrize("version", ["", " ", "1 2", "x" * 61, "automatic", "-1", "1\n"])
async def test_a_version_has_a_name(owner: Person, version: str) -> None:
    done = await publish(owner, await a_client(owner), [COMPANY], version)
    assert [(each["code"], each["path"]) for each in done["refusals"]] == [("INVALID_INPUT", ["input", "version"])]


@pytest.mark.parametrize("name", ["", "a b", "x" * 201, "\u00e4", "a\n", "\U0001f600"])
async def test_an_id_is_printable(owner: Person, name: str) -> None:
    done = await publish(owner, await a_client(owner), {name: COMPANY})
    assert [each["code"] for each in done["refusals"]] == ["DOCUMENT_REFUSED"]


async def test_there_are_bounds(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await a_client(owner)
    assert [each["path"] for each in (await publish(owner, client, []))["refusals"]] == [["input", "documents"]]
    long = COMPANY + " " * 100_000
    assert "100000 characters" in (await publish(owner, client, [long]))["refusals"][0]["message"]
    monkeypatch.setattr(publishing, "MOST_DOCUMENTS", 1)
    refusals = (await publish(owner, client, [COMPANY, FLOWS]))["refusals"]
    assert [each["message"] for each in refusals] == ["1 to 1 documents; this has 2."]
    monkeypatch.setattr(publishing, "MOST_DOCUMENTS", 200)
    many = await publish(owner, client, {f"d{number}": "{" for number in range(100)})
    assert len(many["refusals"]) == publishing.MOST_PROBLEMS


async def test_a_dry_run_and_a_key(company: CompanyWorld, owner: Person) -> None:
    client = await a_client(owner)
    dry = await publish(owner, client, [COMPANY], dryRun=True)
    assert (dry["refusals"], await registered(company)) == ([], [])
    first = await publish(owner, client, [COMPANY], idempotencyKey="one")
    again = await publish(owner, client, [COMPANY], idempotencyKey="one")
    assert first["clientVersion"]["id"] == again["clientVersion"]["id"]
    other = await publish(owner, client, [FLOWS], idempotencyKey="one")
    assert [each["code"] for each in other["refusals"]] == ["IDEMPOTENCY_CONFLICT"]


async def test_what_was_published_is_told_and_its_text_is_in_no_log(company: CompanyWorld, owner: Person) -> None:
    await published(owner, await a_client(owner), [COMPANY])
    told = await company.rows(
        "select type, data::text as data from pool.event_outbox where tenant_id = :tenant and type like 'client.%'"
        " order by sequence"
    )
    assert [each.type for each in told] == [
        *("client.created", "client.version.created", "client.document.created"),
        *("client.version.moved", "client.version.activated"),
    ]
    logged = await company.rows(
        "select new_values::text as text, operation from pool.audit_logs where tenant_id = :tenant"
    )
    assert "publish_documents" in {each.operation for each in logged}
    assert not any("company { name }" in (each or "") for each in [*(e.data for e in told), *(e.text for e in logged)])


async def test_a_client_is_locked_or_registers_by_itself_and_has_a_name(owner: Person) -> None:
    given = {"name": "web", "kind": "PARTNER", "locked": True, "registersAutomatically": True}
    refused = await owner.do("createApiClient", given)
    assert [each["path"] for each in refused["refusals"]] == [["input", "registersAutomatically"]]
    client = await a_client(owner, locked=True)
    refused = await owner.do("updateApiClient", {"id": client, "registersAutomatically": True})
    assert [each["code"] for each in refused["refusals"]] == ["INVALID_INPUT"]
    twice = await owner.do("createApiClient", {"name": "web", "kind": "PARTNER"})
    assert [(each["code"], each["path"]) for each in twice["refusals"]] == [("ALREADY_EXISTS", ["input", "name"])]
    for name in ("", "a b", "\u00e4"):
        wrong = await owner.do("createApiClient", {"name": name, "kind": "PARTNER"})
        assert [each["code"] for each in wrong["refusals"]] == ["INVALID_INPUT"]


async def test_another_companys_client_is_not_there(owner: Person, other_company: CompanyWorld) -> None:
    stranger = await other_company.person("OWNER")
    done = await publish(stranger, await a_client(owner), [COMPANY])
    assert [(each["code"], each["path"]) for each in done["refusals"]] == [("NOT_FOUND", ["input", "clientId"])]
