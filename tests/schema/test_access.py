"""Who may ask for what: every root field, for every built-in role and for nobody, exactly as the roles say."""

import pytest

from auth.roles import BUILT_IN_ROLES
from schema.derive.names import camel
from schema.root import DOMAINS
from tests.commands.ground import COMMANDS
from tests.schema.asking import request_for, root_fields
from tests.schema.builders import put_flows
from tests.world import Answer, CompanyWorld, Person

PUBLIC = None
NEEDS = {
    "Query": {
        "leaveType": "leave.read",
        "leaveTypes": "leave.read",
        "leavePolicy": "leave.read",
        "leavePolicies": "leave.read",
        "leavePolicyAssignment": "leave.read",
        "leavePolicyAssignments": "leave.read",
        "leaveRequest": "leave.read",
        "leaveRequests": "leave.read",
        "leaveLedgerEntry": "leave.read",
        "leaveLedgerEntries": "leave.read",
        "leaveAccrualRun": "leave.read",
        "leaveAccrualRuns": "leave.read",
        "explainLeaveBalance": "leave.read",
        "whoIsAway": "leave.read",
        "absenceRate": "leave.read",
        "leaveLiability": "people.read_pay",
        "myLeaveBalances": PUBLIC,
        "myCalendarFeeds": "company.read",
        **dict.fromkeys(("calendarFeed", "calendarFeeds"), "users.manage"),
        **dict.fromkeys(
            (
                *("performanceCycle", "performanceCycles", "okr", "okrs", "keyResult", "keyResults"),
                *("keyResultCheckIn", "keyResultCheckIns", "keyResultTargetChange", "keyResultTargetChanges"),
                *("okrHeatMap", "okrAlignmentTree", "overdueCheckIns", "explainOkrProgress"),
            ),
            "okrs.read",
        ),
        "company": "company.read",
        "flow": "onboarding.read",
        "flows": "onboarding.read",
        "stage": "onboarding.read",
        "stages": "onboarding.read",
        "contentBlock": "onboarding.read",
        "contentBlocks": "onboarding.read",
        "stageTemplate": "onboarding.read",
        "stageTemplates": "onboarding.read",
        "contentType": "onboarding.read",
        "contentTypes": "onboarding.read",
        "validateContent": "onboarding.read",
        "modules": PUBLIC,
        "viewer": PUBLIC,
        "mySessions": "company.read",
        "mySsoIdentities": "company.read",
        "signInProviders": PUBLIC,
        "ssoProvider": "sso.manage",
        "ssoProviders": "sso.manage",
        **dict.fromkeys(("ssoIdentity", "ssoIdentities"), "users.manage"),
        "userSession": "users.manage",
        "userSessions": "users.manage",
        "user": "users.read",
        "users": "users.read",
        "role": "users.read",
        "roles": "users.read",
        "department": "users.read",
        "departments": "users.read",
        "team": "users.read",
        "teams": "users.read",
        "newHire": "onboarding.read_hires",
        "newHires": "onboarding.read_hires",
        "progress": "onboarding.read_hires",
        "progressEntries": "onboarding.read_hires",
        "flowPipeline": "onboarding.read_hires",
        **dict.fromkeys(
            ("impersonationSession", "impersonationSessions", "supportAccess", "supportAccesses"), "audit.read"
        ),
        **dict.fromkeys(
            (
                *("holidayList", "holidayLists", "workCalendar", "workCalendars", "workLocation"),
                *("workLocations", "position", "positions", "employee", "employees", "employmentContract"),
                *("employmentContracts", "employeeEvent", "employeeEvents", "orgChart", "headcount"),
            ),
            "people.read",
        ),
        **dict.fromkeys(
            (
                *("dependent", "dependents", "emergencyContact", "emergencyContacts", "employeeDocument"),
                "employeeDocuments",
            ),
            "people.read_private",
        ),
        **dict.fromkeys(("compensationRecord", "compensationRecords"), "people.read_pay"),
        "accountManager": "company.read",
        **dict.fromkeys(("import", "imports", "importColumns"), "imports.run"),
        "platformTenants": "platform.support",
        "platformPeople": "platform.manage",
        "auditLog": "audit.read",
        "auditLogs": "audit.read",
        "entityAsOf": "audit.read",
        "verifyAudit": "audit.read",
        "webhookEndpoint": "webhooks.read",
        "webhookEndpoints": "webhooks.read",
        "webhookDelivery": "webhooks.read",
        "webhookDeliveries": "webhooks.read",
        "apiClient": "clients.read",
        "apiClients": "clients.read",
        "clientVersion": "clients.read",
        "clientVersions": "clients.read",
        "registeredDocument": "clients.read",
        "registeredDocuments": "clients.read",
        "apiKey": "keys.read",
        "apiKeys": "keys.read",
        **dict.fromkeys(
            (
                *("approvalPolicy", "approvalPolicies", "approvalPolicyStep", "approvalPolicySteps"),
                *("approvalRequest", "approvalRequests", "delegation", "delegations"),
            ),
            "approvals.read",
        ),
        **dict.fromkeys(("myApprovals", "myApprovalRequests", "approval", "myDelegations"), "approvals.decide"),
        "eventTypes": "events.read",
        "onboardingFunnel": "onboarding.read_hires",
        "stuckNewHires": "onboarding.read_hires",
        "overdueOnboardingTasks": "onboarding.read_hires",
        "myOnboardingTasks": "onboarding.tasks",
        "blockDropOff": "onboarding.read_hires",
        "timeToProductive": "onboarding.read_hires",
        "onboardingSession": "onboarding.portal",
        # What these find is guarded by the permission of its type; see below.
        "explainAccess": PUBLIC,
        "node": PUBLIC,
        "nodes": PUBLIC,
    },
    "Mutation": {
        "createLeaveType": "leave.manage",
        "updateLeaveType": "leave.manage",
        "createLeavePolicy": "leave.manage",
        "updateLeavePolicy": "leave.manage",
        "addLeavePolicyType": "leave.manage",
        "deleteLeavePolicyType": "leave.manage",
        "assignLeavePolicy": "leave.manage",
        "adjustLeave": "leave.manage",
        "encashLeave": "leave.manage",
        "requestLeave": "leave.request",
        "submitLeave": "leave.request",
        "cancelLeave": "leave.request",
        "deleteLeaveRequest": "leave.request",
        "approveLeave": "leave.decide",
        "rejectLeave": "leave.decide",
        **dict.fromkeys(("createCalendarFeed", "renewCalendarFeed", "deleteCalendarFeed"), "company.read"),
        **dict.fromkeys(
            (
                *("createPerformanceCycle", "updatePerformanceCycle", "deletePerformanceCycle"),
                *("openPerformanceCycle", "reviewPerformanceCycle", "calibratePerformanceCycle"),
                *("releasePerformanceCycle", "closePerformanceCycle"),
            ),
            "performance.manage",
        ),
        **dict.fromkeys(
            (
                *("createOkr", "updateOkr", "deleteOkr", "alignOkr", "activateOkr", "completeOkr", "cancelOkr"),
                *("addKeyResult", "updateKeyResult", "deleteKeyResult", "changeKeyResultTarget", "checkInKeyResult"),
                *("addKeyResultMilestone", "updateKeyResultMilestone", "deleteKeyResultMilestone"),
                *("completeKeyResultMilestone", "reopenKeyResultMilestone"),
            ),
            "okrs.edit",
        ),
        "login": PUBLIC,
        "completeLogin": PUBLIC,
        "registerCompany": PUBLIC,
        "refreshToken": PUBLIC,
        "logout": PUBLIC,
        "requestPasswordReset": PUBLIC,
        "resetPassword": PUBLIC,
        "changePassword": "company.read",
        "verifyEmail": PUBLIC,
        "completeSso": PUBLIC,
        **dict.fromkeys(("requestEmailVerification", "changeEmail"), "company.read"),
        **dict.fromkeys(
            (
                *("createSsoProvider", "updateSsoProvider", "deleteSsoProvider", "testSsoProvider"),
                *("pauseSsoProvider", "resumeSsoProvider", "replaceSsoClientSecret"),
                *("addSsoGroupRole", "deleteSsoGroupRole"),
            ),
            "sso.manage",
        ),
        **dict.fromkeys(
            ("beginSecondFactor", "confirmSecondFactor", "disableSecondFactor", "renewRecoveryCodes"), "company.read"
        ),
        "resetSecondFactor": "users.manage",
        "revokeSession": "company.read",
        "revokeOtherSessions": "company.read",
        "unlinkSsoIdentity": "company.read",
        "updateViewer": "company.read",
        "createUser": "users.manage",
        "updateUser": "users.manage",
        "exportUserData": "privacy.export",
        "exportNewHireData": "privacy.export",
        "exportOwnData": "company.read",
        "eraseUser": "privacy.erase",
        "eraseNewHire": "privacy.erase",
        "resendUserInvitation": "users.manage",
        "activateUser": "users.manage",
        "deactivateUser": "users.manage",
        "createDepartment": "users.manage",
        "updateDepartment": "users.manage",
        "deleteDepartment": "users.manage",
        "createRole": "users.manage",
        "updateRole": "users.manage",
        "deleteRole": "users.manage",
        "giveRole": "users.manage",
        "takeRole": "users.manage",
        "createTeam": "teams.edit",
        "updateTeam": "teams.edit",
        "deleteTeam": "teams.edit",
        "addTeamMember": "teams.edit",
        "removeTeamMember": "teams.edit",
        "createNewHire": "onboarding.edit_hires",
        "updateNewHire": "onboarding.edit_hires",
        "deleteNewHire": "onboarding.edit_hires",
        "sendInvitation": "onboarding.edit_hires",
        "resendInvitation": "onboarding.edit_hires",
        "cancelNewHire": "onboarding.edit_hires",
        "reopenOnboarding": "onboarding.edit_hires",
        "setNewHireStatus": "onboarding.edit_hires",
        "completeOnboardingTask": "onboarding.tasks",
        "returnBlock": "onboarding.review",
        "acceptBlock": "onboarding.review",
        "startOnboarding": "onboarding.portal",
        "saveContentBlock": "onboarding.portal",
        "completeContentBlock": "onboarding.portal",
        "completeStage": "onboarding.portal",
        "completeOnboarding": "onboarding.portal",
        "uploadOnboardingFile": "onboarding.portal",
        **dict.fromkeys(
            (
                *("createHolidayList", "updateHolidayList", "deleteHolidayList", "addHoliday", "updateHoliday"),
                *("deleteHoliday", "createWorkCalendar", "updateWorkCalendar", "deleteWorkCalendar"),
                *("createWorkLocation", "updateWorkLocation", "deleteWorkLocation", "createPosition"),
                *("updatePosition", "deletePosition", "createEmployee", "updateEmployee", "addDependent"),
                *("updateDependent", "deleteDependent", "addEmergencyContact", "updateEmergencyContact"),
                *("deleteEmergencyContact", "addEmployeeDocument", "updateEmployeeDocument"),
                *("deleteEmployeeDocument", "transferEmployee", "promoteEmployee", "cancelEmployeeChange"),
                *("startContract", "beginAbsence", "endAbsence", "suspendEmployee", "reinstateEmployee"),
                *("terminateEmployee", "withdrawTermination", "rehireEmployee", "verifyEmployeeDocument"),
            ),
            "people.edit",
        ),
        "changeCompensation": "people.edit_pay",
        "updateCompany": "company.edit",
        **dict.fromkeys(("startImport", "cancelImport"), "imports.run"),
        **dict.fromkeys(("grantSupportAccess", "withdrawSupportAccess", "revokeImpersonation"), "support.manage"),
        "startImpersonation": "platform.support",
        "endImpersonation": "company.read",
        **dict.fromkeys(("assignAccountManager", "revokeImpersonationOf"), "platform.manage"),
        "createApiKey": "keys.manage",
        "updateApiKey": "keys.manage",
        "rotateApiKey": "keys.manage",
        "revokeApiKey": "keys.revoke_own",
        "createFlow": "onboarding.edit",
        "updateFlow": "onboarding.edit",
        "deleteFlow": "onboarding.edit",
        "publishFlow": "onboarding.publish",
        "editFlow": "onboarding.publish",
        "archiveFlow": "onboarding.publish",
        "addStage": "onboarding.edit",
        "updateStage": "onboarding.edit",
        "deleteStage": "onboarding.edit",
        "reorderStages": "onboarding.edit",
        "addContentBlock": "onboarding.edit",
        "updateContentBlock": "onboarding.edit",
        "deleteContentBlock": "onboarding.edit",
        "reorderContentBlocks": "onboarding.edit",
        "createStageTemplate": "onboarding.edit",
        "updateStageTemplate": "onboarding.edit",
        "deleteStageTemplate": "onboarding.edit",
        "registerContentType": "onboarding.define_types",
        "updateContentType": "onboarding.define_types",
        "createUpload": "company.read",
        "uploadCompanyLogo": "company.edit",
        "setCompanyLogo": "company.edit",
        "removeCompanyLogo": "company.edit",
        **dict.fromkeys(
            (
                *("createApprovalPolicy", "updateApprovalPolicy", "deleteApprovalPolicy"),
                *("addApprovalPolicyStep", "updateApprovalPolicyStep", "deleteApprovalPolicyStep"),
                "reorderApprovalPolicySteps",
            ),
            "approvals.manage",
        ),
        **dict.fromkeys(
            (
                *("approveRequest", "rejectRequest", "cancelApprovalRequest"),
                *("delegateApprovals", "revokeDelegation"),
            ),
            "approvals.decide",
        ),
        **dict.fromkeys(
            (
                "createWebhookEndpoint",
                "updateWebhookEndpoint",
                "deleteWebhookEndpoint",
                "pauseWebhookEndpoint",
                "resumeWebhookEndpoint",
                "testWebhookEndpoint",
                "rotateWebhookSecret",
                "replayWebhook",
            ),
            "webhooks.manage",
        ),
        **dict.fromkeys(
            (
                "createApiClient",
                "updateApiClient",
                "deleteApiClient",
                "publishDocuments",
                "activateClientVersion",
                "retireClientVersion",
            ),
            "clients.manage",
        ),
    },
}
FIELDS = [(kind, name) for kind, fields in NEEDS.items() for name in fields]


