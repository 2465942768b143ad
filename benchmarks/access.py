"""What it costs to be allowed some rows only: the same questions with and without row scope and column policies.

A company of 10,000 people in one reporting line and 200 departments, with as many new hires and their progress. Each
question is asked by somebody who may read everything, and by those who hold the same within a scope: a department with
its parts, a thousand who report to them, everybody who reports to them; then by somebody from whom columns are hidden.
Goals: no more statements, and all questions together take at most 15 % more CPU of server and PostgreSQL.

    ./workgraph bench access
    python -m benchmarks.access --seconds 0.3 --people 1000
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text
from uuid_utils.compat import uuid7

from benchmarks.costing.predicting import Door, measured
from benchmarks.peering.measuring import Postgres
from db.models import Department, Flow, FlowRevision, NewHire, Progress, User
from db.models.identity import GrantScope
from db.models.onboarding.flows import Assignee
from resolvers import ids
from schema.http import GraphQLEndpoint
from tests.engines.ground import Operation
from tests.proofs.tenants import a_world
from tests.schema.builders import START, put
from tests.schema.statements import listening, reads
from tests.scopes.grants import a_user, grant, signed_in
from tests.world import CompanyWorld, Person, World

MOST: Final = 1.15
PEOPLE: Final = 10_000
DEPARTMENTS: Final = 200
WIDTH: Final = 10
"""How many report to one, and how many parts a department has."""

ROUNDS: Final = 3
SEES: Final = ("users.read", "onboarding.read_hires")
ANSWERS: Final = "onboarding.read_answers"
BY_ID: Final = "one hire by id"
QUESTIONS: Final[Mapping[str, str]] = {
    "a page of people": "{ users(first: 50) { nodes { id firstName lastName manager { lastName } } } }",
    "how many people": "{ users { totalCount } }",
    "a page of hires": "{ newHires(first: 50) { totalCount nodes { id lastName manager { lastName } } } }",
    "hires with progress": "{ newHires(first: 50) { nodes { id progress(first: 5) { nodes { id title } } } } }",
    "a filter through people": '{ newHires(first: 50, where: { manager: { lastName: { startsWith: "Name 1" } } }) '
    "{ totalCount nodes { id } } }",
    "an order through people": "{ newHires(first: 50, orderBy: [{ manager: { lastName: ASC } }]) { nodes { id } } }",
    "groups of hires": "{ newHires { groups(by: [{ position: EACH }]) { key { position } count } } }",
    BY_ID: "query($id: ID!) { newHire(id: $id) { id lastName manager { lastName } } }",
}
HIDDEN: Final = {
    "a column that is hidden": "{ progressEntries(first: 200) { nodes { id title validationErrors } } }",
    "hidden below a page": (
        "{ newHires(first: 50) { nodes { id progress(first: 5) { nodes { id title validationErrors } } } } }"
    ),
}


@dataclass(frozen=True)
class Stand:
    """The company, and who asks: whoever may read everything, and by how they are called those who may not."""

    company: CompanyWorld
    postgres: Postgres
    throughout: Person
    scoped: Mapping[str, Person]
    barred: Person
    hire: str


@dataclass(frozen=True)
class Cost:
    """What a question took: statements, and microseconds of CPU."""

    statements: int
    cpu: float


def main(arguments: Sequence[str] = ()) -> int:
    """Measure, print the table, and say whether the goals are reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each question is asked, in each round")
    parser.add_argument("--people", type=int, default=PEOPLE, help="how many there are")
    given = parser.parse_args(arguments)
    return 0 if asyncio.run(measure(given.people, given.seconds)) else 1


async def measure(people: int, seconds: float) -> bool:
    """Ask everything, and hold it against the goals."""
    async with a_world() as world:
        stand = await a_stand(world, people)
        reached = True
        for called, person in stand.scoped.items():
            reached &= await compared(stand, called, person, QUESTIONS, seconds)
        return reached & await compared(stand, "columns are hidden", stand.barred, HIDDEN, seconds)


async def compared(stand: Stand, called: str, person: Person, questions: Mapping[str, str], seconds: float) -> bool:
    """Print what each question takes without and with, and hold all of them together against the goals."""
    print(f"\n{called:<28} {'statements':>10} {'throughout':>13} {'with':>13} {'':>7}")
    without, among = list[Cost](), list[Cost]()
    for name, document in questions.items():
        rounds = [
            [await cost(stand, each, name, document, seconds) for each in (stand.throughout, person)]
            for _ in range(ROUNDS)
        ]
        one, other = [middle([each[place] for each in rounds]) for place in (0, 1)]
        without.append(one)
        among.append(other)
        said = f"{one.cpu:>10,.0f} us {other.cpu:>10,.0f} us {other.cpu / one.cpu:>7.2f}"
        print(f"{name:<28} {one.statements:>4} {other.statements:>5} {said}")
    rise = sum(each.cpu for each in among) / sum(each.cpu for each in without)
    same = all(more.statements <= few.statements for few, more in zip(without, among, strict=True))
    return told("no more statements", reached=same) & told(f"all together {MOST}; {rise:.2f}", reached=rise <= MOST)


