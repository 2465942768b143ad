"""What each mutation writes beside the change: the audit entries and the events, and nothing where nothing changed."""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from sqlalchemy import event

from db.models import ContentBlock, Flow, Stage
from db.personal import key_of
from resolvers.context import Context
from resolvers.onboarding.standing import SETTLING
from subscriptions.recorder import MASK
from tests.commands import feeds, leaves, okrs, staff
from tests.commands.approvals import NAMED as OF_APPROVALS
from tests.commands.clients import NAMED as OF_CLIENTS
from tests.commands.colleagues import NAMED as OF_COLLEAGUES
from tests.commands.conftest import Still
from tests.commands.ground import BY_NAME, COMMANDS, Command, Ground
from tests.commands.imports import NAMED as OF_IMPORTS
from tests.commands.logos import NAMED as OF_LOGOS
from tests.commands.newcomers import NAMED as OF_NEWCOMERS
from tests.commands.sso import NAMED as OF_SIGN_ON
from tests.commands.support import NAMED as OF_SUPPORT
from tests.commands.webhooks import NAMED as OF_WEBHOOKS
from tests.world import CompanyWorld

BLOCKS, STAGES = ("delete", "ContentBlock", 1), ("delete", "Stage", 1)
RESENT: Final = [
    ("update", "OnboardingInvitation", 2),
    ("transition", "NewHire", 2),
    ("create", "OnboardingInvitation", 1),
    ("create", "EmailMessage", 1),
]
ENTRIES: Final = {
    "updateCompany": [("update", "Company", 2), ("update", "File", 2)],
    "setCompanyLogo": [("update", "File", 2), ("update", "Company", 2), ("update", "File", 2)],
    "removeCompanyLogo": [("update", "Company", 2), ("update", "File", 2)],
    "createUser": [
        ("create", "User", 1),
        ("create", "UserRole", 1),
        ("create", "UserRole", 1),
        ("create", "PasswordReset", 1),
        ("create", "EmailMessage", 1),
    ],
    "updateUser": [("update", "User", 2)],
    "updateViewer": [("update", "User", 2)],
    "resendUserInvitation": [
        ("update", "PasswordReset", 2),
        ("create", "PasswordReset", 1),
        ("create", "EmailMessage", 1),
        ("update", "User", 2),
    ],
    "activateUser": [("update", "User", 2)],
    "deactivateUser": [
        ("update", "User", 2),
        ("update", "UserSession", 2),
        ("update", "RefreshToken", 2),
        ("update", "PasswordReset", 2),
    ],
    "revokeSession": [("update", "UserSession", 2), ("update", "RefreshToken", 2)],
    "unlinkSsoIdentity": [
        ("delete", "SsoCode", 1),
        ("delete", "SsoIdentity", 1),
        ("update", "User", 2),
    ],
    "resetSecondFactor": [
        ("delete", "RecoveryCode", 1),
        ("delete", "SecondFactor", 1),
        ("update", "User", 2),
        ("create", "EmailMessage", 1),
    ],
    "eraseUser": [("update", "User", 2)],
    "giveRole": [("update", "User", 2), ("create", "UserRole", 1)],
    "takeRole": [("delete", "UserRole", 1), ("update", "User", 2)],
    "createRole": [("create", "Role", 1), ("create", "RolePermission", 1)],
    "updateRole": [
        ("update", "Role", 2),
        ("create", "RolePermission", 1),
        ("update", "Role", 2),
        ("delete", "RolePermission", 1),
    ],
    "deleteRole": [("delete", "RolePermission", 1), ("delete", "Role", 1)],
    "createDepartment": [("create", "Department", 1)],
    "updateDepartment": [("update", "Department", 2)],
    "deleteDepartment": [("delete", "Department", 1)],
    "createTeam": [("create", "Team", 1)],
    "updateTeam": [("update", "Team", 2)],
    "deleteTeam": [("delete", "TeamMember", 1), ("delete", "Team", 1)],
    "addTeamMember": [("update", "Team", 2), ("create", "TeamMember", 1)],
    "removeTeamMember": [("delete", "TeamMember", 1), ("update", "Team", 2)],
    "createNewHire": [("create", "NewHire", 1), ("create", "StageProgress", 1), ("create", "Progress", 1)],
    "updateNewHire": [("update", "NewHire", 2), ("update", "StageProgress", 2), ("update", "Progress", 2)],
    "deleteNewHire": [
        ("delete", "OnboardingInvitation", 1),
        ("delete", "Progress", 1),
        ("delete", "StageProgress", 1),
        ("delete", "NewHire", 1),
    ],
    "sendInvitation": [
        ("update", "NewHire", 2),
        ("create", "OnboardingInvitation", 1),
        ("create", "EmailMessage", 1),
    ],
    "resendInvitation": RESENT,
    "setNewHireStatus": RESENT,
    "cancelNewHire": [("update", "OnboardingInvitation", 2), ("transition", "NewHire", 2)],
    "reopenOnboarding": [("transition", "NewHire", 2)],
    "eraseNewHire": [("update", "OnboardingInvitation", 2), ("update", "NewHire", 2)],
    "returnBlock": [("transition", "Progress", 3)],
    "acceptBlock": [("update", "Progress", 3)],
    "publishFlow": [("create", "FlowRevision", 1), ("transition", "Flow", 2)],
    "editFlow": [("transition", "Flow", 2)],
    "archiveFlow": [("transition", "Flow", 2)],
    "createFlow": [("create", "Flow", 1)],
    "updateFlow": [("update", "Flow", 2)],
    "deleteFlow": [*[BLOCKS] * 6, *[STAGES] * 3, ("delete", "Flow", 1)],
    "addStage": [("create", "Stage", 1), ("create", "ContentBlock", 1)],
    "updateStage": [("update", "Stage", 2)],
    "deleteStage": [*[BLOCKS] * 2, STAGES, ("update", "Stage", 2), ("update", "Stage", 2)],
    "reorderStages": [("update", "Flow", 2), ("update", "Stage", 2), ("update", "Stage", 2)],
    "createStageTemplate": [("create", "StageTemplate", 1)],
    "updateStageTemplate": [("update", "StageTemplate", 2)],
    "deleteStageTemplate": [("delete", "StageTemplate", 1)],
    "addContentBlock": [("create", "ContentBlock", 1)],
    "updateContentBlock": [("update", "ContentBlock", 2)],
    "deleteContentBlock": [BLOCKS, ("update", "ContentBlock", 2)],
    "reorderContentBlocks": [("update", "Stage", 2), ("update", "ContentBlock", 2), ("update", "ContentBlock", 2)],
    "updateWebhookEndpoint": [("update", "WebhookEndpoint", 2)],
    "deleteWebhookEndpoint": [("delete", "WebhookSecret", 1), ("delete", "WebhookEndpoint", 1)],
    "pauseWebhookEndpoint": [("transition", "WebhookEndpoint", 2)],
    "resumeWebhookEndpoint": [("transition", "WebhookEndpoint", 2)],
    "createSsoProvider": [("create", "SsoProvider", 1)],
    "updateSsoProvider": [("update", "SsoProvider", 2)],
    "replaceSsoClientSecret": [("update", "SsoProvider", 2)],
    "pauseSsoProvider": [("transition", "SsoProvider", 2)],
    "resumeSsoProvider": [("transition", "SsoProvider", 2)],
    "deleteSsoProvider": [
        ("delete", "SsoCode", 1),
        ("delete", "SsoGroupRole", 1),
        ("delete", "SsoIdentity", 1),
        ("delete", "SsoProvider", 1),
    ],
    "addSsoGroupRole": [("create", "SsoGroupRole", 1)],
    "deleteSsoGroupRole": [("delete", "SsoGroupRole", 1)],
    "createApiClient": [("create", "ApiClient", 1)],
    "updateApiClient": [("update", "ApiClient", 2)],
    "deleteApiClient": [
        ("delete", "ApiKey", 1),
        ("delete", "RegisteredDocument", 1),
        *[("delete", "ClientVersion", 1)] * 2,
        ("delete", "ApiClient", 1),
    ],
    "activateClientVersion": [("transition", "ClientVersion", 2)],
    "retireClientVersion": [("transition", "ClientVersion", 2)],
    "updateApiKey": [("update", "ApiKey", 2)],
    "revokeApiKey": [("update", "ApiKey", 2)],
    "createApprovalPolicy": [("create", "ApprovalPolicy", 1)],
    "updateApprovalPolicy": [("update", "ApprovalPolicy", 2)],
    "deleteApprovalPolicy": [*[("delete", "ApprovalPolicyStep", 1)] * 2, ("delete", "ApprovalPolicy", 1)],
    "addApprovalPolicyStep": [("create", "ApprovalPolicyStep", 1)],
    "updateApprovalPolicyStep": [("update", "ApprovalPolicyStep", 2)],
    "deleteApprovalPolicyStep": [("delete", "ApprovalPolicyStep", 1), ("update", "ApprovalPolicyStep", 2)],
    "reorderApprovalPolicySteps": [
        ("update", "ApprovalPolicy", 2),
        *[("update", "ApprovalPolicyStep", 2)] * 2,
    ],
    "approveRequest": [
        ("create", "ApprovalDecision", 1),
        ("transition", "ApprovalStep", 2),
        ("update", "ApprovalRequest", 2),
        ("transition", "ApprovalStep", 2),
        ("create", "EmailMessage", 1),
    ],
    "rejectRequest": [
        ("create", "ApprovalDecision", 1),
        ("transition", "ApprovalStep", 2),
        ("transition", "ApprovalRequest", 2),
        ("create", "EmailMessage", 1),
    ],
    "cancelApprovalRequest": [("transition", "ApprovalRequest", 2)],
    "delegateApprovals": [("create", "Delegation", 1)],
    "revokeDelegation": [("update", "Delegation", 2)],
    "grantSupportAccess": [("update", "SupportAccess", 2), ("create", "SupportAccess", 1)],
    "withdrawSupportAccess": [("update", "SupportAccess", 2)],
    "startImport": [("update", "File", 2), ("create", "Import", 1)],
    "cancelImport": [("update", "File", 2), ("transition", "Import", 2)],
    "revokeImpersonation": [("transition", "ImpersonationSession", 2)],
    "publishDocuments": [
        ("create", "ClientVersion", 1),
        ("create", "RegisteredDocument", 1),
    ],
    **staff.ENTRIES,
    **leaves.ENTRIES,
    **feeds.ENTRIES,
    **okrs.ENTRIES,
}
NAMED: Final = {
    "publishFlow": ("onboarding.flow.published", {"from": "draft", "to": "published"}),
    "editFlow": ("onboarding.flow.reopened", {"from": "published", "to": "draft"}),
    "archiveFlow": ("onboarding.flow.archived", {"from": "published", "to": "archived"}),
}
OTHERS: Final = {
    *(*OF_APPROVALS, *OF_CLIENTS, *OF_COLLEAGUES, *OF_NEWCOMERS, *OF_LOGOS, *OF_SIGN_ON, *OF_SUPPORT, *OF_WEBHOOKS),
    *staff.NAMED,
    *OF_IMPORTS,
    *leaves.NAMED,
    *okrs.NAMED,
}
SOMETIMES: Final = {
    "updateRole": {"user.role_changed"},
    "grantSupportAccess": {"impersonation.moved", "impersonation.ended"},
    "withdrawSupportAccess": {"impersonation.moved", "impersonation.ended"},
    "approveRequest": {
        *("approval.request.moved", "approval.approver.created", "approval.approved"),
        *("onboarding.flow.moved", "onboarding.flow.published", "onboarding.flow_revision.created"),
    },
    "rejectRequest": {"approval.request.updated"},
    "cancelApprovalRequest": {"approval.step.updated"},
    "deleteFlow": {"onboarding.flow_revision.deleted"},
    "setNewHireStatus": {"onboarding.cancelled", "onboarding.completed", "onboarding.reopened", *SETTLING},
    "updateNewHire": {"onboarding.invitation.updated", "onboarding.stage.completed"},
    "resendInvitation": {"onboarding.new_hire.updated"},
    "reopenOnboarding": {*SETTLING},
    "returnBlock": {*SETTLING},
    "deleteNewHire": {"onboarding.upload.deleted"},
    "publishDocuments": {"client.version.moved", "client.version.activated"},
    "deleteApiClient": {"apikey.updated"},
    "eraseUser": {
        *("file.moved", "file.updated", "email_message.moved", "email_message.updated"),
        *("leave.request.updated", "leave.ledger_entry.updated"),
        *("user.refresh_token.deleted", "user.password_reset.deleted", "user.session.deleted"),
        *("user.second_factor.deleted", "user.recovery_code.deleted"),
        *("user.address_proof.deleted", "user.sso_code.deleted", "user.sso_identity.deleted"),
        "calendar.feed.deleted",
        *("employee.updated", "employee.document.updated"),
        *("employee.dependent.updated", "employee.emergency_contact.updated"),
        *("employee.compensation.updated", "employee.event.updated"),
    },
    "unlinkSsoIdentity": {"user.session.updated", "user.refresh_token.updated"},
    "resetSecondFactor": {"user.session.updated", "user.refresh_token.updated"},
    "eraseNewHire": {
        *("file.moved", "file.updated", "email_message.moved", "email_message.updated"),
        "onboarding.progress.updated",
    },
    **staff.SOMETIMES,
    **okrs.SOMETIMES,
}
"""What a mutation tells in another state than the one in which it is tried here."""
VERBS: Final = {"create": "created", "update": "updated", "delete": "deleted", "transition": "moved"}
SUBJECTS: Final = {
    "Company": "company",
    "File": "file",
    "Flow": "onboarding.flow",
    "Stage": "onboarding.stage",
    "ContentBlock": "onboarding.content_block",
    "User": "user",
    "UserRole": "user.role",
    "Role": "role",
    "RolePermission": "role.permission",
    "Department": "department",
    "RefreshToken": "user.refresh_token",
    "UserSession": "user.session",
    "SecondFactor": "user.second_factor",
    "RecoveryCode": "user.recovery_code",
    "PasswordReset": "user.password_reset",
    "AddressProof": "user.address_proof",
    "SsoProvider": "sso.provider",
    "SsoGroupRole": "sso.group_role",
    "SsoIdentity": "user.sso_identity",
    "SsoCode": "user.sso_code",
    "EmailMessage": "email_message",
    "Team": "team",
    "TeamMember": "team.member",
    "NewHire": "onboarding.new_hire",
    "FlowRevision": "onboarding.flow_revision",
    "StageTemplate": "onboarding.stage_template",
    "OnboardingInvitation": "onboarding.invitation",
    "StageProgress": "onboarding.stage_progress",
    "Progress": "onboarding.progress",
    "WebhookEndpoint": "webhook.endpoint",
    "WebhookSecret": "webhook.secret",
    "ApiClient": "client",
    "ApiKey": "apikey",
    "ClientVersion": "client.version",
    "RegisteredDocument": "client.document",
    "ApprovalPolicy": "approval.policy",
    "ApprovalPolicyStep": "approval.policy_step",
    "ApprovalRequest": "approval.request",
    "ApprovalStep": "approval.step",
    "ApprovalDecision": "approval.decision",
    "Delegation": "approval.delegation",
    "SupportAccess": "support.access",
    "Import": "import",
    "ImpersonationSession": "impersonation",
    **staff.SUBJECTS,
    **leaves.SUBJECTS,
    "CalendarFeed": "calendar.feed",
    **okrs.SUBJECTS,
}


