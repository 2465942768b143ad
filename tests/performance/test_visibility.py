"""Who sees and changes which objective, held against a naive reading of random companies, by both engines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest

from auth.permissions import CATALOGUE
from auth.principal import Principal
from auth.scopes import Scope
from db.models import Employee, KeyResult, KeyResultCheckIn, Okr, PerformanceCycle, WorkLocation
from db.models.identity import GrantScope
from db.models.performance import OkrOwnerType, OkrStatus, OkrVisibility, PerformanceCycleStatus
from db.okr_choices import MetricDirection, MetricType
from resolvers import ids
from tests.schema.builders import put
from tests.scopes.company import Drawn, Row, draw, public
from tests.scopes.grants import grant, signed_in
from tests.scopes.naive import Sight
from tests.scopes.test_rows import told
from tests.world import CompanyWorld, Person

READ, EDIT = "okrs.read", "okrs.edit"
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
OKRS: Final = 60
NOBODY: Final = Scope()
SEEN: Final = """query($cycle: ID!, $on: Date) {
  okrs(first: 200) {
    totalCount aggregate { count }
    nodes { id parent { id } keyResults { totalCount } children { totalCount nodes { id } } }
  }
  public: okrs(where: { visibility: { eq: PUBLIC } }) { totalCount }
  below: okrs(first: 200, where: { parent: { objective: { startsWith: "Objective" } } }) { totalCount }
  measured: okrs(first: 200, where: { keyResults: { some: { weight: { gt: "0" } } } }) { totalCount }
  keyResults(first: 200) { totalCount nodes { id okr { id } } }
  keyResultCheckIns(first: 200) { totalCount nodes { id keyResult { id } } }
  performanceCycles { totalCount nodes { okrs { totalCount } } }
  okrHeatMap(cycleId: $cycle, on: $on) { cells { okrId } }
  okrAlignmentTree(cycleId: $cycle, on: $on) { okrId aboveId }
  overdueCheckIns(on: $on) { okrId keyResultId }
}"""


@dataclass(frozen=True)
class Set:
    """A company with objectives of all kinds, as they were drawn."""

    drawn: Drawn
    heads: Mapping[UUID, UUID | None]
    okrs: Sequence[Row]
    key_results: Sequence[Row]
    check_ins: Sequence[Row]
    cycle: UUID

    def owners(self, okr: Row) -> set[UUID]:
        """Who answers for an objective."""
        teams = {row["id"]: row["manager_id"] for row in self.drawn.teams}
        led = [teams.get(okr["team_id"]), self.heads.get(okr["department_id"]) if okr["department_id"] else None]
        return {each for each in (okr["user_id"], *led) if each}

    def reporters(self, okr: Row) -> set[UUID]:
        """Who owns a key result of it."""
        owners = {row["owner_id"] for row in self.key_results if row["okr_id"] == okr["id"]}
        return {each for each in owners if each}

    def is_shared(self, okr: Row, me: UUID) -> bool:
        """Whether an objective is shared with somebody, whatever they hold."""
        mine = {row["team_id"] for row in self.drawn.members if row["user_id"] == me}
        mates = {row["user_id"] for row in self.drawn.members if row["team_id"] in mine}
        around = okr["visibility"] is OkrVisibility.TEAM and okr["user_id"] in mates
        return (
            okr["visibility"] is OkrVisibility.PUBLIC
            or around
            or okr["team_id"] in mine
            or okr["department_id"] in self.homes(me)
        )

    def homes(self, me: UUID) -> set[UUID]:
        """The department of somebody, and those that it is part of."""
        parents = {row["id"]: row["parent_id"] for row in self.drawn.departments}
        [home] = [row["home_department_id"] for row in self.drawn.users if row["id"] == me]
        found = set[UUID]()
        while home is not None:
            found.add(home)
            home = parents[home]
        return found

    def sees(self, okr: Row, me: UUID, scope: Scope) -> bool:
        """Whether somebody sees an objective who may see those of some people."""
        reached = self.reached(me, scope)
        return bool((self.owners(okr) | self.reporters(okr)) & reached) or self.is_shared(okr, me)

    def reached(self, me: UUID, scope: Scope) -> set[UUID]:
        """The people whom a scope reaches."""
        return Sight(self.drawn, me, NOBODY, NOBODY).reached(scope)


async def a_set(company: CompanyWorld, random: Random) -> Set:
    """Draw a company, with an employee for each user, and objectives of all kinds of owners."""
    drawn = await draw(company, random)
    heads = {row["id"]: random.choice([None, *drawn.users]) for row in drawn.departments}
    named = {department: row["id"] if row else None for department, row in heads.items()}
    for department, head in named.items():
        await company.rows(
            "update pool.departments set head_id = :head where tenant_id = :tenant and id = :id returning id",
            head=head,
            id=department,
        )
    [place] = await put(company, WorkLocation, [{"name": "Berlin", "country": "DE", "timezone": "Europe/Berlin"}])
    employees = await put(company, Employee, [_employee(n, row, place["id"]) for n, row in enumerate(drawn.users)])
    days = {"starts_on": FIRST, "ends_on": LAST, "status": PerformanceCycleStatus.OPEN}
    [cycle] = await put(
        company, PerformanceCycle, [{"name": "Year", "kind": "okr_quarter", "check_in_days": 14, **days}]
    )
    okrs: list[Row] = []
    for number in range(OKRS):
        row = _okr(random, number, cycle["id"], drawn, employees, okrs)
        okrs += await put(company, Okr, [row])
    measures = [_key_result(random, okr, drawn) for okr in okrs for _ in range(random.randint(0, 2))]
    key_results = await put(company, KeyResult, measures)
    reports = [
        {"key_result_id": each["id"], "checked_in_on": FIRST, "value": Decimal(1), "confidence": 5, "comment": None}
        for each in key_results
    ]
    return Set(drawn, named, okrs, key_results, await put(company, KeyResultCheckIn, reports), cycle["id"])


def _employee(number: int, user: Row, place: UUID) -> dict[str, Any]:
    return {
        "employee_no": f"E-{number}",
        "user_id": user["id"],
        "legal_first_name": user["first_name"],
        "legal_last_name": f"{user['last_name']} {number}",
        "work_email": user["email"],
        "hire_date": FIRST,
        "job_title": "Engineer",
        "location_id": place,
        "status": "active",
        "employment_type": "full_time",
        "employment": 1,
        "fte": Decimal(1),
    }


def _okr(
    random: Random, number: int, cycle: UUID, drawn: Drawn, employees: Sequence[Row], before: Sequence[Row]
) -> dict[str, Any]:
    kind = random.choice(list(OkrOwnerType))
    employee = random.choice(employees) if kind is OkrOwnerType.EMPLOYEE else None
    sharing = [each for each in OkrVisibility if kind is not OkrOwnerType.COMPANY or each is not OkrVisibility.TEAM]
    return {
        "cycle_id": cycle,
        "owner_type": kind,
        "employee_id": employee["id"] if employee else None,
        "user_id": employee["user_id"] if employee else None,
        "team_id": random.choice(drawn.teams)["id"] if kind is OkrOwnerType.TEAM else None,
        "department_id": random.choice(drawn.departments)["id"] if kind is OkrOwnerType.DEPARTMENT else None,
        "parent_id": random.choice(before)["id"] if before and random.random() < 0.6 else None,
        "objective": f"Objective {number}",
        "visibility": random.choice(sharing),
        "weight": Decimal(1),
        "key_results_weight": Decimal(1),
        "progress": Decimal(0),
        "status": OkrStatus.ACTIVE,
        "activated_on": FIRST,
    }


def _key_result(random: Random, okr: Row, drawn: Drawn) -> dict[str, Any]:
    return {
        "okr_id": okr["id"],
        "title": "Measure",
        "metric_type": MetricType.NUMBER,
        "direction": MetricDirection.INCREASE,
        "start_value": Decimal(0),
        "target_value": Decimal(10),
        "current_value": Decimal(0),
        "progress": Decimal(0),
        "weight": Decimal(100),
        "owner_id": random.choice(drawn.users)["id"] if random.random() < 0.3 else None,
    }


def somebody(company: CompanyWorld, me: UUID, held: Mapping[str, Scope]) -> Person:
    principal = Principal("user", me, company.tenant.id, frozenset(), scoped=frozenset(held.items()))
    return company.signed_in(principal)


@pytest.mark.parametrize("seed", range(2))
async def test_lists_references_counts_and_reports(seed: int, company: CompanyWorld) -> None:
    random = Random(seed)
    made = await a_set(company, random)
    for number in range(5):
        me = random.choice(made.drawn.users)["id"]
        scope = Scope(oneself=True) if number == 0 else made.drawn.scope(random)
        seen = [row for row in made.okrs if made.sees(row, me, scope)]
        assert 0 < len(seen) < OKRS
        known = {row["id"] for row in seen}
        variables = {"cycle": ids.encode("PerformanceCycle", made.cycle), "on": str(LAST)}
        data = await told(somebody(company, me, {READ: scope}), company, SEEN, **variables)
        everything = set(public("Okr", seen))
        assert {each["id"] for each in data["okrs"]["nodes"]} == everything
        assert data["okrs"]["totalCount"] == data["okrs"]["aggregate"]["count"] == len(seen)
        assert data["public"]["totalCount"] == sum(row["visibility"] is OkrVisibility.PUBLIC for row in made.okrs)
        assert data["below"]["totalCount"] == sum(row["parent_id"] in known for row in seen)
        measured = {row["okr_id"] for row in made.key_results}
        assert data["measured"]["totalCount"] == sum(row["id"] in measured for row in seen)
        by_id = {ids.encode("Okr", row["id"]): row for row in seen}
        for node in data["okrs"]["nodes"]:
            row = by_id[node["id"]]
            parent = ids.encode("Okr", row["parent_id"]) if row["parent_id"] in known else None
            assert node["parent"] == (parent and {"id": parent})
            assert node["keyResults"]["totalCount"] == sum(each["okr_id"] == row["id"] for each in made.key_results)
            below = {ids.encode("Okr", each["id"]) for each in seen if each["parent_id"] == row["id"]}
            assert {each["id"] for each in node["children"]["nodes"]} == below
            assert node["children"]["totalCount"] == len(below)
        measures = [row for row in made.key_results if row["okr_id"] in known]
        assert {each["id"] for each in data["keyResults"]["nodes"]} == set(public("KeyResult", measures))
        assert data["keyResultCheckIns"]["totalCount"] == len(measures)
        assert data["performanceCycles"]["nodes"] == [{"okrs": {"totalCount": len(seen)}}]
        assert {cell["okrId"] for row in data["okrHeatMap"] for cell in row["cells"]} == everything
        tree = {each["okrId"]: each["aboveId"] for each in data["okrAlignmentTree"]}
        assert set(tree) == everything
        assert set(tree.values()) <= {*everything, None}
        assert {each["keyResultId"] for each in data["overdueCheckIns"]} == set(public("KeyResult", measures))


async def test_by_id_there_is_what_is_listed_and_nothing_else(company: CompanyWorld) -> None:
    random = Random(10)
    made = await a_set(company, random)
    every = [
        *public("Okr", made.okrs),
        *public("KeyResult", made.key_results),
        *public("KeyResultCheckIn", made.check_ins),
    ]
    of_key_result = {row["id"]: row["okr_id"] for row in made.key_results}
    for _ in range(4):
        me, scope = random.choice(made.drawn.users)["id"], made.drawn.scope(random)
        known = {row["id"] for row in made.okrs if made.sees(row, me, scope)}
        seen = {
            *(ids.encode("Okr", row) for row in known),
            *(ids.encode("KeyResult", key) for key, okr in of_key_result.items() if okr in known),
            *(
                ids.encode("KeyResultCheckIn", row["id"])
                for row in made.check_ins
                if of_key_result[row["key_result_id"]] in known
            ),
        }
        person = somebody(company, me, {READ: scope})
        found = list[Any]()
        for begin in range(0, len(every), 100):
            asked = {"ids": every[begin : begin + 100]}
            found += (await told(person, company, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", **asked))["nodes"]
        assert [each and each["id"] for each in found] == [each if each in seen else None for each in every]
        for okr in random.sample(list(made.okrs), 8):
            query = "query($id: ID!) { okr(id: $id) { id } explainOkrProgress(okrId: $id) { okrId } }"
            row = ids.encode("Okr", okr["id"])
            one = await told(person, company, query, id=row)
            shown = okr["id"] in known
            assert one == {
                "okr": {"id": row} if shown else None,
                "explainOkrProgress": {"okrId": row} if shown else None,
            }


async def test_what_is_shared_is_read_and_not_changed(company: CompanyWorld) -> None:
    random = Random(21)
    made = await a_set(company, random)
    met = set[str]()
    team, department = random.choice(made.drawn.teams)["id"], random.choice(made.drawn.departments)["id"]
    for kind, about, scope in (
        (GrantScope.SELF, {}, Scope(oneself=True)),
        (GrantScope.REPORTS, {}, Scope(reports=True)),
        (GrantScope.TEAM, {"team_id": team}, Scope(teams=frozenset({team}))),
        (GrantScope.DEPARTMENT, {"department_id": department}, Scope(departments=frozenset({department}))),
    ):
        me = random.choice(made.drawn.users)["id"]
        await grant(company, me, [READ, EDIT], kind, **about)
        person, reached = signed_in(company, me), made.reached(me, scope)
        for okr in random.sample(list(made.okrs), 25):
            given = {"id": ids.encode("Okr", okr["id"]), "description": "Changed."}
            codes = [each["code"] for each in (await person.do("updateOkr", given, "okr { id }"))["refusals"]]
            owns, reports = made.owners(okr) & reached, made.reporters(okr) & reached
            expected = [] if owns else ["NOT_YOUR_OKR"] if reports else ["NOT_FOUND"]
            assert codes == expected, okr
            met.add(str(expected))
    assert met == {"[]", "['NOT_YOUR_OKR']", "['NOT_FOUND']"}


async def test_who_may_see_some_only_follows_no_events(company: CompanyWorld) -> None:
    member = await company.person("MEMBER")
    query = 'subscription { changed(type: "Okr") { cursor } }'
    answer = await member.http.post(
        "/graphql",
        json={"query": query},
        headers={"authorization": f"Bearer {member.token}", "accept": "text/event-stream"},
    )
    assert READ in CATALOGUE
    assert '"FORBIDDEN"' in answer.text
