"""What is written once for many new hires: flows, their stages and content blocks, and what stages are made from."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import LANGUAGE_TAG, SERVER, column, name_column, place_within, ref


class FlowStatus(Choice):
    """Where a flow stands in its life."""

    DRAFT = "draft", "Being written; stages and blocks can be changed."
    PUBLISHED = "published", "Frozen and in use; edit it as the next revision."
    ARCHIVED = "archived", "Kept for the record; takes no new hires."


class Audience(Choice):
    """Whom a flow is for."""

    EMPLOYEE = "employee", "People who are hired."
    CONTRACTOR = "contractor", "People who work under a contract for services."
    OFFBOARDING = "offboarding", "People who are leaving."


class StageType(Choice):
    """How a stage is presented; it does not limit the blocks in it."""

    TEXT = "text", "Something to read."
    MEDIA = "media", "Something to watch or look at."
    FORM = "form", "Something to fill in."
    MEETING = "meeting", "Someone to meet."
    TASK = "task", "Something to do."


class StageLock(Choice):
    """When a stage opens to the new hire."""

    SEQUENTIAL = "sequential", "After every earlier stage is complete."
    FREE = "free", "From the start."


class Assignee(Choice):
    """Who completes a content block."""

    NEW_HIRE = "new_hire", "The person who is onboarding."
    MANAGER = "manager", "Their manager."
    HR = "hr", "Human resources."
    IT = "it", "The IT department."
    BUDDY = "buddy", "The colleague who accompanies them."


class Flow(TenantOwned, Base):
    """An onboarding flow: the stages that a new hire goes through, in order."""

    __tablename__ = "onboarding_flows"
    __event__ = "onboarding.flow"

    name: Mapped[str] = name_column(doc="What HR calls the flow.")
    description: Mapped[str | None] = column(max_length=5000, doc="What the flow is for.")
    duration_days: Mapped[int] = column(minimum=1, maximum=730, doc="Days from the first login to the end, 1 to 730.")
    status: Mapped[FlowStatus] = column(
        set_by=SERVER, default=FlowStatus.DRAFT, doc="Where the flow stands in its life; moved by operations only."
    )
    revision: Mapped[int] = column(
        set_by=SERVER, default=1, doc="Counts the published versions; the draft after the first publication is 2."
    )
    published_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was last published.")
    archived_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was archived.")
    audience: Mapped[Audience] = column(default=Audience.EMPLOYEE, doc="Whom the flow is for.")
    language: Mapped[str] = column(max_length=35, pattern=LANGUAGE_TAG, default="en", doc="Language tag (BCP 47).")
    reminder_after_days: Mapped[list[int]] = column(
        minimum=1, maximum=365, default=list, doc="Days without activity after which reminders are sent."
    )
    default_owner_id: Mapped[UUID | None] = ref(
        "User", on_delete="SET NULL", create_only=False, doc="Who looks after its new hires where nobody is named."
    )


class FlowRevision(TenantOwned, Base):
    """A published version of a flow, as it was when it was published; new hires who began with it stay with it."""

    __tablename__ = "onboarding_flow_revisions"
    __event__ = "onboarding.flow_revision"
    __table_args__ = (UniqueConstraint("tenant_id", "flow_id", "number", name="uq_onboarding_flow_revisions_flow_id"),)

    flow_id: Mapped[UUID] = ref("Flow", back="revisions", on_delete="CASCADE", set_by=SERVER, doc="The flow.")
    number: Mapped[int] = column(set_by=SERVER, doc="Counts the published versions of the flow, from 1.")
    name: Mapped[str] = column(max_length=120, set_by=SERVER, doc="What the flow was called.")
    language: Mapped[str] = column(max_length=35, set_by=SERVER, doc="Language tag of the flow (BCP 47).")
    published_at: Mapped[datetime] = column(set_by=SERVER, doc="When it was published.")
    content: Mapped[dict[str, Any]] = column(
        set_by=SERVER, logged=False, doc="Its stages and their blocks, in order, as they were: `{stages: [...]}`."
    )


class Stage(TenantOwned, Base):
    """One step of an onboarding flow, shown to the new hire as a page."""

    __tablename__ = "stages"
    __event__ = "onboarding.stage"

    flow_id: Mapped[UUID] = ref("Flow", back="stages", on_delete="CASCADE", doc="The flow that the stage belongs to.")
    name: Mapped[str] = name_column(doc="Title at the top of the page.")
    description: Mapped[str | None] = column(max_length=5000, doc="Introduction under the title.")
    type: Mapped[StageType] = column(default=StageType.TEXT, doc="How the stage is presented.")
    position: Mapped[int] = place_within("flow_id", doc="Place in the flow, dense from 0.")
    available_offset_days: Mapped[int] = column(
        minimum=-365, maximum=730, default=0, doc="Days from the start date to its opening; negative is pre-boarding."
    )
    due_offset_days: Mapped[int | None] = column(
        minimum=-365, maximum=730, doc="Days from the start date until it is due; null is no due date."
    )
    lock: Mapped[StageLock] = column(default=StageLock.SEQUENTIAL, doc="When the stage opens.")
    visible_if: Mapped[dict[str, Any] | None] = column(
        doc="Whom the stage is for: `{department: [..], position: [..], country: [..]}`, each a list of which one must "
        "match; null is for everyone."
    )


class ContentBlock(TenantOwned, Base):
    """One element of a stage: something to read, to watch, to fill in or to do."""

    __tablename__ = "content_blocks"
    __event__ = "onboarding.content_block"

    stage_id: Mapped[UUID] = ref(
        "Stage", back="content_blocks", on_delete="CASCADE", doc="The stage that the block belongs to."
    )
    type: Mapped[str] = column(
        max_length=60, pattern=r"[a-z][a-z0-9_]*", create_only=True, doc="Name of its content type, such as text_input."
    )
    position: Mapped[int] = place_within("stage_id", doc="Place in the stage, dense from 0.")
    content: Mapped[str | None] = column(max_length=20_000, doc="Text that is shown.")
    config: Mapped[dict[str, Any]] = column(
        default=dict, doc="Settings of the block, as its content type defines them."
    )
    required: Mapped[bool] = column(default=True, doc="Whether the stage is complete only with this block.")
    assignee: Mapped[Assignee] = column(default=Assignee.NEW_HIRE, doc="Who completes it.")
    estimated_minutes: Mapped[int | None] = column(
        minimum=0, maximum=10_000, doc="How long it usually takes, in minutes."
    )
    condition: Mapped[dict[str, Any] | None] = column(
        doc="On which earlier answer the block depends: `{block: <id>, equals: <value>}`, or `in: [..]`, or "
        "`answered: true`; null is always there."
    )
    maps_to: Mapped[str | None] = column(
        max_length=120,
        pattern=r"employee(\.[a-z][a-z0-9_]*)+",
        doc="Field of the employee that the answer is for, such as employee.bank_account.",
    )


class CustomContentType(TenantOwned, Base):
    """A content type that the company has added to the built-in ones."""

    __tablename__ = "content_types"
    __event__ = "onboarding.content_type"

    name: Mapped[str] = column(
        max_length=60, pattern=r"[a-z][a-z0-9_]*", unique=True, create_only=True, doc="Name that blocks use."
    )
    base: Mapped[str] = column(max_length=60, create_only=True, doc="Built-in type that it is shown and checked as.")
    display_name: Mapped[str] = column(max_length=120, doc="What people call it.")
    description: Mapped[str | None] = column(max_length=1000, doc="What it is for.")
    default_config: Mapped[dict[str, Any]] = column(default=dict, doc="Settings of a block that says nothing else.")
    config_schema: Mapped[dict[str, Any] | None] = column(doc="JSON Schema of a block's settings, beside the base's.")
    value_schema: Mapped[dict[str, Any] | None] = column(doc="JSON Schema of an answer, beside the base's checks.")
    is_active: Mapped[bool] = column(default=True, doc="Whether new blocks may use it.")


class TemplateCategory(Choice):
    """What a stage template is for."""

    PREBOARDING = "preboarding", "Before the first day."
    FIRST_DAY = "first_day", "The first day."
    PAPERWORK = "paperwork", "Forms, contracts and proofs."
    LEARNING = "learning", "Things to learn."
    PEOPLE = "people", "Colleagues to meet."
    OFFBOARDING = "offboarding", "Before somebody leaves."
    OTHER = "other", "Anything else."


class StageTemplate(TenantOwned, Base):
    """A stage to begin from: `addStage` copies it, and it can be changed without touching what was copied."""

    __tablename__ = "stage_templates"
    __event__ = "onboarding.stage_template"

    name: Mapped[str] = name_column(doc="What HR calls the template, and the stage that is made from it.")
    description: Mapped[str | None] = column(max_length=5000, doc="Introduction of the stage that is made from it.")
    category: Mapped[TemplateCategory] = column(default=TemplateCategory.OTHER, doc="What it is for.")
    type: Mapped[StageType] = column(default=StageType.TEXT, doc="How the stage is presented.")
    default_content: Mapped[dict[str, Any]] = column(
        default=dict, doc="Its blocks, in order: `{blocks: [{type, content, config, required, assignee, ...}]}`."
    )
    default_config: Mapped[dict[str, Any]] = column(
        default=dict, doc="Settings of the stage: `available_offset_days`, `due_offset_days`, `lock`."
    )
    is_public: Mapped[bool] = column(
        default=True, doc="Whether everyone who edits flows may use it, or only its maker."
    )
