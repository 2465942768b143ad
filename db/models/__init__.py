"""Every model of the product, completed: importing this package is enough to have all the tables."""

from db.base import Base, complete
from db.models.approvals import (
    ApprovalApprover,
    ApprovalDecision,
    ApprovalPolicy,
    ApprovalPolicyStep,
    ApprovalRequest,
    ApprovalStep,
    Delegation,
)
from db.models.clients import ApiClient, ClientVersion, RegisteredDocument
from db.models.company import Company
from db.models.files import File
from db.models.hr import (
    CompensationRecord,
    Dependent,
    EmergencyContact,
    Employee,
    EmployeeDocument,
    EmployeeEvent,
    EmploymentContract,
    Holiday,
    HolidayList,
    Position,
    WorkCalendar,
    WorkLocation,
)
from db.models.identity import (
    Department,
    PasswordReset,
    RefreshToken,
    Role,
    RolePermission,
    Team,
    TeamMember,
    User,
    UserRole,
)
from db.models.imports import Import, ImportRejection, PostponedRow, RehearsedKey
from db.models.keys import ApiKey, ApiKeyUsage
from db.models.log import AuditChain, AuditLog, AuditWaiting, DataSubjectKey, EventOutbox, IdempotencyKey
from db.models.mail import EmailMessage
from db.models.onboarding import (
    ContentBlock,
    CustomContentType,
    Flow,
    FlowRevision,
    NewHire,
    OnboardingInvitation,
    OnboardingUpload,
    Progress,
    Stage,
    StageProgress,
    StageTemplate,
)
from db.models.sign_in import AddressProof, RecoveryCode, SecondFactor, UserSession
from db.models.sso import SsoCode, SsoGroupRole, SsoIdentity, SsoProvider
from db.models.support import ImpersonationSession, SupportAccess
from db.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookSecret

__all__ = [
    "AddressProof",
    "ApiClient",
    "ApiKey",
    "ApiKeyUsage",
    "ApprovalApprover",
    "ApprovalDecision",
    "ApprovalPolicy",
    "ApprovalPolicyStep",
    "ApprovalRequest",
    "ApprovalStep",
    "AuditChain",
    "AuditLog",
    "AuditWaiting",
    "ClientVersion",
    "Company",
    "CompensationRecord",
    "ContentBlock",
    "CustomContentType",
    "DataSubjectKey",
    "Delegation",
    "Department",
    "Dependent",
    "EmailMessage",
    "EmergencyContact",
    "Employee",
    "EmployeeDocument",
    "EmployeeEvent",
    "EmploymentContract",
    "EventOutbox",
    "File",
    "Flow",
    "FlowRevision",
    "Holiday",
    "HolidayList",
    "IdempotencyKey",
    "ImpersonationSession",
    "Import",
    "ImportRejection",
    "NewHire",
    "OnboardingInvitation",
    "OnboardingUpload",
    "PasswordReset",
    "Position",
    "PostponedRow",
    "Progress",
    "RecoveryCode",
    "RefreshToken",
    "RegisteredDocument",
    "RehearsedKey",
    "Role",
    "RolePermission",
    "SecondFactor",
    "SsoCode",
    "SsoGroupRole",
    "SsoIdentity",
    "SsoProvider",
    "Stage",
    "StageProgress",
    "StageTemplate",
    "SupportAccess",
    "Team",
    "TeamMember",
    "User",
    "UserRole",
    "UserSession",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookSecret",
    "WorkCalendar",
    "WorkLocation",
]

complete(Base)
