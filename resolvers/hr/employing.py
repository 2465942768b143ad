"""Employees: adding one makes their first contract and the user whom they are; what becomes of them is a state machine.

Who begins to work and who has worked for the last day is moved by the clock, at the turn of the day where they are.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from sqlalchemy import func, select, union
from uuid_utils.compat import uuid7

from db.models.hr import (
    CompensationRecord,
    Dependent,
    EmergencyContact,
    Employee,
    EmployeeDocument,
    EmployeeEvent,
    EmployeeEventKind,
    EmployeeStatus,
    EmploymentContract,
    PayFrequency,
    Position,
    WorkLocation,
)
from db.models.identity import Department, Role, User, UserRole
from resolvers.context import Context, Looking, any_of
from resolvers.erased import PersonErased, expect_kept
from resolvers.hr.days import DAY, covers, end_of, expect_near, today
from resolvers.hr.events import (
    CompensationChanged,
    EmployeeHired,
    EmployeeRehired,
    EmployeeSuspended,
    EmployeeTerminated,
)
from resolvers.hr.history import Placement, latest, mirror, put, record
from resolvers.hr.moving import expect_at_work, expect_title
from resolvers.hr.refusals import HasReports, NotCovered, OutsideEmployment
from resolvers.hr.terms import about, check_terms
from resolvers.operation import Parameter, operation
from resolvers.people import LastOwner, deactivate_user
from resolvers.plain import Also
from resolvers.refusals import AlreadyExists, IllegalTransition, InvalidInput, NotFound, Refused
from resolvers.reporting import ReportsInCircle
from resolvers.state import StateMachine

MEMBER: Final = "MEMBER"
FULL_WEEK: Final = Decimal(40)
FIRST_PAY: Final = "Pay at the begin."
REASON: Final = "Why: 1 to 1,000 characters."
LONGEST_REASON: Final = 1000
AT_WORK: Final = (EmployeeStatus.ACTIVE, EmployeeStatus.ON_LEAVE, EmployeeStatus.SUSPENDED)


async def covered(looking: Looking, employees: Sequence[Employee]) -> Sequence[Refused | None]:
    """Refuse those who have no contract for their first day, or whose pay for it was not agreed."""
    ids = any_of([each.id for each in employees])
    held = [
        set(
            await looking.all(
                select(model.employee_id)
                .join(Employee, Employee.id == model.employee_id)
                .where(model.employee_id == ids, counts)
                .where(covers(model.effective_from, model.effective_to, Employee.hire_date))
            )
        )
        for model, counts in (
            (EmploymentContract, EmploymentContract.employment == Employee.employment),
            (CompensationRecord, CompensationRecord.superseded_at.is_(None)),
        )
    ]
    return [
        None
        if all(each.id in found for found in held)
        else NotCovered("For the first day there is no contract, or no pay was agreed.")
        for each in employees
    ]


async def without_reports(looking: Looking, employees: Sequence[Employee]) -> Sequence[Refused | None]:
    """Refuse those to whom somebody still reports who works here or will, or is to report by a change that waits."""
    ids = any_of([each.id for each in employees])
    reports = select(Employee.manager_id, Employee.id).where(
        Employee.manager_id == ids, Employee.status != EmployeeStatus.TERMINATED
    )
    coming = select(EmployeeEvent.manager_id, EmployeeEvent.employee_id).where(
        EmployeeEvent.manager_id == ids,
        EmployeeEvent.manager_id != EmployeeEvent.employee_id,
        EmployeeEvent.applied_at.is_(None),
    )
    below = union(reports, coming).subquery()
    each_of = select(below.c.manager_id, func.count()).group_by(below.c.manager_id)
    counted: dict[Any, int] = dict(tuple(row) for row in await looking.rows(each_of))
    return [_reported_to(counted[each.id]) if each.id in counted else None for each in employees]


def _reported_to(count: int) -> Refused:
    said = f"{count} still report to the person, or are to; give them another manager first."
    return HasReports(said, reports=count)


EMPLOYEE: Final = StateMachine(Employee, facts=lambda employee: {"user_id": employee.user_id})
HIRE: Final = EMPLOYEE.move(
    EmployeeStatus.PREHIRE, to=EmployeeStatus.ACTIVE, event=EmployeeHired, guard=covered, by_clock=True
)
BEGIN_LEAVE: Final = EMPLOYEE.move(EmployeeStatus.ACTIVE, to=EmployeeStatus.ON_LEAVE)
END_LEAVE: Final = EMPLOYEE.move(EmployeeStatus.ON_LEAVE, to=EmployeeStatus.ACTIVE)
SUSPEND: Final = EMPLOYEE.move(EmployeeStatus.ACTIVE, to=EmployeeStatus.SUSPENDED, event=EmployeeSuspended)
REINSTATE: Final = EMPLOYEE.move(EmployeeStatus.SUSPENDED, to=EmployeeStatus.ACTIVE)
TERMINATE: Final = EMPLOYEE.move(
    *AT_WORK, to=EmployeeStatus.TERMINATED, event=EmployeeTerminated, guard=without_reports
)
REHIRE: Final = EMPLOYEE.move(EmployeeStatus.TERMINATED, to=EmployeeStatus.PREHIRE, event=EmployeeRehired)


async def prepare(context: Context, employee: Employee, **given: Any) -> None:
    """Refuse what cannot be; find the user of the address, or make one who may not sign in yet."""
    _check(employee)
    expect_near(context, hire_date=employee.hire_date, contract_ends_on=given.get("contract_ends_on"))
    employee.work_email = employee.work_email.strip().lower()
    _expect_whole_pay(*(given.get(name) for name in ("base_amount", "currency", "frequency")))
    if employee.manager_id is not None:
        expect_at_work(await _named(context, Employee, employee.manager_id, "manager_id"), "manager_id")
    location = await _named(context, WorkLocation, employee.location_id, "location_id")
    user = await _user_of(context, employee, location.timezone)
    employee.user_id = user.id


def _check(employee: Employee) -> None:
    for name in ("employee_no", "job_title", "legal_first_name", "legal_last_name"):
        if not getattr(employee, name).strip():
            raise InvalidInput("It cannot be blank.", path=(name,))
    if employee.probation_end is not None and employee.probation_end < employee.hire_date:
        raise InvalidInput("Probation ends after the first day.", path=("probation_end",))


def _expect_whole_pay(*said: object) -> None:
    """Refuse a part of what pay is made of: an amount counts in a currency, and for a time."""
    if any(each is not None for each in said) and None in said:
        raise InvalidInput("Amount, currency and frequency are said together.", path=("base_amount",))


async def _named(context: Context, model: type[Any], given: Any, path: str) -> Any:
    try:
        return await context.one(model, given)
    except NotFound as missing:
        raise NotFound(missing.message, path=(path,)) from missing


async def _user_of(context: Context, employee: Employee, timezone: str) -> User:
    found: Sequence[User] = await context.all(select(User).where(User.email == employee.work_email).with_for_update())
    if found:
        expect_kept(found[0])
        if await context.all(select(Employee.id).where(Employee.user_id == found[0].id)):
            raise AlreadyExists("The user of this address is an employee already.", path=("work_email",))
        return found[0]
    user = User(
        id=uuid7(),
        email=employee.work_email,
        first_name=employee.legal_first_name,
        last_name=employee.legal_last_name,
        timezone=employee.timezone or timezone,
        is_active=False,
    )
    context.add(user)
    await context.flush()
    for role in await context.all(select(Role.id).where(Role.name == MEMBER, Role.built_in)):
        context.add(UserRole(user_id=user.id, role_id=role))
    return user


async def employ(
    context: Context,
    employee: Employee,
    hours_per_week: Decimal | None = None,
    contract_ends_on: date | None = None,
    base_amount: Decimal | None = None,
    currency: str | None = None,
    frequency: PayFrequency | None = None,
) -> None:
    """Write the first contract, the first pay and where the person begins; who begins today or earlier, works here."""
    hours = FULL_WEEK * employee.fte if hours_per_week is None else hours_per_week
    check_terms(EmploymentContract, hours_per_week=hours)
    if contract_ends_on is not None and contract_ends_on < employee.hire_date:
        raise InvalidInput("The contract ends after it has begun.", path=("contract_ends_on",))
    _contract(context, employee, hours, contract_ends_on)
    await mirror(context, employee)
    record(context, employee, EmployeeEventKind.HIRE, employee.hire_date)
    if base_amount is not None and currency is not None and frequency is not None:
        await _agree(context, employee, base_amount, currency, frequency)
    await context.flush()
    await begin(context, employee)


def _contract(context: Context, employee: Employee, hours: Decimal, ends_on: date | None) -> None:
    contract = EmploymentContract(
        id=uuid7(),
        effective_from=employee.hire_date,
        effective_to=ends_on,
        employment_type=employee.employment_type,
        fte=employee.fte,
        hours_per_week=hours,
        **about(employee),
    )
    context.add(contract)


async def _agree(
    context: Context, employee: Employee, base_amount: Decimal, currency: str, frequency: PayFrequency
) -> None:
    check_terms(CompensationRecord, base_amount=base_amount, currency=currency)
    pay = CompensationRecord(
        id=uuid7(),
        effective_from=employee.hire_date,
        base_amount=base_amount,
        currency=currency,
        frequency=frequency,
        reason=FIRST_PAY,
        **about(employee),
    )
    context.add(pay)
    await context.publish(CompensationChanged(effective_from=employee.hire_date, user_id=employee.user_id), employee)


async def begin(context: Context, employee: Employee) -> bool:
    """Have somebody work here whose first day has come and who has all it takes; tell whether that is so."""
    if employee.status is not EmployeeStatus.PREHIRE or await today(context, employee) < employee.hire_date:
        return False
    [refusal] = await covered(context.looking, [employee])
    if refusal:
        return False
    await HIRE.make(context, employee)
    return True


PAY: Final = "Base pay from the first day on; with its currency and its frequency, or to be agreed later."
CREATED: Final = Also(
    employ,
    before=prepare,
    refuses=(PersonErased,),
    emits=(
        *("user.created", "user.role.created", "user.updated"),
        *("employee.contract.created", "employee.event.created", "employee.compensation.created"),
        *("employee.compensation.changed", "employee.moved", "employee.hired"),
    ),
    parameters=(
        Parameter(
            "hours_per_week", Decimal, "Hours of work in a week; 40 for full time when left out.", required=False
        ),
        Parameter(
            "contract_ends_on", date, "Last day of a contract for a time; without an end when left out.", required=False
        ),
        Parameter("base_amount", Decimal, PAY, required=False),
        Parameter("currency", str, "Currency of the pay, ISO 4217.", required=False),
        Parameter("frequency", PayFrequency, "For how long the base pay is paid.", required=False),
    ),
)


async def check_change(context: Context, employee: Employee) -> None:
    """Refuse blank names, and to write of somebody whose data was erased."""
    expect_kept(await context.one(User, employee.user_id))
    _check(employee)


UPDATED: Final = Also(before=check_change, refuses=(PersonErased,))
OfEmployee = Dependent | EmergencyContact | EmployeeDocument


async def of_employee(context: Context, row: OfEmployee, **_given: Any) -> None:
    """Have what belongs to an employee belong to the user whom the employee is."""
    employee = await _named(context, Employee, row.employee_id, "employee_id")
    expect_kept(await context.one(User, employee.user_id))
    row.user_id = employee.user_id


async def of_somebody_kept(context: Context, row: OfEmployee) -> None:
    """Refuse to write of somebody whose data was erased."""
    expect_kept(await context.one(User, row.user_id))


ADDED: Final = Also(before=of_employee, refuses=(PersonErased,))
CHANGED: Final = Also(before=of_somebody_kept, refuses=(PersonErased,))


@operation("people.edit", move=BEGIN_LEAVE)
async def begin_absence(_context: Context, employee: Employee) -> Employee:
    """Note that somebody is away for long, such as on parental leave."""
    return employee


@operation("people.edit", move=END_LEAVE)
async def end_absence(_context: Context, employee: Employee) -> Employee:
    """Note that somebody is back who was away for long."""
    return employee


@operation("people.edit", move=SUSPEND)
async def suspend_employee(_context: Context, employee: Employee) -> Employee:
    """Have somebody not come in until that is lifted; the employment goes on."""
    return employee


@operation("people.edit", move=REINSTATE)
async def reinstate_employee(_context: Context, employee: Employee) -> Employee:
    """Have somebody come in again who was suspended."""
    return employee


ENDING: Final = (
    *("employee.contract.updated", "employee.contract.deleted", "employee.compensation.updated"),
    *("employee.compensation.deleted", "employee.event.created", "employee.event.deleted", "employee.event.updated"),
    *("user.updated", "user.session.updated", "user.refresh_token.updated"),
    *("user.password_reset.updated", "user.deactivated", "employee.moved", "employee.terminated"),
)


@operation(
    "people.edit",
    refuses=[IllegalTransition, InvalidInput, OutsideEmployment, HasReports, LastOwner],
    emits=["employee.updated", *ENDING],
)
async def terminate_employee(
    context: Context,
    employee: Employee,
    last_day: Annotated[date, "Last day of work; the employment ends at its end, where the person works."],
    reason: Annotated[str, REASON],
) -> Employee:
    """Agree the last day of somebody's work: at its end they are shut out and leave, at once if it is past.

    Until then it can be agreed otherwise, or withdrawn. Nobody leaves to whom somebody reports.
    """
    if employee.status not in AT_WORK:
        raise EMPLOYEE.illegal(employee.status, EmployeeStatus.TERMINATED)
    expect_near(context, last_day=last_day)
    if last_day < employee.hire_date:
        raise OutsideEmployment("The last day is not before the first.", path=("last_day",))
    because, ended_at = _written(reason), await end_of(context, employee, last_day)
    if context.now >= ended_at:
        await _end(context, employee, last_day, ended_at, because)
    else:
        employee.termination_date, employee.termination_reason = last_day, because
    return employee


@operation("people.edit", refuses=[IllegalTransition], emits=["employee.updated"])
async def withdraw_termination(context: Context, employee: Employee) -> Employee:
    """Have somebody stay whose last day was agreed and has not passed."""
    if employee.status not in AT_WORK or employee.termination_date is None:
        raise EMPLOYEE.illegal(employee.status, employee.status)
    employee.termination_date = employee.termination_reason = None
    await context.flush()
    return employee


def _written(reason: str) -> str:
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidInput(f"Say why, in 1 to {LONGEST_REASON:,} characters.", path=("reason",))
    return reason.strip()


async def leave(context: Context, employee: Employee) -> bool:
    """End an employment whose last day is over; tell whether it was."""
    if employee.status not in AT_WORK or employee.termination_date is None:
        return False
    ended_at = await end_of(context, employee, employee.termination_date)
    if context.now < ended_at:
        return False
    await _end(context, employee, employee.termination_date, ended_at, employee.termination_reason)
    return True


async def _end(context: Context, employee: Employee, last_day: date, ended_at: datetime, because: str | None) -> None:
    """End an employment: nothing of it holds on, and the person is shut out."""
    await TERMINATE.check(context, employee)
    await _cut_short(context, employee, last_day)
    await _shut_out(context, employee)
    record(context, employee, EmployeeEventKind.TERMINATION, last_day + DAY, await _stood(context, employee))
    await context.flush()
    employee.termination_date, employee.termination_reason, employee.terminated_at = last_day, because, ended_at
    await TERMINATE.make(context, employee, last_day=last_day)


async def _stood(context: Context, employee: Employee) -> Placement:
    """Return where somebody stood on the last day, by what counts of their history."""
    return Placement.of(await latest(context, employee) or employee)


async def _cut_short(context: Context, employee: Employee, last_day: date) -> None:
    """Have nothing hold after the last day: what began later never comes to hold, or counts as never come."""
    for model, counts in (
        (EmploymentContract, EmploymentContract.employment == employee.employment),
        (CompensationRecord, CompensationRecord.superseded_at.is_(None)),
    ):
        rows = await context.all(select(model).where(model.employee_id == employee.id, counts))
        later = [row for row in rows if row.effective_from > last_day]
        await context.delete(model, later)
        for row in rows:
            if row not in later and (row.effective_to is None or row.effective_to > last_day):
                row.effective_to = last_day
    noted = select(EmployeeEvent).where(EmployeeEvent.employee_id == employee.id)
    await context.delete(EmployeeEvent, await context.all(noted.where(EmployeeEvent.applied_at.is_(None))))
    counts = noted.where(EmployeeEvent.effective_on > last_day, EmployeeEvent.superseded_at.is_(None))
    for each in await context.all(counts):
        each.superseded_at = context.now
    await context.flush()


async def _shut_out(context: Context, employee: Employee) -> None:
    user = await context.one(User, employee.user_id)
    if user.is_active:
        await deactivate_user(context, user)


@operation(
    "people.edit",
    refuses=[IllegalTransition, InvalidInput, AlreadyExists, OutsideEmployment, ReportsInCircle, PersonErased],
    emits=[
        *("employee.moved", "employee.rehired", "employee.contract.created", "employee.event.created", "user.updated"),
        *("employee.compensation.created", "employee.compensation.changed", "employee.hired"),
    ],
)
async def rehire_employee(  # noqa: PLR0913 - all that an employment begins with
    context: Context,
    employee: Employee,
    hire_date: Annotated[date, "First day of the new employment."],
    hours_per_week: Annotated[Decimal, "Hours of work in a week."],
    base_amount: Annotated[Decimal | None, PAY] = None,
    currency: Annotated[str | None, "Currency of the pay, ISO 4217."] = None,
    frequency: Annotated[PayFrequency | None, "For how long the base pay is paid."] = None,
    *,
    department: Annotated[Department | None, "Where the person works; as before when left out."] = None,
    manager: Annotated[Employee | None, "Whom the person reports to; as before when left out, if still here."] = None,
    location: Annotated[WorkLocation | None, "Where the person works from; as before when left out."] = None,
    position: Annotated[Position | None, "The seat that the person holds; none when left out."] = None,
    job_title: Annotated[str | None, "Title of the job; as before when left out."] = None,
) -> Employee:
    """Employ somebody again who had left: the number stays, the contract is new. Signing in is allowed anew."""
    await REHIRE.check(context, employee)
    expect_kept(await context.one(User, employee.user_id))
    expect_near(context, hire_date=hire_date)
    if employee.termination_date is not None and hire_date <= employee.termination_date:
        raise OutsideEmployment("The new employment begins after the last one.", path=("hire_date",))
    _expect_whole_pay(base_amount, currency, frequency)
    check_terms(EmploymentContract, hours_per_week=hours_per_week)
    given = {"department_id": department, "manager_id": manager, "location_id": location}
    if job_title is not None:
        expect_title(job_title)
    before = replace(await _stood(context, employee), position_id=position.id if position else None)
    placed = before.but(job_title=job_title, **{name: each.id for name, each in given.items() if each})
    if placed.manager_id is not None:
        expect_at_work(manager or await context.one(Employee, placed.manager_id), "manager_id")
    await put(context, employee, placed)
    employee.original_hire_date = employee.original_hire_date or employee.hire_date
    employee.hire_date, employee.employment = hire_date, employee.employment + 1
    employee.termination_date = employee.termination_reason = employee.terminated_at = employee.probation_end = None
    await REHIRE.make(context, employee, hire_date=hire_date)
    await mirror(context, employee)
    _contract(context, employee, hours_per_week, None)
    record(context, employee, EmployeeEventKind.REHIRE, hire_date)
    if base_amount is not None and currency is not None and frequency is not None:
        await _agree(context, employee, base_amount, currency, frequency)
    await context.flush()
    await begin(context, employee)
    return employee


TERMINATE.bind(terminate_employee.name)
REHIRE.bind(rehire_employee.name)
