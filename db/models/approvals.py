"""Approvals: who has to approve which documents, requests that run, what was decided, and who stands in for whom."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, Format, any_id, column, name_column, place_within, ref

SAME_BAND = (
    "hashtextextended(tenant_id::text || document_type || ' ' || coalesce(department, '') || ' '"
    " || coalesce(currency, ''), 0) / 2"
)
"""What policies have in common whose bands may not overlap, as a number. It is compared as a range of nothing else:
GiST has no equality of its own, and the extension that would bring it is not everywhere."""


class ApproverKind(Choice):
    """How a step of an approval policy says who approves."""

    USER = "user", "One person, by name."
    ROLE = "role", "Anybody who holds a role."
    MANAGER = "manager", "Whom the requester reports to."
    NTH_MANAGER = "nth_manager", "The manager of the requester that is so many levels above them."


class ApprovalPolicy(TenantOwned, Base):
    """Who has to approve documents of a type, of a band of amounts, of a department."""

    __tablename__ = "approval_policies"
    __event__ = "approval.policy"
    __table_args__ = (
        CheckConstraint("currency is not null or (from_amount is null and to_amount is null)", name="band_currency"),
        CheckConstraint("from_amount < to_amount", name="to_amount_above"),
        ExcludeConstraint(
            (text(f"int8range({SAME_BAND}, {SAME_BAND}, '[]')"), "&&"),
            (text("numrange(from_amount, to_amount)"), "&&"),
            name="ex_approval_policies_from_amount",
            using="gist",
            where=text("active"),
        ),
        Index("ix_approval_policies_active", "tenant_id", "document_type", postgresql_where=text("active")),
    )

    name: Mapped[str] = name_column(doc="What the company calls it.")
    document_type: Mapped[str] = column(
        max_length=60, create_only=True, doc="Type of the documents that it is about, such as `Flow`."
    )
    department: Mapped[str | None] = column(
        max_length=120,
        doc="Department whose documents it is about, in the company's own words; any where there is none.",
    )
    currency: Mapped[str | None] = column(
        max_length=3,
        text_format=Format.CURRENCY,
        doc="Currency of its band, ISO 4217; without one it is about any amount, and about documents without one.",
    )
    from_amount: Mapped[Decimal | None] = column(
        minimum=0, doc="Least amount that it is about; null where its band begins at nothing."
    )
    to_amount: Mapped[Decimal | None] = column(
        minimum=0, doc="Amount from which on it is not about any more; null where its band has no end."
    )
    priority: Mapped[int] = column(
        default=0, doc="Decides between policies that are as specific as each other: the higher one is followed."
    )
    distinct_people: Mapped[bool] = column(
        default=False,
        doc="Whether each step takes another person; else who has approved one step has approved the others too.",
    )
    tolerance_pct: Mapped[Decimal] = column(
        minimum=0,
        maximum=100,
        default=Decimal(0),
        doc="By how much of the approved amount, in percent, it may change before it has to be approved again.",
    )
    escalate_after_hours: Mapped[int | None] = column(
        minimum=1,
        maximum=8760,
        doc="Hours after which the managers of those who have not decided may decide too; never where there are none.",
    )
    active: Mapped[bool] = column(default=False, doc="Whether it is followed; it needs a step for that.")


class ApprovalPolicyStep(TenantOwned, Base):
    """One step of an approval policy: who approves after the steps before it."""

    __tablename__ = "approval_policy_steps"
    __event__ = "approval.policy_step"

    policy_id: Mapped[UUID] = ref("ApprovalPolicy", back="steps", on_delete="CASCADE", doc="The policy.")
    position: Mapped[int] = place_within("policy_id", doc="Place among the steps of the policy, from 0.")
    kind: Mapped[ApproverKind] = column(doc="How it says who approves.")
    user_id: Mapped[UUID | None] = ref("User", create_only=False, doc="Who approves, of the kind `USER`.")
    role_id: Mapped[UUID | None] = ref("Role", create_only=False, doc="Whose holders approve, of the kind `ROLE`.")
    level: Mapped[int | None] = column(
        minimum=1,
        maximum=20,
        doc="How many levels above the requester, of the kind `NTH_MANAGER`: 1 is their manager.",
    )


class ApprovalStatus(Choice):
    """Where an approval request stands."""

    PENDING = "pending", "Somebody has to decide."
    APPROVED = "approved", "Every step was approved, and what was asked for was done."
    REJECTED = "rejected", "Somebody said no."
    CANCELLED = "cancelled", "It was taken back, or no approval was needed any more."


class ApprovalRequest(TenantOwned, Base):
    """A document that has to be approved, with the policy as it was when it was asked for."""

    __tablename__ = "approval_requests"
    __event__ = "approval.request"
    __table_args__ = (
        Index(
            "uq_approval_requests_document_id",
            *("tenant_id", "document_type", "document_id"),
            unique=True,
            postgresql_where=text("status = 'pending'"),
        ),
        Index("ix_approval_requests_document_id", "tenant_id", "document_type", "document_id", "id"),
    )

    document_type: Mapped[str] = column(max_length=60, set_by=SERVER, doc="Type of the document.")
    document_id: Mapped[UUID] = any_id("document_type", doc="The document; it may be gone since.")
    title: Mapped[str] = column(
        max_length=200, set_by=SERVER, doc="What the document was called when it was asked for."
    )
    requester_id: Mapped[UUID] = ref(
        "User", set_by=SERVER, doc="Who asked for it; they never approve it, nor does anybody for them."
    )
    department: Mapped[str | None] = column(max_length=120, set_by=SERVER, doc="Department of the document.")
    amount: Mapped[Decimal | None] = column(set_by=SERVER, doc="Amount of the document; null where it has none.")
    currency: Mapped[str | None] = column(
        max_length=3, text_format=Format.CURRENCY, set_by=SERVER, doc="Currency of the amount, ISO 4217."
    )
    status: Mapped[ApprovalStatus] = column(set_by=SERVER, default=ApprovalStatus.PENDING, doc="Where it stands.")
    step: Mapped[int] = column(set_by=SERVER, default=0, doc="The step that it is at, from 0.")
    round: Mapped[int] = column(
        set_by=SERVER, default=1, doc="Counts how often it began at the first step: again when the amount has changed."
    )
    policy_id: Mapped[UUID] = ref("ApprovalPolicy", set_by=SERVER, doc="The policy that it follows.")
    policy_version: Mapped[int] = column(set_by=SERVER, doc="Version of the policy that it follows.")
    distinct_people: Mapped[bool] = column(set_by=SERVER, doc="Whether each step takes another person.")
    tolerance_pct: Mapped[Decimal] = column(set_by=SERVER, doc="By how much the amount may change, in percent.")
    escalate_after_hours: Mapped[int | None] = column(
        set_by=SERVER, doc="Hours after which the managers of those who have not decided may decide too."
    )
    decided_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was decided or cancelled.")
    reason: Mapped[str | None] = column(max_length=1000, set_by=SERVER, doc="Why it was rejected or cancelled.")


class StepStatus(Choice):
    """Where a step of an approval request stands."""

    WAITING = "waiting", "The steps before it come first."
    PENDING = "pending", "Somebody has to decide it."
    APPROVED = "approved", "It was approved."
    REJECTED = "rejected", "It was rejected, and with it the request."
    COLLAPSED = "collapsed", "Whoever could approve it has approved a step before it."


class ApprovalStep(TenantOwned, Base):
    """One step of a request, as the policy had it."""

    __tablename__ = "approval_steps"
    __event__ = "approval.step"
    __table_args__ = (
        UniqueConstraint("tenant_id", "request_id", "number", name="uq_approval_steps_number"),
        Index("ix_approval_steps_pending", "tenant_id", "due_at", postgresql_where=text("status = 'pending'")),
    )

    request_id: Mapped[UUID] = ref("ApprovalRequest", on_delete="CASCADE", set_by=SERVER, doc="The request.")
    number: Mapped[int] = column(set_by=SERVER, doc="Place among the steps of the request, from 0.")
    kind: Mapped[ApproverKind] = column(set_by=SERVER, doc="How it says who approves.")
    user_id: Mapped[UUID | None] = ref("User", set_by=SERVER, doc="Who approves, of the kind `USER`.")
    role_id: Mapped[UUID | None] = ref("Role", set_by=SERVER, doc="Whose holders approve, of the kind `ROLE`.")
    level: Mapped[int | None] = column(set_by=SERVER, doc="How many levels above the requester.")
    status: Mapped[StepStatus] = column(set_by=SERVER, default=StepStatus.WAITING, doc="Where it stands.")
    due_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When it goes up to the managers of those who have not decided; null where it never does."
    )


class ApprovalApprover(TenantOwned, Base):
    """Somebody who may decide a step, beside the holders of its role."""

    __tablename__ = "approval_approvers"
    __event__ = "approval.approver"
    __table_args__ = (UniqueConstraint("tenant_id", "step_id", "user_id", name="uq_approval_approvers_user_id"),)

    step_id: Mapped[UUID] = ref("ApprovalStep", on_delete="CASCADE", set_by=SERVER, doc="The step.")
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, doc="Who may decide it.")
    in_place_of_id: Mapped[UUID | None] = ref(
        "User", set_by=SERVER, doc="Whose manager they are, where it went up to them; null where the policy means them."
    )


class Verdict(Choice):
    """What somebody said to a step of a request."""

    APPROVED = "approved", "Yes."
    REJECTED = "rejected", "No."


class ApprovalDecision(TenantOwned, Base):
    """What somebody said to a step of a request; it is never changed."""

    __tablename__ = "approval_decisions"
    __event__ = "approval.decision"

    request_id: Mapped[UUID] = ref("ApprovalRequest", on_delete="CASCADE", set_by=SERVER, doc="The request.")
    step: Mapped[int] = column(set_by=SERVER, doc="The step, from 0.")
    round: Mapped[int] = column(set_by=SERVER, doc="Which time that the request began.")
    verdict: Mapped[Verdict] = column(set_by=SERVER, doc="What was said.")
    decided_by_id: Mapped[UUID] = ref("User", set_by=SERVER, doc="Who said it.")
    on_behalf_of_id: Mapped[UUID | None] = ref(
        "User", set_by=SERVER, doc="For whom they said it; null where they decided in their own right."
    )
    comment: Mapped[str | None] = column(max_length=1000, set_by=SERVER, doc="What they wrote beside it.")


class Delegation(TenantOwned, Base):
    """Somebody who decides for somebody else for some days."""

    __tablename__ = "delegations"
    __event__ = "approval.delegation"
    __table_args__ = (CheckConstraint("from_date <= to_date", name="to_date_after"),)

    from_user_id: Mapped[UUID] = ref("User", set_by=SERVER, doc="Who lets somebody decide for them.")
    to_user_id: Mapped[UUID] = ref("User", set_by=SERVER, doc="Who decides for them.")
    from_date: Mapped[date] = column(
        set_by=SERVER, doc="First day on which they do, in the time zone of who lets them."
    )
    to_date: Mapped[date] = column(set_by=SERVER, doc="Last day on which they do, in the same time zone.")
    revoked_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was taken back; null while it was not.")
