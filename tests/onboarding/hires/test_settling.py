"""What follows from a flow, a person and what was done: pure, so that every rule is tried without a database."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from resolvers.onboarding.frozen import FrozenFlow, thawed
from resolvers.onboarding.settling import Done, Person, Settled, StageStanding, percentage, settle

NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
ADA = Person(start_date=None, timezone="UTC", department="Sales", position="Clerk", country="DE")


def id_of(number: int) -> UUID:
    return UUID(int=number)


def a_block(number: int, **facts: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": str(id_of(number)),
        "type": "text_input",
        "base": "text_input",
        "position": 0,
        "title": f"Block {number}",
        "content": None,
        "config": {},
        "required": True,
        "display_only": False,
        "assignee": "new_hire",
        "estimated_minutes": None,
        "condition": None,
        "maps_to": None,
        "value_schema": None,
    }
    return plain | facts


def a_stage(number: int, *blocks: dict[str, Any], **facts: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": str(id_of(number)),
        "name": f"Stage {number}",
        "description": None,
        "type": "form",
        "position": number // 100 - 1,
        "available_offset_days": 0,
        "due_offset_days": None,
        "lock": "sequential",
        "visible_if": None,
        "blocks": list(blocks),
    }
    return plain | facts


def a_flow(*stages: dict[str, Any]) -> FrozenFlow:
    return thawed({"stages": list(stages)})


def settled(flow: FrozenFlow, *completed: int, person: Person = ADA, now: datetime = NOON, **done: Any) -> Settled:
    made = Done(completed=frozenset(map(id_of, completed)), **done)
    return settle(flow, person, made, now)


def complete(found: Settled) -> list[bool]:
    return [stage.complete for stage in found.stages]


def live(found: Settled) -> list[int]:
    return sorted(block.int for stage in found.stages for block in stage.live)


class TestCompletion:
    def test_a_stage_is_complete_with_its_last_required_block(self) -> None:
        flow = a_flow(a_stage(100, a_block(1), a_block(2), a_block(3, required=False)))
        assert complete(settled(flow, 1)) == [False]
        assert complete(settled(flow, 1, 2)) == [True]
        assert settled(flow, 1).stages[0].missing == [id_of(2)]

    def test_what_is_only_shown_counts_where_it_is_required(self) -> None:
        flow = a_flow(a_stage(100, a_block(1, display_only=True), a_block(2)))
        assert complete(settled(flow, 2)) == [False]
        assert complete(settled(flow, 1, 2)) == [True]

    def test_without_a_required_block_everything_that_is_only_shown_is_viewed(self) -> None:
        shown = [a_block(number, required=False, display_only=True) for number in (1, 2)]
        flow = a_flow(a_stage(100, *shown, a_block(3, required=False)))
        assert complete(settled(flow, 1, acknowledged=frozenset({id_of(100)}))) == [False]
        assert complete(settled(flow, 1, 2)) == [True]

    def test_without_anything_that_counts_the_person_says_so(self) -> None:
        flow = a_flow(a_stage(100, a_block(1, required=False)))
        assert complete(settled(flow, 1)) == [False]
        assert complete(settled(flow, acknowledged=frozenset({id_of(100)}))) == [True]

    def test_a_block_of_somebody_else_counts_too(self) -> None:
        flow = a_flow(a_stage(100, a_block(1), a_block(2, assignee="manager")))
        assert complete(settled(flow, 1)) == [False]
        assert complete(settled(flow, 1, 2)) == [True]


class TestWhoAStageIsFor:
    @pytest.mark.parametrize(
        ("visible_if", "visible"),
        [
            (None, True),
            ({}, True),
            ({"department": ["sales", "Legal"]}, True),
            ({"department": ["Legal"]}, False),
            ({"department": ["Sales"], "country": ["FR"]}, False),
            ({"department": ["Sales"], "country": ["FR", "DE"]}, True),
            ({"country": []}, False),
            ({"position": "Clerk"}, True),
            ({"nothing_we_know": ["x"]}, False),
        ],
    )
    def test_of_each_fact_one_value_is_theirs(self, visible_if: Any, *, visible: bool) -> None:
        found = settled(a_flow(a_stage(100, a_block(1), visible_if=visible_if)))
        assert (found.stages[0].visible, bool(found.stages[0].live)) == (visible, visible)

    def test_a_fact_that_nobody_knows_matches_nothing(self) -> None:
        flow = a_flow(a_stage(100, a_block(1), visible_if={"country": ["DE"]}))
        nobody = Person(None, "UTC", None, None, None)
        assert settled(flow, person=nobody).visible == []

    def test_a_hidden_stage_does_not_count_and_holds_nothing_up(self) -> None:
        hidden = a_stage(100, a_block(1), visible_if={"country": ["FR"]})
        found = settled(a_flow(hidden, a_stage(200, a_block(2))), 2)
        assert (complete(found), found.complete, len(found.visible)) == ([False, True], True, 1)


class TestConditions:
    @pytest.mark.parametrize(
        ("condition", "answer", "there"),
        [
            ({"equals": "yes"}, "yes", True),
            ({"equals": "yes"}, "no", False),
            ({"equals": 1}, True, False),
            ({"equals": ["a", "b"]}, ["a", "b"], True),
            ({"equals": "a"}, ["a", "b"], True),
            ({"in": ["a", "b"]}, "b", True),
            ({"in": ["a", "b"]}, ["c"], False),
            ({"in": ["a", "b"]}, ["c", "a"], True),
            ({"answered": True}, "x", True),
            ({"answered": True}, 0, True),
            ({"answered": True}, "", False),
            ({"answered": True}, None, False),
        ],
    )
    def test_the_answer_decides(self, condition: dict[str, Any], answer: Any, *, there: bool) -> None:
        asked = a_block(2, condition={"block": str(id_of(1)), **condition})
        found = settled(a_flow(a_stage(100, a_block(1), asked)), 1, answers={id_of(1): answer})
        assert live(found) == ([1, 2] if there else [1])

    def test_only_a_completed_answer_counts(self) -> None:
        asked = a_block(2, condition={"block": str(id_of(1)), "equals": "yes"})
        assert live(settled(a_flow(a_stage(100, a_block(1), asked)), answers={id_of(1): "yes"})) == [1]

    def test_what_hangs_on_something_that_is_not_there_is_not_there(self) -> None:
        second = a_block(2, condition={"block": str(id_of(1)), "equals": "yes"})
        third = a_block(3, condition={"block": str(id_of(2)), "answered": True})
        flow = a_flow(a_stage(100, a_block(1), second), a_stage(200, third, a_block(4)))
        assert live(settled(flow, 1, 2, answers={id_of(1): "no", id_of(2): "x"})) == [1, 4]
        assert live(settled(flow, 1, 2, answers={id_of(1): "yes", id_of(2): "x"})) == [1, 2, 3, 4]

    def test_a_block_that_is_not_there_holds_no_stage_up(self) -> None:
        asked = a_block(2, condition={"block": str(id_of(1)), "equals": "yes"})
        assert complete(settled(a_flow(a_stage(100, a_block(1), asked)), 1, answers={id_of(1): "no"})) == [True]


class TestStanding:
    def standing(self, flow: FrozenFlow, *completed: int, **more: Any) -> list[StageStanding]:
        return [stage.standing for stage in settled(flow, *completed, **more).stages]

    def test_a_stage_opens_when_every_earlier_one_is_complete(self) -> None:
        flow = a_flow(*(a_stage(100 * number, a_block(number)) for number in (1, 2, 3)))
        opened, locked, done = StageStanding.OPEN, StageStanding.LOCKED, StageStanding.COMPLETED
        assert self.standing(flow) == [opened, locked, locked]
        assert self.standing(flow, 1) == [done, opened, locked]
        assert self.standing(flow, 2) == [opened, done, locked]

    def test_a_free_stage_waits_for_none(self) -> None:
        flow = a_flow(a_stage(100, a_block(1)), a_stage(200, a_block(2), lock="free"), a_stage(300, a_block(3)))
        assert self.standing(flow) == [StageStanding.OPEN, StageStanding.OPEN, StageStanding.LOCKED]

    @pytest.mark.parametrize(
        ("zone", "hour", "standing"),
        [
            ("UTC", 12, StageStanding.UPCOMING),
            ("Pacific/Auckland", 12, StageStanding.OPEN),
            ("Pacific/Auckland", 11, StageStanding.UPCOMING),
        ],
    )
    def test_a_stage_opens_on_its_day_where_the_person_works(
        self, zone: str, hour: int, standing: StageStanding
    ) -> None:
        person = Person(date(2026, 7, 8), zone, None, None, None)
        flow = a_flow(a_stage(100, a_block(1), available_offset_days=-7))
        found = settled(flow, person=person, now=NOON.replace(hour=hour))
        assert (found.stages[0].standing, found.stages[0].opens_on) == (standing, date(2026, 7, 1))

    def test_without_a_start_date_nothing_waits_and_nothing_is_due(self) -> None:
        found = settled(a_flow(a_stage(100, a_block(1), available_offset_days=30, due_offset_days=3)))
        [stage] = found.stages
        assert (stage.standing, stage.opens_on, stage.due_on) == (StageStanding.OPEN, None, None)

    def test_a_stage_is_due_so_many_days_from_the_start(self) -> None:
        person = Person(date(2026, 6, 30), "UTC", None, None, None)
        flow = a_flow(a_stage(100, a_block(1), due_offset_days=3), a_stage(200, a_block(2)))
        assert [stage.due_on for stage in settled(flow, person=person).stages] == [date(2026, 7, 3), None]

    def test_the_current_stage_is_the_first_that_is_not_complete(self) -> None:
        flow = a_flow(*(a_stage(100 * number, a_block(number)) for number in (1, 2)))
        current = [settled(flow, *done).current for done in ((), (1,), (1, 2))]
        assert [each and each.stage.id for each in current] == [id_of(100), id_of(200), None]


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 8, 13), (3, 8, 38), (2, 5, 40), (9, 20, 45), (1, 3, 33), (2, 3, 67), (0, 4, 0), (4, 4, 100), (0, 0, 100)],
)
def test_half_a_percent_counts_as_a_whole_one(part: int, whole: int, expected: int) -> None:
    assert percentage(part, whole) == expected
