"""Lines are what walking up the reporting lines and the departments says, whatever wrote the rows, and in any order."""

import asyncio
from collections.abc import Mapping
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Uuid, case, delete, inspect, literal, update
from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from db.lines import CARRIED, line_columns
from db.models import Department, Flow, FlowRevision, NewHire, User
from resolvers.places import table_of
from resolvers.scopes import belongs_of
from tests.schema.builders import START, put
from tests.world import CompanyWorld

Row = Mapping[str, Any]
MOVES = 40
AT_ONCE = 8


async def execute(company: CompanyWorld, statement: Any) -> None:
    """Write past the operations, in a transaction of its own."""
    async with company.world.parts.database.transacting(company.tenant.placement) as session:
        await session.execute(statement)


async def read(company: CompanyWorld, table: str) -> dict[UUID, Row]:
    """Read the rows of a table with all that is in them."""
    schema = company.tenant.placement.schema
    statement = f'select * from "{schema}".{table} where tenant_id = :tenant'
    return {row.id: dict(row._mapping) for row in await company.rows(statement)}


def walked(rows: Mapping[UUID, Row], above: str, row_id: UUID | None) -> bytes:
    """Walk up from a row, and return the steps from the top down to it, with its own."""
    steps = list[bytes]()
    while row_id is not None:
        steps.append(rows[row_id]["step"].to_bytes(4))
        row_id = rows[row_id][above]
    return b"".join(reversed(steps))


async def expect_lines(company: CompanyWorld) -> None:
    """Hold everything that is stored against what walking says."""
    users, departments, hires = [await read(company, name) for name in ("users", "departments", "new_hires")]

    def stands(user_id: UUID | None) -> tuple[bytes | None, bytes | None]:
        if user_id is None:
            return None, None
        user = users[user_id]
        home = user["home_department_id"]
        line = walked(users, "manager_id", user["manager_id"])
        return line, None if home is None else walked(departments, "parent_id", home)

    for department in departments.values():
        assert department["line"] == walked(departments, "parent_id", department["parent_id"])
    for user in users.values():
        assert (user["line"], user["department_line"]) == stands(user["id"])
    for hire in hires.values():
        for name in ("manager", "buddy", "hr_owner"):
            carried = hire[f"{name}_line"], hire[f"{name}_department_line"]
            assert carried == stands(hire[f"{name}_id"]), name


class Moving:
    """A company whose rows are moved at random: four levels of people, two of departments, and hires.

    Nobody is put below somebody of their own level, so that no line comes back to where it began, whatever is moved at
    the same time.
    """

    def __init__(self, company: CompanyWorld, random: Random) -> None:
        self.company, self.random = company, random
        self.levels: list[list[UUID]] = [[uuid7() for _ in range(5)] for _ in range(4)]
        self.wholes, self.parts = [[uuid7() for _ in range(3)] for _ in range(2)]
        self.hires: list[UUID] = []

    @property
    def people(self) -> list[UUID]:
        """Everybody."""
        return [user for level in self.levels for user in level]

    async def begin(self) -> None:
        """Put everything in; those below before those above them, in one statement."""
        await put(self.company, Department, [self.department(each) for each in (*self.parts, *self.wholes)])
        await put(self.company, User, [self.user(each) for each in reversed(self.people)])
        [flow] = await put(self.company, Flow, [{"name": "Flow", "duration_days": 30}])
        revision = {"flow_id": flow["id"], "number": 1, "name": "Flow", "language": "en", "published_at": START}
        [kept] = await put(self.company, FlowRevision, [{**revision, "content": {"stages": []}}])
        self.of_hire = {"flow_id": flow["id"], "revision_id": kept["id"], "position": "Any"}
        await self.hire()

    def department(self, department: UUID) -> dict[str, Any]:
        """Draw a department."""
        return {"id": department, "name": str(department), "parent_id": self.whole(department)}

    def user(self, user: UUID) -> dict[str, Any]:
        """Draw a user."""
        drawn = {"first_name": "A", "last_name": "B", "manager_id": self.above(user), "home_department_id": self.home()}
        return {"id": user, "email": f"{user}@lines.example", **drawn}

    def whole(self, department: UUID) -> UUID | None:
        """Draw what a department is part of."""
        return self.random.choice([None, *self.wholes]) if department in self.parts else None

    def above(self, user: UUID) -> UUID | None:
        """Draw whom somebody reports to: anybody of a higher level."""
        level = next(place for place, users in enumerate(self.levels) if user in users)
        return self.random.choice([None, *(each for users in self.levels[:level] for each in users)])

    def home(self) -> UUID | None:
        """Draw where somebody works."""
        return self.random.choice([None, *self.wholes, *self.parts])

    def names(self) -> dict[str, UUID | None]:
        """Draw whom a hire names."""
        return {name: self.random.choice([None, *self.people]) for name in CARRIED["new_hires"]}

    async def move(self) -> None:
        """Move something, or add it."""
        ways = [self.report, self.move_out, self.move_department, self.rename, self.hire, self.join]
        await self.random.choice(ways)()

    async def report(self) -> None:
        """Have some people report to others, in one statement."""
        moved = self.random.sample(self.people, 3)
        managers = case(*((User.id == each, literal(self.above(each), Uuid())) for each in moved))
        await execute(self.company, update(User).where(User.id.in_(moved)).values(manager_id=managers))

    async def move_out(self) -> None:
        """Move somebody to another department, and to another manager."""
        user = self.random.choice(self.people)
        values = {"home_department_id": self.home(), "manager_id": self.above(user)}
        await execute(self.company, update(User).where(User.id == user).values(values))

    async def move_department(self) -> None:
        """Make a department part of another, or of none."""
        part = self.random.choice(self.parts)
        await execute(self.company, update(Department).where(Department.id == part).values(parent_id=self.whole(part)))

    async def rename(self) -> None:
        """Have a hire named by other people."""
        hire = self.random.choice(self.hires)
        await execute(self.company, update(NewHire).where(NewHire.id == hire).values(self.names()))

    async def hire(self) -> None:
        """Add hires."""
        made = [uuid7() for _ in range(3)]
        of_person = {"first_name": "A", "last_name": "B", **self.of_hire}
        rows = [{"id": each, "email": f"{each}@lines.example", **of_person, **self.names()} for each in made]
        await put(self.company, NewHire, rows)
        self.hires += made

    async def join(self) -> None:
        """Add two people, one below the other."""
        made = [uuid7(), uuid7()]
        rows = [self.user(self.levels[1][0]), self.user(self.levels[2][0]) | {"manager_id": made[0]}]
        rows = [row | {"id": each, "email": f"{each}@lines.example"} for row, each in zip(rows, made, strict=True)]
        await put(self.company, User, rows[::-1])
        self.levels[1].append(made[0])
        self.levels[2].append(made[1])

    async def leave(self) -> None:
        """Delete somebody; who reported to them reports to nobody."""
        user = self.random.choice(self.levels[1])
        names = dict.fromkeys(CARRIED["new_hires"])
        await execute(self.company, update(NewHire).where(NewHire.id.in_(self.hires)).values(names))
        await execute(self.company, delete(User).where(User.id == user))
        self.levels[1].remove(user)


