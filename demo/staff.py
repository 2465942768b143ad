"""The staff of the demo company: forty people over two years, on two sites, with what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from db.models.hr import (
    Employee,
    EmploymentType,
    Holiday,
    HolidayList,
    PayFrequency,
    Position,
    WorkCalendar,
    WorkLocation,
)
from db.models.identity import Department
from demo.company import EMAIL
from demo.people import BUDDY, HR, MANAGER
from demo.stage import Stage
from resolvers import plain
from resolvers.context import Context
from resolvers.hr.employing import CREATED, begin_absence, terminate_employee
from resolvers.hr.moving import promote_employee, transfer_employee
from resolvers.hr.terms import change_compensation, start_contract
from resolvers.plain import Plain

EDIT: Final = "people.edit"
CREATE_DEPARTMENT: Final = plain.create(Plain(Department, "users.manage"))
CREATE_LIST: Final = plain.create(Plain(HolidayList, EDIT))
ADD_HOLIDAY: Final = plain.create(Plain(Holiday, EDIT), "add")
CREATE_CALENDAR: Final = plain.create(Plain(WorkCalendar, EDIT))
CREATE_SITE: Final = plain.create(Plain(WorkLocation, EDIT))
CREATE_POSITION: Final = plain.create(Plain(Position, EDIT))
CREATE_EMPLOYEE: Final = plain.create(Plain(Employee, EDIT, created=CREATED))

COMPANY, ENGINEERING, SALES, PEOPLE, FINANCE = "Company", "Engineering", "Sales", "People", "Finance"
DEPARTMENTS: Final = {COMPANY: None, ENGINEERING: COMPANY, SALES: COMPANY, PEOPLE: COMPANY, FINANCE: COMPANY}
BERLIN, LISBON = "Berlin", "Lisbon"
SITES: Final = {BERLIN: ("DE", "Europe/Berlin"), LISBON: ("PT", "Europe/Lisbon")}
HOLIDAYS: Final = {
    BERLIN: (("01-01", "New Year"), ("05-01", "Labour Day"), ("10-03", "German Unity Day"), ("12-25", "Christmas")),
    LISBON: (("01-01", "New Year"), ("04-25", "Freedom Day"), ("06-10", "Portugal Day"), ("12-25", "Christmas")),
}


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody of the staff: hired so many days ago, paid so much a month, below somebody by number."""

    name: str
    title: str
    department: str
    above: int | None
    days_ago: int
    pay: int
    site: str = BERLIN
    fte: str = "1"
    email: str = ""

    @property
    def address(self) -> str:
        """Their address at work."""
        return self.email or f"{self.name.replace(' ', '.')}@demo.example".lower()