def test_the_list_is_whole() -> None:
    assert set(ENTRIES) == {command.name for command in COMMANDS}


async def test_what_is_written_agrees_is_declared_and_says_who_did_it(command: Command, ground: Ground) -> None:
    await ground.run(command, ground.given(command))
    entries = await ground.audited(command.operation.name)
    events = await ground.told(entries[0].request_id)
    _each_changed_row_has_one_of_both(command, entries, events)
    _what_is_told_is_what_the_description_lists(command, events)
    _everything_says_who_did_it_and_in_which_request(ground, entries, events)


def _each_changed_row_has_one_of_both(command: Command, entries: Sequence[Any], events: Sequence[Any]) -> None:
    assert [(each.action, each.entity_type, each.entity_version) for each in entries] == ENTRIES[command.name]
    told = [(each.type, each.subject_id, each.subject_version) for each in events if each.type not in _named()]
    assert told == [(_type(each), each.entity_id, each.entity_version) for each in entries]
    changed = [each.data["changed"] for each in events if each.type not in _named()]
    assert changed == [_as_told(each.new_values or each.old_values) for each in entries]


def _what_is_told_is_what_the_description_lists(command: Command, events: Sequence[Any]) -> None:
    told = {each.type for each in events}
    assert told == set(command.operation.emits) - SOMETIMES.get(command.name, set())
    assert all(f"`{name}`" in command.description for name in told)


