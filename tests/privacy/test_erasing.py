"""Erasing somebody's data: nothing of it can be read afterwards, in any table, in the trail, or among the files."""

import orjson
import pytest

from db.models.onboarding import Progress
from schema.derive import ids
from tests.audit.chains import drain, verified
from tests.audit.states import as_of
from tests.audit.test_trail import of
from tests.files.depot import Depot
from tests.files.samples import PNG, picture
from tests.onboarding.hires.builders import acting, codes, counted, row_of
from tests.privacy.people import (
    COMMENT,
    EMAIL,
    ERASED_ADDRESS,
    FIRST,
    PROGRESS,
    SECRETS,
    WHY,
    Colleague,
    Gone,
    a_colleague,
    a_leaver,
    erase,
    left_of,
    whole_trail,
)
from tests.world import CompanyWorld, World


@pytest.fixture
async def gone(company: CompanyWorld, depot: Depot) -> Gone:
    return await a_leaver(company, depot)


@pytest.fixture
async def colleague(company: CompanyWorld) -> Colleague:
    return await a_colleague(company)


async def test_nothing_of_a_new_hire_is_left(world: World, gone: Gone, depot: Depot) -> None:
    assert {table for table, _ in await left_of(gone.company)} == {"email_messages", "files", "new_hires", "progress"}
    assert any(FIRST in orjson.dumps(each).decode() for each in await whole_trail(gone.owner))
    before = (await gone.owner.ask(PROGRESS, {"id": gone.hire})).data["newHire"]
    assert [bool(each["files"]) for each in before["progress"]["nodes"]] == [False, True, False]
    assert [bool(each["value"]) for each in before["progress"]["nodes"]] == [True, True, True]
    assert before["progress"]["nodes"][0]["reviewComment"] == COMMENT
    assert before["progress"]["nodes"][0]["validationErrors"]["errors"]
    assert len(depot.kept(gone.company)) == 1
    assert (await erase(gone.owner, "eraseNewHire", gone.hire))["refusals"] == []
    assert await left_of(gone.company) == set()
    assert await world.parts.upkeep.purge_erased(gone.company.tenant, {}) == 1
    assert depot.kept(gone.company) == []
    trail = orjson.dumps(await whole_trail(gone.owner)).decode()
    assert [secret for secret in SECRETS if secret in trail] == []
    after = (await gone.owner.ask(PROGRESS, {"id": gone.hire})).data["newHire"]
    assert (after["firstName"], after["email"]) == ("Erased", f"erased-{row_of(gone.hire)}{ERASED_ADDRESS}")
    assert (after["personalPhone"], after["cancelReason"], after["erasureReason"]) == (None, None, WHY)
    assert after["erasedAt"] is not None
    blank = {"value": None, "validationErrors": None, "reviewComment": None, "files": []}
    assert [{**each, **blank} for each in after["progress"]["nodes"]] == after["progress"]["nodes"]


async def test_nothing_of_a_colleague_is_left(world: World, company: CompanyWorld, colleague: Colleague) -> None:
    tables = {table for table, _ in await left_of(company, colleague.secrets)}
    assert tables == {"email_messages", "files", "users"}
    assert (await erase(colleague.owner, "eraseUser", colleague.user))["refusals"] == []
    assert await left_of(company, colleague.secrets) == set()
    trail = orjson.dumps(await whole_trail(colleague.owner)).decode()
    assert [secret for secret in colleague.secrets if secret in trail] == []
    query = "query($id: ID!) { user(id: $id) { email firstName lastName department erasedAt } }"
    user = (await colleague.owner.ask(query, {"id": colleague.user})).data["user"]
    assert (user["firstName"], user["lastName"], user["department"]) == ("Erased", "Erased", "Sales")
    assert user["email"] == f"erased-{row_of(colleague.user)}{ERASED_ADDRESS}"
    for table in ("user_sessions", "refresh_tokens", "password_resets"):
        rows = await company.rows(
            f"select id from pool.{table} where tenant_id = :tenant and user_id = :user", user=row_of(colleague.user)
        )
        assert rows == []
    [(password,)] = await company.rows("select password_hash from pool.users where id = :id", id=row_of(colleague.user))
    assert password is None
    assert await world.parts.upkeep.purge_erased(company.tenant, {}) == 1


