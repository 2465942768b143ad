"""Why somebody sees something is told as it is: held against what the engine answers them, and of nothing beside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from auth.roles import EVERYTHING, permissions_of
from db.models import Team
from db.models.identity import GrantScope
from resolvers import ids
from schema.derive.fields import AnyField, RelationField, declaration_of
from schema.execute import access
from schema.execute.scoping import Scoping
from tests.documents.builders import a_client, published
from tests.engines.ground import a_lived_in_company
from tests.identity.builders import set_otherwise
from tests.identity.hires import an_invited_hire as a_hire
from tests.keys.builders import a_key, code
from tests.schema.builders import put
from tests.schema.statements import listening, reads
from tests.scopes.company import draw
from tests.scopes.grants import a_user, grant, signed_in
from tests.wall.graph import REGISTRY, SCHEMA, is_connection, kind_of, needs_arguments
from tests.world import CompanyWorld, Person, World

ALLOWED, HIDDEN, OUT_OF_REACH = "ALLOWED", "HIDDEN", "OUT_OF_REACH"
AT_ONCE: Final = 25
EXPLAIN: Final = """query($id: ID!, $field: String, $userId: ID) {
explainAccess(id: $id, field: $field, userId: $userId) {
  id field user { id } outcome permission reason
  grants { role scope departmentId teamId reaches through } steps { rule holds reason }
} }"""


async def explained(person: Person, id: str, field: str | None = None, user: str | None = None) -> Any:
    """Ask why somebody sees something."""
    return (await person.ask(EXPLAIN, {"id": id, "field": field, "userId": user})).data["explainAccess"]


def fields_of(name: str) -> list[str]:
    """Name the fields of a type that can be asked for by their names alone."""
    kind: Any = SCHEMA.type_map[name]
    return [each for each, field in kind.fields.items() if not needs_arguments(field)]


def chosen(name: str) -> str:
    """Select every such field of a type, of objects nothing but what they are."""
    kind: Any = SCHEMA.type_map[name]
    parts = list[str]()
    for each in fields_of(name):
        inner = kind_of(kind.fields[each])
        below = "(first: 1) { totalCount }" if is_connection(inner) else " { __typename }"
        parts.append(each + (below if hasattr(inner, "fields") else ""))
    return "{ " + " ".join(parts) + " }"


async def seen(person: Person, id: str, name: str) -> tuple[dict[str, Any] | None, set[str]]:
    """Return what somebody sees of an object, and which fields are hidden from them."""
    answer = await person.ask(f"query($id: ID!) {{ node(id: $id) {{ ... on {name} {chosen(name)} }} }}", {"id": id})
    hidden = answer.body.get("extensions", {}).get("hidden", ())
    return answer.data["node"], {each["path"].removeprefix("node.") for each in hidden}


def refers(name: str, field: str) -> bool:
    """Tell whether a field leads to another object."""
    kind: Any = SCHEMA.type_map[name]
    return isinstance(declaration_of(kind.fields[field]), RelationField | AnyField)


async def met(owner: Person, person: Person, id: str, name: str) -> dict[str | None, str]:
    """Work out, from what the engine answers, what somebody meets at an object and at each of its fields."""
    everything, _ = await seen(owner, id, name)
    found, hidden = await seen(person, id, name)
    assert everything is not None
    if found is None:
        return dict.fromkeys([None, *fields_of(name)], OUT_OF_REACH)
    expected: dict[str | None, str] = {None: ALLOWED}
    for field in fields_of(name):
        gone = refers(name, field) and found[field] is None and everything[field] is not None
        expected[field] = HIDDEN if field in hidden else OUT_OF_REACH if gone else ALLOWED
    return expected


async def told(asker: Person, id: str, name: str, user: str | None) -> dict[str | None, Any]:
    """Ask for the explanations of an object and of all its fields."""
    found = dict[str | None, Any]()
    names: Sequence[str | None] = [None, *fields_of(name)]
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        fields = [f', field: "{each}"' if each else "" for each in some]
        asked = " ".join(
            f"a{place}: explainAccess(id: $id, userId: $user{field}) {{ outcome steps {{ rule holds }} }}"
            for place, field in enumerate(fields)
        )
        answer = await asker.ask(f"query($id: ID!, $user: ID) {{ {asked} }}", {"id": id, "user": user})
        found |= {each: answer.data[f"a{place}"] for place, each in enumerate(some)}
    return found


async def hold_against(owner: Person, person: Person, user: str, things: Mapping[str, Sequence[str]]) -> set[str]:
    """Hold what is told of somebody, and what they are told themselves, against what they see; return what they met."""
    outcomes = set[str]()
    for name, some in things.items():
        for each in some:
            expected = await met(owner, person, each, name)
            found = await told(owner, each, name, user)
            assert {field: one and one["outcome"] for field, one in found.items()} == expected, (name, each)
            for one in found.values():
                holds = [step["holds"] for step in one["steps"]]
                assert holds == [True] * (len(holds) - 1) + [one["outcome"] == ALLOWED]
            own = await told(person, each, name, None)
            if expected[None] == ALLOWED:
                assert {field: one and one["outcome"] for field, one in own.items()} == expected
            else:
                assert set(own.values()) == {None}
            outcomes |= set(expected.values())
    return outcomes


PERMISSIONS: Final = ("users.read", "onboarding.read_hires", "onboarding.read_answers", "users.manage", "audit.read")


@pytest.mark.parametrize("seed", range(2))
async def test_it_is_as_the_engine_answers_for_drawn_people_and_rows(seed: int, company: CompanyWorld) -> None:
    random = Random(seed)
    drawn, owner = await draw(company, random), await company.person("OWNER")
    rows = {"User": drawn.users, "Team": drawn.teams, "TeamMember": drawn.members, "NewHire": drawn.hires}
    rows |= {"Progress": drawn.progress, "Department": drawn.departments}
    outcomes = set[str]()
    for _ in range(2):
        me = random.choice(drawn.users)["id"]
        for _ in range(3):
            scope = random.choice(list(GrantScope))
            about = {}
            if scope is GrantScope.DEPARTMENT:
                about = {"department_id": random.choice(drawn.departments)["id"]}
            elif scope is GrantScope.TEAM:
                about = {"team_id": random.choice(drawn.teams)["id"]}
            await grant(company, me, random.sample(PERMISSIONS, random.randint(1, 3)), scope, **about)
        things = {
            name: [ids.encode(name, row["id"]) for row in random.sample(list(some), min(1, len(some)))]
            for name, some in rows.items()
        }
        outcomes |= await hold_against(owner, signed_in(company, me), ids.encode("User", me), things)
    assert outcomes >= {ALLOWED, OUT_OF_REACH}


def nothing_is_missing(patch: pytest.MonkeyPatch) -> None:
    """Permissions are taken for held."""
    patch.setattr(access, "missing_for", lambda *_: None)


def every_row_is_reached(patch: pytest.MonkeyPatch) -> None:
    """Scopes are left out, of who asks and of whom it is about."""
    patch.setattr(Scoping, "rows", lambda *_: None)


@pytest.mark.parametrize("plant", [nothing_is_missing, every_row_is_reached])
async def test_what_is_told_otherwise_is_found(
    company: CompanyWorld, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    lead, _ = await a_line(company)
    outsider, owner = await a_user(company), await company.person("OWNER")
    things = {"User": [ids.encode("User", outsider)], "NewHire": [ids.encode("NewHire", (await a_hire(company)).id)]}
    before = {
        (name, each): await met(owner, signed_in(company, lead), each, name)
        for name, some in things.items()
        for each in some
    }
    plant(monkeypatch)
    for (name, each), expected in before.items():
        found = await told(owner, each, name, ids.encode("User", lead))
        if {field: one["outcome"] for field, one in found.items()} != expected:
            return
    pytest.fail("nobody would have noticed")


HOLDERS: Final[Sequence[tuple[str, GrantScope]]] = (
    ("HR", GrantScope.TENANT),
    ("HR", GrantScope.REPORTS),
    ("IT", GrantScope.SELF),
    ("FINANCE", GrantScope.TENANT),
)
"""Who is asked about, of the company in which there is some of everything: roles, within scopes."""


@dataclass(frozen=True)
class Everything:
    """A company with some of everything, one of each type, and who sees all of it."""

    company: CompanyWorld
    owner: Person
    things: Mapping[str, Sequence[str]]


@pytest.fixture
async def everything(world: World) -> Everything:
    company = await a_lived_in_company(world)
    things = dict[str, Sequence[str]]()
    for entity in REGISTRY.entities:
        table = f"{company.tenant.placement.schema}.{entity.model.__tablename__}"
        rows = await company.rows(f"select id from {table} where tenant_id = :tenant order by id limit 1")
        things[entity.name] = [ids.encode(entity.name, row[0]) for row in rows]
    return Everything(company, await company.person("OWNER"), things)


async def test_every_field_of_every_type_is_told_as_it_is_answered(everything: Everything) -> None:
    company, owner = everything.company, everything.owner
    assert [name for name, some in everything.things.items() if not some] == []
    outcomes = set[str]()
    for role, scope in HOLDERS:
        user = await a_user(company)
        await grant(company, user, sorted(permissions_of([role])), scope)
        outcomes |= await hold_against(owner, signed_in(company, user), ids.encode("User", user), everything.things)
    assert outcomes == {ALLOWED, HIDDEN, OUT_OF_REACH}


async def test_a_module_that_is_not_in_the_plan_is_told(company: CompanyWorld) -> None:
    """What the trail tells of a flow belongs to the flow's module."""
    await (owner := await company.person("OWNER")).do("createFlow", {"name": "Engineers", "durationDays": 30})
    statement = "update catalog.tenants set modules_removed = '{onboarding}' where id = :tenant returning id"
    await company.rows(statement)
    [(entry,)] = await company.rows("select id from pool.audit_logs where tenant_id = :tenant and entity_type = 'Flow'")
    async with set_otherwise(company.world) as http:
        owner, thing = replace(owner, http=http), ids.encode("AuditLog", entry)
        _, hidden = await seen(owner, thing, "AuditLog")
        assert {"newValues", "oldValues"} <= hidden
        found = await explained(owner, thing, "newValues")
    assert (found["outcome"], found["permission"], found["grants"]) == (HIDDEN, None, [])
    assert found["steps"][-1]["rule"] == "MODULE"
    assert found["reason"] == "The plan starter does not include the module onboarding."


