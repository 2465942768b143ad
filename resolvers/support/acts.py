"""What may be done for a user, by somebody who acts for them with leave to write: every mutation of the API is here.

A mutation that is in neither list is refused, and a test fails on it: whoever adds one says which it is. What gives
anybody more, proves who somebody is, decides for a second person, or cannot be undone, nobody does for somebody else.
"""

from collections.abc import Mapping
from typing import Final

ENDING: Final = "endImpersonation"
"""What whoever acts for somebody may always do."""

NEVER: Final[Mapping[str, frozenset[str]]] = {
    "signing in and out, passwords, second factors, addresses and sessions are the person's own": frozenset(
        {
            *("login", "completeLogin", "completeSso", "refreshToken", "logout", "registerCompany"),
            *("changePassword", "requestPasswordReset", "resetPassword", "changeEmail", "verifyEmail"),
            *("requestEmailVerification", "beginSecondFactor", "confirmSecondFactor", "disableSecondFactor"),
            *("renewRecoveryCodes", "resetSecondFactor", "revokeSession", "revokeOtherSessions"),
            "unlinkSsoIdentity",
        }
    ),
    "who may sign in, and what anybody may, is given by people of the company": frozenset(
        {
            *("createUser", "updateUser", "resendUserInvitation", "activateUser", "deactivateUser"),
            *("giveRole", "takeRole", "createRole", "updateRole", "deleteRole"),
            *("addTeamMember", "removeTeamMember", "createDepartment", "updateDepartment", "deleteDepartment"),
        }
    ),
    "single sign-on decides who gets in": frozenset(
        {
            *("createSsoProvider", "updateSsoProvider", "deleteSsoProvider", "testSsoProvider"),
            *("pauseSsoProvider", "resumeSsoProvider", "replaceSsoClientSecret"),
            *("addSsoGroupRole", "deleteSsoGroupRole"),
        }
    ),
    "keys, and the documents that bound them, let programs in": frozenset(
        {
            *("createApiKey", "updateApiKey", "rotateApiKey", "revokeApiKey"),
            *("createApiClient", "updateApiClient", "deleteApiClient"),
            *("publishDocuments", "activateClientVersion", "retireClientVersion"),
        }
    ),
    "webhooks carry data of the company away, and have secrets": frozenset(
        {
            *("createWebhookEndpoint", "updateWebhookEndpoint", "deleteWebhookEndpoint", "rotateWebhookSecret"),
            *("pauseWebhookEndpoint", "resumeWebhookEndpoint", "testWebhookEndpoint", "replayWebhook"),
        }
    ),
    "an approval takes a second person, who is that person": frozenset(
        {
            *("approveRequest", "rejectRequest", "cancelApprovalRequest", "delegateApprovals", "revokeDelegation"),
            *("createApprovalPolicy", "updateApprovalPolicy", "deleteApprovalPolicy", "addApprovalPolicyStep"),
            *("updateApprovalPolicyStep", "deleteApprovalPolicyStep", "reorderApprovalPolicySteps"),
        }
    ),
    "personal data is handed out and erased by people of the company": frozenset(
        {"exportUserData", "exportNewHireData", "exportOwnData", "eraseUser", "eraseNewHire"}
    ),
    "who works for the company, on which terms and for which pay, is agreed by people of the company": frozenset(
        {
            *("createEmployee", "startContract", "changeCompensation", "terminateEmployee", "withdrawTermination"),
            *("rehireEmployee", "suspendEmployee", "reinstateEmployee"),
        }
    ),
    "what an import makes bears the name of who has begun it alone": frozenset({"startImport", "cancelImport"}),
    "leave is asked for, decided and counted by people of the company": frozenset(
        {
            *("requestLeave", "submitLeave", "deleteLeaveRequest", "cancelLeave", "approveLeave", "rejectLeave"),
            *("adjustLeave", "encashLeave"),
        }
    ),
    "the address of a calendar outlives the session, and is known to whose calendar it is alone": frozenset(
        {"createCalendarFeed", "renewCalendarFeed", "deleteCalendarFeed"}
    ),
    "objectives are set, reported on and closed by people of the company": frozenset(
        {
            *("createOkr", "updateOkr", "deleteOkr", "alignOkr", "activateOkr", "completeOkr", "cancelOkr"),
            *("addKeyResult", "updateKeyResult", "deleteKeyResult", "changeKeyResultTarget", "checkInKeyResult"),
            *("addKeyResultMilestone", "updateKeyResultMilestone", "deleteKeyResultMilestone"),
            *("completeKeyResultMilestone", "reopenKeyResultMilestone"),
            *("releasePerformanceCycle", "closePerformanceCycle"),
        }
    ),
    "what support may is not decided by support": frozenset(
        {
            *("grantSupportAccess", "withdrawSupportAccess", "revokeImpersonation"),
            *("startImpersonation", "revokeImpersonationOf", "assignAccountManager"),
        }
    ),
    "a new hire goes through their onboarding themselves": frozenset(
        {
            *("startOnboarding", "saveContentBlock", "completeContentBlock", "completeStage"),
            *("completeOnboarding", "uploadOnboardingFile"),
        }
    ),
}
"""What nobody does for somebody else, by the reason."""

MAY: Final = frozenset(
    {
        *("updateCompany", "uploadCompanyLogo", "setCompanyLogo", "removeCompanyLogo", "createUpload", "updateViewer"),
        *("createTeam", "updateTeam", "deleteTeam"),
        *("createFlow", "updateFlow", "deleteFlow", "publishFlow", "editFlow", "archiveFlow"),
        *("addStage", "updateStage", "deleteStage", "reorderStages"),
        *("addContentBlock", "updateContentBlock", "deleteContentBlock", "reorderContentBlocks"),
        *("createStageTemplate", "updateStageTemplate", "deleteStageTemplate"),
        *("registerContentType", "updateContentType"),
        *("createNewHire", "updateNewHire", "deleteNewHire", "sendInvitation", "resendInvitation", "setNewHireStatus"),
        *("cancelNewHire", "reopenOnboarding", "completeOnboardingTask", "returnBlock", "acceptBlock"),
        *("createHolidayList", "updateHolidayList", "deleteHolidayList"),
        *("addHoliday", "updateHoliday", "deleteHoliday"),
        *("createWorkCalendar", "updateWorkCalendar", "deleteWorkCalendar"),
        *("createWorkLocation", "updateWorkLocation", "deleteWorkLocation"),
        *("createPosition", "updatePosition", "deletePosition"),
        *("updateEmployee", "transferEmployee", "promoteEmployee", "cancelEmployeeChange"),
        *("beginAbsence", "endAbsence", "verifyEmployeeDocument"),
        *("addDependent", "updateDependent", "deleteDependent"),
        *("addEmergencyContact", "updateEmergencyContact", "deleteEmergencyContact"),
        *("addEmployeeDocument", "updateEmployeeDocument", "deleteEmployeeDocument"),
        *("createLeaveType", "updateLeaveType", "createLeavePolicy", "updateLeavePolicy"),
        *("addLeavePolicyType", "deleteLeavePolicyType", "assignLeavePolicy"),
        *("createPerformanceCycle", "updatePerformanceCycle", "deletePerformanceCycle"),
        *("openPerformanceCycle", "reviewPerformanceCycle", "calibratePerformanceCycle"),
    }
)
"""What whoever acts for a user with leave to write may do, as far as the user may."""
