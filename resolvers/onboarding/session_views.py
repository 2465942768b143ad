"""What a new hire sees of their own onboarding."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from db.models.onboarding import Assignee, NewHireStatus, ProgressStatus, ReviewStatus, StageType
from resolvers.files import StoredFile
from resolvers.onboarding.settling import StageStanding
from resolvers.operation import Names
from resolvers.views import JsonValue, shown


@dataclass(frozen=True, slots=True)
class PortalError:
    """What was wrong with an answer that was saved."""

    code: Annotated[str, "Says for programs what it is."]
    message: Annotated[str, "Says for people what it is."]
    path: Annotated[list[str], "Where in the answer it is, from the answer down; empty when it is about the whole."]


@dataclass(frozen=True, slots=True)
class PortalBlock:
    """One content block of a new hire's stage: what it shows or asks, and how far it is."""

    id: Annotated[UUID, Names("ContentBlock"), "The block."]
    type: Annotated[str, "Name of its content type."]
    base: Annotated[str, "Built-in type that it is shown and checked as; of a built-in type, itself."]
    title: Annotated[str, "What it asks for or shows, in one line."]
    content: Annotated[str | None, "Text that is shown."]
    config: Annotated[dict[str, Any], "Settings of the block, without what would give an answer away."]
    required: Annotated[bool, "Whether the stage is complete only with it."]
    display_only: Annotated[bool, "Whether it takes no answer and is completed by being seen."]
    assignee: Annotated[Assignee, "Who completes it."]
    mine: Annotated[bool, "Whether the new hire completes it."]
    estimated_minutes: Annotated[int | None, "How long it usually takes, in minutes."]
    status: Annotated[ProgressStatus, "How far it is."]
    value: Annotated[JsonValue | None, "The answer, saved or completed; of the new hire's own blocks only."]
    errors: Annotated[list[PortalError], "What was wrong with the answer when it was last saved."]
    review_status: Annotated[ReviewStatus, "What HR says of the answer."]
    review_comment: Annotated[str | None, "What HR wrote."]
    completed_at: Annotated[datetime | None, "When it was completed."]
    uploads: Annotated[list[StoredFile], "Files that were uploaded for it."]


@dataclass(frozen=True, slots=True)
class StageCompletion:
    """Whether a stage is complete, and what is missing."""

    complete: Annotated[bool, "Whether the stage is complete."]
    required_blocks: Annotated[int, "How many blocks it needs."]
    completed_blocks: Annotated[int, "How many of these are completed."]
    missing: Annotated[list[UUID], Names("ContentBlock"), "Blocks that it still waits for."]


@dataclass(frozen=True, slots=True)
class PortalStage:
    """One stage of a new hire's onboarding. Its blocks are shown once they have begun."""

    id: Annotated[UUID, Names("Stage"), "The stage."]
    name: Annotated[str, "Title at the top of the page."]
    description: Annotated[str | None, "Introduction under the title."]
    type: Annotated[StageType, "How the stage is presented."]
    position: Annotated[int, "Place in the flow, from 0; places of stages that are not for this person are left out."]
    status: Annotated[StageStanding, "Whether it can be worked on."]
    opens_on: Annotated[date | None, "Day on which it opens; null without a start date."]
    due_on: Annotated[date | None, "Day on which it is due."]
    estimated_minutes: Annotated[int, "How long it usually takes, in minutes, as far as its blocks say so."]
    completion: Annotated[StageCompletion, "Whether it is complete, and what is missing."]
    blocks: Annotated[list[PortalBlock], "What is in it, in order; empty before the onboarding has begun."]


@dataclass(frozen=True, slots=True)
class SessionProgress:
    """How far a new hire has come."""

    percentage: Annotated[int, "Completed stages in percent of all; half a percent counts as a whole one."]
    blocks_pct: Annotated[int, "Completed required blocks in percent of all."]
    completed_stages: Annotated[int, "How many stages are complete."]
    total_stages: Annotated[int, "How many stages there are for this person."]
    completed_blocks: Annotated[int, "How many required blocks are completed."]
    required_blocks: Annotated[int, "How many blocks are required of this person's onboarding."]


@dataclass(frozen=True, slots=True)
class SessionHire:
    """Whose onboarding it is."""

    first_name: Annotated[str, "Given name."]
    last_name: Annotated[str, "Family name."]
    email: Annotated[str, "Address that mails go to."]
    position: Annotated[str | None, "What the person is hired as."]
    department: Annotated[str | None, "Where the person will work."]
    start_date: Annotated[date | None, "First working day."]
    status: Annotated[NewHireStatus, "Where the person stands."]
    started_at: Annotated[datetime | None, "When the person began."]
    completed_at: Annotated[datetime | None, "When the person was done."]


@dataclass(frozen=True, slots=True)
class SessionCompany:
    """The company that the person is joining, as its portal shows it."""

    name: Annotated[str, "The name that people know the company by."]
    description: Annotated[str | None, "What the company does."]
    primary_color: Annotated[str | None, "Main colour, as #RRGGBB."]
    secondary_color: Annotated[str | None, "Background colour beside the main one, as #RRGGBB."]
    accent_color: Annotated[str | None, "Colour of buttons and links, as #RRGGBB."]
    logo_url: Annotated[str | None, "Where the logo is served."]


@dataclass(frozen=True, slots=True)
class OnboardingSession:
    """A new hire's own onboarding: who they are, where they stand, and what is to be done."""

    new_hire: Annotated[SessionHire, "Whose onboarding it is."]
    company: Annotated[SessionCompany, "The company that the person is joining."]
    flow_name: Annotated[str, "What the onboarding is called."]
    language: Annotated[str, "Language tag of the onboarding (BCP 47)."]
    progress: Annotated[SessionProgress, "How far the person has come."]
    can_start: Annotated[bool, "Whether `startOnboarding` would begin it now."]
    can_complete: Annotated[bool, "Whether `completeOnboarding` would end it now."]
    current_stage: Annotated[PortalStage | None, "The first stage that is not complete; null when all are."]
    stages: Annotated[list[PortalStage], "The stages that are for this person, in order."]

    @shown
    def stage(self, id: Annotated[UUID, Names("Stage"), "The stage."]) -> PortalStage | None:
        """One of the stages by its id; null when it is not for this person."""
        return next((each for each in self.stages if each.id == id), None)
