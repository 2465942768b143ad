"""Whatever writes to the log is named for it in the catalogue: every mutation of the schema and every job is tried.

What the data looks like is held against the schemas when each test's company ends: see `tests/events/written.py`.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from app import now
from db.catalog import PlatformRole
from gateways.mail import MailFolder
from resolvers.ids import encode
from tests.commands.conftest import command, flow_status, ground, grounds
from tests.commands.ground import COMMANDS, SCHEMA, Command, Ground
from tests.documents.builders import a_client
from tests.events.listening import Log, undeclared
from tests.files.conftest import depot
from tests.files.depot import TICKET, Depot
from tests.files.samples import PNG, picture
from tests.files.test_purge import HOUR, purge
from tests.identity.builders import PASSWORD, SESSION, Clock, caller, last_link, owner
from tests.identity.second_factors import CONFIRM, LOGIN, Authenticator
from tests.identity.test_proving_addresses import link_of, verify
from tests.keys.builders import announced
from tests.mail.builders import SENDER, send
from tests.onboarding.hires.builders import a_block, a_flow, a_stage, change
from tests.onboarding.hires.test_clock import expire, remind
from tests.sso.builders import Installation, a_person, code_in
from tests.sso.conftest import here, installation, provider
from tests.sso.provider import Provider
from tests.support.builders import a_colleague, expired, tenant_id, user_id
from tests.webhooks.test_endpoints import give_up
from tests.world import CompanyWorld, Person, World

__all__ = ["command", "depot", "flow_status", "ground", "grounds", "here", "installation", "provider"]

OTHER: Final = "another long password"
TRIED_ALONE: Final = {
    *("registerCompany", "login", "refreshToken", "logout", "changePassword", "requestPasswordReset", "resetPassword"),
    *("startOnboarding", "saveContentBlock", "completeContentBlock", "completeStage", "completeOnboarding"),
    *("completeOnboardingTask", "uploadOnboardingFile", "createUpload", "uploadCompanyLogo"),
    *("registerContentType", "updateContentType"),
    *("createWebhookEndpoint", "rotateWebhookSecret", "replayWebhook", "testWebhookEndpoint"),
    *("createApiKey", "rotateApiKey"),
    *("completeLogin", "beginSecondFactor", "confirmSecondFactor", "disableSecondFactor", "renewRecoveryCodes"),
    "revokeOtherSessions",
    *("exportUserData", "exportNewHireData", "exportOwnData"),
    *("startImpersonation", "endImpersonation", "revokeImpersonationOf", "assignAccountManager"),
    *("requestEmailVerification", "changeEmail", "verifyEmail", "completeSso", "testSsoProvider"),
}
"""Mutations that answer with something else than what they wrote: they are tried below, each where it belongs."""


def test_every_mutation_is_tried() -> None:
    assert SCHEMA.mutation_type is not None
    assert {each.name for each in COMMANDS} | TRIED_ALONE == set(SCHEMA.mutation_type.fields)


async def test_a_mutation_is_named_for_what_it_writes(command: Command, ground: Ground) -> None:
    log = Log(ground.company)
    await log.of(command.name, ground.run(command, ground.given(command)))
    assert log.told[command.name] != set()
    assert await undeclared(ground.person, log.told) == set()


async def test_signing_in_and_out_is_named_for_what_it_writes(company: CompanyWorld) -> None:
    log, door, email = Log(company), caller(company), owner(company)
    log.told["registerCompany"] = await log.new()
    await log.of("login", door.sign_in(email, "wrong " + PASSWORD))
    session = (await log.of("login", door.sign_in(email)))["session"]
    again = (await log.of("refreshToken", door.refresh(session["refreshToken"])))["session"]
    given = {"current": PASSWORD, "new": OTHER}
    changed = await log.of("changePassword", door.do("changePassword", given, SESSION, again["accessToken"]))
    ended = {"refreshToken": changed["session"]["refreshToken"], "everywhere": True}
    await log.of("logout", door.do("logout", ended))
    await log.of("requestPasswordReset", door.do("requestPasswordReset", {"email": email}))
    chosen = {"token": await last_link(company), "password": PASSWORD}
    await log.of("resetPassword", door.do("resetPassword", chosen))
    for _ in range(10):
        await log.of("login", door.sign_in(email, "wrong " + PASSWORD))
    assert {name for name, told in log.told.items() if not told} == set()
    assert "user.login_failed_locked" in log.told["login"]
    assert await undeclared(await company.person(), log.told) == set()


async def test_a_second_factor_is_named_for_what_it_writes(company: CompanyWorld) -> None:
    log, door, email = Log(company), caller(company), owner(company)
    app = Authenticator(Clock(), "")
    token = (await door.session(email))["accessToken"]

    async def told(mutation: str, given: dict[str, Any], fields: str) -> Any:
        return await log.of(mutation, door.do(mutation, given, fields, token))

    await log.new()
    begun = await told("beginSecondFactor", {"password": PASSWORD}, "enrolment { secret }")
    app.secret = begun["enrolment"]["secret"]
    confirmed = await told("confirmSecondFactor", {"code": app.code()}, CONFIRM)
    token, recovery = confirmed["session"]["accessToken"], confirmed["recoveryCodes"]
    challenge = (await log.of("login", door.do("login", {"email": email, "password": PASSWORD}, LOGIN)))["challenge"]
    given = {"challenge": challenge["token"], "code": recovery[0]}
    await log.of("completeLogin", door.do("completeLogin", given, SESSION))
    await told("revokeOtherSessions", {}, "refusals { code }")
    renewed = await told("renewRecoveryCodes", {"code": recovery[1]}, "recoveryCodes")
    await told("disableSecondFactor", {"password": PASSWORD, "code": renewed["recoveryCodes"][0]}, "refusals { code }")
    assert {name for name, told in log.told.items() if not told} == {"login"}
    assert "user.recovery_code_used" in log.told["completeLogin"]
    assert await undeclared(await company.person(), log.told) == set()


async def test_proving_an_address_is_named_for_what_it_writes(company: CompanyWorld) -> None:
    log, door, email = Log(company), caller(company), owner(company)
    token = (await door.session(email))["accessToken"]
    await log.new()
    await log.of("requestEmailVerification", door.do("requestEmailVerification", {}, token=token))
    await log.of("verifyEmail", verify(door, await link_of(company)))
    for wrong in ("wrong ", ""):
        given = {"newEmail": f"new@{email.partition('@')[2]}", "password": wrong + PASSWORD}
        await log.of("changeEmail", door.do("changeEmail", given, token=token))
    await log.of("verifyEmail", verify(door, await link_of(company, "email_change")))
    assert {name for name, told in log.told.items() if not told} == set()
    assert {"user.email_verified", "user.email_changed"} <= log.told["verifyEmail"]
    assert await undeclared(await company.person(), log.told) == set()


async def test_signing_on_is_named_for_what_it_writes(
    company: CompanyWorld, here: Installation, provider: Provider
) -> None:
    log, browser = Log(company), here.browser(company)
    connection = await here.connection(company)
    await here.map(company, connection, "people", "HR")
    person = here.through(await company.person())
    await log.new()
    for groups in (["people"], []):
        provider.person = a_person(groups=groups)
        landed = await log.of("GET /sso/callback", browser.land(connection))
        await log.of("completeSso", browser.complete(code_in(landed)))
    await log.of("testSsoProvider", person.do("testSsoProvider", {"id": connection}))
    assert {name for name, told in log.told.items() if not told} == {"testSsoProvider"}
    assert {"user.created", "user.role_changed", "user.role.deleted"} <= log.told["GET /sso/callback"]
    assert await undeclared(await company.person(), log.told) == set()


async def _file(log: Log, depot: Depot, person: Person, mutation: str, shown: str, **given: Any) -> str:
    """Announce a picture, send it, and return its id."""
    content = picture()
    given |= {"filename": "a.png", "mime": PNG, "size": len(content)}
    payload: Any = await log.do(person, mutation, TICKET.replace("ticket", shown, 1), **given)
    await log.of("PUT /files/upload", depot.send(payload[shown], content))
    return payload[shown]["id"]


async def test_an_onboarding_is_named_for_what_it_writes(company: CompanyWorld, depot: Depot) -> None:
    log, photo = Log(company), a_block(type="file_upload")
    first = a_stage(a_block(), photo)
    flow = await a_flow(company, first, a_stage(a_block(assignee="hr")), a_stage(a_block(required=False)))
    hire, person = await flow.invited()
    await log.do(person, "startOnboarding")
    for value in ("A draft", "Another"):
        await log.do(person, "saveContentBlock", contentBlockId=flow.block(0, 0), value=value)
    await log.do(person, "completeContentBlock", contentBlockId=flow.block(0, 0), value="Done")
    file = await _file(log, depot, person, "uploadOnboardingFile", "upload", contentBlockId=flow.block(0, 1))
    await log.do(person, "completeContentBlock", contentBlockId=flow.block(0, 1), value={"fileIds": [file]})
    task = {"newHireId": hire, "contentBlockId": flow.block(1, 0), "value": "At her desk"}
    await log.do(flow.hr, "completeOnboardingTask", **task)
    await log.do(person, "completeStage", stageId=flow.stage(2))
    await log.do(person, "completeOnboarding")
    assert {name for name, told in log.told.items() if not told} == set()
    assert {"onboarding.file.uploaded", "onboarding.stage.completed"} <= log.told["completeContentBlock"]
    assert await undeclared(await company.person(), log.told) == set()


async def test_files_and_content_types_are_named_for_what_they_write(company: CompanyWorld, depot: Depot) -> None:
    log, person = Log(company), await company.person()
    await _file(log, depot, person, "createUpload", "ticket", purpose="ONBOARDING_ANSWER")
    await _file(log, depot, person, "uploadCompanyLogo", "ticket")
    await log.do(person, "registerContentType", name="own", base="text_input", displayName="Own")
    await log.do(person, "updateContentType", name="own", displayName="Ours")
    for row in await company.rows("select id from pool.files where tenant_id = :tenant order by id limit 1"):
        made = company.world.parts.upkeep.make_thumbnails(company.tenant, {"file_id": str(row.id)})
        await log.of("job make_thumbnails", made)
    assert await log.of("job purge_orphans", purge(company, depot.store, 25 * HOUR)) == 2
    assert {name for name, told in log.told.items() if not told} == set()
    assert await undeclared(person, log.told) == set()


async def test_webhook_endpoints_are_named_for_what_they_write(company: CompanyWorld) -> None:
    log, person = Log(company), await company.person()
    begun = now().isoformat()
    given = {"url": "https://93.184.215.14/", "events": ["webhook.*"]}
    made: Any = await log.do(person, "createWebhookEndpoint", "revealed { webhookEndpoint { id } }", **given)
    endpoint = made["revealed"]["webhookEndpoint"]["id"]
    await log.do(person, "rotateWebhookSecret", id=endpoint)
    await log.do(person, "replayWebhook", id=endpoint, since=begun)
    await log.do(person, "testWebhookEndpoint", id=endpoint)
    await log.of("job dispatch_webhooks", give_up(company, person, endpoint))
    assert {name for name, told in log.told.items() if not told} == {"testWebhookEndpoint"}
    assert "webhook.endpoint.disabled" in log.told["job dispatch_webhooks"]
    assert await undeclared(person, log.told) == set()


async def test_keys_are_named_for_what_they_write(company: CompanyWorld) -> None:
    log, person = Log(company), await company.person()
    client = await a_client(person)
    await log.new()
    made: Any = await log.do(
        person, "createApiKey", "revealed { apiKey { id } }", name="Nightly", clientId=client, scopes=["company.read"]
    )
    key = made["revealed"]["apiKey"]["id"]
    await log.do(person, "rotateApiKey", id=key)
    await log.do(person, "revokeApiKey", id=key)
    soon = (now() + timedelta(days=20)).isoformat()
    await log.do(
        person,
        "createApiKey",
        "revealed { apiKey { id } }",
        name="Nightly",
        clientId=client,
        scopes=["company.read"],
        expiresAt=soon,
    )
    await log.of("job announce_key_ends", announced(company, now() + timedelta(days=19)))
    told = {"apikey.updated", "email_message.created", "apikey.expiring"}
    assert log.told == {
        "createApiKey": {"apikey.created"},
        "rotateApiKey": {"apikey.created", "apikey.updated", "apikey.rotated"},
        "revokeApiKey": {"apikey.updated", "apikey.revoked"},
        "job announce_key_ends": told,
    }
    assert await undeclared(person, log.told) == set()


async def test_handing_out_is_named_for_what_it_writes(company: CompanyWorld) -> None:
    log, person = Log(company), await company.person()
    flow = await a_flow(company, a_stage(a_block()))
    hire = await flow.hire()
    await log.new()
    assert person.asking.principal.id
    await log.do(person, "exportUserData", id=encode("User", person.asking.principal.id))
    await log.do(person, "exportNewHireData", id=hire)
    await log.do(person, "exportOwnData")
    assert log.told == {
        "exportUserData": {"user.data_exported"},
        "exportNewHireData": {"onboarding.data_exported"},
        "exportOwnData": {"user.data_exported"},
    }
    assert await undeclared(person, log.told) == set()


async def test_support_is_named_for_what_it_writes(world: World, company: CompanyWorld) -> None:
    log, hr = Log(company), await company.person("HR")
    agent = await a_colleague(world)
    administrator = await a_colleague(world, PlatformRole.PLATFORM_ADMIN)
    assigned = {"tenantId": tenant_id(company), "userId": user_id(agent.person)}
    await log.of("assignAccountManager", administrator.person.do("assignAccountManager", assigned))
    await log.of("startImpersonation", agent.start(company, hr))
    session = await log.of("startImpersonation", agent.start(company, hr))
    await log.of("endImpersonation", session.person.do("endImpersonation", {}))
    session = await log.of("startImpersonation", agent.start(company, hr))
    named = {"tenantId": tenant_id(company), "id": session.id}
    await log.of("revokeImpersonationOf", administrator.person.do("revokeImpersonationOf", named))
    await log.of("startImpersonation", agent.start(company, hr))
    await log.of(
        "assignAccountManager", administrator.person.do("assignAccountManager", {"tenantId": named["tenantId"]})
    )
    await log.of("startImpersonation", administrator.start(company, hr))
    await log.of("job expire_impersonations", expired(company, now() + timedelta(minutes=30)))
    assert {name for name, told in log.told.items() if not told} == set()
    assert {"impersonation.started", "impersonation.ended", "email_message.created"} <= log.told["startImpersonation"]
    assert await undeclared(await company.person(), log.told) == set()


async def test_what_the_clock_does_is_named_for_what_it_writes(company: CompanyWorld, tmp_path: Path) -> None:
    log = Log(company)
    flow = await a_flow(company, a_stage(a_block()), reminder_after_days=[2])
    hire, _ = await flow.invited()
    [(mail,)] = await company.rows("select id from pool.email_messages where tenant_id = :tenant")
    await log.of("job send_mail", send(company, MailFolder(tmp_path, SENDER), mail))
    await change(company, hire, invited_at=now() - timedelta(days=3))
    assert await log.of("job send_reminders", remind(company, now())) == 1
    assert await log.of("job expire_invitations", expire(company, now() + timedelta(days=31))) == 1
    assert {name for name, told in log.told.items() if not told} == set()
    assert "onboarding.invitation.expired" in log.told["job expire_invitations"]
    assert await undeclared(await company.person(), log.told) == set()


async def test_who_is_invited_again_with_a_link_that_works_is_told_of(company: CompanyWorld) -> None:
    log, flow = Log(company), await a_flow(company, a_stage(a_block()))
    hire, _ = await flow.invited()
    await log.do(flow.hr, "resendInvitation", id=hire)
    assert "onboarding.new_hire.updated" in log.told["resendInvitation"]
    assert await undeclared(flow.hr, log.told) == set()