async def test_what_others_did_and_what_they_are_called_stays(
    gone: Gone, colleague: Colleague, depot: Depot, company: CompanyWorld
) -> None:
    other, _ = await gone.flow.begun(firstName="Ada", email="ada@private.example")
    for mutation, target in (("eraseNewHire", gone.hire), ("eraseUser", colleague.user)):
        assert (await erase(gone.owner, mutation, target))["refusals"] == []
    kept = (await gone.owner.ask(PROGRESS, {"id": other})).data["newHire"]
    assert (kept["firstName"], kept["email"], kept["erasedAt"]) == ("Ada", "ada@private.example", None)
    [created, *_] = await of(gone.owner, other)
    assert (created["newValues"]["firstName"], created["newValues"]["email"]) == ("Ada", "ada@private.example")
    users = (await gone.owner.ask("{ users { nodes { id firstName } } }")).data["users"]["nodes"]
    assert {each["firstName"] for each in users if each["id"] != colleague.user} == {"Olive", "Owner", "Hr"}


async def test_the_trail_says_erased_of_every_instant_and_stays_intact(world: World, gone: Gone) -> None:
    [created, *_] = await of(gone.owner, gone.hire)
    assert (created["newValues"]["email"], created["newValues"]["personalPhone"]) == (EMAIL, "•••")
    await drain(world)
    before = await verified(gone.owner)
    assert (before["isIntact"], before["waiting"]) == (True, 0)
    assert (await erase(gone.owner, "eraseNewHire", gone.hire))["refusals"] == []
    after = await verified(gone.owner, before["lastPosition"])
    assert (after["isIntact"], after["lastHash"]) == (True, before["lastHash"])
    [again, *_, last] = await of(gone.owner, gone.hire)
    assert {again["newValues"][name] for name in ("email", "firstName", "lastName")} == {"erased"}
    assert {**again["newValues"], **created["newValues"]} == created["newValues"]
    assert (last["operation"], last["oldValues"]["email"], last["newValues"]["email"]) == (
        "erase_new_hire",
        "erased",
        "erased",
    )
    assert last["newValues"]["erasureReason"] == WHY
    for at in (created["occurredAt"], last["occurredAt"]):
        then = (await as_of(gone.owner, [gone.hire], at))[gone.hire]
        assert then is not None
        assert then["values"]["firstName"] == "erased"
    await drain(world)
    assert (await verified(gone.owner))["isIntact"]


async def test_what_is_written_of_them_later_is_not_readable_either(gone: Gone, company: CompanyWorld) -> None:
    assert (await erase(gone.owner, "eraseNewHire", gone.hire))["refusals"] == []
    [progress, *_] = (await gone.owner.ask(PROGRESS, {"id": gone.hire})).data["newHire"]["progress"]["nodes"]
    async with acting(company) as context:
        row = await context.one(Progress, row_of(progress["id"]))
        row.review_comment = "Zebulon again"
    [*_, entry] = await of(gone.owner, progress["id"])
    assert entry["newValues"]["reviewComment"] == "erased"
    rows = await company.rows("select new_values::text from pool.audit_logs where tenant_id = :tenant")
    assert not any("Zebulon" in row[0] for row in rows)
    keys = await company.rows(
        "select sealed, erased_at from pool.data_subject_keys where subject_id = :id", id=gone.row
    )
    assert [(row.sealed, row.erased_at is not None) for row in keys] == [(None, True)]


async def test_it_is_told_without_a_word_of_what_was_erased(gone: Gone, colleague: Colleague) -> None:
    await erase(gone.owner, "eraseNewHire", gone.hire)
    await erase(gone.owner, "eraseUser", colleague.user)
    rows = await gone.company.rows(
        "select type, subject_type, subject_id, data from pool.event_outbox"
        " where tenant_id = :tenant and type like '%.erased' order by id"
    )
    told = {"new_hire_id": str(gone.row), "flow_id": str(gone.flow.row)}
    assert [tuple(row) for row in rows] == [
        ("onboarding.erased", "NewHire", gone.row, told),
        ("user.erased", "User", row_of(colleague.user), {}),
    ]


async def test_a_dry_run_erases_nothing(gone: Gone) -> None:
    before, trail = await left_of(gone.company), await whole_trail(gone.owner)
    payload = await gone.owner.do(
        "eraseNewHire", {"id": gone.hire, "reason": WHY, "dryRun": True}, "newHire { firstName erasedAt }"
    )
    assert (payload["refusals"], payload["newHire"]["firstName"]) == ([], "Erased")
    assert await left_of(gone.company) == before
    assert await whole_trail(gone.owner) == trail
    assert FIRST in orjson.dumps(trail).decode()