def _type(entry: Any) -> str:
    return f"{SUBJECTS[entry.entity_type]}.{VERBS[entry.action]}"


def _as_told(values: dict[str, Any]) -> dict[str, Any]:
    """What an event says of what an entry holds: a mark in place of what is sealed."""
    return {name: MASK if key_of(value) else value for name, value in values.items()}


def _named() -> set[str]:
    return {name for name, _ in NAMED.values()} | OTHERS


def _everything_says_who_did_it_and_in_which_request(
    ground: Ground, entries: Sequence[Any], events: Sequence[Any]
) -> None:
    [request_id] = {each.request_id for each in entries}
    assert len(request_id) == 32
    written = [*entries, *events]
    assert {(each.actor_type, each.actor_id) for each in written} == {("user", ground.person.asking.principal.id)}
    assert {each.position for each in events} == {None}


@pytest.mark.parametrize("command", NAMED, indirect=True)
async def test_a_move_also_publishes_its_own_event(command: Command, ground: Ground) -> None:
    await ground.run(command, ground.given(command))
    [*_, entry] = await ground.audited(command.operation.name)
    *_, moved, published = await ground.told(entry.request_id)
    assert moved.type == "onboarding.flow.moved"
    assert (published.type, published.data) == NAMED[command.name]
    assert (published.subject_type, published.subject_id, published.subject_version) == ("Flow", ground.flow.id, 2)


