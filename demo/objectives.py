"""Objectives of the demo company: a quarter that runs, what is reported of it, and how the one before ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from db.models.hr import Employee
from db.models.identity import Department, Team, User
from db.models.performance import (
    KeyResult,
    KeyResultMilestone,
    Okr,
    OkrOwnerType,
    OkrStatus,
    OkrVisibility,
    PerformanceCycle,
    PerformanceCycleStatus,
)
from db.okr_choices import MetricDirection, MetricType
from demo.people import MANAGER
from demo.staff import ENGINEERING, PEOPLE, SALES, WORKERS
from demo.stage import Stage
from resolvers import plain
from resolvers.context import Context
from resolvers.performance.checking_in import check_in_key_result, complete_key_result_milestone
from resolvers.performance.cycles import (
    CYCLE_WRITTEN,
    MANAGE,
    calibrate_performance_cycle,
    close_performance_cycle,
    open_performance_cycle,
    release_performance_cycle,
    review_performance_cycle,
)
from resolvers.performance.key_results import add_key_result, add_key_result_milestone, change_key_result_target
from resolvers.performance.setting import activate_okr, cancel_okr, complete_okr, create_okr
from resolvers.plain import Plain

CREATE_CYCLE: Final = plain.create(Plain(PerformanceCycle, MANAGE, created=CYCLE_WRITTEN))
RUNNING, BEFORE = "This quarter", "Last quarter"
LASTS: Final = 89
"""The last day of a quarter, counted from its first as 0."""

BEGAN: Final = {BEFORE: 151, RUNNING: 60}
"""How many days ago each quarter began."""

SET_ON: Final = 2
"""The day of a quarter on which objectives are set to work, counted from its first as 0."""

REPORTED_ON: Final = (14, 28, 42, 56)
"""The days of a quarter on which it is reported, counted from its first as 0."""

ENDS: Final = (
    review_performance_cycle,
    calibrate_performance_cycle,
    release_performance_cycle,
    close_performance_cycle,
)
ENDED: Final = (OkrStatus.COMPLETED, OkrStatus.CANCELLED)
REPORTS: Final = frozenset({"okrs.read", "okrs.edit"})
TEAM: Final = "Field sensors"
Report = tuple[int, str | int | None, int]
"""The day by its place in the list of days, the value, unless milestones say it, and how sure they are."""


@dataclass(frozen=True, slots=True)
class Result:
    """A key result, and what is reported of it; of milestones, which are done after how many days."""

    title: str
    weight: int
    values: tuple[str, str]
    reports: Sequence[Report] = ()
    unit: str | None = None
    measured: MetricType = MetricType.NUMBER
    direction: MetricDirection = MetricDirection.INCREASE
    milestones: Mapping[str, int | None] | None = None
    moved: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """An objective: of somebody by number, of a department or team by name, or of the company; what it is below."""

    objective: str
    of: int | str | None
    results: Sequence[Result]
    below: str | None = None
    weight: int = 1
    visibility: OkrVisibility = OkrVisibility.PUBLIC
    becomes: OkrStatus = OkrStatus.ACTIVE
    note: str | None = None
    cycle: str = RUNNING


TRUST: Final = "Be the tool that growers trust"
FORECASTS: Final = "Forecasts that are right a week ahead"
SOUTH: Final = "Win the olive growers of the south"
UP, DOWN, STAYS = MetricDirection.INCREASE, MetricDirection.DECREASE, MetricDirection.MAINTAIN
PERCENT, DONE, STEPS, MONEY = MetricType.PERCENT, MetricType.BOOLEAN, MetricType.MILESTONE, MetricType.CURRENCY
GOALS: Final[Sequence[Goal]] = (
    Goal(
        TRUST,
        None,
        (
            Result("Net promoter score", 50, ("31", "45"), ((0, 33, 6), (1, 35, 6), (2, 38, 7), (3, 41, 8))),
            Result(
                "Growers who cancel",
                30,
                ("5.0", "2.0"),
                ((0, "4.6", 5), (2, "3.4", 7), (3, "2.6", 8)),
                "%",
                PERCENT,
                DOWN,
            ),
            Result("Data that arrives", 20, ("99.5", "100"), ((1, "99.7", 9), (3, "99.8", 9)), "%", PERCENT, STAYS),
        ),
    ),
    Goal(
        FORECASTS,
        ENGINEERING,
        (
            Result("Frost foreseen", 60, ("72", "90"), ((0, 74, 6), (1, 78, 6), (3, 82, 7)), "%", PERCENT),
            Result(
                "Time to a forecast", 40, ("40", "10"), ((1, 31, 7), (2, 22, 8), (3, 15, 9)), "minutes", direction=DOWN
            ),
        ),
        TRUST,
        weight=2,
    ),
    Goal(
        "Sensors that last the winter",
        TEAM,
        (
            Result(
                "New housing",
                70,
                ("0", "100"),
                ((0, None, 7), (1, None, 7), (3, None, 6)),
                measured=STEPS,
                milestones={"Drawn": 9, "Tested in the cold": 24, "At twenty growers": 50, "In series": None},
            ),
            Result("Batteries that last two years", 30, ("0", "1"), ((3, 0, 4),), measured=DONE),
        ),
        FORECASTS,
    ),
    Goal(
        SOUTH,
        SALES,
        (
            Result(
                "New contracts",
                70,
                ("0", "30"),
                ((0, 2, 5), (1, 5, 5), (2, 8, 4), (3, 11, 4)),
                moved=("24", "The fair in Jaén was called off."),
            ),
            Result("Revenue of the region", 30, ("120000", "200000"), ((1, 126000, 5), (3, 139000, 5)), "EUR", MONEY),
        ),
        TRUST,
    ),
    Goal(
        "Everybody arrives well",
        PEOPLE,
        (Result("New colleagues who would come again", 100, ("80", "95"), ((1, 84, 7), (3, 90, 8)), "%", PERCENT),),
        TRUST,
    ),
    Goal(
        "One model for frost and hail",
        9,
        (
            Result(
                "Stations that are evaluated", 100, ("0", "400"), ((0, 60, 6), (1, 150, 7), (2, 260, 7), (3, 330, 8))
            ),
        ),
        FORECASTS,
    ),
    Goal(
        "Every sensor is seen within a minute",
        23,
        (
            Result("Sensors that are seen", 60, ("91", "99"), ((0, 92, 6), (1, 94, 6), (3, 95, 6)), "%", PERCENT),
            Result("Alarms at night", 40, ("21", "5"), ((1, 19, 4), (3, 16, 4)), direction=DOWN),
        ),
        "Sensors that last the winter",
    ),
    Goal(
        "Ten cooperatives in Alentejo",
        10,
        (Result("Cooperatives", 100, ("0", "10"), ((0, 1, 6), (2, 4, 6), (3, 6, 7))),),
        SOUTH,
    ),
    Goal("The south knows us", 29, (Result("Visits of growers", 100, ("0", "60"), ((0, 4, 5), (1, 9, 4))),), SOUTH),
    Goal(
        "Learn to speak before many",
        17,
        (Result("Talks", 100, ("0", "3"), ((2, 1, 7),)),),
        visibility=OkrVisibility.PRIVATE,
    ),
    Goal(
        "A shop for spare parts",
        22,
        (Result("Orders", 100, ("0", "50"), ((0, 1, 3),)),),
        SOUTH,
        becomes=OkrStatus.CANCELLED,
        note="A partner sells them from now on.",
    ),
    Goal("Fewer tools, better known", 38, (), becomes=OkrStatus.DRAFT),
    Goal(
        "Sensors that a child can set up",
        ENGINEERING,
        (
            Result(
                "Minutes until the first value",
                100,
                ("45", "10"),
                ((0, 38, 6), (1, 29, 7), (2, 19, 7), (3, 12, 9)),
                direction=DOWN,
            ),
        ),
        becomes=OkrStatus.COMPLETED,
        note="Twelve minutes, from forty-five.",
        cycle=BEFORE,
    ),
    Goal(
        "First growers in Portugal",
        SALES,
        (Result("Contracts", 100, ("0", "20"), ((0, 3, 6), (1, 7, 6), (2, 9, 5), (3, 13, 6))),),
        becomes=OkrStatus.COMPLETED,
        note="The harvest came early, and nobody had time.",
        cycle=BEFORE,
    ),
)
"""Each is below one before it; those who report are there throughout both quarters."""


async def seed_objectives(stage: Stage) -> None:
    """Write the quarters, what was set and reported, and how it ended; what is there is left as it is."""
    if await _is_written(stage):
        return
    for name in BEGAN:
        begin = await _quarter(stage, name)
        cast = await _cast(stage)
        goals = [goal for goal in GOALS if goal.cycle == name]
        for goal in goals:
            await _set(_on(stage, begin, SET_ON), goal, cast)
        for at in range(len(REPORTED_ON)):
            for goal in goals:
                await _report(_on(stage, begin, REPORTED_ON[at]), goal, cast, at)
        for goal in goals:
            await _end(_on(stage, begin, REPORTED_ON[-1] + 1), goal, cast)
        if name == BEFORE:
            await _close(_on(stage, begin, LASTS + 1), name)


async def _is_written(stage: Stage) -> bool:
    """Tell whether the last thing has happened already: what ended in the quarter that runs."""
    last = {goal.objective for goal in GOALS if goal.becomes in ENDED and goal.cycle == RUNNING}
    async with stage.acting() as context:
        asked = select(Okr.objective).where(Okr.objective.in_(last), Okr.status.in_(ENDED))
        return last <= set(await context.all(asked))


def _on(stage: Stage, begin: date, day: int) -> Stage:
    """The company at noon of a day of a quarter."""
    then = datetime.combine(begin + timedelta(days=day), time(12), UTC)
    return stage.ago((stage.now - then) / timedelta(days=1))


async def _quarter(stage: Stage, name: str) -> date:
    """Open a quarter, unless it is there; return its first day."""
    then = stage.ago(BEGAN[name])
    async with then.acting() as context:
        for there in await context.all(select(PerformanceCycle).where(PerformanceCycle.name == name)):
            return there.starts_on
        begin = then.now.date()
        cycle = await CREATE_CYCLE(context, name=name, starts_on=begin, ends_on=begin + timedelta(days=LASTS))
        await open_performance_cycle(context, cycle)
        return begin


@dataclass(frozen=True, slots=True)
class Cast:
    """Who answers for what: the ids of people by number, of teams and departments by name, and who leads these."""

    employees: Mapping[int, UUID]
    users: Mapping[int, UUID]
    groups: Mapping[str, UUID]
    leads: Mapping[str, UUID]

    def user(self, goal: Goal) -> UUID:
        """Who reports on an objective."""
        if isinstance(goal.of, str):
            return self.leads[goal.of]
        return self.users[goal.of or 0]


async def _cast(stage: Stage) -> Cast:
    async with stage.acting() as context:
        numbers = {f"D-{number + 1:03}": number for number in range(len(WORKERS))}
        rows = await context.all(select(Employee).where(Employee.employee_no.in_(numbers)))
        employees = {numbers[each.employee_no]: each for each in rows}
        departments = {each.name: each.id for each in await context.all(select(Department))}
        [team] = await context.all(select(Team).where(Team.name == TEAM))
        [leads_team] = await context.all(select(User.id).where(User.email == MANAGER.email))
        users = {number: each.user_id for number, each in employees.items()}
        return Cast(
            {number: each.id for number, each in employees.items()},
            users,
            {**departments, TEAM: team.id},
            {ENGINEERING: users[1], PEOPLE: users[2], SALES: users[3], TEAM: leads_team},
        )


async def _found(context: Context, goal: Goal) -> Okr | None:
    return next(iter(await context.all(select(Okr).where(Okr.objective == goal.objective))), None)


async def _set(stage: Stage, goal: Goal, cast: Cast) -> None:
    """Write an objective with its key results, and set it to work."""
    async with stage.acting() as context:
        if await _found(context, goal):
            return
        [cycle] = await context.all(select(PerformanceCycle).where(PerformanceCycle.name == goal.cycle))
        above = await context.all(select(Okr.id).where(Okr.objective == goal.below)) if goal.below else [None]
        named = {"parent_id": above[0], "weight": Decimal(goal.weight), "visibility": goal.visibility}
        kind, owner = await _owner(context, goal, cast)
        okr = await create_okr(context, goal.objective, kind, cycle, **owner, **named)
        for result in goal.results:
            await _measure(context, okr, result)
        if goal.becomes is not OkrStatus.DRAFT:
            await activate_okr(context, okr)


async def _owner(context: Context, goal: Goal, cast: Cast) -> tuple[OkrOwnerType, dict[str, Any]]:
    if goal.of is None:
        return OkrOwnerType.COMPANY, {}
    if isinstance(goal.of, int):
        return OkrOwnerType.EMPLOYEE, {"employee": await context.one(Employee, cast.employees[goal.of])}
    if goal.of == TEAM:
        return OkrOwnerType.TEAM, {"team": await context.one(Team, cast.groups[TEAM])}
    return OkrOwnerType.DEPARTMENT, {"department": await context.one(Department, cast.groups[goal.of])}


async def _measure(context: Context, okr: Okr, result: Result) -> None:
    start, end = map(Decimal, result.values)
    goes = {
        MetricDirection.INCREASE: {"start_value": start, "target_value": end},
        MetricDirection.DECREASE: {"start_value": start, "target_value": end},
        MetricDirection.MAINTAIN: {"band_low": start, "band_high": end},
    }
    values = {} if result.measured in {DONE, STEPS} else goes[result.direction]
    said: dict[str, Any] = {**values, "direction": result.direction, "unit": result.unit}
    key_result = await add_key_result(context, okr, result.title, result.measured, Decimal(result.weight), **said)
    for title in result.milestones or ():
        await add_key_result_milestone(context, key_result, title)


async def _report(stage: Stage, goal: Goal, cast: Cast, at: int) -> None:
    """Have an objective reported on as of a day, by who answers for it; what was reported then stays."""
    told = [(result, value, sure) for result in goal.results for day, value, sure in result.reports if day == at]
    steps = [title for result in goal.results for title, day in (result.milestones or {}).items() if _fell(day, at)]
    if not told and not steps:
        return
    async with stage.as_user(cast.user(goal), REPORTS).acting() as context:
        today = stage.now.date()
        okr = await _found(context, goal)
        if okr is None or okr.status is not OkrStatus.ACTIVE:
            return
        rows = {each.title: each for each in await context.all(select(KeyResult).where(KeyResult.okr_id == okr.id))}
        for result, value, sure in told:
            key_result = rows[result.title]
            if key_result.last_checked_in_on is None or key_result.last_checked_in_on < today:
                reported = None if value is None else Decimal(value)
                await check_in_key_result(context, await context.one(KeyResult, key_result.id), sure, reported)
                await _move(context, key_result, result, at)
        of = KeyResultMilestone.key_result_id.in_([each.id for each in rows.values()])
        for step in await context.all(select(KeyResultMilestone).where(of, KeyResultMilestone.done_on.is_(None))):
            if step.title in steps:
                await complete_key_result_milestone(context, await context.one(KeyResultMilestone, step.id))


def _fell(day: int | None, at: int) -> bool:
    """Whether a milestone was done since the last time it was reported, or by the first."""
    return day is not None and (REPORTED_ON[at - 1] if at else 0) < day <= REPORTED_ON[at]


async def _move(context: Context, key_result: KeyResult, result: Result, at: int) -> None:
    """Move the target of what turned out otherwise, the second time that it is reported."""
    if result.moved and at == 1:
        target, why = result.moved
        await change_key_result_target(context, key_result, why, Decimal(target))


async def _end(stage: Stage, goal: Goal, cast: Cast) -> None:
    if goal.becomes not in ENDED:
        return
    async with stage.as_user(cast.user(goal), REPORTS).acting() as context:
        okr = await _found(context, goal)
        if okr is None or okr.status is not OkrStatus.ACTIVE:
            return
        okr = await context.one(Okr, okr.id)
        if goal.becomes is OkrStatus.CANCELLED:
            await cancel_okr(context, okr, goal.note or "")
        else:
            await complete_okr(context, okr, (okr.progress / 100).quantize(Decimal("0.01")), goal.note)


async def _close(stage: Stage, name: str) -> None:
    """Bring a quarter to its end, each step in its turn."""
    async with stage.acting() as context:
        [cycle] = await context.all(select(PerformanceCycle).where(PerformanceCycle.name == name))
        cycle = await context.one(PerformanceCycle, cycle.id)
        if cycle.status is PerformanceCycleStatus.OPEN:
            for step in ENDS:
                await step(context, cycle)
