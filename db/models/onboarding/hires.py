"""New hires: who they are, how they were invited, and how far they have come."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import (
    LANGUAGE_TAG,
    SERVER,
    Belongs,
    Classification,
    Format,
    Whose,
    column,
    encrypted_column,
    frozen_id,
    ref,
)
from db.models.onboarding.flows import Assignee


class NewHireStatus(Choice):
    """Where a new hire stands."""

    PENDING = "pending", "Not begun yet, invited or not."
    ACTIVE = "active", "Under way."
    COMPLETED = "completed", "Done."
    CANCELLED = "cancelled", "Called off; the link is dead."
    EXPIRED = "expired", "Invited, and not begun in time; can be invited again."


class NewHire(TenantOwned, Base):
    """Somebody who goes through an onboarding flow."""

    __tablename__ = "new_hires"
    __event__ = "onboarding.new_hire"
    __whose__ = Whose("id", "NewHire")
    __belongs__ = Belongs(("manager_id", "buddy_id", "hr_owner_id"))
    __table_args__ = (
        Index(
            "uq_new_hires_email",
            "tenant_id",
            "email",
            unique=True,
            postgresql_where=text("status = 'pending' or status = 'active'"),
        ),
        Index("ix_new_hires_status", "tenant_id", "status", "last_seen_at", "id"),
    )

    flow_id: Mapped[UUID] = ref("Flow", back="new_hires", doc="The flow that the person goes through.")
    revision_id: Mapped[UUID] = ref(
        "FlowRevision", back="new_hires", set_by=SERVER, doc="The published version of it, which stays the same."
    )
    email: Mapped[str] = column(
        max_length=254,
        text_format=Format.EMAIL,
        classified=Classification.PERSONAL,
        doc="Address that mails go to; only one pending or active new hire of the company has it.",
    )
    first_name: Mapped[str] = column(
        max_length=120, sorted_as_name=True, classified=Classification.PERSONAL, doc="Given name."
    )
    last_name: Mapped[str] = column(
        max_length=120, sorted_as_name=True, classified=Classification.PERSONAL, doc="Family name."
    )
    personal_phone: Mapped[bytes | None] = encrypted_column(
        readable_with="onboarding.read_answers", max_length=40, doc="The person's own phone number; stored encrypted."
    )
    status: Mapped[NewHireStatus] = column(
        set_by=SERVER, default=NewHireStatus.PENDING, doc="Where the person stands; moved by operations only."
    )
    start_date: Mapped[date | None] = column(doc="First working day; days of stages count from it.")
    position: Mapped[str | None] = column(max_length=120, doc="What the person is hired as.")
    department: Mapped[str | None] = column(max_length=120, doc="Where the person will work.")
    country: Mapped[str | None] = column(max_length=2, text_format=Format.COUNTRY, doc="Where the person will work.")
    timezone: Mapped[str] = column(
        max_length=64, text_format=Format.TIME_ZONE, default="UTC", doc="IANA time zone of the place of work."
    )
    locale: Mapped[str] = column(max_length=35, pattern=LANGUAGE_TAG, default="en", doc="Language of mails (BCP 47).")
    manager_id: Mapped[UUID | None] = ref(
        "User", on_delete="SET NULL", create_only=False, doc="Whom the person will report to."
    )
    buddy_id: Mapped[UUID | None] = ref(
        "User", on_delete="SET NULL", create_only=False, doc="The colleague who accompanies the person."
    )
    hr_owner_id: Mapped[UUID | None] = ref(
        "User", on_delete="SET NULL", create_only=False, doc="Who looks after the onboarding; the flow's owner if null."
    )
    invited_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When the person was last invited.")
    invitation_count: Mapped[int] = column(set_by=SERVER, default=0, doc="How many invitations were sent.")
    started_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When the person began.")
    completed_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When the person was done.")
    cancelled_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was called off.")
    cancel_reason: Mapped[str | None] = column(
        max_length=1000, set_by=SERVER, classified=Classification.PERSONAL, doc="Why it was called off."
    )
    last_seen_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When the person last began, saved or completed something."
    )
    reminders_sent: Mapped[int] = column(
        set_by=SERVER, default=0, doc="Reminders since the person was last active; the next waits for its day."
    )
    erased_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When the person's data was erased, for good; null while it is there."
    )
    erasure_reason: Mapped[str | None] = column(max_length=1000, set_by=SERVER, doc="Why it was erased.")


class OnboardingInvitation(TenantOwned, Base):
    """A link that was sent to a new hire; the newest one that is not void opens the portal."""

    __tablename__ = "onboarding_invitations"
    __event__ = "onboarding.invitation"
    __belongs__ = Belongs(through="new_hire_id")

    new_hire_id: Mapped[UUID] = ref(
        "NewHire", back="invitations", on_delete="CASCADE", set_by=SERVER, doc="Who was invited."
    )
    number: Mapped[int] = column(set_by=SERVER, doc="Counts the invitations of the person, from 1.")
    token_hash: Mapped[bytes] = column(
        set_by=SERVER, hidden=True, classified=Classification.SECRET, doc="SHA-256 of the token in the link."
    )
    sent_at: Mapped[datetime] = column(set_by=SERVER, doc="When it was put in the mail.")
    expires_at: Mapped[datetime] = column(set_by=SERVER, doc="From when on it no longer lets the person begin.")
    voided_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was replaced or called off.")


class StageProgress(TenantOwned, Base):
    """How far a new hire has come in one stage of their revision."""

    __tablename__ = "stage_progress"
    __event__ = "onboarding.stage_progress"
    __belongs__ = Belongs(through="new_hire_id")
    __table_args__ = (UniqueConstraint("tenant_id", "new_hire_id", "stage_id", name="uq_stage_progress_stage_id"),)

    new_hire_id: Mapped[UUID] = ref(
        "NewHire", back="stage_progress", on_delete="CASCADE", set_by=SERVER, doc="Whose progress it is."
    )
    stage_id: Mapped[UUID] = frozen_id("Stage", doc="The stage; it may be gone from the flow since.")
    name: Mapped[str] = column(max_length=120, set_by=SERVER, doc="What the stage is called in the revision.")
    position: Mapped[int] = column(set_by=SERVER, doc="Place of the stage in the revision, from 0.")
    visible: Mapped[bool] = column(set_by=SERVER, default=True, doc="Whether the stage is for this person.")
    due_on: Mapped[date | None] = column(set_by=SERVER, doc="Day on which it is due, where the person works.")
    entered_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When something in it was first saved or done.")
    acknowledged_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When the person said to be done with it.")
    completed_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it became complete; null while it is not.")
    announced_at: Mapped[datetime | None] = column(
        set_by=SERVER, hidden=True, doc="When `onboarding.stage.completed` was told, which happens once."
    )


class ProgressStatus(Choice):
    """How far a block is."""

    PENDING = "pending", "Nothing was saved yet."
    IN_PROGRESS = "in_progress", "Something was saved, or it was returned."
    COMPLETED = "completed", "Done."


class ReviewStatus(Choice):
    """What HR says of an answer."""

    NONE = "none", "Not looked at."
    ACCEPTED = "accepted", "In order."
    RETURNED = "returned", "To be done again; the comment says why."


class Progress(TenantOwned, Base):
    """How far a new hire has come with one content block of their revision."""

    __tablename__ = "progress"
    __event__ = "onboarding.progress"
    __belongs__ = Belongs(through="new_hire_id")
    __whose__ = Whose("new_hire_id", "NewHire")
    __table_args__ = (
        UniqueConstraint("tenant_id", "new_hire_id", "content_block_id", name="uq_progress_content_block_id"),
        Index("ix_progress_assignee", "tenant_id", "assignee", "status", "due_on", "id"),
    )

    new_hire_id: Mapped[UUID] = ref(
        "NewHire", back="progress", on_delete="CASCADE", set_by=SERVER, doc="Whose progress it is."
    )
    stage_id: Mapped[UUID] = frozen_id("Stage", doc="The stage of the block; it may be gone from the flow since.")
    content_block_id: Mapped[UUID] = frozen_id("ContentBlock", doc="The block; it may be gone from the flow since.")
    block_revision: Mapped[int] = column(set_by=SERVER, doc="Number of the revision that the block is taken from.")
    stage_position: Mapped[int] = column(set_by=SERVER, doc="Place of the stage in the revision, from 0.")
    position: Mapped[int] = column(set_by=SERVER, doc="Place of the block in the stage, from 0.")
    type: Mapped[str] = column(max_length=60, set_by=SERVER, doc="Name of the block's content type.")
    title: Mapped[str] = column(max_length=200, set_by=SERVER, doc="What the block asks for or shows, in one line.")
    assignee: Mapped[Assignee] = column(set_by=SERVER, doc="Who completes it.")
    required: Mapped[bool] = column(set_by=SERVER, doc="Whether its stage is complete only with it.")
    display_only: Mapped[bool] = column(set_by=SERVER, doc="Whether it takes no answer and is completed by being seen.")
    live: Mapped[bool] = column(
        set_by=SERVER, default=True, doc="Whether it is there for this person: its stage is, and its condition holds."
    )
    due_on: Mapped[date | None] = column(set_by=SERVER, doc="Day on which it is due, where the person works.")
    status: Mapped[ProgressStatus] = column(set_by=SERVER, default=ProgressStatus.PENDING, doc="How far it is.")
    started_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When something was first saved.")
    completed_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was completed; null while it is not.")
    answer: Mapped[bytes | None] = encrypted_column(
        readable_with="onboarding.read_answers",
        set_by=SERVER,
        hidden=True,
        max_length=100_000,
        doc="The answer as JSON; stored encrypted.",
    )
    attempts: Mapped[int] = column(set_by=SERVER, default=0, doc="How often completing it was tried.")
    validation_errors: Mapped[dict[str, Any] | None] = column(
        set_by=SERVER,
        readable_with="onboarding.read_answers",
        classified=Classification.PERSONAL,
        doc="What was wrong with the last try: `{errors: [{code, message, path}]}`; null if nothing.",
    )
    review_status: Mapped[ReviewStatus] = column(
        set_by=SERVER, default=ReviewStatus.NONE, doc="What HR says of the answer."
    )
    review_comment: Mapped[str | None] = column(
        max_length=2000, set_by=SERVER, classified=Classification.PERSONAL, doc="What HR wrote to the person."
    )
    reviewed_by_id: Mapped[UUID | None] = ref("User", on_delete="SET NULL", set_by=SERVER, doc="Who looked at it.")
    completed_by_id: Mapped[UUID | None] = ref(
        "User", on_delete="SET NULL", set_by=SERVER, doc="The colleague who completed it; null where the hire did."
    )


class OnboardingUpload(TenantOwned, Base):
    """A file that was uploaded for a block of a new hire."""

    __tablename__ = "onboarding_uploads"
    __event__ = "onboarding.upload"

    progress_id: Mapped[UUID] = ref("Progress", on_delete="CASCADE", set_by=SERVER, doc="The block that it is for.")
    file_id: Mapped[UUID] = ref("File", on_delete="CASCADE", set_by=SERVER, doc="The file.")
