"""Core HR, as it is public: employees, the terms of their work, and where and when people work."""

from db.models.hr import (
    CompensationRecord,
    Dependent,
    EmergencyContact,
    Employee,
    EmployeeDocument,
    EmployeeEvent,
    EmploymentContract,
    Holiday,
    HolidayList,
    Position,
    WorkCalendar,
    WorkLocation,
)
from resolvers.hr.clock import ADVANCING
from resolvers.hr.employing import (
    ADDED,
    CHANGED,
    CREATED,
    EMPLOYEE,
    UPDATED,
    begin_absence,
    end_absence,
    rehire_employee,
    reinstate_employee,
    suspend_employee,
    terminate_employee,
    withdraw_termination,
)
from resolvers.hr.moving import cancel_employee_change, promote_employee, transfer_employee
from resolvers.hr.org_chart import full_name, headcount, org_chart
from resolvers.hr.papers import verify_employee_document
from resolvers.hr.terms import change_compensation, start_contract
from schema.derive.declare import Domain, entity

READ, WRITE = "people.read", "people.edit"
PRIVATE = "people.read_private"

hr = Domain(
    module="hr",
    entities=[
        entity(HolidayList, read=READ, write=WRITE),
        entity(Holiday, read=READ, write=WRITE, create_as="add", listed=False, imported=True),
        entity(WorkCalendar, read=READ, write=WRITE),
        entity(WorkLocation, read=READ, write=WRITE, imported=True),
        entity(Position, read=READ, write=WRITE, imported=True),
        entity(
            Employee,
            read=READ,
            write=WRITE,
            verbs=["create", "update"],
            created=CREATED,
            updated=UPDATED,
            imported=True,
        ),
        entity(EmploymentContract, read=READ),
        entity(CompensationRecord, read="people.read_pay"),
        entity(EmployeeEvent, read=READ),
        entity(Dependent, read=PRIVATE, write=WRITE, create_as="add", created=ADDED, updated=CHANGED),
        entity(EmergencyContact, read=PRIVATE, write=WRITE, create_as="add", created=ADDED, updated=CHANGED),
        entity(EmployeeDocument, read=PRIVATE, write=WRITE, create_as="add", created=ADDED, updated=CHANGED),
    ],
    operations=[
        transfer_employee,
        promote_employee,
        cancel_employee_change,
        start_contract,
        change_compensation,
        begin_absence,
        end_absence,
        suspend_employee,
        reinstate_employee,
        terminate_employee,
        withdraw_termination,
        rehire_employee,
        verify_employee_document,
    ],
    readings=[org_chart, headcount],
    computed=[full_name],
    machines=[EMPLOYEE],
    emitters=[ADVANCING],
)
