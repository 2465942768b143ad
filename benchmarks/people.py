"""How fast the people part is at size: employees imported, their leave brought up to date, and each report asked.

A company of 10,000 employees, hired over five years into 200 departments and one reporting line, each with a policy of
leave that accrues by the month and one week of leave in each year. The import and the accrual run are the product's
own. Goals: each report's median is below 100 ms, and a second accrual run finds nothing to do.

    ./workgraph bench people
    python -m benchmarks.people --people 500 --times 3
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from benchmarks.access import DEPARTMENTS, WIDTH, a_tree, put_many, told
from benchmarks.reports import HEADING, MOST, a_report, analyzed, timed
from db.leave_choices import AccrualMethod, LedgerKind
from db.models.hr import (
    HolidayList,
    LeaveLedgerEntry,
    LeavePolicy,
    LeavePolicyAssignment,
    LeavePolicyType,
    LeaveRequest,
    LeaveStatus,
    LeaveType,
    WorkCalendar,
    WorkLocation,
)
from gateways.files import FileStore
from resolvers.time_off.posting import LeaveClock
from resolvers.turns import Turns
from tests.files.depot import Depot
from tests.imports.builders import Desk
from tests.proofs.tenants import a_world
from tests.schema.builders import put
from tests.world import CompanyWorld, Person, World

PEOPLE: Final = 10_000
YEARS: Final = 5
TIMES: Final = 15
HEADER: Final = "no,first,last,mail,since,title,department,site,manager,pay,currency,per"
MAPPING: Final = {
    "no": "employeeNo",
    "first": "legalFirstName",
    "last": "legalLastName",
    "mail": "workEmail",
    "since": "hireDate",
    "title": "jobTitle",
    "department": "department.name",
    "site": "location.name",
    "manager": "manager.employeeNo",
    "pay": "baseAmount",
    "currency": "currency",
    "per": "frequency",
}
BALANCE: Final = "leaveType balance pending buckets { days usableUntil }"
REPORTS: Final[Mapping[str, str]] = {
    "a page of employees": "{ employees(first: 50) { nodes { employeeNo jobTitle department { name } "
    "manager { employeeNo } } } }",
    "balances of a page": f"{{ employees(first: 50) {{ nodes {{ leaveBalances {{ {BALANCE} }} }} }} }}",
    "explain a balance": "query($id: ID!, $type: ID!) { explainLeaveBalance(employeeId: $id, leaveTypeId: $type) "
    "{ balance steps { days balance } } }",
    "who is away this week": "query($from: Date!, $today: Date!) { whoIsAway(from: $from, to: $today) "
    "{ name fromDate toDate } }",
    "absence rate of a month": "query($from: Date!, $today: Date!) { absenceRate(from: $from, to: $today) "
    "{ department percent } }",
    "leave liability": "{ leaveLiability { totals { currency amount } } }",
    "organisation chart": "{ orgChart { employeeId } }",
    "chart of four years ago": "query($then: Date!) { orgChart(on: $then) { employeeId } }",
    "headcount of five years": "query($then: Date!, $today: Date!) { headcount(from: $then, to: $today) { count } }",
    "requests that wait": "{ leaveRequests(first: 50, where: { status: { eq: PENDING } }) "
    "{ totalCount nodes { id } } }",
    "groups by department": "{ employees { groups(by: [{ departmentId: EACH }]) { key { departmentId } count } } }",
}


@dataclass(frozen=True)
class Stand:
    """The company, who asks, and the type of leave that everybody has."""

    company: CompanyWorld
    person: Person
    leave_type: UUID
    today: date

    @property
    def clock(self) -> LeaveClock:
        """The clock of leave, at noon of today."""
        parts, noon = (
            self.company.world.parts,
            datetime(self.today.year, self.today.month, self.today.day, 12, tzinfo=UTC),
        )
        key = self.company.world.wiring.master_key
        return LeaveClock(Turns(parts.database, parts.catalog, key, clock=lambda: noon))


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print the tables, and say whether the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many there are")
    parser.add_argument("--times", type=int, default=TIMES, help="how often each report is asked")
    given = parser.parse_args(arguments)
    return 0 if asyncio.run(measure(given.people, given.times)) else 1


async def measure(people: int, times: int) -> bool:
    """Import, post and ask, and hold it against the goals."""
    async with a_world() as world:
        print(f"{'':<32} {'rows':>8} {'seconds':>9} {'a second':>9}")
        stand = await a_stand(world)
        made = await timed("employees imported", the_employees(stand, people))
        await the_leave(stand)
        await analyzed(world)
        await timed("leave brought up to date", stand.clock.post([stand.company.tenant]))
        again = await timed("and again, on the same day", stand.clock.post([stand.company.tenant]))
        await analyzed(world)
        medians = await the_reports(stand, times)
        [(posted,)] = await stand.company.rows("select count(*) from pool.leave_accrual_runs where tenant_id = :tenant")
        whole = made == posted == people
        return (
            told(f"{people} employees, each of them posted", reached=whole)
            & told("a second run finds nothing to do", reached=again == 0)
            & told(f"each report below {MOST:.0f} ms; {max(medians):.0f}", reached=max(medians) < MOST)
        )


async def a_stand(world: World) -> Stand:
    """Put in a company with departments, a site, and a policy of leave."""
    company = await world.company()
    await a_tree(company)
    [days] = await put(company, HolidayList, [{"name": "Berlin"}])
    [week] = await put(company, WorkCalendar, [{"name": "Week"}])
    placed = {"holiday_list_id": days["id"], "work_calendar_id": week["id"]}
    await put(company, WorkLocation, [{"name": "Berlin", "country": "DE", "timezone": "UTC", **placed}])
    rules = {"accrual": AccrualMethod.MONTHLY, "annual_days": Decimal(24), "carry_forward_max": Decimal(5)}
    [kind] = await put(company, LeaveType, [{"name": "Annual leave", "carry_expiry_months": 3, **rules}])
    [policy] = await put(company, LeavePolicy, [{"name": "Everybody"}])
    await put(company, LeavePolicyType, [{"policy_id": policy["id"], "leave_type_id": kind["id"]}])
    return Stand(company, await company.person(), kind["id"], datetime.now(UTC).date())


async def the_employees(stand: Stand, people: int) -> int:
    """Import the employees, each led by one before them; return how many there are then."""
    place = stand.company.world.wiring.files
    assert isinstance(place, Path)
    desk = Desk(stand.company, stand.person, Depot(stand.company.world.http, FileStore(place), place))
    table = "\n".join([HEADER, *(_row(stand.today, number, people) for number in range(people))])
    import_id = await desk.begun("Employee", table, MAPPING)
    state = await desk.state(import_id)
    while state["status"] in {"PENDING", "RUNNING"}:
        await desk.work(import_id)
        state = await desk.state(import_id)
    if state["rejections"]["nodes"]:
        raise RuntimeError(f"rows are rejected: {state['rejections']['nodes'][:3]}")
    return int(state["rowsMade"])


def _row(today: date, number: int, people: int) -> str:
    since = today - timedelta(days=(people - number) * YEARS * 365 // people)
    above = f"E{(number - 1) // WIDTH:05}" if number else ""
    named = f"E{number:05},First {number % 97},Last {number % 89},e{number}@people.example"
    return f"{named},{since},Title {number % 31},Department {number % DEPARTMENTS},Berlin,{above},5000,EUR,MONTH"


async def the_leave(stand: Stand) -> None:
    """Give everybody the policy since they were hired, a week of leave in each year, and one that waits."""
    asked_for = "select id, user_id, hire_date from pool.employees where tenant_id = :tenant order by employee_no"
    staff = await stand.company.rows(asked_for)
    [(policy,)] = await stand.company.rows("select id from pool.leave_policies where tenant_id = :tenant")
    whose = [{"employee_id": each.id, "user_id": each.user_id} for each in staff]
    await put_many(
        stand.company,
        LeavePolicyAssignment,
        [
            {**each, "policy_id": policy, "effective_from": row.hire_date}
            for each, row in zip(whose, staff, strict=True)
        ],
    )
    leaves, entries = list[dict[str, Any]](), list[dict[str, Any]]()
    for place, (row, each) in enumerate(zip(staff, whose, strict=True)):
        for first in _weeks(stand.today, row.hire_date, place):
            waits = first > stand.today
            span = {"from_date": first, "to_date": first + timedelta(days=4), "days": Decimal(5)}
            state = {"status": LeaveStatus.PENDING if waits else LeaveStatus.TAKEN, "leave_type_id": stand.leave_type}
            leaves.append({"id": uuid7(), **each, **span, **state})
            if not waits:
                taken = {"kind": LedgerKind.TAKEN, "days": Decimal(-5), "effective_date": first}
                source = {"bucket": str(first.year), "source": str(leaves[-1]["id"]), "request_id": leaves[-1]["id"]}
                entries.append({"id": uuid7(), **each, "leave_type_id": stand.leave_type, **taken, **source})
    await put_many(stand.company, LeaveRequest, leaves)
    await put_many(stand.company, LeaveLedgerEntry, entries)


def _weeks(today: date, hired: date, place: int) -> Iterator[date]:
    """The Mondays from which somebody is away: one in each year since they earned it, and one that is to come."""
    first = today - timedelta(days=today.weekday() + 7 * (place % 50))
    for years in range(YEARS + 1):
        away = first - timedelta(weeks=52 * years)
        if away > hired + timedelta(days=120):
            yield away
    if place % 20 == 0:
        yield today + timedelta(days=30)


async def the_reports(stand: Stand, times: int) -> Sequence[float]:
    """Ask each report, print its median and how it is read; return the medians."""
    found = await stand.company.rows("select id from pool.employees where tenant_id = :tenant order by id limit 1")
    given = {
        "id": f"Employee_{found[0][0]}",
        "type": f"LeaveType_{stand.leave_type}",
        "today": stand.today.isoformat(),
        "from": (stand.today - timedelta(days=28)).isoformat(),
        "then": (stand.today - timedelta(days=4 * 365)).isoformat(),
    }
    print(HEADING)
    medians: list[float] = []
    for name, document in REPORTS.items():
        values = {each: value for each, value in given.items() if f"${each}:" in document}
        medians.append(await a_report(stand.company, stand.person, name, document, values, times))
    return medians


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
