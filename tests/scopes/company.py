"""Random companies: who reports to whom, who is in which department and team, whose hires there are; kept as drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from uuid import UUID

from auth.principal import Principal
from auth.scopes import Held, Scope
from db.models import Department, Flow, FlowRevision, NewHire, Progress, Team, TeamMember, User
from db.models.onboarding.flows import Assignee
from resolvers import ids
from tests.schema.builders import START, put
from tests.world import CompanyWorld, Person

Row = Mapping[str, Any]
USERS, HIRES = "users.read", "onboarding.read_hires"
NAMES: Final = ("Ada", "Bo", "Cy", "Di", "Ed")


@dataclass(frozen=True)
class Drawn:
    """A company as it was drawn."""

    company: CompanyWorld
    departments: Sequence[Row]
    users: Sequence[Row]
    teams: Sequence[Row]
    members: Sequence[Row]
    hires: Sequence[Row]
    progress: Sequence[Row]

    def somebody(self, me: UUID, held: Mapping[str, Scope], *throughout: str) -> Person:
        """Return a user who holds permissions within scopes."""
        scoped: frozenset[Held] = frozenset(held.items())
        return self.company.signed_in(
            Principal("user", me, self.company.tenant.id, frozenset(throughout), scoped=scoped)
        )

    def scope(self, random: Random) -> Scope:
        """Draw a scope that reaches somebody."""
        kinds = random.sample(["self", "reports", "departments", "teams"], random.randint(1, 3))
        return Scope(
            oneself="self" in kinds,
            reports="reports" in kinds,
            departments=frozenset(_some(random, self.departments) if "departments" in kinds else ()),
            teams=frozenset(_some(random, self.teams) if "teams" in kinds else ()),
        )


def _some(random: Random, rows: Sequence[Row]) -> list[UUID]:
    return [row["id"] for row in random.sample(list(rows), random.randint(1, 2))]


async def draw(company: CompanyWorld, random: Random) -> Drawn:
    """Draw a company of 24 people, 6 departments, 4 teams and 20 hires."""
    departments = await _tree(company, random)
    users = await _users(company, random, departments)
    teams = await put(
        company,
        Team,
        [{"name": f"Team {place}", "manager_id": _maybe(random, users)} for place in range(4)],
    )
    pairs = {(random.choice(teams)["id"], random.choice(users)["id"]) for _ in range(14)}
    members = await put(company, TeamMember, [{"team_id": team, "user_id": user} for team, user in sorted(pairs)])
    hires = await _hires(company, random, users)
    steps = [(hire, place) for hire in hires for place in range(random.randint(0, 3))]
    progress = await put(company, Progress, [_progress(random, hire, place) for hire, place in steps])
    return Drawn(company, departments, users, teams, members, hires, progress)


async def _tree(company: CompanyWorld, random: Random) -> Sequence[Row]:
    made: list[Row] = []
    for place in range(6):
        parent = random.choice(made)["id"] if made and random.random() < 0.7 else None
        made += await put(company, Department, [{"name": f"Department {place}", "parent_id": parent}])
    return made


async def _users(company: CompanyWorld, random: Random, departments: Sequence[Row]) -> Sequence[Row]:
    made: list[Row] = []
    for place in range(24):
        row = {
            "email": f"user-{place}@{company.tenant.slug}.example",
            "first_name": random.choice(NAMES),
            "last_name": random.choice(NAMES),
            "manager_id": random.choice(made)["id"] if made and random.random() < 0.85 else None,
            "home_department_id": _maybe(random, departments),
        }
        made += await put(company, User, [row])
    return made


async def _hires(company: CompanyWorld, random: Random, users: Sequence[Row]) -> Sequence[Row]:
    [flow] = await put(company, Flow, [{"name": "Flow", "duration_days": 30}])
    revision = {"flow_id": flow["id"], "number": 1, "name": "Flow", "language": "en", "published_at": START}
    [kept] = await put(company, FlowRevision, [{**revision, "content": {"stages": []}}])
    rows = [
        {
            "flow_id": flow["id"],
            "revision_id": kept["id"],
            "email": f"hire-{place}@{company.tenant.slug}.example",
            "first_name": random.choice(NAMES),
            "last_name": random.choice(NAMES),
            "position": random.choice(NAMES),
            "manager_id": _maybe(random, users),
            "buddy_id": _maybe(random, users),
            "hr_owner_id": _maybe(random, users),
        }
        for place in range(20)
    ]
    return await put(company, NewHire, rows)


def _progress(random: Random, hire: Row, place: int) -> dict[str, Any]:
    return {
        "new_hire_id": hire["id"],
        "stage_id": UUID(int=1),
        "content_block_id": UUID(int=place + 1),
        "block_revision": 1,
        "stage_position": 0,
        "position": place,
        "type": "acknowledgement",
        "title": random.choice(NAMES),
        "assignee": Assignee.NEW_HIRE,
        "required": True,
        "display_only": False,
    }


def _maybe(random: Random, rows: Sequence[Row]) -> UUID | None:
    return random.choice(rows)["id"] if random.random() < 0.7 else None


def public(name: str, rows: Sequence[Row]) -> list[str]:
    """Return the public ids of rows."""
    return [ids.encode(name, row["id"]) for row in rows]
