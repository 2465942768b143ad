"""The audit trail as it is read: what was done to what, by whom, from where; in the names of the API, page by page."""

from typing import Any

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

import auth.roles
from auth.roles import BUILT_IN_ROLES, BuiltInRole
from db.models import AuditLog
from db.tenancy import set_tenant
from resolvers import ids, standings
from schema.derive.declare import entity
from tests.audit.chains import chain_of, drain
from tests.schema.statements import listening
from tests.schema.test_indexes import explained
from tests.world import CompanyWorld, Person, World

TRAIL = (
    "query($where: AuditLogFilter, $orderBy: [AuditLogOrder!]) { auditLogs(first: 200, where: $where, "
    "orderBy: $orderBy) { totalCount nodes { id occurredAt actorType actorId action operation entityType entityId "
    "entityVersion oldValues newValues requestId address userAgent } } }"
)
WHOLE = "{ auditLogs(first: 200) { nodes { id actor { id } entity { id } place { position hash } oldValues } } }"
WRITE = (
    "insert into {0}.audit_logs (tenant_id, id, occurred_at, actor_type, actor_id, action, operation, entity_type, "
    "entity_id, entity_version, old_values, new_values, request_id) select :tenant, gen_random_uuid(), now(), "
    "case when cast(:actor as uuid) is null then 'system' else 'user' end, cast(:actor as uuid), 'update', "
    "'test', :kind, :entity, n, '{{}}', cast(:values as jsonb), 'test' from generate_series(1, :count) n returning id"
)


async def trail(person: Person, where: dict[str, Any] | None = None, **more: Any) -> list[dict[str, Any]]:
    """The entries that match, as somebody is shown them."""
    found = (await person.ask(TRAIL, {"where": where, **more})).data["auditLogs"]
    assert found["totalCount"] == len(found["nodes"]) < 200
    return found["nodes"]


async def of(person: Person, entity_id: str) -> list[dict[str, Any]]:
    """The trail of one object."""
    return await trail(person, {"entityId": {"eq": entity_id}})


async def made(person: Person, mutation: str, given: dict[str, Any], result: str = "flow") -> str:
    """Run a mutation, and return the id of what it made or changed."""
    payload = await person.do(mutation, given, f"{result} {{ id }}")
    assert payload["refusals"] == []
    return payload[result]["id"]


def with_role(monkeypatch: pytest.MonkeyPatch, name: str, *permissions: str) -> None:
    """Let a built-in role hold these permissions, from the next request on: roles do not change while a server runs."""
    monkeypatch.setattr(standings, "FRESH_FOR", 0.0)
    role = BuiltInRole(name, "Sees the trail.", frozenset(permissions))
    monkeypatch.setattr(auth.roles, "BUILT_IN_ROLES", {**BUILT_IN_ROLES, name: role})


async def put(
    company: CompanyWorld, kind: str, entity_id: Any, values: str = "{}", count: int = 1, actor: Any = None
) -> None:
    """Write entries of a company past the API."""
    statement = WRITE.format("pool")
    await company.rows(
        f"with w as ({statement}) select id from w",
        kind=kind,
        entity=entity_id,
        values=values,
        count=count,
        actor=actor,
    )


@pytest.fixture
async def owner(company: CompanyWorld) -> Person:
    return await company.person()