async def test_an_event_is_told_in_the_words_of_the_envelope(ground: Ground) -> None:
    await ground.run(BY_NAME["updateFlow"], {"id": ground.id_of(Flow), "name": "Interns"})
    [row] = await ground.company.rows(
        "select * from pool.event_outbox where tenant_id = :tenant and type = 'onboarding.flow.updated'"
    )
    assert row.message_id.startswith("msg_")
    assert len(row.message_id) == 30
    assert (row.subject_type, row.subject_id, row.data) == ("Flow", ground.flow.id, {"changed": {"name": "Interns"}})
    assert (row.schema_version, row.causation_id, row.position) == (1, None, None)


async def test_an_entry_holds_the_changed_fields_only(ground: Ground) -> None:
    same_and_new = {"id": ground.id_of(Flow), "name": "Engineers", "durationDays": 31, "language": "en"}
    await ground.run(BY_NAME["updateFlow"], same_and_new)
    [entry] = await ground.audited("update_flow")
    assert (entry.old_values, entry.new_values) == ({"duration_days": 30}, {"duration_days": 31})


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, False), (1, 1.0), ([1], [True]), ({"b": 1}, {"b": 1.0})])
async def test_values_that_only_python_takes_for_equal_are_a_change(ground: Ground, before: Any, after: Any) -> None:
    block = ground.id_of(ContentBlock)
    for value in (before, after):
        given = {"id": block, "condition": {"block": block, "equals": value}}
        payload = await ground.person.do("updateContentBlock", given, "contentBlock { condition }")
        assert repr(payload["contentBlock"]["condition"]["equals"]) == repr(value)
    [_, entry] = await ground.audited("update_content_block")
    logged = [values["condition"]["equals"] for values in (entry.old_values, entry.new_values)]
    assert repr(logged) == repr([before, after])
    rows = await ground.company.rows("select condition from pool.content_blocks where id = :id", id=ground.blocks[0].id)
    assert repr(rows[0].condition["equals"]) == repr(after)


