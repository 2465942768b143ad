"""Employees on the ground: one in each state that some mutation needs, with what belongs to them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from db.base import TenantOwned
from db.models.hr import (
    CompensationRecord,
    Dependent,
    EmergencyContact,
    Employee,
    EmployeeDocument,
    EmployeeDocumentType,
    EmployeeEvent,
    EmployeeEventKind,
    EmployeeStatus,
    EmploymentContract,
    EmploymentType,
    Holiday,
    HolidayList,
    PayFrequency,
    Position,
    Relationship,
    WorkCalendar,
    WorkLocation,
)
from db.models.identity import Department, User
from resolvers.context import Context
from tests.commands.colleagues import Colleagues

PLACES: Final = ("HolidayList", "WorkCalendar", "WorkLocation", "Position")
BELONGINGS: Final = ("Holiday", "Dependent", "EmergencyContact", "EmployeeDocument")
NAMED: Final = {
    "employee.hired",
    "employee.suspended",
    "employee.transferred",
    "employee.promoted",
    "employee.compensation.changed",
    "employee.terminated",
    "employee.rehired",
}
"""The events that mutations of these publish beside those of their rows."""

ENTRIES: Final = {
    "transferEmployee": [("create", "EmployeeEvent", 1), ("update", "Employee", 2), ("update", "User", 2)],
    "promoteEmployee": [("create", "EmployeeEvent", 1), ("update", "Employee", 2)],
    "cancelEmployeeChange": [("delete", "EmployeeEvent", 1)],
    "startContract": [
        ("update", "EmploymentContract", 2),
        ("create", "EmploymentContract", 1),
        ("update", "Employee", 2),
        ("update", "Employee", 2),
    ],
    "changeCompensation": [
        ("update", "CompensationRecord", 2),
        ("create", "CompensationRecord", 1),
        ("create", "EmployeeEvent", 1),
        ("update", "Employee", 2),
    ],
    "beginAbsence": [("transition", "Employee", 2)],
    "endAbsence": [("transition", "Employee", 2)],
    "suspendEmployee": [("transition", "Employee", 2)],
    "reinstateEmployee": [("transition", "Employee", 2)],
    "terminateEmployee": [
        ("update", "EmploymentContract", 2),
        ("update", "CompensationRecord", 2),
        ("update", "User", 2),
        ("create", "EmployeeEvent", 1),
        ("transition", "Employee", 2),
    ],
    "withdrawTermination": [("update", "Employee", 2)],
    "rehireEmployee": [
        ("transition", "Employee", 2),
        ("update", "User", 2),
        ("create", "EmploymentContract", 1),
        ("create", "EmployeeEvent", 1),
        ("create", "CompensationRecord", 1),
    ],
    "verifyEmployeeDocument": [("update", "EmployeeDocument", 2)],
    "createEmployee": [
        ("create", "User", 1),
        ("create", "UserRole", 1),
        ("create", "Employee", 1),
        ("create", "EmploymentContract", 1),
        ("update", "User", 2),
        ("create", "EmployeeEvent", 1),
        ("create", "CompensationRecord", 1),
    ],
    "updateEmployee": [("update", "Employee", 2)],
    **{f"add{name}": [("create", name, 1)] for name in BELONGINGS},
    **{f"create{name}": [("create", name, 1)] for name in PLACES},
    **{f"update{name}": [("update", name, 2)] for name in (*PLACES, *BELONGINGS)},
    **{f"delete{name}": [("delete", name, 1)] for name in (*PLACES, *BELONGINGS)},
    "deleteHolidayList": [("delete", "Holiday", 1), ("delete", "HolidayList", 1)],
}
"""What the trail says of each mutation of these."""

SOMETIMES: Final = {
    "deleteEmployeeDocument": {"leave.request.updated"},
    "promoteEmployee": {"user.updated"},
    "createEmployee": {"employee.moved", "employee.hired"},
    "rehireEmployee": {"employee.hired"},
    "terminateEmployee": {
        "employee.updated",
        *("employee.contract.deleted", "employee.compensation.deleted", "employee.event.deleted"),
        "employee.event.updated",
        *("user.session.updated", "user.refresh_token.updated", "user.password_reset.updated"),
    },
}
"""What they tell in another state than the one in which they are tried here."""

SUBJECTS: Final = {
    "HolidayList": "hr.holiday_list",
    "Holiday": "hr.holiday",
    "WorkCalendar": "hr.work_calendar",
    "WorkLocation": "hr.work_location",
    "Position": "hr.position",
    "Employee": "employee",
    "EmploymentContract": "employee.contract",
    "CompensationRecord": "employee.compensation",
    "EmployeeEvent": "employee.event",
    "Dependent": "employee.dependent",
    "EmergencyContact": "employee.emergency_contact",
    "EmployeeDocument": "employee.document",
}

FIRST: Final = date(2026, 1, 1)
LAST: Final = date(2026, 6, 30)


@dataclass(frozen=True)
class Staff:
    """A boss, and employees by the state that they are in; a site with its week and holidays, and a free seat."""

    rows: dict[type[TenantOwned], TenantOwned]
    boss: Employee
    away: Employee
    suspended: Employee
    leaving: Employee
    gone: Employee
    other_site: WorkLocation
    other_department: Department

    @property
    def chosen(self) -> dict[tuple[str, str], Any]:
        """What a mutation of them is given."""
        agreed = ("createEmployee", "changeCompensation", "rehireEmployee")
        return {
            **{(name, "currency"): "CHF" for name in agreed},
            **{(name, "fte"): "0.5000" for name in ("createEmployee", "startContract")},
            ("startContract", "effective_to"): "2031-03-31",
            **{(name, "hire_date"): "2031-08-03" for name in ("createEmployee", "rehireEmployee")},
            **{("createEmployee", name): "2031-12-31" for name in ("probation_end", "contract_ends_on")},
        }

    @property
    def subjects(self) -> dict[tuple[str, str], TenantOwned]:
        """Which of them a mutation is about that needs one in another state."""
        return {
            ("endAbsence", "id"): self.away,
            ("reinstateEmployee", "id"): self.suspended,
            ("withdrawTermination", "id"): self.leaving,
            ("rehireEmployee", "id"): self.gone,
            ("deleteWorkLocation", "id"): self.other_site,
            ("deleteDepartment", "id"): self.other_department,
            ("createEmployee", "manager_id"): self.boss,
            ("transferEmployee", "manager_id"): self.boss,
            ("rehireEmployee", "manager_id"): self.boss,
        }


async def add_staff(context: Context, colleagues: Colleagues) -> Staff:
    """Put them into a company."""
    days = HolidayList(id=uuid7(), name="Days")
    week = WorkCalendar(id=uuid7(), name="Week")
    site = WorkLocation(id=uuid7(), name="Site", country="DE", timezone="Europe/Berlin")
    seat = Position(id=uuid7(), code="ENG-1", title="Engineer", department_id=colleagues.department.id)
    other_site = WorkLocation(id=uuid7(), name="Other site", country="DE", timezone="Europe/Berlin")
    context.add(days, week, site, seat, other_site)
    await context.flush()
    holiday = Holiday(id=uuid7(), holiday_list_id=days.id, day=date(2026, 12, 25), name="Christmas")
    context.add(holiday)
    boss = await _employee(context, site.id, "boss", EmployeeStatus.ACTIVE)
    worker = await _employee(context, site.id, "worker", EmployeeStatus.ACTIVE)
    leaving = await _employee(context, site.id, "leaving", EmployeeStatus.ACTIVE, date(2031, 3, 31))
    gone = await _employee(context, site.id, "gone", EmployeeStatus.TERMINATED, LAST)
    waiting = EmployeeEvent(
        id=uuid7(),
        employee_id=leaving.id,
        user_id=leaving.user_id,
        kind=EmployeeEventKind.PROMOTION,
        effective_on=date(2031, 1, 1),
        location_id=site.id,
        job_title="Lead",
    )
    whose = {"employee_id": worker.id, "user_id": worker.user_id}
    child = Dependent(id=uuid7(), name="Byron", relationship=Relationship.CHILD, **whose)
    friend = EmergencyContact(id=uuid7(), name="Mary", relationship=Relationship.OTHER, phone="1", **whose)
    paper = EmployeeDocument(id=uuid7(), type=EmployeeDocumentType.IDENTITY, title="Passport", **whose)
    context.add(waiting, child, friend, paper)
    await context.flush()
    rows: list[TenantOwned] = [days, week, site, seat, holiday, worker, waiting, child, friend, paper]
    return Staff(
        {type(row): row for row in rows},
        boss,
        await _employee(context, site.id, "away", EmployeeStatus.ON_LEAVE),
        await _employee(context, site.id, "suspended", EmployeeStatus.SUSPENDED),
        leaving,
        gone,
        other_site,
        colleagues.other,
    )


async def _employee(
    context: Context, site: UUID, name: str, status: EmployeeStatus, last: date | None = None
) -> Employee:
    """Put in an employee with a contract and pay."""
    address = f"{name}@staff.example"
    user = User(id=uuid7(), email=address, first_name=name, last_name="Staff", is_active=name == "worker")
    context.add(user)
    await context.flush()
    employee = Employee(
        id=uuid7(),
        employee_no=name,
        user_id=user.id,
        legal_first_name=name,
        legal_last_name="Staff",
        work_email=address,
        hire_date=FIRST,
        termination_date=last,
        status=status,
        job_title="Engineer",
        location_id=site,
    )
    context.add(employee)
    await context.flush()
    whose = {"employee_id": employee.id, "user_id": user.id, "effective_from": FIRST, "effective_to": last}
    terms = {"employment_type": EmploymentType.FULL_TIME, "fte": Decimal(1), "hours_per_week": Decimal(40)}
    pay = {"base_amount": Decimal(1000), "currency": "EUR", "frequency": PayFrequency.MONTH, "reason": "Begin."}
    context.add(EmploymentContract(id=uuid7(), **whose, **terms), CompensationRecord(id=uuid7(), **whose, **pay))
    await context.flush()
    return employee