async def test_an_entry_says_who_did_what_to_what_from_where(company: CompanyWorld, owner: Person) -> None:
    query = "mutation($input: CreateFlowInput!) { createFlow(input: $input) { flow { id updatedAt } } }"
    told = {"user-agent": "trail/1", "x-request-id": "the-request-of-this-test"}
    answer = await owner.ask(query, {"input": {"name": "Sales", "durationDays": 30}}, **told)
    flow = answer.data["createFlow"]["flow"]
    [entry] = await of(owner, flow["id"])
    assert owner.asking.principal.id is not None
    assert {**entry, "id": "", "newValues": {}, "address": "", "requestId": ""} == {
        "id": "",
        "occurredAt": flow["updatedAt"],
        "actorType": "user",
        "actorId": ids.encode("User", owner.asking.principal.id),
        "action": "CREATE",
        "operation": "create_flow",
        "entityType": "Flow",
        "entityId": flow["id"],
        "entityVersion": 1,
        "oldValues": {},
        "newValues": {},
        "requestId": "",
        "address": "",
        "userAgent": "trail/1",
    }
    [stored] = await company.rows(
        "select request_id, address from pool.audit_logs where id = :id", id=ids.row_of(entry["id"], "AuditLog")
    )
    assert (entry["requestId"], entry["address"]) == tuple(stored)
    assert entry["address"]


async def test_values_have_the_names_and_the_form_of_the_api(owner: Person) -> None:
    users = (await owner.ask("{ users(first: 1) { nodes { id } } }")).data["users"]["nodes"]
    flow = await made(owner, "createFlow", {"name": "Sales", "durationDays": 30, "audience": "CONTRACTOR"})
    await made(owner, "updateFlow", {"id": flow, "durationDays": 31, "defaultOwnerId": users[0]["id"]})
    first, second = [await made(owner, "addStage", {"flowId": flow, "name": each}, "stage") for each in "ab"]
    for stage in (first, second):
        await made(owner, "addContentBlock", {"stageId": stage, "type": "text_input"}, "contentBlock")
    await made(owner, "reorderStages", {"id": flow, "ids": [second, first]})
    await made(owner, "publishFlow", {"id": flow})
    created, updated, reordered, published = await of(owner, flow)
    assert created["newValues"]["audience"] == "CONTRACTOR"
    assert created["newValues"]["durationDays"] == 30
    assert (updated["oldValues"], updated["newValues"]) == (
        {"durationDays": 30, "defaultOwnerId": None},
        {"durationDays": 31, "defaultOwnerId": users[0]["id"]},
    )
    assert (reordered["oldValues"], reordered["newValues"]) == (
        {"stages": [first, second]},
        {"stages": [second, first]},
    )
    assert published["action"] == "TRANSITION"
    assert published["newValues"]["status"] == "PUBLISHED"
    now = (await owner.ask("query($id: ID!) { flow(id: $id) { publishedAt } }", {"id": flow})).data["flow"]
    assert published["newValues"]["publishedAt"] == now["publishedAt"]
    [_, moved] = await of(owner, first)
    assert (moved["oldValues"], moved["newValues"]) == ({"position": 0}, {"position": 1})


async def test_personal_data_is_shown_and_what_the_api_does_not_show_is_left_out(owner: Person) -> None:
    given = {"email": "eve@example.com", "firstName": "Eve", "lastName": "Secret", "department": "Sales"}
    user = await made(owner, "createUser", given, "user")
    [created] = await of(owner, user)
    assert created["newValues"] == {
        "email": "eve@example.com",
        "firstName": "Eve",
        "lastName": "Secret",
        "department": "Sales",
        "isActive": True,
        "locale": "en",
        "timezone": "UTC",
        "mfaEnabled": False,
    }
    tokens = await trail(owner, {"entityType": {"eq": "PasswordReset"}})
    assert [(each["oldValues"], each["newValues"]) for each in tokens] == [(None, None)]


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ('{"name": "A", "gone_since": "x", "tenant_id": "x", "name_sort": "a"}', {"name": "A"}),
        ('{"status": "of_another_day", "audience": "employee"}', {"status": "of_another_day", "audience": "EMPLOYEE"}),
        (
            '{"published_at": "long ago", "default_owner_id": "nobody"}',
            {"publishedAt": "long ago", "defaultOwnerId": "nobody"},
        ),
        ('{"duration_days": "•••"}', {"durationDays": "•••"}),
        ('{"stages": ["x", 1], "default_owner_id": 1}', {"stages": ["x", 1], "defaultOwnerId": 1}),
        ('{"reminder_after_days": [1, 2]}', {"reminderAfterDays": [1, 2]}),
    ],
)
async def test_what_a_column_held_in_another_day_is_shown_as_it_was(
    company: CompanyWorld, owner: Person, stored: str, shown: dict[str, Any]
) -> None:
    flow = uuid7()
    await put(company, "Flow", flow, stored)
    [entry] = await of(owner, ids.encode("Flow", flow))
    assert entry["newValues"] == shown


