"""How fast objectives are at size: each report asked, and progress added up through eight levels.

A company of 10,000 employees in 200 departments, with four quarters of 2,500 objectives each, aligned to each other as
people report, and five key results to each: 50,000, each reported on three times, one in four of them long ago. Goals:
each report's median is below 100 ms; a check-in that changes eight objectives, one above the other, takes at most 20 ms
more than one that changes one.

    ./workgraph bench objectives
    python -m benchmarks.objectives --people 500 --times 3
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from benchmarks.access import DEPARTMENTS, a_tree, above, put_many, the_people, told
from benchmarks.reports import HEADING, MOST, a_report, analyzed
from db.models.hr import Employee, EmployeeStatus, HolidayList, WorkCalendar, WorkLocation
from db.models.performance import (
    KeyResult,
    KeyResultCheckIn,
    Okr,
    OkrOwnerType,
    OkrStatus,
    PerformanceCycle,
    PerformanceCycleStatus,
)
from db.okr_choices import MetricDirection, MetricType
from resolvers import ids
from tests.proofs.tenants import a_world
from tests.schema.builders import put
from tests.world import CompanyWorld, Person

PEOPLE: Final = 10_000
QUARTERS: Final = 4
KEY_RESULTS: Final = 5
CHECK_INS: Final = 3
LEVELS: Final = 8
TIMES: Final = 15
DAYS: Final = 90
ROLL_UP: Final = 20.0
"""Milliseconds that adding up through all levels may take in the middle."""

REPORTS: Final[Mapping[str, str]] = {
    "a page of objectives": "query($cycle: ID!) { okrs(first: 50, where: { cycleId: { eq: $cycle } }) "
    "{ totalCount nodes { objective ownerName progress health keyResults { nodes { title progress } } } } }",
    "those that are behind": '{ okrs(first: 50, where: { status: { eq: ACTIVE }, progress: { lt: "20" } }, '
    "orderBy: [{ progress: ASC }]) { nodes { objective progress } } }",
    "heat map": "query($cycle: ID!) { okrHeatMap(cycleId: $cycle) { ownerName cells { okrId progress health } } }",
    "alignment tree": "query($cycle: ID!) { okrAlignmentTree(cycleId: $cycle) { okrId aboveId progress health } }",
    "overdue check-ins": "query($cycle: ID!) { overdueCheckIns(cycleId: $cycle) { keyResultId days } }",
    "explain progress": "query($okr: ID!) { explainOkrProgress(okrId: $okr) { progress contributors { title adds } } }",
    "check-ins of a key result": "query($keyResult: ID!) { keyResult(id: $keyResult) "
    "{ checkIns { nodes { value } } } }",
}
CHECK_IN: Final = """mutation($id: ID!, $value: Decimal!) {
  checkInKeyResult(input: { id: $id, value: $value, confidence: 7 }) { keyResultCheckIn { id } refusals { message } }
}"""


@dataclass(frozen=True)
class Stand:
    """The company, who asks, the quarter that runs, and a line of objectives.

    `top` is the first of the line, `bottom` measures the last, `key_result` an objective that is above and below none.
    """

    company: CompanyWorld
    person: Person
    cycle: UUID
    top: UUID
    key_result: UUID
    bottom: UUID


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print the tables, and say whether the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many there are")
    parser.add_argument("--times", type=int, default=TIMES, help="how often each report is asked")
    given = parser.parse_args(arguments)
    return 0 if asyncio.run(measure(given.people, given.times)) else 1


async def measure(people: int, times: int) -> bool:
    """Put in the objectives, ask and report, and hold it against the goals."""
    async with a_world() as world:
        stand = await a_stand(await world.company(), people)
        await analyzed(world)
        medians = await the_reports(stand, times)
        one, line = await the_check_ins(stand, times)
        return told(f"each report below {MOST:.0f} ms; {max(medians):.0f}", reached=max(medians) < MOST) & told(
            f"{LEVELS} levels below {ROLL_UP:.0f} ms more than one; {line - one:.1f}", reached=line - one < ROLL_UP
        )


async def a_stand(company: CompanyWorld, people: int) -> Stand:
    """Put in the company with four quarters, of which the last runs, and a line of objectives of its own."""
    departments = await a_tree(company)
    users = await the_people(company, people, departments)
    employees = await the_employees(company, users, departments)
    today = datetime.now(UTC).date()
    begun = today - timedelta(days=60)
    owners = employees[: people // QUARTERS]
    for back in range(1, QUARTERS):
        first = begun - timedelta(days=back * DAYS)
        await the_objectives(company, await a_quarter(company, first, runs=False), first, owners)
    cycle = await a_quarter(company, begun, runs=True)
    await the_objectives(company, cycle, begun, owners)
    line = await put_line(company, cycle, begun)
    [measured] = await the_key_results(company, [line[-1]], begun, each=1)
    [alone] = await put_line(company, cycle, begun, levels=1)
    [key_result] = await the_key_results(company, [alone], begun, each=1)
    return Stand(company, await company.person(), cycle, line[0], key_result, measured)


async def the_employees(
    company: CompanyWorld, users: Sequence[UUID], departments: Sequence[UUID]
) -> Sequence[tuple[UUID, UUID]]:
    """Put in an employee for each user; return both."""
    [days] = await put(company, HolidayList, [{"name": "Berlin"}])
    [week] = await put(company, WorkCalendar, [{"name": "Week"}])
    placed = {"holiday_list_id": days["id"], "work_calendar_id": week["id"]}
    [site] = await put(company, WorkLocation, [{"name": "Berlin", "country": "DE", "timezone": "UTC", **placed}])
    made = [uuid7() for _ in users]
    rows = [
        {
            "id": each,
            "employee_no": f"E{number:05}",
            "user_id": users[number],
            "legal_first_name": f"First {number % 97}",
            "legal_last_name": f"Last {number % 89}",
            "work_email": f"user-{number}@people.example",
            "hire_date": date(2024, 1, 1),
            "status": EmployeeStatus.ACTIVE,
            "department_id": departments[number % DEPARTMENTS],
            "location_id": site["id"],
            "manager_id": above(made, number),
            "job_title": f"Title {number % 31}",
        }
        for number, each in enumerate(made)
    ]
    await put_many(company, Employee, rows)
    return list(zip(made, users, strict=True))


async def a_quarter(company: CompanyWorld, begun: date, *, runs: bool) -> UUID:
    """Put in a quarter, which runs or is closed."""
    status = PerformanceCycleStatus.OPEN if runs else PerformanceCycleStatus.CLOSED
    days = {"starts_on": begun, "ends_on": begun + timedelta(days=DAYS - 1)}
    [row] = await put(company, PerformanceCycle, [{"name": f"Quarter from {begun}", "status": status, **days}])
    return row["id"]


async def the_objectives(
    company: CompanyWorld, cycle: UUID, begun: date, owners: Sequence[tuple[UUID, UUID]]
) -> Sequence[UUID]:
    """Put in an objective of each owner, aligned to that of who leads them, with key results and check-ins."""
    made = [uuid7() for _ in owners]
    rows = [
        {
            "id": each,
            "owner_type": OkrOwnerType.EMPLOYEE,
            "employee_id": owners[number][0],
            "user_id": owners[number][1],
            "parent_id": above(made, number),
            "objective": f"Objective {number} of {begun}",
            "progress": Decimal(number * 7 % 100),
            **_active(cycle, begun),
        }
        for number, each in enumerate(made)
    ]
    await put_many(company, Okr, rows)
    await the_key_results(company, made, begun, each=KEY_RESULTS)
    return made


def _active(cycle: UUID, begun: date) -> dict[str, Any]:
    return {"cycle_id": cycle, "status": OkrStatus.ACTIVE, "activated_on": begun}


async def the_key_results(company: CompanyWorld, okrs: Sequence[UUID], begun: date, *, each: int) -> Sequence[UUID]:
    """Put in so many key results of each objective, each reported on three times; of one in four that is long ago."""
    measures = {"metric_type": MetricType.NUMBER, "direction": MetricDirection.INCREASE}
    measures |= {"start_value": Decimal(0), "target_value": Decimal(100), "weight": Decimal(100) / each}
    rows: list[dict[str, Any]] = []
    for number, okr in enumerate(okrs):
        for place in range(each):
            value = Decimal((number + place) * 7 % 100)
            last = begun + timedelta(days=55 if len(rows) % 4 else 40)
            reported = {"current_value": value, "progress": value, "last_checked_in_on": last}
            rows.append({"id": uuid7(), "okr_id": okr, "title": f"Measure {place}", **measures, **reported})
    await put_many(company, KeyResult, rows)
    told_of = [
        {
            "id": uuid7(),
            "key_result_id": row["id"],
            "value": row["current_value"],
            "confidence": 7,
            "checked_in_on": row["last_checked_in_on"] - timedelta(days=14 * back),
        }
        for row in rows
        for back in range(CHECK_INS)
    ]
    await put_many(company, KeyResultCheckIn, told_of)
    return [row["id"] for row in rows]


async def put_line(company: CompanyWorld, cycle: UUID, begun: date, levels: int = LEVELS) -> Sequence[UUID]:
    """Put in objectives of the company, each aligned to the one before."""
    made = [uuid7() for _ in range(levels)]
    for number, each in enumerate(made):
        parent = made[number - 1] if number else None
        named = {"id": each, "owner_type": OkrOwnerType.COMPANY, "objective": f"Level {number} of {levels}"}
        await put(company, Okr, [{**named, "parent_id": parent, **_active(cycle, begun)}])
    return made


async def the_reports(stand: Stand, times: int) -> Sequence[float]:
    """Ask each report, print its median and how it is read; return the medians."""
    given = {
        "cycle": ids.encode("PerformanceCycle", stand.cycle),
        "okr": ids.encode("Okr", stand.top),
        "keyResult": ids.encode("KeyResult", stand.key_result),
    }
    print(HEADING)
    medians: list[float] = []
    for name, document in REPORTS.items():
        values = {each: value for each, value in given.items() if f"${each}:" in document}
        medians.append(await a_report(stand.company, stand.person, name, document, values, times))
    return medians


async def the_check_ins(stand: Stand, times: int) -> tuple[float, float]:
    """Report on what changes one objective and on what changes eight, in turns; print and return both medians."""
    took: dict[UUID, list[float]] = {stand.key_result: [], stand.bottom: []}
    for number in range(1, times + 2):
        for key_result, seconds in took.items():
            given = {"id": ids.encode("KeyResult", key_result), "value": str(number)}
            began = time.perf_counter()
            answer = await stand.person.ask(CHECK_IN, given)
            seconds.append((time.perf_counter() - began) * 1000)
            if answer.errors or answer.data["checkInKeyResult"]["refusals"]:
                raise RuntimeError(f"a check-in is not taken: {answer.body}")
    one, line = (statistics.median(seconds[1:]) for seconds in took.values())
    print(f"\n{'a check-in, one objective':<34} {one:>6.1f} ms\n{f'the same, {LEVELS} levels':<34} {line:>6.1f} ms")
    return one, line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
