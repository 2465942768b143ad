"""Employees: who they are, where they stand, and the people and papers that belong to them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from db.base import Base, TenantOwned
from db.choices import Choice
from db.columns import SERVER, Belongs, Classification, Format, Whose, column, encrypted_column, ref

PRIVATE: Final = "people.read_private"
LEAST_FTE: Final = Decimal("0.01")


class EmployeeStatus(Choice):
    """Where an employee stands."""

    PREHIRE = "prehire", "The first day is still to come."
    ACTIVE = "active", "Works here."
    ON_LEAVE = "on_leave", "Works here, and is away for long."
    SUSPENDED = "suspended", "Works here, and may not come in."
    TERMINATED = "terminated", "Does not work here any more."


class EmploymentType(Choice):
    """How somebody is employed."""

    FULL_TIME = "full_time", "Full time."
    PART_TIME = "part_time", "Part time."
    INTERN = "intern", "As an intern."
    TEMP = "temp", "For a time, through an agency or not."
    CONTRACTOR = "contractor", "On a contract of services."


class Employee(TenantOwned, Base):
    """Somebody who works for the company, did so, or will.

    Every employee is a user of the workspace, who may sign in once that is allowed; the reporting line and the
    department of that user follow those of the employee. What is effective-dated is changed by its own operations:
    contracts, pay, and where somebody works and for whom.
    """

    __tablename__ = "employees"
    __event__ = "employee"
    __whose__ = Whose("user_id", "User")
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (
        CheckConstraint("termination_date >= hire_date", name="termination_date_after"),
        CheckConstraint("manager_id <> id", name="manager_id_other"),
        UniqueConstraint("tenant_id", "user_id", name="uq_employees_user_id"),
        Index(
            "uq_employees_position_id",
            *("tenant_id", "position_id"),
            unique=True,
            postgresql_where=text("status <> 'terminated'"),
        ),
        Index("ix_employees_status", "tenant_id", "status", "hire_date", "id"),
        Index(
            "ix_employees_termination_date",
            *("tenant_id", "termination_date"),
            postgresql_where=text("status <> 'terminated'"),
        ),
    )

    employee_no: Mapped[str] = column(
        max_length=40, unique=True, create_only=True, doc="Number of the employee, for good; unique."
    )
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, doc="The user of the workspace that the employee is.")
    legal_first_name: Mapped[str] = column(
        max_length=120, sorted_as_name=True, classified=Classification.PERSONAL, doc="Given name, as in papers."
    )
    legal_last_name: Mapped[str] = column(
        max_length=120, sorted_as_name=True, classified=Classification.PERSONAL, doc="Family name, as in papers."
    )
    preferred_name: Mapped[str | None] = column(
        max_length=120, classified=Classification.PERSONAL, doc="What the person wants to be called."
    )
    work_email: Mapped[str] = column(
        max_length=254,
        text_format=Format.EMAIL,
        unique=True,
        create_only=True,
        classified=Classification.PERSONAL,
        doc="Address at work, in lower case; unique, and the user's to sign in with.",
    )
    personal_email: Mapped[str | None] = column(
        max_length=254,
        text_format=Format.EMAIL,
        readable_with=PRIVATE,
        classified=Classification.PERSONAL,
        doc="The person's own address.",
    )
    phone: Mapped[str | None] = column(max_length=40, classified=Classification.PERSONAL, doc="Phone number at work.")
    birth_date: Mapped[date | None] = column(
        readable_with=PRIVATE, classified=Classification.PERSONAL, doc="Day of birth."
    )
    gender: Mapped[str | None] = column(
        max_length=40,
        readable_with=PRIVATE,
        classified=Classification.PERSONAL,
        doc="Gender, in the person's own words.",
    )
    nationality: Mapped[str | None] = column(
        max_length=2,
        text_format=Format.COUNTRY,
        readable_with=PRIVATE,
        classified=Classification.PERSONAL,
        doc="Citizenship, ISO 3166-1 alpha-2.",
    )
    address: Mapped[str | None] = column(
        max_length=1000,
        readable_with=PRIVATE,
        classified=Classification.PERSONAL,
        doc="Where the person lives, as lines of text.",
    )
    tax_id: Mapped[bytes | None] = encrypted_column(
        readable_with="people.read_bank",
        max_length=50,
        doc="Number at the tax office; stored encrypted.",
    )
    bank_account: Mapped[bytes | None] = encrypted_column(
        readable_with="people.read_bank",
        max_length=100,
        doc="Account that pay goes to, such as an IBAN; stored encrypted.",
    )
    hire_date: Mapped[date] = column(
        create_only=True, doc="First day of work; of who was rehired, the first since then."
    )
    original_hire_date: Mapped[date | None] = column(
        set_by=SERVER, doc="First day of the first employment, of who was rehired."
    )
    employment: Mapped[int] = column(
        set_by=SERVER, default=1, doc="Which employment it is, from 1; a rehire begins another."
    )
    probation_end: Mapped[date | None] = column(doc="Last day on probation.")
    termination_date: Mapped[date | None] = column(set_by=SERVER, doc="Last day of work; null where none is agreed.")
    termination_reason: Mapped[str | None] = column(
        max_length=1000,
        set_by=SERVER,
        readable_with=PRIVATE,
        classified=Classification.PERSONAL,
        doc="Why the employment ends.",
    )
    terminated_at: Mapped[datetime | None] = column(
        set_by=SERVER, doc="When the employment ended: at the end of its last day where the person worked."
    )
    status: Mapped[EmployeeStatus] = column(
        set_by=SERVER, default=EmployeeStatus.PREHIRE, doc="Where the employee stands."
    )
    employment_type: Mapped[EmploymentType] = column(
        create_only=True, default=EmploymentType.FULL_TIME, doc="How the person is employed, by the contract of today."
    )
    fte: Mapped[Decimal] = column(
        create_only=True,
        minimum=LEAST_FTE,
        maximum=1,
        default=Decimal(1),
        doc="Share of full time, by the contract of today: above 0, up to 1.",
    )
    department_id: Mapped[UUID | None] = ref("Department", back="employees", doc="Where the person works.")
    position_id: Mapped[UUID | None] = ref("Position", back="holders", doc="The seat that the person holds.")
    job_title: Mapped[str] = column(max_length=120, create_only=True, doc="Title of the job.")
    grade: Mapped[str | None] = column(
        max_length=40, create_only=True, doc="Grade of the job, in the company's own words."
    )
    location_id: Mapped[UUID] = ref("WorkLocation", back="employees", doc="Where the person works from.")
    manager_id: Mapped[UUID | None] = ref(
        "Employee", back="reports", doc="Whom the person reports to; reporting lines have no circle."
    )
    cost_center: Mapped[str | None] = column(max_length=60, doc="Where the person's cost is booked.")
    timezone: Mapped[str | None] = column(
        max_length=64,
        text_format=Format.TIME_ZONE,
        doc="IANA time zone of the person; null is that of the location.",
    )
    work_calendar_id: Mapped[UUID | None] = ref(
        "WorkCalendar", back="employees", create_only=False, doc="The person's own week; null is that of the location."
    )
    holiday_list_id: Mapped[UUID | None] = ref(
        "HolidayList", back="employees", create_only=False, doc="The person's holidays; null are those of the location."
    )
    soc_code: Mapped[str | None] = column(
        max_length=20, doc="Code of the occupation in the classification that the authorities ask for."
    )


class Relationship(Choice):
    """Who somebody is to an employee."""

    SPOUSE = "spouse", "Husband or wife."
    PARTNER = "partner", "Partner."
    CHILD = "child", "Child."
    PARENT = "parent", "Mother or father."
    SIBLING = "sibling", "Sister or brother."
    OTHER = "other", "Somebody else."


class Dependent(TenantOwned, Base):
    """A member of an employee's family whom the employee provides for."""

    __tablename__ = "dependents"
    __event__ = "employee.dependent"
    __whose__ = Whose("user_id", "User")
    __belongs__ = Belongs(("user_id",))

    employee_id: Mapped[UUID] = ref("Employee", back="dependents", on_delete="CASCADE", doc="The employee.")
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, hidden=True, doc="The user that the employee is.")
    name: Mapped[str] = column(max_length=200, classified=Classification.PERSONAL, doc="The person's name.")
    relationship: Mapped[Relationship] = column(doc="Who the person is to the employee.")
    birth_date: Mapped[date | None] = column(classified=Classification.PERSONAL, doc="The person's day of birth.")