async def test_what_was_protected_later_is_a_mark_also_in_old_entries(company: CompanyWorld, owner: Person) -> None:
    row = uuid7()
    await put(company, "User", row, '{"email": "eve@example.com", "department": "Sales"}')
    [entry] = await of(owner, ids.encode("User", row))
    assert entry["newValues"] == {"email": "•••", "department": "Sales"}


async def test_the_trail_is_filtered_by_object_person_and_act(company: CompanyWorld, owner: Person) -> None:
    other = await company.person()
    one = await made(owner, "createFlow", {"name": "One", "durationDays": 1})
    two = await made(other, "createFlow", {"name": "Two", "durationDays": 1})
    await made(owner, "updateFlow", {"id": two, "name": "Too"})
    assert owner.asking.principal.id is not None
    me, flows = ids.encode("User", owner.asking.principal.id), {"entityType": {"eq": "Flow"}}
    stage = ids.encode("Stage", ids.decode(one).row_id)  # type: ignore[union-attr]
    expected: dict[str, tuple[dict[str, Any], list[str]]] = {
        "one object": ({"entityId": {"eq": one}}, [one]),
        "several": ({"entityId": {"in": [one, two]}}, [one, two, two]),
        "all but one": ({**flows, "entityId": {"ne": one}}, [two, two]),
        "all but several": ({**flows, "entityId": {"notIn": [one, two]}}, []),
        "of none": ({"entityId": {"in": []}}, []),
        "the same row of another type": ({"entityId": {"eq": stage}}, []),
        "what I did": ({**flows, "actorId": {"eq": me}}, [one, two]),
        "what others did": ({**flows, "actorId": {"ne": me}}, [two]),
        "what nobody of that kind did": ({"actorId": {"eq": one}}, []),
        "what somebody did": ({**flows, "actorId": {"isNull": False}}, [one, two, two]),
        "what was made": ({**flows, "action": {"eq": "CREATE"}}, [one, two]),
        "by one operation": ({"operation": {"eq": "update_flow"}}, [two]),
    }
    for what, (where, found) in expected.items():
        assert [each["entityId"] for each in await trail(owner, where)] == found, what
    system = await trail(owner, {"actorId": {"isNull": True}})
    assert {(each["actorType"], each["actorId"]) for each in system} == {("system", None)}
    newest = await trail(owner, flows, orderBy=[{"id": "DESC"}])
    assert [each["entityId"] for each in newest] == [two, two, one]


async def test_a_text_that_is_no_id_is_said(owner: Person) -> None:
    answer = await owner.ask(TRAIL, {"where": {"entityId": {"in": ["x"]}}})
    assert (answer.codes, answer.errors[0]["extensions"]["inputPath"]) == (
        ["BAD_USER_INPUT"],
        [
            "where",
            "entityId",
            "in",
        ],
    )


async def test_the_groups_of_an_id_filter_count_as_conditions(owner: Person) -> None:
    many = [ids.encode(f"Type{number}", uuid7()) for number in range(201)]
    assert (await owner.ask(TRAIL, {"where": {"entityId": {"in": many}}})).codes == ["BAD_USER_INPUT"]