async def a_line(company: CompanyWorld) -> tuple[UUID, UUID]:
    """Put in somebody who sees who reports to them, and one who does."""
    lead = await a_user(company)
    await grant(company, lead, ["users.read"], GrantScope.REPORTS)
    return lead, await a_user(company, manager_id=lead)


async def test_it_tells_by_which_role_and_through_what(company: CompanyWorld) -> None:
    lead, report = await a_line(company)
    owner, thing = await company.person("OWNER"), ids.encode("User", report)
    found = await explained(owner, thing, "email", ids.encode("User", lead))
    assert (found["id"], found["field"], found["user"]) == (thing, "email", {"id": ids.encode("User", lead)})
    assert (found["outcome"], found["permission"]) == (ALLOWED, "users.read")
    [role] = await company.rows("select name from pool.roles where tenant_id = :tenant and not built_in")
    given = {"role": role.name, "scope": "REPORTS", "departmentId": None, "teamId": None}
    assert found["grants"] == [{**given, "reaches": True, "through": ["id"]}]
    assert [(step["rule"], step["holds"]) for step in found["steps"]] == [
        *(("SIGN_IN", True), ("PERMISSION", True), ("ROW", True), ("FIELD", True))
    ]
    away = await explained(owner, ids.encode("User", lead), None, ids.encode("User", lead))
    assert (away["outcome"], away["permission"]) == (OUT_OF_REACH, "users.read")
    assert away["grants"] == [{**given, "reaches": False, "through": []}]
    assert away["reason"] == "It belongs, through id, to nobody whom these roles reach."


