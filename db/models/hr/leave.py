"""Leave: its types and their rules, who has which, what is asked for, and the ledger of days.

A balance is stored nowhere: it is the sum of the ledger, whose rows are only ever added. Leave of one employee never
overlaps; the database refuses it, by halves of days.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, Belongs, Classification, Whose, column, ref
from db.leave_choices import AccrualMethod, AccrueOn, DayPart, LeaveRounding, LedgerKind
from db.models.hr.history import SAME_EMPLOYEE, never_overlap

MOST_DAYS: Final = 366
MOST_MONTHS: Final = 60
FIRST_HALF: Final = "2 * ({} - date '2000-01-01')"
"""The first half of a day as a number; the second half is the next."""

HALVES: Final = (
    f"int8multirange(int8range({FIRST_HALF.format('from_date')}, {FIRST_HALF.format('to_date')} + 2))"
    " - case when half_day_date is null then '{}'::int8multirange else"
    f" int8multirange(int8range({FIRST_HALF.format('half_day_date')} + (half_day_part = 'am')::int,"
    f" {FIRST_HALF.format('half_day_date')} + (half_day_part = 'am')::int + 1)) end"
)
"""The halves of days that leave covers: all of its days, without the half that is worked."""


class LeaveType(TenantOwned, Base):
    """A type of leave, such as annual or sick leave, and its rules."""

    __tablename__ = "leave_types"
    __event__ = "leave.type"
    __belongs__ = Belongs()

    name: Mapped[str] = column(max_length=120, sorted_as_name=True, unique=True, doc="Name of the type; unique.")
    paid: Mapped[bool] = column(default=True, doc="Whether pay goes on.")
    accrual: Mapped[AccrualMethod] = column(default=AccrualMethod.NONE, doc="How its days come about.")
    annual_days: Mapped[Decimal] = column(minimum=0, maximum=MOST_DAYS, default=Decimal(0), doc="Days of a year.")
    accrue_on: Mapped[AccrueOn] = column(
        default=AccrueOn.LAST_DAY, doc="On which day of its period the days are there."
    )
    prorate_join: Mapped[bool] = column(
        default=True, doc="Whether the months of joining and of leaving count by their days in employment."
    )
    rounding: Mapped[LeaveRounding] = column(
        default=LeaveRounding.NONE, doc="To which multiple the days of a period are rounded."
    )
    carry_forward_max: Mapped[Decimal] = column(
        minimum=0, maximum=MOST_DAYS, default=Decimal(0), doc="How many days go into the next leave year at most."
    )
    carry_expiry_months: Mapped[int | None] = column(
        minimum=0,
        maximum=MOST_MONTHS,
        doc="How many months after the end of the year these expire; null is never.",
    )
    max_consecutive: Mapped[Decimal | None] = column(
        minimum=0, doc="How many days may be taken in a row; null is any number."
    )
    min_notice_days: Mapped[int] = column(
        minimum=-MOST_DAYS,
        maximum=MOST_DAYS,
        default=0,
        doc="How many days ahead it is asked for at least; below 0, it may be asked for so many days afterwards.",
    )
    limited: Mapped[bool] = column(
        default=True,
        doc="Whether there must be days for what is taken; else, as of sick leave, each leave year counts by itself.",
    )
    allow_negative_to: Mapped[Decimal] = column(
        minimum=-MOST_DAYS, maximum=0, default=Decimal(0), doc="How low the balance may be where it is limited."
    )
    waiting_days: Mapped[int] = column(
        minimum=0, maximum=10 * MOST_DAYS, default=0, doc="How many days after the hire nothing can be taken."
    )
    counts_holidays: Mapped[bool] = column(
        default=False, doc="Whether holidays count as days of leave that would be working days."
    )
    half_day: Mapped[bool] = column(default=True, doc="Whether half a day can be taken.")
    requires_document_after_days: Mapped[Decimal | None] = column(
        minimum=0, doc="More days than these need a document; null is never."
    )
    encashable: Mapped[bool] = column(default=False, doc="Whether days can be paid out.")


class LeavePolicy(TenantOwned, Base):
    """A set of types of leave, for those to whom it is assigned."""

    __tablename__ = "leave_policies"
    __event__ = "leave.policy"
    __belongs__ = Belongs()

    name: Mapped[str] = column(max_length=120, sorted_as_name=True, unique=True, doc="Name of the policy; unique.")


class LeavePolicyType(TenantOwned, Base):
    """A type of leave that is part of a policy."""

    __tablename__ = "leave_policy_types"
    __event__ = "leave.policy_type"
    __belongs__ = Belongs()
    __table_args__ = (
        UniqueConstraint("tenant_id", "policy_id", "leave_type_id", name="uq_leave_policy_types_leave_type_id"),
    )

    policy_id: Mapped[UUID] = ref("LeavePolicy", back="types", on_delete="CASCADE", doc="The policy.")
    leave_type_id: Mapped[UUID] = ref("LeaveType", back="policies", doc="The type of leave; once in a policy.")


class LeavePolicyAssignment(TenantOwned, Base):
    """That an employee has a policy, from a day on: one at a time."""

    __tablename__ = "leave_policy_assignments"
    __event__ = "leave.assignment"
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (
        CheckConstraint("effective_from <= effective_to", name="effective_to_after"),
        never_overlap("leave_policy_assignments"),
    )

    employee_id: Mapped[UUID] = ref(
        "Employee", back="leave_policies", on_delete="CASCADE", set_by=SERVER, doc="The employee."
    )
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, hidden=True, doc="The user that the employee is.")
    policy_id: Mapped[UUID] = ref("LeavePolicy", back="assignments", set_by=SERVER, doc="The policy.")
    effective_from: Mapped[date] = column(set_by=SERVER, doc="First day on which it holds.")
    effective_to: Mapped[date | None] = column(set_by=SERVER, doc="Last day on which it holds; null is without an end.")


class LeaveStatus(Choice):
    """Where a request for leave stands."""

    DRAFT = "draft", "Not asked for yet."
    PENDING = "pending", "Somebody has to decide."
    APPROVED = "approved", "The person will be away."
    REJECTED = "rejected", "Somebody said no."
    CANCELLED = "cancelled", "It was taken back; its days were given back."
    TAKEN = "taken", "It is over."


class LeaveRequest(TenantOwned, Base):
    """Leave that somebody asks for, from one day to another, and what became of it."""

    __tablename__ = "leaves"
    __event__ = "leave.request"
    __whose__ = Whose("user_id", "User")
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (
        CheckConstraint("from_date <= to_date", name="to_date_after"),
        CheckConstraint("half_day_date between from_date and to_date", name="half_day_date_inside"),
        CheckConstraint("(half_day_date is null) = (half_day_part is null)", name="half_day_part_beside"),
        ExcludeConstraint(
            (text(f"int8range({SAME_EMPLOYEE}, {SAME_EMPLOYEE}, '[]')"), "&&"),
            (text(f"({HALVES})"), "&&"),
            name="ex_leaves_from_date",
            using="gist",
            where=text("status = 'pending' or status = 'approved' or status = 'taken'"),
        ),
        Index("ix_leaves_status", "tenant_id", "status", "to_date", "id"),
        Index("ix_leaves_from_date", "tenant_id", "from_date", "id"),
    )

    employee_id: Mapped[UUID] = ref(
        "Employee", back="leave_requests", on_delete="CASCADE", set_by=SERVER, doc="Who is to be away."
    )
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, hidden=True, doc="The user that the employee is.")
    employment: Mapped[int] = column(set_by=SERVER, default=1, doc="Which employment it is of, from 1.")
    leave_type_id: Mapped[UUID] = ref("LeaveType", back="requests", set_by=SERVER, doc="The type of leave.")
    from_date: Mapped[date] = column(set_by=SERVER, doc="First day of leave.")
    to_date: Mapped[date] = column(set_by=SERVER, doc="Last day of leave.")
    half_day_date: Mapped[date | None] = column(
        set_by=SERVER, doc="The day of which only one half is taken; null where all days are whole."
    )
    half_day_part: Mapped[DayPart | None] = column(set_by=SERVER, doc="Which half of that day is taken.")
    days: Mapped[Decimal] = column(set_by=SERVER, minimum=0, doc="How many days of leave it takes.")
    reason: Mapped[str | None] = column(
        max_length=1000, set_by=SERVER, classified=Classification.PERSONAL, doc="Why, in the words of who asks."
    )
    contact_during: Mapped[str | None] = column(
        max_length=200,
        set_by=SERVER,
        classified=Classification.PERSONAL,
        doc="How the person can be reached meanwhile.",
    )
    document_id: Mapped[UUID | None] = ref(
        "EmployeeDocument", set_by=SERVER, on_delete="SET NULL", doc="A paper that goes with it."
    )
    status: Mapped[LeaveStatus] = column(set_by=SERVER, default=LeaveStatus.DRAFT, doc="Where it stands.")
    submitted_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was asked for.")
    submitted_by_id: Mapped[UUID | None] = ref(
        "User", set_by=SERVER, doc="Who asked for it: the person, or somebody in their stead. Others decide."
    )
    approver_id: Mapped[UUID | None] = ref("User", set_by=SERVER, doc="Who decided.")
    decided_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When it was decided.")
    decision_note: Mapped[str | None] = column(
        max_length=1000, set_by=SERVER, classified=Classification.PERSONAL, doc="Why it was decided so."
    )


class LeaveAccrualRun(TenantOwned, Base):
    """That the ledger of an employee was brought up to date through a day: once for each day on which it was."""

    __tablename__ = "leave_accrual_runs"
    __event__ = "leave.accrual_run"
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (UniqueConstraint("tenant_id", "employee_id", "through", name="uq_leave_accrual_runs_through"),)

    employee_id: Mapped[UUID] = ref(
        "Employee", back="leave_accrual_runs", on_delete="CASCADE", set_by=SERVER, doc="The employee."
    )
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, hidden=True, doc="The user that the employee is.")
    employment: Mapped[int] = column(set_by=SERVER, default=1, doc="Which employment it is of, from 1.")
    through: Mapped[date] = column(
        set_by=SERVER, doc="What accrued until the end of this day is posted, and what ended before it is closed."
    )
    ran_at: Mapped[datetime] = column(set_by=SERVER, doc="When that was done last.")
    entries: Mapped[int] = column(set_by=SERVER, default=0, doc="How many entries were posted.")


class LeaveLedgerEntry(TenantOwned, Base):
    """Days of leave that came or went. Entries are only ever added: what was wrong is set right by another.

    Only the note goes once the data of the person is erased.
    """

    __tablename__ = "leave_ledger_entries"
    __event__ = "leave.ledger_entry"
    __whose__ = Whose("user_id", "User")
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (
        Index(
            "ix_leave_ledger_entries_effective_date",
            "tenant_id",
            "employee_id",
            "leave_type_id",
            "effective_date",
            "id",
        ),
        Index(
            "ix_leave_ledger_entries_expires_on",
            *("tenant_id", "employee_id", "expires_on"),
            postgresql_where=text("expires_on is not null"),
        ),
        Index(
            "uq_leave_ledger_entries_source",
            *("tenant_id", "employee_id", "employment", "leave_type_id", "source"),
            unique=True,
            postgresql_where=text("kind = 'accrual' or kind = 'grant'"),
        ),
    )

    employee_id: Mapped[UUID] = ref("Employee", back="leave_ledger", set_by=SERVER, doc="The employee.")
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, hidden=True, doc="The user that the employee is.")
    employment: Mapped[int] = column(
        set_by=SERVER, default=1, doc="Which employment it is of, from 1; a rehire begins at no days."
    )
    leave_type_id: Mapped[UUID] = ref("LeaveType", back="ledger", set_by=SERVER, doc="The type of leave.")
    kind: Mapped[LedgerKind] = column(set_by=SERVER, doc="What it is.")
    days: Mapped[Decimal] = column(set_by=SERVER, doc="How many days came; below 0, how many went.")
    effective_date: Mapped[date] = column(set_by=SERVER, doc="The day on which they came or went.")
    expires_on: Mapped[date | None] = column(
        set_by=SERVER, doc="Last day on which the days of its bucket can be used; null where the leave year says so."
    )
    bucket: Mapped[str] = column(
        max_length=60, set_by=SERVER, doc="What it is counted in: a leave year, or days that expire by themselves."
    )
    source: Mapped[str] = column(max_length=60, set_by=SERVER, hidden=True, doc="What it comes from.")
    request_id: Mapped[UUID | None] = ref(
        "LeaveRequest", back="ledger", set_by=SERVER, doc="The request that took the days; null where none did."
    )
    cut_short_on: Mapped[date | None] = column(
        set_by=SERVER,
        hidden=True,
        doc="The last day of work, as it was known then, where it cut short the period that the days were earned for.",
    )
    note: Mapped[str | None] = column(
        max_length=1000,
        set_by=SERVER,
        classified=Classification.PERSONAL,
        doc="Why, of what was done by hand.",
    )