async def test_an_entry_leads_to_who_did_it_and_to_what_there_is_of_it(owner: Person) -> None:
    flow = await made(owner, "createFlow", {"name": "Sales", "durationDays": 30})
    query = (
        "query($id: ID!) { auditLogs(where: {entityId: {eq: $id}}) "
        "{ nodes { actor { ... on User { firstName } } entity { ... on Flow { name version } } } } }"
    )
    [entry] = (await owner.ask(query, {"id": flow})).data["auditLogs"]["nodes"]
    assert entry == {"actor": {"firstName": "Owner"}, "entity": {"name": "Sales", "version": 1}}
    assert (await owner.do("deleteFlow", {"id": flow}, "deletedId"))["refusals"] == []
    found = (await owner.ask(query, {"id": flow})).data["auditLogs"]["nodes"]
    assert [each["entity"] for each in found] == [None, None]


async def test_an_entry_has_its_place_in_the_chain_or_none_yet(world: World, company: CompanyWorld) -> None:
    owner = await company.person()
    query = "{ auditLogs(first: 200) { nodes { id place { position hash previousHash chainedAt } } } }"
    assert {each["place"] for each in (await owner.ask(query)).data["auditLogs"]["nodes"]} == {None}
    await drain(world)
    chain = {ids.encode("AuditLog", row.id): row for row in await chain_of(company)}
    entries = (await owner.ask(query)).data["auditLogs"]["nodes"]
    assert len(entries) == len(chain)
    for entry in entries:
        row, place = chain[entry["id"]], entry["place"]
        assert (place["position"], place["hash"], place["previousHash"]) == (
            row.position,
            row.hash.hex(),
            row.prev_hash.hex(),
        )


async def test_the_number_of_statements_does_not_follow_the_number_of_entries(
    world: World, company: CompanyWorld, owner: Person
) -> None:
    flow = await made(owner, "createFlow", {"name": "Sales", "durationDays": 30})
    await drain(world)
    counts: list[int] = []
    for _ in range(2):
        with listening(world, company) as seen:
            assert (await owner.ask(WHOLE)).errors == []
        counts.append(len(seen))
        for number in range(20):
            await made(owner, "updateFlow", {"id": flow, "name": f"Sales {number}"})
    assert counts[0] == counts[1]


async def test_a_file_has_the_name_that_the_api_has_for_it(company: CompanyWorld, owner: Person) -> None:
    """The model is called `File`, the type `StoredFile`."""
    file, flow = uuid7(), uuid7()
    await put(company, "File", file)
    await put(company, "Flow", flow)
    shown, other = ids.encode("StoredFile", file), ids.encode("Flow", flow)
    both = {"entityId": {"in": [shown, other]}}
    for where, found in [
        ({"entityId": {"eq": shown}}, [("StoredFile", shown)]),
        (both, [("Flow", other), ("StoredFile", shown)]),
        ({"entityType": {"eq": "StoredFile"}}, [("StoredFile", shown)]),
        ({**both, "entityType": {"ne": "StoredFile"}}, [("Flow", other)]),
        ({**both, "entityType": {"in": ["StoredFile", "Flow"]}}, [("Flow", other), ("StoredFile", shown)]),
        ({**both, "entityType": {"notIn": ["StoredFile"]}}, [("Flow", other)]),
        ({"entityType": {"startsWith": "Stored"}}, [("StoredFile", shown)]),
        ({**both, "entityType": {"lt": "G"}}, [("Flow", other)]),
    ]:
        entries = await trail(owner, where)
        assert sorted((each["entityType"], each["entityId"]) for each in entries) == found, where


async def by_somebody(company: CompanyWorld) -> Any:
    """Write entries of many people past the API; return one of them."""
    person = uuid7()
    for actor, count in [(person, 60), *((uuid7(), 300) for _ in range(10))]:
        await put(company, "Flow", uuid7(), count=count, actor=actor)
    return person


async def of_one_object(company: CompanyWorld) -> Any:
    """Write entries of several objects past the API; return one of them."""
    flow = uuid7()
    await put(company, "Flow", uuid7(), count=3000)
    await put(company, "Flow", flow, count=60)
    return flow