def middle(costs: Sequence[Cost]) -> Cost:
    """Return the median of what a question took."""
    return Cost(costs[0].statements, statistics.median(each.cpu for each in costs))


async def cost(stand: Stand, person: Person, name: str, document: str, seconds: float) -> Cost:
    """Ask one question for a while."""
    variables = {"id": stand.hire} if name == BY_ID else {}
    answering = stand.company.world.parts.answering()
    door = Door(GraphQLEndpoint(answering, None), person)
    body = orjson.dumps({"query": document, "variables": variables})
    await door.ask(body)
    with listening(stand.company.world, stand.company) as seen:
        answered = orjson.loads(await door.ask(body))
    if "errors" in answered:
        raise RuntimeError(f"{name} is not answered: {answered['errors']}")
    found = await measured(door, stand.postgres, name, Operation(document, variables), seconds)
    return Cost(len(reads(seen)), found.cpu)


def told(goal: str, *, reached: bool) -> bool:
    """Say whether a goal is reached."""
    print(f"goal: {goal}: {'reached' if reached else 'MISSED'}", flush=True)
    return reached


async def a_stand(world: World, people: int) -> Stand:
    """Put in the company, and who asks."""
    company = await world.company()
    departments = await a_tree(company)
    users = await the_people(company, people, departments)
    hire = await the_hires(company, users)
    async with world.owner.begin() as connection:
        await connection.execute(text("analyze"))
    everything = await a_user(company)
    await grant(company, everything, [*SEES, ANSWERS])
    barred = await a_user(company)
    await grant(company, barred, SEES)
    head = await a_user(company)
    await grant(company, head, [*SEES, ANSWERS], GrantScope.DEPARTMENT, department_id=departments[1])
    for leader in users[:2]:
        await grant(company, leader, [*SEES, ANSWERS], GrantScope.REPORTS)
    called = {"half, by department": head, "a tenth of all reports": users[1], "everybody reports": users[0]}
    return Stand(
        company,
        await Postgres.behind(world.owner),
        signed_in(company, everything),
        {name: signed_in(company, user) for name, user in called.items()},
        signed_in(company, barred),
        ids.encode("NewHire", hire),
    )


async def a_tree(company: CompanyWorld) -> Sequence[UUID]:
    """Put in the departments: all are part of the first."""
    made = [uuid7() for _ in range(DEPARTMENTS)]
    rows = [
        {"id": each, "name": f"Department {place}", "parent_id": above(made, place)} for place, each in enumerate(made)
    ]
    await put_many(company, Department, rows)
    return made


async def the_people(company: CompanyWorld, number: int, departments: Sequence[UUID]) -> Sequence[UUID]:
    """Put in the people: all report to the first, directly or through others."""
    made = [uuid7() for _ in range(number)]
    rows = [
        {
            "id": each,
            "email": f"user-{place}@people.example",
            "first_name": f"First {place % 97}",
            "last_name": f"Name {place % 89}",
            "manager_id": above(made, place),
            "home_department_id": departments[place % DEPARTMENTS],
        }
        for place, each in enumerate(made)
    ]
    await put_many(company, User, rows)
    return made


def above(made: Sequence[UUID], place: int) -> UUID | None:
    """Return whom the one at a place is below."""
    return made[(place - 1) // WIDTH] if place else None


async def the_hires(company: CompanyWorld, users: Sequence[UUID]) -> UUID:
    """Put in as many new hires, each with one manager and two entries of progress; return the last of them."""
    [flow] = await put(company, Flow, [{"name": "Flow", "duration_days": 30}])
    revision = {"flow_id": flow["id"], "number": 1, "name": "Flow", "language": "en", "published_at": START}
    [kept] = await put(company, FlowRevision, [{**revision, "content": {"stages": []}}])
    made = [uuid7() for _ in users]
    rows = [
        {
            "id": each,
            "flow_id": flow["id"],
            "revision_id": kept["id"],
            "email": f"hire-{place}@hires.example",
            "first_name": f"First {place % 97}",
            "last_name": f"Name {place % 89}",
            "position": f"Position {place % 7}",
            "manager_id": users[place],
            "buddy_id": users[-place],
        }
        for place, each in enumerate(made)
    ]
    await put_many(company, NewHire, rows)
    entry: dict[str, Any] = {
        "stage_id": UUID(int=1),
        "block_revision": 1,
        "stage_position": 0,
        "type": "acknowledgement",
        "title": "Read this",
        "assignee": Assignee.NEW_HIRE,
        "required": True,
        "display_only": False,
    }
    entries = [
        {"new_hire_id": each, "content_block_id": UUID(int=place + 1), "position": place, **entry}
        for each in made
        for place in range(2)
    ]
    await put_many(company, Progress, entries)
    return made[1]


async def put_many(company: CompanyWorld, model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put in rows, a thousand at a time."""
    waiting = iter(rows)
    while some := list(islice(waiting, 1_000)):
        await put(company, model, some)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