WORKERS: Final[Sequence[Worker]] = (
    Worker("Dana Demo", "Managing director", COMPANY, None, 900, 12000, email=EMAIL),
    Worker("Marta Novak", "Head of engineering", ENGINEERING, 0, 860, 9200, email=MANAGER.email),
    Worker("Hanna Lindqvist", "Head of people", PEOPLE, 0, 850, 7800, email=HR.email),
    Worker("Rui Carvalho", "Head of sales", SALES, 0, 840, 8400, LISBON),
    Worker("Greta Stein", "Head of finance", FINANCE, 0, 830, 8600),
    Worker("Ben Okafor", "Senior engineer", ENGINEERING, 1, 820, 6900, email=BUDDY.email),
    Worker("Amir Karimi", "Engineer", ENGINEERING, 1, 800, 5600),
    Worker("Clara Weiss", "Engineer", ENGINEERING, 1, 780, 5500),
    Worker("Diego Ramos", "Engineer", ENGINEERING, 1, 760, 5300, LISBON),
    Worker("Elif Yilmaz", "Data engineer", ENGINEERING, 1, 740, 5700),
    Worker("Filipa Costa", "Account manager", SALES, 3, 735, 4400, LISBON),
    Worker("Georg Maurer", "Account manager", SALES, 3, 720, 4600),
    Worker("Hugo Alves", "Account manager", SALES, 3, 700, 4300, LISBON),
    Worker("Irina Popov", "Accountant", FINANCE, 4, 690, 4800),
    Worker("Jonas Falk", "Recruiter", PEOPLE, 2, 680, 4500),
    Worker("Kaja Holm", "Designer", ENGINEERING, 1, 650, 5000, fte="0.8"),
    Worker("Leo Brandt", "Engineer", ENGINEERING, 5, 630, 5200),
    Worker("Mina Park", "Engineer", ENGINEERING, 5, 610, 5200),
    Worker("Nuno Reis", "Support agent", SALES, 10, 590, 3200, LISBON),
    Worker("Olga Ivanova", "Test engineer", ENGINEERING, 5, 570, 4900),
    Worker("Paulo Dias", "Support agent", SALES, 10, 550, 3200, LISBON),
    Worker("Quirin Bauer", "Engineer", ENGINEERING, 5, 520, 5100),
    Worker("Rosa Lima", "Account manager", SALES, 3, 500, 4300, LISBON),
    Worker("Stefan Wolf", "Site reliability engineer", ENGINEERING, 5, 480, 5900),
    Worker("Tereza Dvorak", "Payroll clerk", FINANCE, 4, 450, 4100, fte="0.5"),
    Worker("Umar Aziz", "Engineer", ENGINEERING, 5, 420, 5000),
    Worker("Vera Sousa", "Support agent", SALES, 10, 400, 3100, LISBON),
    Worker("Walter Kern", "Controller", FINANCE, 4, 370, 5400),
    Worker("Xenia Roth", "People partner", PEOPLE, 2, 340, 4700),
    Worker("Yara Gomes", "Account manager", SALES, 3, 310, 4200, LISBON),
    Worker("Zoe Martin", "Engineer", ENGINEERING, 5, 280, 4900),
    Worker("Anton Berger", "Engineer", ENGINEERING, 1, 250, 5000),
    Worker("Bea Nunes", "Support agent", SALES, 10, 220, 3100, LISBON),
    Worker("Carl Engel", "Engineer", ENGINEERING, 5, 190, 4900),
    Worker("Daria Klein", "Working student", ENGINEERING, 5, 160, 2600, fte="0.5"),
    Worker("Enzo Faria", "Sales development", SALES, 3, 130, 3300, LISBON),
    Worker("Frida Lund", "Designer", ENGINEERING, 1, 100, 4600),
    Worker("Gil Pinto", "Support agent", SALES, 10, 70, 3100, LISBON),
    Worker("Heike Sommer", "Office manager", PEOPLE, 2, 40, 3500),
    Worker("Ines Castillo", "System administrator", PEOPLE, 2, -21, 5200, email="ines.castillo@demo.example"),
)
"""Everybody, each below somebody before them; the last one is still to begin."""

LEFT: Final = {11: 300, 20: 160, 25: 60}
"""Who has left, and how many days ago their last day was."""

LEAVES: Final = {29: 30}
"""Who is to leave, and in how many days."""

PROMOTED: Final = {6: (400, "Senior engineer"), 9: (330, "Senior data engineer"), 16: (90, "Senior engineer")}
MOVED: Final = {22: (240, ENGINEERING, 1), 31: (120, ENGINEERING, 5)}
PART_TIME: Final = {7: (200, "0.8")}
AWAY: Final = (17,)
RAISE: Final = Decimal("1.04")
A_YEAR: Final = 365


async def seed_staff(stage: Stage) -> None:
    """Employ everybody, and do what became of them, unless they are there."""
    async with stage.acting() as context:
        if await context.all(select(Employee.id).limit(1)):
            return
        departments = await _departments(context)
        sites = await _sites(context, stage.now.year)
        people = await _employ(context, stage.now.date(), departments, sites)
        await _what_became_of_them(context, stage.now.date(), people, departments)


async def _departments(context: Context) -> Mapping[str, UUID]:
    made: dict[str, UUID] = {}
    for name, above in DEPARTMENTS.items():
        parent = {"parent_id": made[above]} if above else {}
        made[name] = (await CREATE_DEPARTMENT(context, name=name, **parent)).id
    return made