@pytest.mark.parametrize("seed", range(2))
async def test_after_any_moves_lines_are_what_walking_says(seed: int, company: CompanyWorld) -> None:
    moving = Moving(company, Random(seed))
    await moving.begin()
    await expect_lines(company)
    for _ in range(MOVES):
        await moving.move()
        await expect_lines(company)
    for _ in range(3):
        await moving.leave()
        await expect_lines(company)


async def test_in_a_schema_of_its_own_as_well(world: Any) -> None:
    company = await world.company(own_schema=True)
    moving = Moving(company, Random(7))
    await moving.begin()
    for _ in range(3):
        await moving.move()
    schema = company.tenant.placement.schema
    assert schema != "pool"
    await expect_lines(company)


async def test_what_is_moved_at_the_same_time(company: CompanyWorld) -> None:
    moving = Moving(company, Random(3))
    await moving.begin()
    for _ in range(MOVES // AT_ONCE):
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(moving.move())
        await expect_lines(company)


async def test_a_line_that_would_come_back_is_refused(company: CompanyWorld) -> None:
    top, below = uuid7(), uuid7()
    named = {"first_name": "A", "last_name": "B"}
    rows = [{"id": top, "email": "top@lines.example"}, {"id": below, "email": "low@lines.example", "manager_id": top}]
    await put(company, User, [{"manager_id": None, **named, **row} for row in rows])
    with pytest.raises(IntegrityError, match="comes back to where it began"):
        await execute(company, update(User).where(User.id == top).values(manager_id=below))
    await expect_lines(company)


async def test_they_are_kept_without_a_change_of_the_version(company: CompanyWorld) -> None:
    moving = Moving(company, Random(5))
    await moving.begin()
    before = await read(company, "users")
    top, below = moving.levels[0][0], moving.levels[3][0]
    await execute(company, update(User).where(User.id == below).values(manager_id=moving.levels[2][0]))
    await execute(company, update(User).where(User.id == moving.levels[2][0]).values(manager_id=top))
    after = await read(company, "users")
    assert after[below]["line"] != before[below]["line"]
    assert {each: row["version"] for each, row in after.items()} == dict.fromkeys(before, 1)


def test_what_carries_lines_says_so_of_all_whom_its_rows_belong_to() -> None:
    found = {table_of(NewHire).name: belongs.people for belongs in [belongs_of(NewHire)] if belongs}
    assert {name: tuple(references) for name, references in CARRIED.items()} == found


@pytest.mark.parametrize("model", [User, Department, NewHire])
def test_the_models_do_not_have_them(model: Any) -> None:
    added = {column.name for column in line_columns(table_of(model).name)}
    assert added
    assert not added & set(inspect(model).columns.keys())
    assert added < set(table_of(model).columns.keys())
