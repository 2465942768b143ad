"""Onboarding: what is written once for many (flows), and what happens with each new hire (hires)."""

from db.models.onboarding.flows import (
    Assignee,
    Audience,
    ContentBlock,
    CustomContentType,
    Flow,
    FlowRevision,
    FlowStatus,
    Stage,
    StageLock,
    StageTemplate,
    StageType,
    TemplateCategory,
)
from db.models.onboarding.hires import (
    NewHire,
    NewHireStatus,
    OnboardingInvitation,
    OnboardingUpload,
    Progress,
    ProgressStatus,
    ReviewStatus,
    StageProgress,
)

__all__ = [
    "Assignee",
    "Audience",
    "ContentBlock",
    "CustomContentType",
    "Flow",
    "FlowRevision",
    "FlowStatus",
    "NewHire",
    "NewHireStatus",
    "OnboardingInvitation",
    "OnboardingUpload",
    "Progress",
    "ProgressStatus",
    "ReviewStatus",
    "Stage",
    "StageLock",
    "StageProgress",
    "StageTemplate",
    "StageType",
    "TemplateCategory",
]