async def _sites(context: Context, year: int) -> Mapping[str, UUID]:
    week = await CREATE_CALENDAR(context, name="Monday to Friday")
    made: dict[str, UUID] = {}
    for name, (country, zone) in SITES.items():
        days = await CREATE_LIST(context, name=name)
        for at in range(year - 2, year + 2):
            for day, called in HOLIDAYS[name]:
                await ADD_HOLIDAY(context, holiday_list_id=days.id, day=date.fromisoformat(f"{at}-{day}"), name=called)
        placed = {"holiday_list_id": days.id, "work_calendar_id": week.id}
        made[name] = (await CREATE_SITE(context, name=name, country=country, timezone=zone, **placed)).id
    return made


async def _employ(
    context: Context, today: date, departments: Mapping[str, UUID], sites: Mapping[str, UUID]
) -> Sequence[UUID]:
    people: list[UUID] = []
    for number, worker in enumerate(WORKERS):
        first, last = worker.name.split(" ")
        seat = {"code": f"S-{number + 1:02}", "title": worker.title, "department_id": departments[worker.department]}
        position = await CREATE_POSITION(context, **seat)
        named = {"legal_first_name": first, "legal_last_name": last, "work_email": worker.address}
        employee = await CREATE_EMPLOYEE(
            context,
            employee_no=f"D-{number + 1:03}",
            hire_date=today - timedelta(days=worker.days_ago),
            job_title=worker.title,
            department_id=departments[worker.department],
            position_id=position.id,
            location_id=sites[worker.site],
            manager_id=None if worker.above is None else people[worker.above],
            employment_type=EmploymentType.FULL_TIME if worker.fte == "1" else EmploymentType.PART_TIME,
            fte=Decimal(worker.fte),
            birth_date=date(1970 + number * 7 % 30, 1 + number % 12, 1 + number * 5 % 28),
            base_amount=Decimal(worker.pay),
            currency="EUR",
            frequency=PayFrequency.MONTH,
            **named,
        )
        people.append(employee.id)
    return people


async def _what_became_of_them(
    context: Context, today: date, people: Sequence[UUID], departments: Mapping[str, UUID]
) -> None:
    def ago(days: int) -> date:
        return today - timedelta(days=days)

    async def one(number: int) -> Employee:
        return await context.one(Employee, people[number])

    await _raise(context, today, people)
    for number, (days, title) in PROMOTED.items():
        await promote_employee(context, await one(number), effective_on=ago(days), job_title=title)
    for number, (days, department, above) in MOVED.items():
        to = await context.one(Department, departments[department])
        placed = {"department": to, "manager": await one(above)}
        await transfer_employee(context, await one(number), effective_on=ago(days), **placed)
    for number, (days, fte) in PART_TIME.items():
        terms = {"fte": Decimal(fte), "hours_per_week": Decimal(fte) * 40}
        terms |= {"employment_type": EmploymentType.PART_TIME}
        await start_contract(context, await one(number), effective_from=ago(days), **terms)
    for number in AWAY:
        await begin_absence(context, await one(number))
    for number, days in LEFT.items():
        await terminate_employee(context, await one(number), last_day=ago(days), reason="Took another job.")
    for number, days in LEAVES.items():
        await terminate_employee(context, await one(number), last_day=ago(-days), reason="Moves abroad.")


async def _raise(context: Context, today: date, people: Sequence[UUID]) -> None:
    """Pay everybody more who has been here for a year."""
    for number, worker in enumerate(WORKERS):
        if worker.days_ago > A_YEAR and number not in LEFT:
            pay: dict[str, Any] = {"base_amount": worker.pay * RAISE, "currency": "EUR", "reason": "After a year."}
            begins = today - timedelta(days=worker.days_ago - A_YEAR)
            employee = await context.one(Employee, people[number])
            await change_compensation(context, employee, effective_from=begins, frequency=PayFrequency.MONTH, **pay)
