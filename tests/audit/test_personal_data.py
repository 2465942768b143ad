"""Personal data in the audit trail: sealed with the key of whom it is about, and shown to those who may read it now."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from uuid_utils.compat import uuid7

from app import now
from db.models import EmailMessage, User
from db.models.mail import MailTemplate
from db.personal import key_of
from db.tenancy import set_tenant
from resolvers import ids
from resolvers.context import Context
from resolvers.refusals import NotFound
from tests.audit.states import as_of
from tests.audit.test_trail import made, of, put, trail, with_role
from tests.onboarding.hires.builders import a_block, a_flow, a_stage, acting, codes, counted, row_of
from tests.schema.statements import listening, reads
from tests.world import CompanyWorld, Person, World

EVE = {"email": "eve@private.example", "firstName": "Eve", "lastName": "Secret"}
PAGE = 1
KEYS = 1


@pytest.fixture
async def owner(company: CompanyWorld) -> Person:
    return await company.person()


@pytest.fixture
async def eve(owner: Person) -> str:
    return await made(owner, "createUser", EVE, "user")


async def stored(company: CompanyWorld, entity_id: str) -> Sequence[Any]:
    """The entries of an object as they lie in the table."""
    return await company.rows(
        "select old_values, new_values from pool.audit_logs where tenant_id = :tenant and entity_id = :id order by id",
        id=row_of(entity_id),
    )


async def keys(company: CompanyWorld) -> Sequence[Any]:
    return await company.rows("select * from pool.data_subject_keys where tenant_id = :tenant order by id")


async def test_it_lies_in_the_trail_sealed_and_in_events_as_a_mark(
    company: CompanyWorld, owner: Person, eve: str
) -> None:
    await made(owner, "updateUser", {"id": eve, "firstName": "Evelyn"}, "user")
    for table in ("audit_logs", "event_outbox", "data_subject_keys"):
        text = str(await company.rows(f"select t::text from pool.{table} t where tenant_id = :tenant"))
        assert not [each for each in (*EVE.values(), "Evelyn") if each in text]
    created, changed = await stored(company, eve)
    [key] = {key_of(created.new_values[name]) for name in ("email", "first_name", "last_name")}
    assert [key_of(values["first_name"]) for values in changed] == [key, key]
    assert [row.id for row in await keys(company) if (row.subject_type, row.subject_id) == ("User", row_of(eve))] == [
        key
    ]
    events = await company.rows(
        "select data -> 'changed' ->> 'first_name' from pool.event_outbox where tenant_id = :tenant"
        " and subject_id = :id and type in ('user.created', 'user.updated') order by id",
        id=row_of(eve),
    )
    assert [row[0] for row in events] == ["•••", "•••"]


async def test_who_may_read_the_field_is_shown_it_in_the_trail_and_as_of(owner: Person, eve: str) -> None:
    between = now()
    await made(owner, "updateUser", {"id": eve, "firstName": "Evelyn"}, "user")
    created, changed = await of(owner, eve)
    assert EVE.items() <= created["newValues"].items()
    assert (changed["oldValues"], changed["newValues"]) == ({"firstName": "Eve"}, {"firstName": "Evelyn"})
    for at, name in ((between, "Eve"), (now(), "Evelyn")):
        then = (await as_of(owner, [eve], at))[eve]
        assert then is not None
        assert {**EVE, "firstName": name}.items() <= then["values"].items()


async def test_who_may_not_read_it_is_not(
    company: CompanyWorld, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, portal = await flow.begun()
    block = flow.block(0, 0)
    assert await codes(portal, "saveContentBlock", contentBlockId=block, value=5) == []
    [row] = await company.rows("select id from pool.progress where tenant_id = :tenant")
    progress = ids.encode("Progress", row.id)
    [*_, failed] = await of(owner, progress)
    assert failed["newValues"]["validationErrors"]["errors"][0]["code"]
    with_role(monkeypatch, "VIEWER", "audit.read", "onboarding.read_hires")
    viewer = await company.person("VIEWER")
    [*_, failed] = await of(viewer, progress)
    assert failed["newValues"]["validationErrors"] is None
    then = (await as_of(viewer, [progress], now()))[progress]
    assert then is not None
    assert then["values"]["validationErrors"] is None
    assert (await of(viewer, hire))[0]["newValues"]["firstName"] == "John"
    with_role(monkeypatch, "VIEWER", "audit.read")
    entries = await of(await company.person("VIEWER"), hire)
    assert {(each["oldValues"], each["newValues"]) for each in entries} == {(None, None)}


async def test_of_whom_it_is_about_is_the_key_also_where_another_row_has_it(company: CompanyWorld) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire, _ = await flow.invited()
    mails = await company.rows(
        "select new_values from pool.audit_logs where tenant_id = :tenant and entity_type = 'EmailMessage'"
    )
    of_hire = [row.id for row in await keys(company) if (row.subject_type, row.subject_id) == ("NewHire", row_of(hire))]
    assert [key_of(row.new_values["recipient_email"]) for row in mails] == of_hire


async def test_secrets_and_what_is_stored_encrypted_stay_marks(company: CompanyWorld, owner: Person) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire = await flow.hire(personalPhone="0170")
    assert (await of(owner, hire))[0]["newValues"]["personalPhone"] == "•••"
    rows = await company.rows(
        "select new_values from pool.audit_logs where tenant_id = :tenant and new_values ? 'password_hash'"
    )
    assert {row.new_values["password_hash"] for row in rows} == {"•••"}


async def test_a_value_opens_in_its_own_place_only(company: CompanyWorld, owner: Person, eve: str) -> None:
    [created] = await stored(company, eve)
    sealed, other = created.new_values["first_name"], uuid7()
    key = sealed["key"]
    elsewhere = {
        "another column": (eve, {"last_name": sealed}, "lastName"),
        "another row": (ids.encode("User", other), {"first_name": sealed}, "firstName"),
        "no such key": (eve, {"first_name": {**sealed, "key": str(uuid7())}}, "firstName"),
        "damaged": (eve, {"first_name": {"key": key, "sealed": sealed["sealed"][:-2] + "AA"}}, "firstName"),
        "no text": (eve, {"first_name": {"key": key, "sealed": 1}}, "firstName"),
        "nothing": (eve, {"first_name": {"key": key}}, "firstName"),
        "not base64": (eve, {"first_name": {"key": key, "sealed": "ä"}}, "firstName"),
    }
    for what, (target, values, name) in elsewhere.items():
        await put(company, "User", row_of(target), orjson.dumps(values).decode())
        [last] = [each for each in await of(owner, target) if set(each["newValues"]) == {name}][-1:]
        assert last["newValues"] == {name: "•••"}, what
    await put(company, "User", row_of(eve), orjson.dumps({"first_name": sealed}).decode())
    assert {"firstName": "Eve"} in [each["newValues"] for each in await of(owner, eve)]


async def test_what_looks_sealed_in_a_column_that_is_not_personal_is_what_somebody_wrote(
    company: CompanyWorld, owner: Person
) -> None:
    like = {"key": str(uuid7()), "sealed": "x"}
    row = uuid7()
    await put(company, "ContentBlock", row, orjson.dumps({"config": like}).decode())
    [entry] = await of(owner, ids.encode("ContentBlock", row))
    assert entry["newValues"] == {"config": like}


async def test_the_keys_of_an_answer_are_read_in_one_statement(
    world: World, company: CompanyWorld, owner: Person
) -> None:
    query = '{ auditLogs(first: 200, where: {entityType: {eq: "User"}}) { nodes { oldValues newValues } } }'
    for count in (2, 20):
        for number in range(count):
            await made(owner, "createUser", {**EVE, "email": f"eve-{count}-{number}@private.example"}, "user")
        with listening(world, company) as seen:
            found = (await owner.ask(query)).data["auditLogs"]["nodes"]
        assert {each["newValues"].get("firstName", "Eve") for each in found} >= {"Eve"}
        assert len(reads(seen)) == PAGE + KEYS
    with listening(world, company) as seen:
        await trail(owner, {"entityType": {"eq": "Role"}})
    assert not [statement for statement, _ in seen if "data_subject_keys" in statement]


def people(*numbers: int) -> list[User]:
    return [
        User(id=uuid7(), email=f"many-{number}@private.example", first_name="Many", last_name="People")
        for number in numbers
    ]


async def test_a_flush_asks_for_keys_once_and_makes_them_once(company: CompanyWorld) -> None:
    for count in (1, 40):
        async with acting(company) as context:
            made_now = people(*(count * 1000 + number for number in range(count)))
            context.add(*made_now)
            async with counted(company) as sent:
                await context.flush()
            assert [each.split()[0] for each in sent if "data_subject_keys" in each] == ["SELECT", "INSERT"]
            for user in made_now:
                user.first_name = "Other"
            async with counted(company) as sent:
                await context.flush()
            assert not [each for each in sent if "data_subject_keys" in each]


async def test_where_no_personal_column_changed_no_key_is_asked_for(company: CompanyWorld, eve: str) -> None:
    async with acting(company) as context:
        user = await context.one(User, row_of(eve))
        async with counted(company) as sent:
            user.department = "Sales"
            await context.flush()
        assert not [each for each in sent if "data_subject_keys" in each]


async def test_two_who_make_a_key_at_once_use_one(company: CompanyWorld) -> None:
    person = uuid7()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with acting(company) as context:
            context.add(mail(person))
            await context.flush()
            begun.set()
            await go_on.wait()

    async def second() -> None:
        await begun.wait()
        async with acting(company) as context:
            context.add(mail(person))
            asyncio.get_running_loop().call_later(0.3, go_on.set)
            await context.flush()

    async with asyncio.timeout(20):
        await asyncio.gather(first(), second())
    assert len([row for row in await keys(company) if row.subject_id == person]) == 1
    owner = await company.person()
    query = '{ auditLogs(where: {entityType: {eq: "EmailMessage"}}) { nodes { newValues } } }'
    rows = await company.rows(
        "select new_values -> 'recipient_email' ->> 'key' from pool.audit_logs"
        " where tenant_id = :tenant and entity_type = 'EmailMessage'"
    )
    assert len(rows) == 2
    assert len({row[0] for row in rows}) == 1
    assert (await owner.ask(query)).errors == []


def mail(person: UUID) -> EmailMessage:
    return EmailMessage(
        template=MailTemplate.PASSWORD_RESET, recipient_email="x@y.example", subject_type="User", subject=person
    )


async def undone(context: Context, person: UUID) -> None:
    """Write of a person, and undo it."""
    async with context.session.savepoint():
        context.add(mail(person))
        await context.flush()
        raise NotFound("undone")


async def test_a_key_that_was_undone_is_made_anew(company: CompanyWorld) -> None:
    person = uuid7()
    async with acting(company) as context:
        with pytest.raises(NotFound):
            await undone(context, person)
        context.add(mail(person))
        await context.flush()
    [entry] = await company.rows(
        "select new_values from pool.audit_logs where tenant_id = :tenant and entity_type = 'EmailMessage'"
    )
    [row] = [row for row in await keys(company) if row.subject_id == person]
    assert key_of(entry.new_values["recipient_email"]) == row.id


async def test_what_a_set_based_statement_changes_or_deletes_is_sealed_too(
    company: CompanyWorld, owner: Person
) -> None:
    flow = await a_flow(company, a_stage(a_block()))
    hire = await flow.hire(firstName="Gone", lastName="Soon")
    assert await codes(owner, "deleteNewHire", id=hire) == []
    [_, deleted] = await stored(company, hire)
    assert key_of(deleted.old_values["first_name"]) is not None
    assert (await of(owner, hire))[-1]["oldValues"]["firstName"] == "Gone"
    assert "Gone" not in str(await company.rows("select t::text from pool.audit_logs t where tenant_id = :tenant"))


async def test_of_what_is_about_nobody_the_mark_is_all_that_is_kept(company: CompanyWorld) -> None:
    async with acting(company) as context:
        message = mail(uuid7())
        message.subject_type = "Company"
        context.add(message)
    [entry] = await company.rows(
        "select new_values from pool.audit_logs where tenant_id = :tenant and entity_type = 'EmailMessage'"
    )
    assert entry.new_values["recipient_email"] == "•••"


async def test_another_companys_keys_are_not_there(
    company: CompanyWorld, other_company: CompanyWorld, owner: Person, eve: str
) -> None:
    [created] = await stored(company, eve)
    await put(
        other_company, "User", row_of(eve), orjson.dumps({"first_name": created.new_values["first_name"]}).decode()
    )
    [entry] = await of(await other_company.person(), eve)
    assert entry["newValues"] == {"firstName": "•••"}


@pytest.mark.parametrize(
    "statement",
    ["delete from pool.data_subject_keys", "update pool.data_subject_keys set subject_id = gen_random_uuid()"],
)
async def test_the_application_removes_no_key_and_gives_none_to_another(
    world: World, company: CompanyWorld, eve: str, statement: str
) -> None:
    engine = world.parts.database.engine(company.tenant.placement)
    async with engine.connect() as connection:
        await connection.execute(set_tenant(company.tenant.id))
        with pytest.raises(DBAPIError, match="permission denied"):
            await connection.execute(text(statement))
