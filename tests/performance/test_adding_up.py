"""Progress is added up along all that objectives are aligned to, and is always what a computation from scratch says."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import event

from resolvers import ids
from tests.performance.goals import Goals, codes

T = TypeVar("T")
PLACES: Final = Decimal("0.0001")
DEEP: Final = 8


def rounded(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(PLACES, ROUND_HALF_UP)


@dataclass
class Kept:
    """An objective as the model knows it: one key result from 0 to 100, and what it is aligned to."""

    parent: int | None
    weight: Decimal = Decimal(1)
    block: Decimal = Decimal(1)
    value: Decimal = Decimal(0)
    status: str = "ACTIVE"
    ids: tuple[str, str] = field(default=("", ""))


class Aligning(RuleBasedStateMachine):
    """Some objectives, and how far each must be."""

    goals: Goals
    loop: asyncio.AbstractEventLoop
    done: set[str]

    def wait(self, coming: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coming, self.loop).result(timeout=60)

    @initialize(parents=st.lists(st.integers(-1, 5), min_size=6, max_size=6))
    def begin(self, parents: list[int]) -> None:
        """Set six objectives, each aligned to one before it, or to none."""
        self.kept: list[Kept] = []
        for place, chosen in enumerate(parents):
            parent = chosen if 0 <= chosen < place else None
            aligned: dict[str, Any] = {} if parent is None else {"parentId": self.kept[parent].ids[0]}
            self.kept.append(Kept(parent, ids=self.wait(self.goals.active(**aligned))))

    def tell(self, verb: str, place: int, **given: Any) -> list[str]:
        return codes(self.wait(self.goals.does(verb, {"id": self.kept[place].ids[0], **given})))

    @rule(place=st.integers(0, 5), value=st.decimals(-20, 130, places=2))
    def check_in(self, place: int, value: Decimal) -> None:
        """Report on the key result of an objective."""
        found = self.kept[place]
        refused = codes(self.wait(self.goals.reported(found.ids[1], str(value))))
        assert refused == ([] if found.status == "ACTIVE" else ["OKR_NOT_ACTIVE"])
        if not refused:
            found.value = value
            self.done.add("check in")

    @rule(place=st.integers(0, 5), weight=st.integers(0, 5), block=st.integers(0, 3))
    def weigh(self, place: int, weight: int, block: int) -> None:
        """Weigh an objective, and its key results, otherwise."""
        found = self.kept[place]
        refused = self.tell("updateOkr", place, weight=str(weight), keyResultsWeight=str(block))
        assert refused == ([] if found.status == "ACTIVE" else ["OKR_CLOSED"])
        if not refused:
            found.weight, found.block = Decimal(weight), Decimal(block)
            self.done.add("weigh")

    @rule(place=st.integers(0, 5), gives_up=st.booleans())
    def end(self, place: int, gives_up: bool) -> None:  # noqa: FBT001 - a rule is called by name
        """Give an objective up, or close it."""
        given = {"reason": "No."} if gives_up else {"finalScore": "0.5"}
        verb, status = ("cancelOkr", "CANCELLED") if gives_up else ("completeOkr", "COMPLETED")
        found = self.kept[place]
        refused = self.tell(verb, place, **given)
        assert refused == ([] if found.status == "ACTIVE" else ["ILLEGAL_TRANSITION"])
        if not refused:
            found.status = status
            self.done.add(verb)

    @rule(place=st.integers(0, 5), below=st.integers(-1, 5))
    def align(self, place: int, below: int) -> None:
        """Align an objective that is not closed, as long as there is one, to another one or to none."""
        active = [number for number, each in enumerate(self.kept) if each.status == "ACTIVE"]
        place = active[place % len(active)] if active else place
        found, parent = self.kept[place], below if below >= 0 else None
        aligned = {} if parent is None else {"parentId": self.kept[parent].ids[0]}
        refused = self.tell("alignOkr", place, **aligned)
        if found.status != "ACTIVE":
            assert refused == ["OKR_CLOSED"]
        elif place in self._line(parent):
            assert refused == ["CYCLE_DETECTED"]
            self.done.add("circle")
        else:
            assert refused == []
            found.parent = parent
            self.done.add("align")

    def _line(self, place: int | None) -> list[int]:
        line = list[int]()
        while place is not None:
            line.append(place)
            place = self.kept[place].parent
        return line

    def naively(self, place: int) -> Decimal:
        """Work out from scratch how far an objective is."""
        found = self.kept[place]
        below = [n for n, each in enumerate(self.kept) if each.parent == place and each.status != "CANCELLED"]
        own = min(max(found.value, Decimal(0)), Decimal(100))
        parts = [(found.block, own), *((self.kept[each].weight, self.naively(each)) for each in below)]
        whole = sum((weight for weight, _ in parts), Decimal(0))
        if not whole:
            return Decimal(0)
        return rounded(Fraction(sum((weight * value for weight, value in parts), Decimal(0))) / Fraction(whole))

    @invariant()
    def is_what_a_computation_from_scratch_says(self) -> None:
        if not hasattr(self, "kept"):
            return
        nodes = self.wait(self.goals.hr.ask("{ okrs(first: 200) { nodes { id progress } } }")).data["okrs"]["nodes"]
        stored = {each["id"]: Decimal(each["progress"]) for each in nodes}
        known = {each.ids[0]: self.naively(place) for place, each in enumerate(self.kept)}
        assert {key: stored[key] for key in known} == known


async def test_whatever_happens_in_whatever_order(goals: Goals) -> None:
    Aligning.goals, Aligning.loop, Aligning.done = goals, asyncio.get_running_loop(), set()
    bounds = settings(
        max_examples=8,
        stateful_step_count=16,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    await asyncio.to_thread(run_state_machine_as_test, Aligning, settings=bounds)
    assert Aligning.done == {"check in", "weigh", "align", "circle", "completeOkr", "cancelOkr"}


async def a_line(goals: Goals, depth: int, top: str | None = None) -> tuple[list[str], str]:
    """Align objectives to each other, one below the other, of which the last has a key result."""
    line = [] if top is None else [top]
    measure = ""
    for _ in range(depth):
        parent: dict[str, Any] = {"parentId": line[-1]} if line else {}
        okr, measure = await goals.active(**parent)
        line.append(okr)
    return line, measure


async def statements_of(goals: Goals, doing: Coroutine[Any, Any, Any]) -> list[str]:
    """Do something, and return the statements that it took."""
    parts, seen = goals.staff.company.world.parts, list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    [engine] = {each.sync_engine for each in parts.database._engines.values()}  # pyright: ignore[reportPrivateUsage] - there is no public way
    event.listen(engine, "before_cursor_execute", note)
    try:
        await doing
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return seen


async def test_the_number_of_statements_grows_neither_with_depth_nor_with_breadth(goals: Goals) -> None:
    line, deep = await a_line(goals, DEEP)
    _, single = await goals.active()
    shallow = await statements_of(goals, goals.report(single, "10"))
    through = await statements_of(goals, goals.report(deep, "50"))
    assert len(through) == len(shallow)
    for _ in range(6):
        await goals.active(parentId=line[-2])
    beside = await statements_of(goals, goals.report(deep, "60"))
    assert len(beside) == len(through)
    share = Decimal(60) / 2
    found = [Decimal(await goals.progress(each)) for each in line]
    assert found[-1] == Decimal(60)
    assert found[-2] == (Decimal(60) / 8).quantize(PLACES)
    assert found[0] < share


async def test_a_circle_is_refused_with_the_way_that_leads_back(goals: Goals) -> None:
    line, _ = await a_line(goals, 4)
    fields = "refusals { message ... on CycleDetected { okrIds } }"
    [refused] = (await goals.does("alignOkr", {"id": line[0], "parentId": line[2]}, fields))["refusals"]
    assert (refused["code"], refused["path"]) == ("CYCLE_DETECTED", ["input", "parentId"])
    assert refused["okrIds"] == [line[0], line[2], line[1], line[0]]
    [itself] = (await goals.does("alignOkr", {"id": line[0], "parentId": line[0]}, fields))["refusals"]
    assert itself["okrIds"] == [line[0], line[0]]
    assert (await goals.seen(line[0], "parent { id }"))["parent"] is None


async def test_check_ins_at_once_in_different_branches_lose_nothing(goals: Goals) -> None:
    top, _ = await goals.active(keyResultsWeight="0")
    leaves = list[str]()
    for _ in range(4):
        middle, _ = await goals.active(parentId=top, keyResultsWeight="0")
        for _ in range(2):
            leaves.append((await goals.active(parentId=middle))[1])
    for value in ("40", "80"):
        answers = await asyncio.gather(*(goals.reported(each, value) for each in leaves))
        assert [codes(each) for each in answers] == [[]] * len(leaves)
        assert await goals.progress(top) == f"{value}.0000"


async def test_aligning_and_checking_in_at_once_do_not_block_each_other(goals: Goals) -> None:
    one, first = await a_line(goals, 4)
    other, second = await a_line(goals, 4)
    for number in range(4):
        away = {"id": one[2], "parentId": other[2]} if number % 2 == 0 else {"id": one[2], "parentId": one[1]}
        back = {"id": other[1], "parentId": one[0]} if number % 2 == 0 else {"id": other[1], "parentId": other[0]}
        answers = await asyncio.gather(
            *(goals.reported(each, str(10 * number + 5)) for each in (first, second, first, second)),
            goals.does("alignOkr", away),
            goals.does("alignOkr", back),
            goals.does("updateOkr", {"id": one[1], "weight": str(number + 1)}),
        )
        assert {code for each in answers for code in codes(each)} <= {"CYCLE_DETECTED"}
    await as_from_scratch(goals, [*one, *other])


async def as_from_scratch(goals: Goals, okrs: Sequence[str]) -> None:
    """Hold what is stored against a computation of it from the rows."""
    rows = await goals.staff.company.rows(
        "select o.id, o.parent_id, o.weight, o.key_results_weight, o.progress, k.progress"
        " from pool.okrs o join pool.key_results k on k.okr_id = o.id and k.tenant_id = o.tenant_id"
        " where o.tenant_id = :tenant"
    )
    by_id = {row[0]: row for row in rows}

    def progress(row_id: Any) -> Decimal:
        row = by_id[row_id]
        below = [(each[2], progress(each[0])) for each in rows if each[1] == row_id]
        parts = [(row[3], row[5]), *below]
        whole = sum(weight for weight, _ in parts)
        return rounded(Fraction(sum(weight * value for weight, value in parts)) / Fraction(whole))

    for okr in okrs:
        row = ids.row_of(okr, "Okr")
        assert by_id[row][4] == progress(row)


@pytest.mark.parametrize(("verb", "given"), [("cancelOkr", {"reason": "No."}), ("deleteOkr", {})])
async def test_a_draft_adds_to_nothing(goals: Goals, verb: str, given: dict[str, Any]) -> None:
    top, measure = await goals.active()
    await goals.report(measure, "80")
    draft = await goals.set(parentId=top)
    await goals.measured(draft)
    assert await goals.progress(top) == "80.0000"
    if verb == "cancelOkr":
        await goals.did("activateOkr", {"id": draft})
        assert await goals.progress(top) == "40.0000"
        await goals.did(verb, {"id": draft, **given})
    else:
        await goals.did(verb, {"id": draft}, "deletedId")
    assert await goals.progress(top) == "80.0000"
    refused = await goals.does("deleteOkr", {"id": top}, "deletedId")
    assert codes(refused) == ["OKR_NOT_DRAFT"]


async def test_what_a_draft_is_measured_by_counts_once_it_is_thrown_away(goals: Goals) -> None:
    okr = await goals.set()
    await goals.measured(okr, weight="50")
    band: dict[str, Any] = {"direction": "MAINTAIN", "bandLow": "1", "bandHigh": "2", "weight": "50"}
    kept = await goals.measured(okr, **band)
    assert await goals.progress(okr) == "50.0000"
    await goals.did("deleteKeyResult", {"id": kept}, "deletedId")
    assert await goals.progress(okr) == "0.0000"