async def test_what_was_selected_for_webhooks_is_kept_no_longer(company: CompanyWorld, colleague: Colleague) -> None:
    person = await company.person()
    given = {"url": "https://93.184.215.14/", "events": ["team.*"]}
    made = (await person.do("createWebhookEndpoint", given, "revealed { webhookEndpoint { id } }"))["revealed"]
    endpoint = made["webhookEndpoint"]["id"]
    for number, is_selected in enumerate((True, False)):
        body = {"body": FIRST if is_selected else "The company's own.", "selected": is_selected}
        [(delivery,)] = await company.rows(DELIVERED, endpoint=row_of(endpoint), number=f"msg_{number}", **body)
        await company.rows(ATTEMPTED, delivery=delivery, said=f"Thanks for {FIRST}!" if is_selected else "Thanks!")
    assert {"webhook_deliveries", "webhook_attempts"} <= {table for table, _ in await left_of(company)}
    assert (await erase(person, "eraseUser", colleague.user))["refusals"] == []
    assert await left_of(company) == set()
    kept = "select body, response_excerpt from pool.webhook_deliveries d join pool.webhook_attempts a"
    kept += " on a.tenant_id = d.tenant_id and a.delivery_id = d.id where d.tenant_id = :tenant order by d.id"
    assert [tuple(row) for row in await company.rows(kept)] == [(None, None), ("The company's own.", "Thanks!")]


DELIVERED = """
insert into pool.webhook_deliveries (
  tenant_id, id, endpoint_id, message_id, event_type, position, status, attempt_count, next_attempt_at, created_at,
  body, selected
) values (:tenant, uuidv7(), :endpoint, :number, 'team.created', 1, 'succeeded', 1, now(), now(), :body, :selected)
returning id
"""
ATTEMPTED = """
insert into pool.webhook_attempts (tenant_id, id, delivery_id, number, started_at, duration_ms, response_excerpt)
values (:tenant, uuidv7(), :delivery, 1, now(), 5, :said) returning 1
"""


async def test_the_link_is_dead_and_a_mail_that_waits_is_not_sent(
    world: World, company: CompanyWorld, gone: Gone
) -> None:
    hire, portal = await gone.flow.invited(firstName=FIRST, lastName="Waiting", email="waiting@private.example")
    await company.rows(
        "update pool.new_hires set status = 'completed' where tenant_id = :tenant and id = :id returning id",
        id=row_of(hire),
    )
    query = "{ onboardingSession { status: newHire { status } } }"
    assert (await portal.ask(query)).errors == []
    assert (await erase(gone.owner, "eraseNewHire", hire))["refusals"] == []
    assert (await portal.ask(query)).codes == ["UNAUTHENTICATED"]
    mails = await company.rows(
        "select status, error, recipient_email from pool.email_messages where tenant_id = :tenant and subject = :hire",
        hire=row_of(hire),
    )
    assert [tuple(row) for row in mails] == [("failed", "The data of the person was erased.", "Erased")]


async def test_files_of_others_for_the_onboarding_go_and_those_that_the_company_uses_stay(
    world: World, company: CompanyWorld, depot: Depot
) -> None:
    owner, boss = await company.person(), await company.person("ADMIN")
    logo = await depot.upload(boss, picture(), PNG, purpose="COMPANY_LOGO", filename=f"{FIRST}.png")
    own = (await boss.ask("{ company { id } }")).data["company"]["id"]
    assert await codes(boss, "setCompanyLogo", id=own, fileId=logo) == []
    loose = await depot.upload(boss, picture(), PNG, filename=f"{FIRST}-2.png")
    row = boss.asking.principal.id
    assert row is not None
    user = ids.encode("User", row)
    assert await codes(owner, "deactivateUser", id=user) == []
    assert (await erase(owner, "eraseUser", user))["refusals"] == []
    assert await left_of(company) == set()
    assert await world.parts.upkeep.purge_erased(company.tenant, {}) == 1
    files = await company.rows("select id, status from pool.files where tenant_id = :tenant")
    assert [tuple(each) for each in files] == [(row_of(logo), "stored")]
    assert row_of(loose) not in {each.id for each in files}


async def test_the_number_of_statements_does_not_follow_how_much_there_is(
    company: CompanyWorld, other_company: CompanyWorld, depot: Depot
) -> None:
    few, many = await a_leaver(company, depot), await a_leaver(other_company, depot)
    await other_company.rows(
        "with more as (insert into pool.email_messages (tenant_id, id, created_at, updated_at, version, template, "
        "recipient_email, locale, status, subject_type, subject, facts, attempts) select tenant_id, gen_random_uuid(), "
        "created_at, updated_at, 1, template, recipient_email, locale, status, subject_type, subject, facts, attempts "
        "from pool.email_messages, generate_series(1, 50) where tenant_id = :tenant and subject = :hire returning id) "
        "select id from more",
        hire=many.row,
    )
    sent: list[list[str]] = []
    for each in (few, many):
        async with counted(each.company) as statements:
            assert (await erase(each.owner, "eraseNewHire", each.hire))["refusals"] == []
        sent.append(statements)
    assert sent[0] == sent[1]