ENTITIES = [entity for domain in DOMAINS for entity in domain.entities if entity.listed]
OF_ROWS = {
    *(name for entity in ENTITIES for name in (entity.field_name, entity.plural)),
    *(command.name for command in COMMANDS if command.operation.subject or command.operation.scoped),
    *(camel(reading.name) for domain in DOMAINS for reading in domain.readings if reading.scoped),
}
"""What lets in who holds its permission for some rows only: it shows those, and finds no others."""


def test_every_root_field_is_listed_here() -> None:
    assert {kind: set(root_fields(kind)) for kind in NEEDS} == {kind: set(fields) for kind, fields in NEEDS.items()}


def outcome(answer: Answer) -> tuple[str, str | None]:
    """Say whether a request was let in, or else why not, and which permission was missing."""
    if not answer.errors:
        return "ALLOWED", None
    [error] = answer.errors
    return error["extensions"]["code"], error["extensions"].get("permission")


@pytest.mark.parametrize("role", BUILT_IN_ROLES)
async def test_a_role_may_what_it_holds_and_nothing_else(company: CompanyWorld, role: str) -> None:
    person, held = await company.person(role), BUILT_IN_ROLES[role]
    for kind, name in FIELDS:
        needs = NEEDS[kind][name]
        may = held.permissions | (held.own | held.reports if name in OF_ROWS else set())
        expected = ("ALLOWED", None) if needs is PUBLIC or needs in may else ("FORBIDDEN", needs)
        assert outcome(await person.ask(*request_for(kind, name))) == expected, (role, name)


