"""What is told of onboarding in the words of the business. An answer never stands in an event."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from db.models.onboarding import Flow, FlowStatus, NewHire, NewHireStatus
from resolvers.named import named
from resolvers.operation import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowMoved:
    """What every move of a flow tells."""

    from_: Annotated[FlowStatus, "Where the flow stood."]
    to: Annotated[FlowStatus, "Where it stands now."]


@named("onboarding.flow.published", about=Flow)
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowPublished(FlowMoved):
    """A flow was frozen as a revision, and is in use."""


@named("onboarding.flow.reopened", about=Flow)
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowReopened(FlowMoved):
    """A published flow is edited, as the draft of its next revision."""


@named("onboarding.flow.archived", about=Flow)
@dataclass(frozen=True, slots=True, kw_only=True)
class FlowArchived(FlowMoved):
    """A flow was put away, and takes no new hires any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfHire:
    """What every event about a new hire tells."""

    new_hire_id: Annotated[UUID, Names("NewHire"), "The new hire."]
    flow_id: Annotated[UUID, Names("Flow"), "The flow that they go through."]


@dataclass(frozen=True, slots=True, kw_only=True)
class HireMoved(OfHire):
    """What every move of a new hire tells."""

    from_: Annotated[NewHireStatus, "Where the new hire stood."]
    to: Annotated[NewHireStatus, "Where they stand now."]


@named("onboarding.invitation.sent", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationSent(HireMoved):
    """A new hire was invited for the first time."""


@named("onboarding.invitation.resent", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationResent(HireMoved):
    """A new hire was invited again; the link before is dead."""


@named("onboarding.invitation.expired", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationExpired(HireMoved):
    """A new hire has not begun in time."""


@named("onboarding.started", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingStarted(HireMoved):
    """A new hire has begun."""


@named("onboarding.completed", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingCompleted(HireMoved):
    """A new hire is done with all that was for them."""


@named("onboarding.cancelled", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingCancelled(HireMoved):
    """An onboarding was called off."""


@named("onboarding.reopened", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingReopened(HireMoved):
    """A completed onboarding was opened again."""

    reason: Annotated[str, "Why."]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfBlock(OfHire):
    """What an event about one block of a new hire tells."""

    content_block_id: Annotated[UUID, Names("ContentBlock"), "The block; it may be gone from the flow since."]
    stage_id: Annotated[UUID, Names("Stage"), "The stage of the block; it may be gone from the flow since."]


@named("onboarding.block.completed", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCompleted(OfBlock):
    """A block was completed, by the new hire or by the colleague whose task it is."""


@named("onboarding.block.returned", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class BlockReturned(OfBlock):
    """A completed block was returned, to be done again."""


@named("onboarding.stage.completed", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class StageCompleted(OfHire):
    """A stage became complete; told once, also when one of its blocks is returned and done again."""

    stage_id: Annotated[UUID, Names("Stage"), "The stage; it may be gone from the flow since."]
    stage_name: Annotated[str, "What the stage is called in the revision."]
    position: Annotated[int, "Place of the stage in the revision, from 0."]


@named("onboarding.file.uploaded", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class FileUploaded(OfHire):
    """An answer holds a file that was uploaded for it."""

    content_block_id: Annotated[UUID, Names("ContentBlock"), "The block; it may be gone from the flow since."]
    file_id: Annotated[UUID, Names("StoredFile"), "The file."]


@named("onboarding.reminder.sent", about=NewHire)
@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderSent(OfHire):
    """A new hire who fell silent was reminded of what is still open."""

    days_silent: Annotated[int, "Whole days since they were last active."]
