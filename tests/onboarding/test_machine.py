"""The life of a flow, walked at random through the API beside a model that knows only what the machine declares."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from db.models.onboarding import FlowStatus
from resolvers.onboarding.flows import FLOW
from schema.derive.names import camel
from tests.onboarding.flows import FlowWorld, a_flow, positions
from tests.world import CompanyWorld

T = TypeVar("T")
MOVES: Final = {camel(move.operation): move for move in FLOW.moves}
CHANGES: Final = ["updateFlow", "addStage", "updateStage", "deleteStage", "addBlock", "updateBlock", "deleteBlock"]


def test_the_machine_is_this_one() -> None:
    assert {name: ([str(each) for each in move.sources], str(move.target)) for name, move in MOVES.items()} == {
        "publishFlow": (["draft"], "published"),
        "editFlow": (["published"], "draft"),
        "archiveFlow": (["published"], "archived"),
    }


class Life(RuleBasedStateMachine):
    """One flow, what its status must be, and how many blocks each of its stages must have."""

    flows: FlowWorld
    loop: asyncio.AbstractEventLoop
    done: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        payload = self.wait(self.flows.hr.do("createFlow", {"name": "A", "durationDays": 1}, "flow { id }"))
        self.flow: str = payload["flow"]["id"]
        self.status, self.version, self.revision = FlowStatus.DRAFT, 1, 1
        self.stages: list[str] = []
        self.blocks: dict[str, list[str]] = {}

    def wait(self, coming: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coming, self.loop).result(timeout=30)

    def refusals(self, mutation: str, **given: Any) -> list[dict[str, Any]]:
        return self.wait(self.flows.do(mutation, **given))

    @initialize(kinds=st.sampled_from([(), ("addStage", "addBlock")]))
    def begin(self, kinds: tuple[str, ...]) -> None:
        """Begin half of the walks with a flow that could be published at once."""
        for kind in kinds:
            self.change(kind, 0)

    @rule(name=st.sampled_from(sorted(MOVES)))
    def move(self, name: str) -> None:
        move = MOVES[name]
        refusals = self.refusals(name, id=self.flow)
        if self.status not in move.sources:
            assert refusals == [self.illegal(move)]
        elif name == "publishFlow" and not self.stages:
            assert [refusal["code"] for refusal in refusals] == ["EMPTY_FLOW"]
        elif name == "publishFlow" and not all(self.blocks.values()):
            assert [refusal["code"] for refusal in refusals] == ["EMPTY_STAGE"]
        else:
            assert refusals == []
            self.done[name] += 1
            self.version += 1
            self.revision += name == "editFlow"
            self.status = FlowStatus(move.target)

    def illegal(self, move: Any) -> dict[str, Any]:
        allowed = [name for name, other in MOVES.items() if self.status in other.sources]
        return {
            "__typename": "IllegalTransition",
            "code": "ILLEGAL_TRANSITION",
            "message": f"It is {self.status.value}, and does not move from there to {move.target.value}.",
            "path": [],
            "from": self.status.value,
            "to": move.target.value,
            "allowed": allowed,
        }

    @rule(kind=st.sampled_from(CHANGES), which=st.integers(0, 5))
    def change(self, kind: str, which: int) -> None:
        """Whatever changes a flow, its stages or its blocks: in a draft it is done, elsewhere refused."""
        stage = self.stages[which % len(self.stages)] if self.stages else None
        block = self.blocks[stage][which % len(self.blocks[stage])] if stage and self.blocks[stage] else None
        attempt: Any = {
            "updateFlow": ("updateFlow", {"id": self.flow, "description": f"{self.version}"}),
            "addStage": ("addStage", {"flowId": self.flow, "name": "S"}),
            "updateStage": stage and ("updateStage", {"id": stage, "name": f"{which}"}),
            "deleteStage": stage and ("deleteStage", {"id": stage}),
            "addBlock": stage and ("addContentBlock", {"stageId": stage, "type": "text_input"}),
            "updateBlock": block and ("updateContentBlock", {"id": block, "content": f"{which}"}),
            "deleteBlock": block and ("deleteContentBlock", {"id": block}),
        }[kind]
        if not attempt:
            return
        codes = [refusal["code"] for refusal in self.refusals(attempt[0], **attempt[1])]
        assert codes == ([] if self.status is FlowStatus.DRAFT else ["FLOW_NOT_DRAFT"])
        if self.status is FlowStatus.DRAFT:
            self.version += kind == "updateFlow"
            self.take_over(kind, stage)

    def take_over(self, kind: str, stage: str | None) -> None:
        """Follow a change that was done: new ids come from what is there."""
        if kind in {"updateFlow", "updateStage", "updateBlock"}:
            return
        before = len(self.stages), sum(map(len, self.blocks.values()))
        seen = self.wait(self.flows.see(self.flow))
        gone = len(self.blocks[stage]) if stage and kind == "deleteStage" else 0
        self.stages = [node["id"] for node in seen["stages"]["nodes"]]
        self.blocks = {
            node["id"]: [each["id"] for each in node["contentBlocks"]["nodes"]] for node in seen["stages"]["nodes"]
        }
        after = len(self.stages), sum(map(len, self.blocks.values()))
        change = {"addStage": (1, 0), "deleteStage": (-1, -gone), "addBlock": (0, 1), "deleteBlock": (0, -1)}[kind]
        assert (after[0] - before[0], after[1] - before[1]) == change

    @precondition(lambda self: self.status is not FlowStatus.DRAFT)
    @rule()
    def delete_nothing(self) -> None:
        """Only a draft can be deleted."""
        assert [refusal["code"] for refusal in self.refusals("deleteFlow", id=self.flow)] == ["FLOW_NOT_DRAFT"]

    @invariant()
    def says_what_it_is_and_what_it_would_do(self) -> None:
        seen = self.wait(self.flows.see(self.flow))
        assert (seen["status"], seen["version"], seen["revision"]) == (self.status.name, self.version, self.revision)
        assert positions(seen["stages"]["nodes"]) == list(range(len(self.stages)))
        assert [each["name"] for each in seen["allowedTransitions"]] == self.illegal(MOVES["publishFlow"])["allowed"]
        for each in seen["allowedTransitions"]:
            refusals = self.refusals(each["name"], id=self.flow, dryRun=True)
            assert each["allowed"] == (refusals == [])
            assert each["reasonDenied"] == (refusals[0]["message"] if refusals else None)


async def test_only_the_declared_moves_are_made(company: CompanyWorld) -> None:
    Life.flows, Life.loop, Life.done = await a_flow(company), asyncio.get_running_loop(), Counter()
    bounds = settings(
        max_examples=6,
        stateful_step_count=15,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    await asyncio.to_thread(run_state_machine_as_test, Life, settings=bounds)
    assert set(Life.done) == set(MOVES)