async def test_who_was_shut_out_reaches_nothing(company: CompanyWorld) -> None:
    lead, report = await a_line(company)
    await company.rows("update pool.users set is_active = false where id = :id returning id", id=lead)
    found = await explained(await company.person("OWNER"), ids.encode("User", report), None, ids.encode("User", lead))
    assert (found["outcome"], found["permission"], found["grants"]) == (OUT_OF_REACH, None, [])
    assert [step["rule"] for step in found["steps"]] == ["SIGN_IN"]


async def test_of_what_one_does_not_see_nothing_is_told(company: CompanyWorld, other_company: CompanyWorld) -> None:
    """An id of what is out of reach, of another company, of nothing, and what is no id: one answer, to the byte."""
    lead, report = await a_line(company)
    outsider = ids.encode("User", await a_user(company))
    [(foreign,)] = await other_company.rows("select id from pool.users where tenant_id = :tenant")
    [(role,)] = await company.rows("select id from pool.roles where tenant_id = :tenant and name = 'HR'")
    person, own = signed_in(company, lead), ids.encode("User", report)
    assert await explained(person, own) is not None
    for field in (None, "email", "noSuchField"):
        answers = {
            (await person.ask(EXPLAIN, {"id": each, "field": field})).response.text
            for each in (outsider, ids.encode("User", foreign), ids.encode("User", uuid7()), "User_x", "", "\0")
        }
        assert answers == {'{"data":{"explainAccess":null}}'}
    assert await explained(person, own, "noSuchField") is None
    assert await explained(person, own, "__typename") is None
    assert await explained(person, ids.encode("Role", role)) is not None
    assert await explained(person, ids.encode("Company", report)) is None