class EmergencyContact(TenantOwned, Base):
    """Whom to call when something has happened to an employee."""

    __tablename__ = "emergency_contacts"
    __event__ = "employee.emergency_contact"
    __whose__ = Whose("user_id", "User")
    __belongs__ = Belongs(("user_id",))

    employee_id: Mapped[UUID] = ref("Employee", back="emergency_contacts", on_delete="CASCADE", doc="The employee.")
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, hidden=True, doc="The user that the employee is.")
    name: Mapped[str] = column(max_length=200, classified=Classification.PERSONAL, doc="The person's name.")
    relationship: Mapped[Relationship] = column(doc="Who the person is to the employee.")
    phone: Mapped[str] = column(max_length=40, classified=Classification.PERSONAL, doc="Number to call.")
    email: Mapped[str | None] = column(
        max_length=254, text_format=Format.EMAIL, classified=Classification.PERSONAL, doc="Address to write to."
    )


class EmployeeDocumentType(Choice):
    """What kind of paper it is."""

    IDENTITY = "identity", "Passport or identity card."
    WORK_PERMIT = "work_permit", "Permit to work or to stay."
    CONTRACT = "contract", "Signed contract."
    CERTIFICATE = "certificate", "Certificate of an education or a training."
    MEDICAL = "medical", "Note of a doctor."
    OTHER = "other", "Another paper."


class EmployeeDocument(TenantOwned, Base):
    """A paper of an employee, and until when it is good."""

    __tablename__ = "employee_documents"
    __event__ = "employee.document"
    __whose__ = Whose("user_id", "User")
    __belongs__ = Belongs(("user_id",))
    __table_args__ = (Index("ix_employee_documents_expires_on", "tenant_id", "expires_on", "id"),)

    employee_id: Mapped[UUID] = ref("Employee", back="documents", on_delete="CASCADE", doc="The employee.")
    user_id: Mapped[UUID] = ref("User", set_by=SERVER, hidden=True, doc="The user that the employee is.")
    type: Mapped[EmployeeDocumentType] = column(doc="What kind of paper it is.")
    title: Mapped[str] = column(max_length=200, classified=Classification.PERSONAL, doc="What the paper is called.")
    number: Mapped[bytes | None] = encrypted_column(
        readable_with=PRIVATE, max_length=100, doc="Number of the paper; stored encrypted."
    )
    expires_on: Mapped[date | None] = column(doc="Last day on which it is good; null is for good.")
    verified_at: Mapped[datetime | None] = column(set_by=SERVER, doc="When somebody saw that it is genuine.")
    verified_by_id: Mapped[UUID | None] = ref("User", set_by=SERVER, doc="Who saw that it is genuine.")
