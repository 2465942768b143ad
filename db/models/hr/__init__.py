"""Core HR: where and when people work, who they are, under what terms, what has become of them, and their leave."""

from db.models.hr.employees import (
    Dependent,
    EmergencyContact,
    Employee,
    EmployeeDocument,
    EmployeeDocumentType,
    EmployeeStatus,
    EmploymentType,
    Relationship,
)
from db.models.hr.history import (
    CompensationRecord,
    EmployeeEvent,
    EmployeeEventKind,
    EmploymentContract,
    PayFrequency,
)
from db.models.hr.leave import (
    LeaveAccrualRun,
    LeaveLedgerEntry,
    LeavePolicy,
    LeavePolicyAssignment,
    LeavePolicyType,
    LeaveRequest,
    LeaveStatus,
    LeaveType,
)
from db.models.hr.work import Holiday, HolidayList, Position, WorkCalendar, WorkLocation

__all__ = [
    "CompensationRecord",
    "Dependent",
    "EmergencyContact",
    "Employee",
    "EmployeeDocument",
    "EmployeeDocumentType",
    "EmployeeEvent",
    "EmployeeEventKind",
    "EmployeeStatus",
    "EmploymentContract",
    "EmploymentType",
    "Holiday",
    "HolidayList",
    "LeaveAccrualRun",
    "LeaveLedgerEntry",
    "LeavePolicy",
    "LeavePolicyAssignment",
    "LeavePolicyType",
    "LeaveRequest",
    "LeaveStatus",
    "LeaveType",
    "PayFrequency",
    "Position",
    "Relationship",
    "WorkCalendar",
    "WorkLocation",
]
