"""Performance: cycles, the objectives of a cycle with their key results, and what is reported of these.

The progress of an objective is stored, and changed in the transaction that changes what it comes from. Check-ins and
changes of targets are only ever added.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, Belongs, Led, Link, Shared, column, ref
from db.okr_choices import MetricDirection, MetricType

MOST_WEIGHT: Final = 1000
WHOLE: Final = 100
LONGEST_TEXT: Final = 5000


class PerformanceCycleKind(Choice):
    """What a cycle is for."""

    OKR_QUARTER = "okr_quarter", "Objectives of a quarter, or of any other time."
    ANNUAL_REVIEW = "annual_review", "The review of a year."
    PROBATION = "probation", "The end of probation."


class PerformanceCycleStatus(Choice):
    """Where a cycle stands."""

    DRAFT = "draft", "Being prepared."
    OPEN = "open", "Objectives are set and reported on."
    IN_REVIEW = "in_review", "What was achieved is reviewed; it is still reported on."
    CALIBRATING = "calibrating", "Reviews are compared with each other; it is still reported on."
    RELEASED = "released", "The results are out; nothing is reported any more."
    CLOSED = "closed", "It is over, for good."


class PerformanceCycle(TenantOwned, Base):
    """A time for which objectives are set, from one day to another."""

    __tablename__ = "performance_cycles"
    __event__ = "performance.cycle"
    __belongs__ = Belongs()
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="ends_on_after"),
        Index("ix_performance_cycles_status", "tenant_id", "status", "starts_on", "id"),
    )

    name: Mapped[str] = column(max_length=120, sorted_as_name=True, unique=True, doc="Name of the cycle; unique.")
    kind: Mapped[PerformanceCycleKind] = column(default=PerformanceCycleKind.OKR_QUARTER, doc="What it is for.")
    starts_on: Mapped[date] = column(doc="First day.")
    ends_on: Mapped[date] = column(doc="Last day.")
    status: Mapped[PerformanceCycleStatus] = column(
        set_by=SERVER, default=PerformanceCycleStatus.DRAFT, doc="Where it stands."
    )
    check_in_days: Mapped[int] = column(
        minimum=1,
        maximum=366,
        default=14,
        doc="After how many days without a check-in a key result of an active objective is overdue.",
    )
    self_review_due: Mapped[date | None] = column(doc="Until when people review themselves.")
    manager_review_due: Mapped[date | None] = column(doc="Until when managers review their people.")
    calibration_due: Mapped[date | None] = column(doc="Until when reviews are compared with each other.")
    release_on: Mapped[date | None] = column(doc="The day on which the results are to come out.")


class OkrOwnerType(Choice):
    """Whose objective it is."""

    EMPLOYEE = "employee", "One person's."
    TEAM = "team", "A team's."
    DEPARTMENT = "department", "A department's."
    COMPANY = "company", "The company's."


class OkrVisibility(Choice):
    """Who sees an objective beside its owner, those who lead the owner, and who owns a key result of it."""

    PUBLIC = "public", "Everybody who may see objectives."
    TEAM = "team", "Whoever is in a team with the owner; of a team or a department, its people."
    PRIVATE = "private", "Nobody else. A team's and a department's people own what is theirs, and see it."


class OkrStatus(Choice):
    """Where an objective stands."""

    DRAFT = "draft", "Being written; it counts nowhere."
    ACTIVE = "active", "Being worked on."
    COMPLETED = "completed", "Closed with a score."
    CANCELLED = "cancelled", "Given up; it counts nowhere."


class Okr(TenantOwned, Base):
    """An objective of somebody for a cycle, whose progress comes from its key results and from what is aligned to it.

    Its owner is an employee, a team, a department or the company. Whoever leads the owner answers for it too: above an
    employee, at the head of the team or the department.
    """

    __tablename__ = "okrs"
    __event__ = "performance.okr"
    __belongs__ = Belongs(
        ("user_id",),
        links=(Link("KeyResult", "okr_id", "owner_id"),),
        led=(Led("team_id", "manager_id"), Led("department_id", "head_id")),
        shared=Shared(
            "okrs.read",
            by="visibility",
            everybody=OkrVisibility.PUBLIC,
            around=OkrVisibility.TEAM,
            person="user_id",
            team="team_id",
            department="department_id",
        ),
    )
    __table_args__ = (
        CheckConstraint(
            "(owner_type = 'employee') = (employee_id is not null)"
            " and (owner_type = 'employee') = (user_id is not null)"
            " and (owner_type = 'team') = (team_id is not null)"
            " and (owner_type = 'department') = (department_id is not null)",
            name="owner_type_names",
        ),
        CheckConstraint("owner_type <> 'company' or visibility <> 'team'", name="visibility_of_company"),
        CheckConstraint("parent_id <> id", name="parent_id_other"),
        CheckConstraint("(status = 'completed') = (final_score is not null)", name="final_score_when"),
        Index("ix_okrs_status", "tenant_id", "status", "id"),
    )

    cycle_id: Mapped[UUID] = ref("PerformanceCycle", back="okrs", set_by=SERVER, doc="The cycle that it is for.")
    owner_type: Mapped[OkrOwnerType] = column(set_by=SERVER, doc="Whose it is.")
    employee_id: Mapped[UUID | None] = ref("Employee", set_by=SERVER, doc="The employee whose it is.")
    user_id: Mapped[UUID | None] = ref("User", set_by=SERVER, hidden=True, doc="The user that the employee is.")
    team_id: Mapped[UUID | None] = ref("Team", set_by=SERVER, doc="The team whose it is.")
    department_id: Mapped[UUID | None] = ref("Department", set_by=SERVER, doc="The department whose it is.")
    parent_id: Mapped[UUID | None] = ref(
        "Okr", back="children", set_by=SERVER, doc="What it is aligned to, and adds to; there is no circle."
    )
    objective: Mapped[str] = column(max_length=500, doc="What is to be achieved.")
    description: Mapped[str | None] = column(max_length=LONGEST_TEXT, doc="Why, and what it is about.")
    weight: Mapped[Decimal] = column(
        minimum=0, maximum=MOST_WEIGHT, default=Decimal(1), doc="How much it counts for what it is aligned to."
    )
    key_results_weight: Mapped[Decimal] = column(
        minimum=0,
        maximum=MOST_WEIGHT,
        default=Decimal(1),
        doc="How much its own key results count, together, beside what is aligned to it.",
    )
    visibility: Mapped[OkrVisibility] = column(default=OkrVisibility.PUBLIC, doc="Who sees it.")
    progress: Mapped[Decimal] = column(
        set_by=SERVER, default=Decimal(0), doc="Progress in percent, 0 to 100, to four decimals."
    )
    status: Mapped[OkrStatus] = column(set_by=SERVER, default=OkrStatus.DRAFT, doc="Where it stands.")
    activated_on: Mapped[date | None] = column(set_by=SERVER, doc="The day on which it became active.")
    closed_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was completed or cancelled.")
    final_score: Mapped[Decimal | None] = column(
        set_by=SERVER, minimum=0, maximum=1, doc="What it came to, 0 to 1, once it is completed."
    )
    closed_note: Mapped[str | None] = column(
        max_length=LONGEST_TEXT,
        set_by=SERVER,
        doc="What is to be said of its completion, or why it was cancelled.",
    )


class KeyResult(TenantOwned, Base):
    """What tells that an objective is achieved: a measure that goes from a start to a target, or stays in a band."""

    __tablename__ = "key_results"
    __event__ = "performance.key_result"
    __belongs__ = Belongs(through="okr_id")
    __table_args__ = (
        CheckConstraint("direction = 'maintain' or target_value <> start_value", name="target_value_other"),
        CheckConstraint("direction = 'maintain' or target_value is not null", name="target_value_there"),
        CheckConstraint(
            "(direction = 'maintain') = (band_low is not null) and (direction = 'maintain') = (band_high is not null)",
            name="band_low_of_direction",
        ),
        CheckConstraint("band_low <= band_high", name="band_high_above"),
    )

    okr_id: Mapped[UUID] = ref("Okr", back="key_results", on_delete="CASCADE", set_by=SERVER, doc="The objective.")
    title: Mapped[str] = column(max_length=500, doc="What is measured.")
    metric_type: Mapped[MetricType] = column(set_by=SERVER, doc="What it is measured in.")
    direction: Mapped[MetricDirection] = column(set_by=SERVER, doc="Which way it should go.")
    start_value: Mapped[Decimal] = column(doc="Where it begins.")
    target_value: Mapped[Decimal | None] = column(doc="Where it should go; null where it should stay in a band.")
    band_low: Mapped[Decimal | None] = column(doc="The least value of the band in which it should stay.")
    band_high: Mapped[Decimal | None] = column(doc="The greatest value of that band.")
    current_value: Mapped[Decimal] = column(
        set_by=SERVER, doc="Where it is, by the last check-in; of milestones, how many percent of them are done."
    )
    progress: Mapped[Decimal] = column(
        set_by=SERVER, default=Decimal(0), doc="Progress in percent, 0 to 100, to four decimals."
    )
    unit: Mapped[str | None] = column(max_length=40, doc="In what it is counted, such as `EUR` or `tickets`.")
    weight: Mapped[Decimal] = column(
        minimum=0, maximum=WHOLE, doc="How many percent of the objective's key results it is; they are 100 together."
    )
    due_on: Mapped[date | None] = column(doc="The day by which it should be reached; null is the end of the cycle.")
    owner_id: Mapped[UUID | None] = ref(
        "User",
        create_only=False,
        on_delete="SET NULL",
        doc="Who reports on it; null is the owner of the objective. Whoever it is sees the objective, too.",
    )
    last_checked_in_on: Mapped[date | None] = column(set_by=SERVER, doc="The day of the last check-in.")
    confidence: Mapped[int | None] = column(
        set_by=SERVER, minimum=1, maximum=10, doc="How sure its owner was at the last check-in, 1 to 10."
    )


class KeyResultMilestone(TenantOwned, Base):
    """A step of a key result that is measured by its milestones."""

    __tablename__ = "key_result_milestones"
    __event__ = "performance.milestone"
    __belongs__ = Belongs(through="key_result_id")

    key_result_id: Mapped[UUID] = ref(
        "KeyResult", back="milestones", on_delete="CASCADE", set_by=SERVER, doc="The key result."
    )
    title: Mapped[str] = column(max_length=500, doc="What is to be done.")
    weight: Mapped[Decimal] = column(
        minimum=0, maximum=MOST_WEIGHT, default=Decimal(1), doc="How much it counts among the others."
    )
    due_on: Mapped[date | None] = column(doc="The day by which it should be done.")
    done_on: Mapped[date | None] = column(set_by=SERVER, doc="The day on which it was done; null while it is not.")


class KeyResultCheckIn(TenantOwned, Base):
    """What somebody reported of a key result on a day. Check-ins are only ever added."""

    __tablename__ = "key_result_check_ins"
    __event__ = "performance.check_in"
    __belongs__ = Belongs(through="key_result_id")
    __table_args__ = (
        Index("ix_key_result_check_ins_checked_in_on", "tenant_id", "key_result_id", "checked_in_on", "id"),
    )

    key_result_id: Mapped[UUID] = ref("KeyResult", back="check_ins", set_by=SERVER, doc="The key result.")
    checked_in_on: Mapped[date] = column(set_by=SERVER, doc="The day of which it is told.")
    value: Mapped[Decimal] = column(
        set_by=SERVER, doc="Where it was; of milestones, how many percent of them were done."
    )
    confidence: Mapped[int] = column(
        set_by=SERVER, minimum=1, maximum=10, doc="How sure it is that the target will be reached: 1 to 10."
    )
    comment: Mapped[str | None] = column(max_length=LONGEST_TEXT, set_by=SERVER, doc="What is to be said of it.")
    user_id: Mapped[UUID | None] = ref("User", set_by=SERVER, doc="Who reported it; null where a program did.")


class KeyResultTargetChange(TenantOwned, Base):
    """That the target of a key result was moved while its objective was active. They are only ever added."""

    __tablename__ = "key_result_target_changes"
    __event__ = "performance.target_change"
    __belongs__ = Belongs(through="key_result_id")

    key_result_id: Mapped[UUID] = ref("KeyResult", back="target_changes", set_by=SERVER, doc="The key result.")
    target_before: Mapped[Decimal | None] = column(set_by=SERVER, doc="The target that it had.")
    target_after: Mapped[Decimal | None] = column(set_by=SERVER, doc="The target that it has since.")
    band_low_before: Mapped[Decimal | None] = column(set_by=SERVER, doc="The least value of the band that it had.")
    band_low_after: Mapped[Decimal | None] = column(set_by=SERVER, doc="The least value of the band since.")
    band_high_before: Mapped[Decimal | None] = column(set_by=SERVER, doc="The greatest value of the band that it had.")
    band_high_after: Mapped[Decimal | None] = column(set_by=SERVER, doc="The greatest value of the band since.")
    progress_before: Mapped[Decimal] = column(set_by=SERVER, doc="Progress in percent until then.")
    progress_after: Mapped[Decimal] = column(set_by=SERVER, doc="Progress in percent by the new target.")
    reason: Mapped[str] = column(max_length=1000, set_by=SERVER, doc="Why it was moved.")
    user_id: Mapped[UUID | None] = ref("User", set_by=SERVER, doc="Who moved it; null where a program did.")