async def test_the_same_settings_in_another_order_are_no_change(ground: Ground) -> None:
    block = {"id": ground.id_of(ContentBlock)}
    for config in ({"max_length": 9, "min_length": 1}, {"min_length": 1, "max_length": 9}):
        await ground.run(BY_NAME["updateContentBlock"], block | {"config": config})
    assert len(await ground.audited("update_content_block")) == 1


async def test_a_session_is_recorded_once(company: CompanyWorld) -> None:
    person = await company.person()
    async with company.world.parts.database.writing(company.tenant.placement) as session:
        Context(person.asking, session, "one")
        with pytest.raises(RuntimeError, match="one Context"):
            Context(person.asking, session, "other")


async def test_a_field_that_is_emptied_is_a_change(ground: Ground) -> None:
    block = {"id": ground.id_of(ContentBlock), "estimatedMinutes": None}
    await ground.run(BY_NAME["updateContentBlock"], block)
    [entry] = await ground.audited("update_content_block")
    assert (entry.old_values, entry.new_values) == ({"estimated_minutes": 5}, {"estimated_minutes": None})


CHANGING = [command for command in COMMANDS if command.changes]


@pytest.mark.parametrize("command", CHANGING, ids=[command.name for command in CHANGING])
async def test_what_changes_nothing_writes_nothing(ground: Ground, command: Command) -> None:
    given = ground.given(command)
    await ground.run(command, given)
    before = await ground.everything()
    for again in (given, {"id": given["id"]}):
        assert (await ground.run(command, again))[command.result]["version"] == 2
    assert await ground.everything() == before


async def test_the_same_order_again_writes_nothing(ground: Ground) -> None:
    before = await ground.everything()
    await ground.run(BY_NAME["reorderStages"], {"id": ground.id_of(Flow), "ids": ground.siblings(Stage)})
    assert await ground.everything() == before