@pytest.mark.parametrize(
    ("written", "kind", "column", "index"),
    [(of_one_object, "Flow", "entity", "ix_audit_logs_entity"), (by_somebody, "User", "actor", "ix_audit_logs_actor")],
)
async def test_the_trail_of_one_object_and_of_one_person_is_read_from_its_index(
    world: World, company: CompanyWorld, written: Any, kind: str, column: str, index: str
) -> None:
    owner, row = await company.person(), await written(company)
    async with world.owner.begin() as connection:
        await connection.execute(text("analyze pool.audit_logs"))
    query = f"query($id: ID!) {{ auditLogs(first: 20, where: {{{column}Id: {{eq: $id}}}}) {{ nodes {{ id }} }} }}"
    with listening(world, company) as seen:
        assert len((await owner.ask(query, {"id": ids.encode(kind, row)})).data["auditLogs"]["nodes"]) == 20
    async with world.parts.database.engine(company.tenant.placement).connect() as connection:
        await connection.execute(set_tenant(company.tenant.id))
        nodes = await explained(connection, *seen[-1])
    [scan] = [node for node in nodes if "Index Name" in node]
    assert scan["Index Name"] == index
    assert all(name in scan["Index Cond"] for name in ("tenant_id", f"{column}_type", f"{column}_id"))
    assert not any(node["Node Type"] in {"Sort", "Incremental Sort"} for node in nodes)


async def test_it_needs_its_permission(company: CompanyWorld, hr: Person) -> None:
    for query in (WHOLE, '{ entityAsOf(id: "x", at: "2026-06-30T12:00:00Z") { id } }'):
        assert (await hr.ask(query)).codes == ["FORBIDDEN"]
        assert (await company.stranger().ask(query)).codes == ["UNAUTHENTICATED"]
    [row] = await company.rows("select id from pool.audit_logs where tenant_id = :tenant limit 1")
    node = await hr.ask("query($id: ID!) { node(id: $id) { id } }", {"id": ids.encode("AuditLog", row.id)})
    assert node.data == {"node": None}


async def test_values_of_a_type_that_one_may_not_see_are_hidden(
    company: CompanyWorld, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await made(owner, "createFlow", {"name": "Sales", "durationDays": 30})
    with_role(monkeypatch, "VIEWER", "audit.read")
    answer = await (await company.person("VIEWER")).ask(TRAIL, {"where": {"entityId": {"eq": flow}}})
    [entry] = answer.data["auditLogs"]["nodes"]
    assert (entry["action"], entry["oldValues"], entry["newValues"]) == ("CREATE", None, None)
    assert answer.body["extensions"]["hidden"] == [
        {"path": f"auditLogs.nodes.{name}", "permission": "onboarding.read"} for name in ("oldValues", "newValues")
    ]


async def test_values_that_one_may_not_read_are_hidden(
    company: CompanyWorld, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = (await owner.ask("{ company { id } }")).data["company"]["id"]
    await made(owner, "updateCompany", {"id": mine, "taxId": "DE 1", "industry": "Ships"}, "company")
    assert (await of(owner, mine))[-1]["newValues"] == {"industry": "Ships", "taxId": "•••"}
    with_role(monkeypatch, "VIEWER", "audit.read", "company.read")
    answer = await (await company.person("VIEWER")).ask(TRAIL, {"where": {"entityId": {"eq": mine}}})
    assert answer.data["auditLogs"]["nodes"][-1]["newValues"] == {"industry": "Ships", "taxId": None}
    assert {"path": "auditLogs.nodes.newValues.taxId", "permission": "company.read_tax_id"} in answer.body[
        "extensions"
    ]["hidden"]


async def test_nothing_happens_to_an_entry(owner: Person) -> None:
    with pytest.raises(ValueError, match="AuditLog is a log"):
        entity(AuditLog, read="audit.read", write="company.edit")
    assert entity(AuditLog, read="audit.read").is_log
    kinds = (await owner.ask("{ __schema { mutationType { fields { name } } } }")).data["__schema"]["mutationType"]
    assert [each["name"] for each in kinds["fields"] if "AuditLog" in each["name"]] == []