async def test_nobody_may_only_what_is_public(company: CompanyWorld) -> None:
    for kind, name in FIELDS:
        expected = "ALLOWED" if NEEDS[kind][name] is PUBLIC else "UNAUTHENTICATED"
        assert outcome(await company.stranger().ask(*request_for(kind, name))) == (expected, None), name


async def test_what_was_forbidden_changed_nothing(company: CompanyWorld) -> None:
    viewer = await company.person("VIEWER")
    assert (await viewer.ask(*request_for("Mutation", "createFlow"))).codes == ["FORBIDDEN"]
    assert await company.rows("select id from pool.onboarding_flows where tenant_id = :tenant") == []
    assert await company.rows("select id from pool.audit_logs where entity_type = 'Flow' and tenant_id = :tenant") == []


@pytest.mark.parametrize(("role", "sees"), [("HR", True), ("VIEWER", True), ("SALES", False), (None, False)])
async def test_node_finds_what_its_type_allows(company: CompanyWorld, role: str | None, *, sees: bool) -> None:
    await put_flows(company, 1)
    owner = await company.person("OWNER")
    flow = (await owner.ask("{ flows { nodes { id } } }")).data["flows"]["nodes"][0]
    person = await company.person(role) if role else company.stranger()
    query = "query($id: ID!, $ids: [ID!]!) { node(id: $id) { id } nodes(ids: $ids) { id } }"
    found = flow if sees else None
    answer = await person.ask(query, {"id": flow["id"], "ids": [flow["id"], "x"]})
    assert answer.data == {"node": found, "nodes": [found, None]}


async def test_too_many_nodes(company: CompanyWorld, hr: Person) -> None:
    answer = await hr.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 201})
    assert (answer.codes, answer.errors[0]["extensions"]["inputPath"]) == (["BAD_USER_INPUT"], ["ids"])
    answer = await hr.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 200})
    assert answer.data == {"nodes": [None] * 200}
