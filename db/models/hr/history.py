"""What was agreed with an employee from which day on: contracts, pay, and where they worked and for whom.

History is effective-dated and never overwritten. Contracts of one employee never overlap, nor do records of their pay;
the database refuses it.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, Belongs, Classification, Format, Whose, column, ref
from db.models.hr.employees import LEAST_FTE, EmploymentType

SAME_EMPLOYEE = "hashtextextended(tenant_id::text || employee_id::text, 0) / 2"
"""The employee as a number, for an exclusion constraint. It is compared as a range of nothing else: GiST has no
equality of its own, and the extension that would bring it is not everywhere."""


def never_overlap(table: str, where: str | None = None) -> ExcludeConstraint:
    """Refuse two rows of one employee that are effective on the same day."""
    return ExcludeConstraint(
        (text(f"int8range({SAME_EMPLOYEE}, {SAME_EMPLOYEE}, '[]')"), "&&"),
        (text("daterange(effective_from, effective_to, '[]')"), "&&"),
        name=f"ex_{table}_effective_from",
        using="gist",
        where=text(where) if where else None,
    )


class EmploymentContract(TenantOwned, Base):
    """The terms on which somebody is employed, from a day on."""

    __tablename__ = "employment_contracts"
    __event__ = "employee.contract"
    __told_by__ = "employee_id"
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (
        CheckConstraint("effective_from <= effective_to", name="effective_to_after"),
        never_overlap("employment_contracts"),
    )

    employee_id: Mapped[UUID] = ref(
        "Employee", back="contracts", on_delete="CASCADE", set_by=SERVER, doc="The employee."
    )
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, hidden=True, doc="The user that the employee is.")
    employment: Mapped[int] = column(set_by=SERVER, default=1, doc="Which employment it is of, from 1.")
    effective_from: Mapped[date] = column(set_by=SERVER, doc="First day on which it holds.")
    effective_to: Mapped[date | None] = column(set_by=SERVER, doc="Last day on which it holds; null is without an end.")
    employment_type: Mapped[EmploymentType] = column(set_by=SERVER, doc="How the person is employed.")
    fte: Mapped[Decimal] = column(
        set_by=SERVER, minimum=LEAST_FTE, maximum=1, doc="Share of full time: above 0, up to 1."
    )
    hours_per_week: Mapped[Decimal] = column(set_by=SERVER, minimum=0, maximum=168, doc="Hours of work in a week.")


class PayFrequency(Choice):
    """For how long a sum is paid."""

    HOUR = "hour", "For an hour."
    MONTH = "month", "For a month."
    YEAR = "year", "For a year."


class CompensationRecord(TenantOwned, Base):
    """What somebody is paid, from a day on. One that was superseded was put right by another of the same days."""

    __tablename__ = "compensation_records"
    __event__ = "employee.compensation"
    __told_by__ = "employee_id"
    __whose__ = Whose("user_id", "User")
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (
        CheckConstraint("effective_from <= effective_to", name="effective_to_after"),
        never_overlap("compensation_records", "superseded_at is null"),
    )

    employee_id: Mapped[UUID] = ref(
        "Employee", back="compensation", on_delete="CASCADE", set_by=SERVER, doc="The employee."
    )
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, hidden=True, doc="The user that the employee is.")
    employment: Mapped[int] = column(set_by=SERVER, default=1, doc="Which employment it is of, from 1.")
    effective_from: Mapped[date] = column(set_by=SERVER, doc="First day for which it is paid.")
    effective_to: Mapped[date | None] = column(
        set_by=SERVER, doc="Last day for which it is paid; null while nothing else was agreed."
    )
    base_amount: Mapped[Decimal] = column(
        set_by=SERVER, minimum=0, classified=Classification.FINANCIAL, doc="Base pay, of the frequency."
    )
    currency: Mapped[str] = column(
        max_length=3, text_format=Format.CURRENCY, set_by=SERVER, doc="Currency of the pay, ISO 4217."
    )
    frequency: Mapped[PayFrequency] = column(set_by=SERVER, doc="For how long the base pay is paid.")
    reason: Mapped[str] = column(
        max_length=500, set_by=SERVER, classified=Classification.PERSONAL, doc="Why it was agreed."
    )
    superseded_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When another record took its place, and it counts no more; null while it counts."
    )


class EmployeeEventKind(Choice):
    """What has become of an employee."""

    HIRE = "hire", "Began to work here."
    TRANSFER = "transfer", "Works elsewhere, or for somebody else."
    PROMOTION = "promotion", "Has another job."
    SALARY_CHANGE = "salary_change", "Is paid otherwise."
    TERMINATION = "termination", "Does not work here any more."
    REHIRE = "rehire", "Works here again."


class EmployeeEvent(TenantOwned, Base):
    """Something that became of an employee on a day, and where they stand from that day on."""

    __tablename__ = "employee_events"
    __event__ = "employee.event"
    __told_by__ = "employee_id"
    __whose__ = Whose("user_id", "User")
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (
        Index("ix_employee_events_effective_on", "tenant_id", "employee_id", "effective_on", "id"),
        Index("ix_employee_events_waiting", "tenant_id", "effective_on", postgresql_where=text("applied_at is null")),
    )

    employee_id: Mapped[UUID] = ref("Employee", back="history", on_delete="CASCADE", set_by=SERVER, doc="The employee.")
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, hidden=True, doc="The user that the employee is.")
    kind: Mapped[EmployeeEventKind] = column(set_by=SERVER, doc="What it is.")
    effective_on: Mapped[date] = column(
        set_by=SERVER, doc="First day on which it is so; of a termination, the first day without work."
    )
    applied_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When it was carried out; null while its day is still to come, or while it cannot be."
    )
    superseded_at: Mapped[datetime | None] = column(
        set_by=SERVER,
        doc="When the employment was ended before its day, so that it counts no more; null while it counts.",
    )
    department_id: Mapped[UUID | None] = ref("Department", set_by=SERVER, doc="Department from that day on.")
    position_id: Mapped[UUID | None] = ref("Position", set_by=SERVER, doc="Seat from that day on.")
    location_id: Mapped[UUID] = ref("WorkLocation", set_by=SERVER, doc="Location from that day on.")
    manager_id: Mapped[UUID | None] = ref("Employee", set_by=SERVER, doc="Whom the person reports to from that day on.")
    job_title: Mapped[str] = column(max_length=120, set_by=SERVER, doc="Title of the job from that day on.")
    grade: Mapped[str | None] = column(max_length=40, set_by=SERVER, doc="Grade of the job from that day on.")
    note: Mapped[str | None] = column(
        max_length=1000, set_by=SERVER, classified=Classification.PERSONAL, doc="Why, in the words of who did it."
    )
