"""What is told of employees in the words of the business. What is private, and what they are paid, is in none of it."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from db.models.hr import Employee, EmployeeStatus
from resolvers.named import named
from resolvers.operation import Names


@dataclass(frozen=True, slots=True, kw_only=True)
class OfEmployee:
    """What every event about an employee tells."""

    user_id: Annotated[UUID, Names("User"), "The user that the employee is."]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeMoved(OfEmployee):
    """What every move of an employee tells."""

    from_: Annotated[EmployeeStatus, "Where the employee stood."]
    to: Annotated[EmployeeStatus, "Where the employee stands now."]


@named("employee.hired", about=Employee)
@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeHired(EmployeeMoved):
    """Somebody works here from this day on."""


@named("employee.suspended", about=Employee)
@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeSuspended(EmployeeMoved):
    """Somebody may not come in."""


@named("employee.terminated", about=Employee)
@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeTerminated(EmployeeMoved):
    """Somebody does not work here any more: everything that follows is counted from this moment."""

    last_day: Annotated[date, "Their last day of work."]


@named("employee.rehired", about=Employee)
@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeRehired(EmployeeMoved):
    """Somebody who had left is to work here again."""

    hire_date: Annotated[date, "Their first day of work."]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeePlaced(OfEmployee):
    """What an event tells that says where an employee works now."""

    effective_on: Annotated[date, "First day on which it is so."]
    department_id: Annotated[UUID | None, Names("Department"), "Their department."]
    manager_id: Annotated[UUID | None, Names("Employee"), "Whom they report to."]
    position_id: Annotated[UUID | None, Names("Position"), "Their seat."]


@named("employee.transferred", about=Employee)
@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeTransferred(EmployeePlaced):
    """Somebody works elsewhere, or for somebody else."""


@named("employee.promoted", about=Employee)
@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeePromoted(EmployeePlaced):
    """Somebody has another job."""


@named("employee.compensation.changed", about=Employee)
@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationChanged(OfEmployee):
    """Something was agreed on what somebody is paid; how much it is, is not told."""

    effective_from: Annotated[date, "First day for which it is paid."]