async def test_a_reference_tells_nothing_of_what_who_asks_does_not_see(company: CompanyWorld) -> None:
    drawn = await draw(company, Random(5))
    hire = next(row for row in drawn.hires if row["manager_id"])
    clerk, subject = await a_user(company), await a_user(company)
    await grant(company, clerk, ["users.manage", "users.read", "audit.read"])
    await grant(company, subject, sorted(EVERYTHING))
    [entry] = await company.rows(
        "insert into pool.audit_logs (tenant_id, id, occurred_at, actor_type, action, operation, entity_type,"
        " entity_id, entity_version, old_values, new_values, request_id) values (:tenant, uuidv7(), now(), 'system',"
        " 'create', 'test', 'NewHire', :hire, 1, '{}', '{}', 'test') returning id",
        hire=hire["id"],
    )
    asked = ids.encode("AuditLog", entry.id), "entity"
    assert await explained(signed_in(company, clerk), *asked, ids.encode("User", subject)) is None
    own = await explained(signed_in(company, clerk), *asked)
    assert (own["outcome"], own["steps"][-1]["rule"]) == (OUT_OF_REACH, "REFERENCE")
    found = await explained(signed_in(company, subject), *asked)
    assert found["outcome"] == ALLOWED


@pytest.mark.parametrize(
    ("permissions", "missing"),
    [(["users.read"], "users.manage"), (["users.manage"], "users.read"), (["users.manage", "users.read"], None)],
)
async def test_of_others_is_told_to_who_looks_after_people(
    company: CompanyWorld, permissions: list[str], missing: str | None
) -> None:
    """Held throughout; whether there is such a user makes no difference to who may not ask."""
    asker, other = await a_user(company), await a_user(company)
    await grant(company, asker, permissions)
    await grant(company, asker, ["users.manage", "users.read"], GrantScope.SELF)
    person = signed_in(company, asker)
    for user in (ids.encode("User", other), ids.encode("User", uuid7()), ids.encode("Flow", other), "x"):
        answer = await person.ask(EXPLAIN, {"id": ids.encode("User", asker), "userId": user})
        if missing is None:
            assert (answer.data["explainAccess"] is not None) == (user == ids.encode("User", other))
        else:
            assert (answer.codes, answer.errors[0]["extensions"]["permission"]) == (["FORBIDDEN"], missing)
    assert await explained(person, ids.encode("User", asker), None, ids.encode("User", asker)) is not None


async def test_a_key_is_told_of_itself(company: CompanyWorld) -> None:
    owner = await company.person("OWNER")
    client = await a_client(owner, "acme", kind="PARTNER")
    await published(owner, client, [EXPLAIN])
    key = await a_key(owner, "company.read", client=client)
    [(company_id,)] = await company.rows("select id from pool.companies where tenant_id = :tenant")
    thing = ids.encode("Company", company_id)
    found = (await key.run(EXPLAIN, {"id": thing, "field": "taxId"})).json()["data"]["explainAccess"]
    assert (found["outcome"], found["user"], found["grants"]) == (HIDDEN, None, [])
    assert (found["permission"], found["reason"]) == ("company.read_tax_id", "Who asks lacks company.read_tax_id.")
    whole = (await key.run(EXPLAIN, {"id": thing})).json()["data"]["explainAccess"]
    assert (whole["outcome"], whole["permission"]) == (ALLOWED, "company.read")
    user = ids.encode("User", owner.asking.principal.id or UUID(int=0))
    assert code(await key.run(EXPLAIN, {"id": thing, "userId": user}))[1] == "INSUFFICIENT_SCOPE"


async def test_nobody_is_told_nothing(company: CompanyWorld) -> None:
    [(user,)] = await company.rows("select id from pool.users where tenant_id = :tenant")
    assert await explained(company.stranger(), ids.encode("User", user)) is None


async def test_it_takes_as_many_statements_whatever_the_roles(company: CompanyWorld) -> None:
    lead, report = await a_line(company)
    owner, counts = await company.person("OWNER"), list[int]()
    given = {"id": ids.encode("User", report), "field": "manager", "userId": ids.encode("User", lead)}
    for _ in range(3):
        with listening(company.world, company) as sent:
            await owner.ask(EXPLAIN, given)
        counts.append(len(reads(sent)))
        for _ in range(5):
            await grant(company, lead, ["users.read"], GrantScope.SELF)
            team = await put(company, Team, [{"name": f"Team {uuid7()}"}])
            await grant(company, lead, ["users.read"], GrantScope.TEAM, team_id=team[0]["id"])
    assert counts == [6, 6, 6]