async def test_a_new_order_is_recorded_with_the_places_of_all_that_moved(ground: Ground) -> None:
    one, two, three = (str(stage.id) for stage in ground.stages)
    ids = ground.siblings(Stage)
    await ground.run(BY_NAME["reorderStages"], {"id": ground.id_of(Flow), "ids": [ids[1], ids[0], ids[2]]})
    entries = await ground.audited("reorder_stages")
    assert [(str(each.entity_id), each.old_values, each.new_values) for each in entries] == [
        (str(ground.flow.id), {"stages": [one, two, three]}, {"stages": [two, one, three]}),
        (two, {"position": 1}, {"position": 0}),
        (one, {"position": 0}, {"position": 1}),
    ]


async def test_the_places_closed_after_a_deletion_are_recorded(ground: Ground) -> None:
    await ground.run(BY_NAME["deleteStage"], {"id": ground.siblings(Stage)[1]})
    moved = [each for each in await ground.audited("delete_stage") if each.action == "update"]
    assert [(each.entity_id, each.old_values, each.new_values) for each in moved] == [
        (ground.stages[2].id, {"position": 2}, {"position": 1})
    ]
    left = await ground.company.rows(
        "select id, position, version from pool.stages where tenant_id = :tenant order by position"
    )
    assert [tuple(row) for row in left] == [(ground.stages[0].id, 0, 1), (ground.stages[2].id, 1, 2)]


async def test_what_few_may_read_stands_masked_in_every_record(ground: Ground) -> None:
    mine = {"id": ground.id_of(type(ground.profile))}
    for tax_id in ("DE 111", "DE 222", None):
        await ground.run(BY_NAME["updateCompany"], mine | {"taxId": tax_id})
    values = [(each.old_values, each.new_values) for each in await ground.audited("update_company")]
    assert values == [
        ({"tax_id": None}, {"tax_id": MASK}),
        ({"tax_id": MASK}, {"tax_id": MASK}),
        ({"tax_id": MASK}, {"tax_id": None}),
    ]
    for table in ("audit_logs", "event_outbox"):
        rows = await ground.company.rows(f"select t::text from pool.{table} t where tenant_id = :tenant")
        assert not [row for row in rows if "DE 111" in row[0] or "DE 222" in row[0]]


async def test_a_persons_data_is_sealed_in_the_trail_and_masked_in_events_from_the_first_moment(
    company: CompanyWorld,
) -> None:
    [(stored,)] = await company.rows(
        "select new_values from pool.audit_logs where tenant_id = :tenant and entity_type = 'User'"
    )
    assert {name for name, value in stored.items() if key_of(value)} == {"email", "first_name", "last_name"}
    rows = await company.rows(
        "select data -> 'changed' from pool.event_outbox where tenant_id = :tenant and type = 'user.created'"
    )
    assert [_as_told(stored), *(row[0] for row in rows)] == 2 * [
        {
            "email": MASK,
            "first_name": MASK,
            "last_name": MASK,
            "password_hash": MASK,
            "is_active": True,
            "token_version": 1,
            "locale": "en",
            "timezone": "UTC",
            "mfa_enabled": False,
            "failed_logins": 0,
        }
    ]


@pytest.mark.parametrize("operation", ["deleteFlow", "reorderStages"])
async def test_the_number_of_statements_does_not_follow_the_number_of_rows(stills: Still, operation: str) -> None:
    few = await _statements(await stills("mine"), operation)
    many = await stills("theirs")
    await _grow(many, 40)
    assert await _statements(many, operation) == few


async def _grow(ground: Ground, stages: int) -> None:
    """Add many stages with a block each, past the end."""
    database = ground.company.world.parts.database
    async with database.transacting(ground.company.tenant.placement) as session:
        context = Context(ground.person.asking, session, "grow")
        made = [Stage(flow_id=ground.flow.id, name=f"More {place}", position=place) for place in range(3, stages)]
        context.add(*made)
        await context.flush()
        context.add(*(ContentBlock(stage_id=stage.id, type="text_input", position=0) for stage in made))
        await context.flush()
    ground.stages = [*ground.stages, *made]


async def _statements(ground: Ground, name: str) -> list[str]:
    """Run a mutation, and return the first words of every statement that it sent."""
    sent: list[str] = []
    engine = ground.company.world.parts.database.engine(ground.company.tenant.placement).sync_engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(" ".join(statement.split()[:3]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        given = ground.given(BY_NAME[name])
        assert (await ground.run(BY_NAME[name], given))["refusals"] == []
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return sent
