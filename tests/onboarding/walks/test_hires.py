"""The life of a new hire and of their blocks, walked at random through the API beside a model that predicts answers.

The model knows the machines of a new hire and of a block, which block waits for what, and nothing of how it is done.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app import now
from resolvers.onboarding.clock import OnboardingClock
from resolvers.onboarding.completing import PROGRESS
from resolvers.onboarding.hires import HIRE
from tests.onboarding.hires.builders import Published, a_block, a_flow, a_stage, codes, portal, told
from tests.world import CompanyWorld, Person

T = TypeVar("T")
SHOWN, NAMED, WRITTEN, TASK, MORE, OPTIONAL = range(6)
STAGES: Final = ((SHOWN, NAMED), (WRITTEN, TASK, MORE), (OPTIONAL,))
PLACES: Final = {block: (stage, place) for stage, blocks in enumerate(STAGES) for place, block in enumerate(blocks)}
CHOICES: Final = st.integers(0, 2 * len(PLACES) - 1)
SEEN: Final = """
query($id: ID!) { newHire(id: $id) {
  status invitationCount percentage blocksPct currentStageName
  allowedTransitions { name allowed }
  stageProgress(orderBy: [{ position: ASC }]) { nodes { completedAt visible } }
  progress(orderBy: [{ stagePosition: ASC }, { position: ASC }]) { nodes { id status live } }
} }
"""


def test_the_machines_are_these() -> None:
    assert [(m.operation, [*map(str, m.sources)], str(m.target), m.by_clock) for m in HIRE.moves] == [
        ("send_invitation", ["pending"], "pending", False),
        ("resend_invitation", ["pending", "expired"], "pending", False),
        ("start_onboarding", ["pending"], "active", False),
        ("complete_onboarding", ["active"], "completed", False),
        ("cancel_new_hire", ["pending", "active"], "cancelled", False),
        ("reopen_onboarding", ["completed"], "active", False),
        ("expire_invitations", ["pending"], "expired", True),
    ]
    assert [(m.operation, [*map(str, m.sources)], str(m.target)) for m in PROGRESS.moves] == [
        ("save_content_block", ["pending", "in_progress"], "in_progress"),
        ("complete_content_block", ["pending", "in_progress"], "completed"),
        ("return_block", ["completed"], "in_progress"),
    ]


class Life(RuleBasedStateMachine):
    """One new hire after the other, and what each must be."""

    flow: Published
    loop: asyncio.AbstractEventLoop
    done: Counter[str]

    def wait(self, coming: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coming, self.loop).result(timeout=30)

    @initialize(far=st.sampled_from(["begun", "ready", "expired", "completed", "new"]))
    def begin(self, far: str) -> None:
        """Begin with somebody new, or with somebody who has come far already."""
        self.another()
        if far == "new":
            return
        self.send()
        if far == "expired":
            self.time_goes_by()
            return
        self.start()
        if far != "begun":
            self.see()
            for _ in range(6):
                self.go_on()
        if far == "completed":
            self.finish(by_status=False)

    def another(self) -> None:
        self.hire = self.wait(self.flow.hire(managerId=None))
        self.status, self.invitations, self.link = "PENDING", 0, False
        self.person: Person | None = None
        self.blocks = dict.fromkeys(PLACES, "PENDING")
        self.answer = ""
        self.acknowledged = False
        self.told: Counter[str] = Counter()
        self.announced: set[int] = set()

    # What follows from what was done.

    def there(self, block: int) -> bool:
        return block != MORE or (self.blocks[NAMED] == "COMPLETED" and self.answer == "yes")

    def waited_for(self, stage: int) -> list[int]:
        return [block for block in STAGES[stage] if block != OPTIONAL and self.there(block)]

    def complete(self, stage: int) -> bool:
        waited_for = self.waited_for(stage)
        return all(self.blocks[each] == "COMPLETED" for each in waited_for) if waited_for else self.acknowledged

    def locked(self, stage: int) -> bool:
        return not self.complete(stage) and not all(self.complete(earlier) for earlier in range(stage))

    @property
    def all_complete(self) -> bool:
        return all(map(self.complete, range(len(STAGES))))

    def settle(self) -> None:
        newly = {stage for stage in range(len(STAGES)) if self.complete(stage)} - self.announced
        self.announced |= newly
        self.told["stage.completed"] += len(newly)

    # What is asked, and what must be answered.

    def staff(self, expected: str | None, mutation: str, **given: Any) -> bool:
        return self.compare(expected, mutation, self.wait(codes(self.flow.hr, mutation, **given)))

    def own(self, expected: str | None, mutation: str, **given: Any) -> bool:
        if self.person is None:
            return False
        pascal = mutation[0].upper() + mutation[1:]
        query = f"mutation($input: {pascal}Input!) {{ {mutation}(input: $input) {{ refusals {{ code }} }} }}"
        answer = self.wait(self.person.ask(query, {"input": given}))
        if not self.link:
            assert answer.codes == ["UNAUTHENTICATED"], mutation
            return False
        return self.compare(expected, mutation, [each["code"] for each in answer.data[mutation]["refusals"]])

    def compare(self, expected: str | None, mutation: str, found: list[str]) -> bool:
        assert found == ([expected] if expected else []), (mutation, self.status, self.blocks)
        self.done[mutation] += expected is None
        return expected is None

    def block(self, block: int) -> str:
        return self.flow.block(*PLACES[block])

    # The moves of the new hire.

    @rule()
    def send(self) -> None:
        expected = None if self.status == "PENDING" else "ILLEGAL_TRANSITION"
        if self.status == "PENDING" and self.invitations:
            expected = "ALREADY_INVITED"
        if self.staff(expected, "sendInvitation", id=self.hire):
            self.invited("sent")

    @rule()
    def resend(self) -> None:
        expected = None if self.status in {"PENDING", "EXPIRED"} else "ILLEGAL_TRANSITION"
        if self.status == "PENDING" and not self.invitations:
            expected = "NOT_INVITED"
        if self.staff(expected, "resendInvitation", id=self.hire):
            self.invited("resent")

    def invited(self, how: str) -> None:
        earlier = self.person
        self.status, self.link, self.invitations = "PENDING", True, self.invitations + 1
        self.person = self.wait(portal(self.flow.company, self.hire))
        self.told[f"invitation.{how}"] += 1
        if earlier:
            assert self.wait(earlier.ask("{ onboardingSession { canStart } }")).codes == ["UNAUTHENTICATED"]

    @rule()
    def time_goes_by(self) -> None:
        world = self.flow.company.world
        late = now() + timedelta(days=30, seconds=1)
        clock = OnboardingClock(world.parts.database, world.parts.catalog, world.wiring.master_key, clock=lambda: late)
        expired = self.wait(clock.expire_invitations([self.flow.company.tenant]))
        if self.status == "PENDING" and self.link:
            assert expired >= 1
            self.status, self.link = "EXPIRED", False
            self.told["invitation.expired"] += 1
            self.done["expire"] += 1

    @rule()
    def start(self) -> None:
        if self.own(None if self.status == "PENDING" else "ILLEGAL_TRANSITION", "startOnboarding"):
            self.status = "ACTIVE"
            self.told["started"] += 1

    @rule(by_status=st.booleans())
    def finish(self, *, by_status: bool) -> None:
        expected = (
            "ILLEGAL_TRANSITION" if self.status != "ACTIVE" else None if self.all_complete else "ONBOARDING_INCOMPLETE"
        )
        if by_status:
            moved = self.staff(expected, "setNewHireStatus", id=self.hire, status="COMPLETED")
        else:
            moved = self.own(expected, "completeOnboarding")
        if moved:
            self.status = "COMPLETED"
            self.told["completed"] += 1

    @rule(by_status=st.booleans())
    def reopen(self, *, by_status: bool) -> None:
        expected = None if self.status == "COMPLETED" else "ILLEGAL_TRANSITION"
        more = {"status": "ACTIVE"} if by_status else {}
        mutation = "setNewHireStatus" if by_status else "reopenOnboarding"
        if self.staff(expected, mutation, id=self.hire, reason="Again", **more):
            self.status = "ACTIVE"
            self.told["reopened"] += 1

    @rule(wanted=st.sampled_from(["PENDING", "EXPIRED"]))
    def set_status(self, wanted: str) -> None:
        allowed = wanted == "PENDING" and self.status == "EXPIRED"
        if self.staff(None if allowed else "ILLEGAL_TRANSITION", "setNewHireStatus", id=self.hire, status=wanted):
            self.invited("resent")

    @rule()
    def cancel(self) -> None:
        """Nothing comes after it, so another new hire is taken."""
        expected = None if self.status in {"PENDING", "ACTIVE"} else "ILLEGAL_TRANSITION"
        if self.staff(expected, "cancelNewHire", id=self.hire, reason="Over"):
            self.status, self.link = "CANCELLED", False
            self.own(None, "startOnboarding")
            for mutation in ("sendInvitation", "resendInvitation"):
                self.staff("ILLEGAL_TRANSITION", mutation, id=self.hire)
            self.another()

    # The moves of blocks.

    def refused_work(self, block: int) -> str | None:
        if self.status != "ACTIVE":
            return "ONBOARDING_NOT_ACTIVE"
        if not self.there(block):
            return "NOT_FOUND"
        if block == TASK:
            return "NOT_YOURS"
        if self.blocks[block] == "COMPLETED":
            return "ILLEGAL_TRANSITION"
        return "STAGE_LOCKED" if self.locked(PLACES[block][0]) else None

    def apt(self, block: int, apt: list[int]) -> int:
        """Take one for which it would succeed, where the choice is one of the upper half."""
        return apt[block % len(apt)] if apt and block >= len(PLACES) else block % len(PLACES)

    @rule(block=CHOICES)
    def save(self, block: int) -> None:
        block = self.apt(block, [each for each in PLACES if each != SHOWN and not self.refused_work(each)])
        expected = self.refused_work(block) or ("INVALID_INPUT" if block == SHOWN else None)
        if self.own(expected, "saveContentBlock", contentBlockId=self.block(block), value="a draft"):
            self.blocks[block] = "IN_PROGRESS"

    @rule(block=CHOICES, answer=st.sampled_from(["yes", "yes", "no", ""]))
    def answer_block(self, block: int, answer: str) -> None:
        block = self.apt(block, [each for each in PLACES if not self.refused_work(each)])
        wrong = "INVALID_INPUT" if not answer and block not in {SHOWN, OPTIONAL} else None
        value = None if block == SHOWN else answer
        given = {"contentBlockId": self.block(block), "value": value}
        if self.own(self.refused_work(block) or wrong, "completeContentBlock", **given):
            self.completed(block, answer)

    def completed(self, block: int, answer: str) -> None:
        self.blocks[block] = "COMPLETED"
        self.answer = answer if block == NAMED else self.answer
        self.told["block.completed"] += 1
        self.settle()

    @rule()
    def go_on(self) -> None:
        """Complete what is next, so that walks come to the end."""
        order = [block for block in PLACES if block not in {TASK, OPTIONAL} and self.there(block)]
        following = next((block for block in order if self.blocks[block] != "COMPLETED"), None)
        if self.status == "ACTIVE" and following is not None:
            self.answer_block(following, "yes")
        elif self.blocks[TASK] != "COMPLETED":
            self.task(TASK)
        else:
            self.say_done(2)

    @rule(block=st.sampled_from([TASK, TASK, NAMED, MORE]))
    def task(self, block: int) -> None:
        expected = None
        if not self.there(block):
            expected = "NOT_FOUND"
        elif block != TASK:
            expected = "NOT_YOURS"
        elif self.status not in {"PENDING", "ACTIVE"}:
            expected = "ONBOARDING_NOT_ACTIVE"
        elif self.blocks[block] == "COMPLETED":
            expected = "ILLEGAL_TRANSITION"
        given = {"newHireId": self.hire, "contentBlockId": self.block(block), "value": "done"}
        if self.staff(expected, "completeOnboardingTask", **given):
            self.completed(block, "done")

    @rule(stage=st.integers(0, 2))
    def say_done(self, stage: int) -> None:
        expected = None
        if self.status != "ACTIVE":
            expected = "ONBOARDING_NOT_ACTIVE"
        elif self.locked(stage):
            expected = "STAGE_LOCKED"
        elif not all(self.blocks[each] == "COMPLETED" for each in self.waited_for(stage)):
            expected = "STAGE_INCOMPLETE"
        if self.own(expected, "completeStage", stageId=self.flow.stage(stage)):
            self.acknowledged = self.acknowledged or stage == 2
            self.settle()

    @rule(block=CHOICES, returned=st.booleans())
    def review(self, block: int, *, returned: bool) -> None:
        block = self.apt(block, [each for each in PLACES if self.blocks[each] == "COMPLETED"])
        expected = "ONBOARDING_NOT_ACTIVE" if self.status != "ACTIVE" else None
        if not expected and self.blocks[block] != "COMPLETED":
            expected = "ILLEGAL_TRANSITION"
        row = self.seen["progress"]["nodes"][block]["id"]
        more = {"comment": "Once more"} if returned else {}
        if self.staff(expected, "returnBlock" if returned else "acceptBlock", id=row, **more) and returned:
            self.blocks[block] = "IN_PROGRESS"
            self.told["block.returned"] += 1
            self.settle()

    @invariant()
    def everything_is_as_it_must_be(self) -> None:
        if not hasattr(self, "hire"):
            return
        self.see()
        assert (self.seen["status"], self.seen["invitationCount"]) == (self.status, self.invitations)
        stages = [self.complete(stage) for stage in range(3)]
        assert [node["completedAt"] is not None for node in self.seen["stageProgress"]["nodes"]] == stages
        assert self.seen["percentage"] == {0: 0, 1: 33, 2: 67, 3: 100}[sum(stages)]
        assert (self.seen["currentStageName"] is None) == all(stages)
        nodes = self.seen["progress"]["nodes"]
        assert [node["status"] for node in nodes] == [self.blocks[block] for block in PLACES]
        assert [node["live"] for node in nodes] == [self.there(block) for block in PLACES]
        self.says_what_would_move()
        kinds = [kind.removeprefix("onboarding.") for kind, _ in self.wait(told(self.flow.company, self.hire))]
        assert Counter(kinds) == +self.told

    def see(self) -> None:
        self.seen = self.wait(self.flow.hr.ask(SEEN, {"id": self.hire})).data["newHire"]

    def says_what_would_move(self) -> None:
        would = {
            "PENDING": {
                "sendInvitation": not self.invitations,
                "resendInvitation": bool(self.invitations),
                "startOnboarding": bool(self.invitations),
                "cancelNewHire": True,
            },
            "EXPIRED": {"resendInvitation": True},
            "ACTIVE": {"completeOnboarding": self.all_complete, "cancelNewHire": True},
            "COMPLETED": {"reopenOnboarding": True},
        }[self.status]
        assert {each["name"]: each["allowed"] for each in self.seen["allowedTransitions"]} == would


WHOLE_LIFE: Final[Sequence[Callable[[Life], None]]] = (
    *(Life.resend, Life.start, Life.send, Life.send, Life.resend, Life.time_goes_by, Life.start, Life.send),
    *(lambda life: life.set_status("EXPIRED"), lambda life: life.set_status("PENDING"), lambda life: life.task(TASK)),
    *(lambda life: life.save(NAMED), Life.start, Life.start, Life.time_goes_by, lambda life: life.say_done(0)),
    *(
        lambda life: life.save(SHOWN),
        lambda life: life.save(NAMED),
        lambda life: life.save(MORE),
        lambda life: life.save(TASK),
    ),
    *(lambda life: life.answer_block(WRITTEN, "x"), lambda life: life.answer_block(SHOWN, "")),
    *(lambda life: life.answer_block(NAMED, ""), lambda life: life.answer_block(NAMED, "yes")),
    *(lambda life: life.answer_block(NAMED, "yes"), lambda life: life.answer_block(MORE, "x")),
    *(
        lambda life: life.answer_block(WRITTEN, "x"),
        lambda life: life.say_done(2),
        lambda life: life.review(NAMED, returned=False),
    ),
    *(
        lambda life: life.review(NAMED, returned=True),
        lambda life: life.review(NAMED, returned=True),
        lambda life: life.finish(by_status=False),
    ),
    *(lambda life: life.answer_block(NAMED, "no"), lambda life: life.answer_block(MORE, "x")),
    *(lambda life: life.task(MORE), lambda life: life.task(NAMED), lambda life: life.task(TASK)),
    *(lambda life: life.finish(by_status=True), lambda life: life.reopen(by_status=False)),
    *(
        lambda life: life.answer_block(OPTIONAL, "x"),
        lambda life: life.finish(by_status=False),
        Life.resend,
        Life.start,
    ),
    *(
        lambda life: life.review(NAMED, returned=False),
        lambda life: life.task(TASK),
        lambda life: life.reopen(by_status=True),
    ),
    *(lambda life: life.set_status("PENDING"), Life.cancel, Life.go_on),
)


@pytest.fixture
async def life(company: CompanyWorld) -> type[Life]:
    """A flow of three stages, in which one block hangs on an answer, one is a colleague's, and one may be left out."""
    named = a_block(title="Another?")
    hanging = a_block(condition={"block": named["id"], "equals": "yes"})
    Life.flow = await a_flow(
        company,
        a_stage(a_block(type="header"), named),
        a_stage(a_block(), a_block(assignee="manager"), hanging),
        a_stage(a_block(required=False)),
    )
    Life.loop, Life.done = asyncio.get_running_loop(), Counter()
    return Life


async def test_a_whole_life_with_every_mistake_on_the_way(life: type[Life]) -> None:
    def live() -> None:
        one = life()
        one.another()
        for step in WHOLE_LIFE:
            one.everything_is_as_it_must_be()
            step(one)
        one.everything_is_as_it_must_be()

    await asyncio.to_thread(live)
    assert {name for name, times in life.done.items() if times} == {
        *("sendInvitation", "resendInvitation", "startOnboarding", "completeOnboarding", "reopenOnboarding"),
        *("cancelNewHire", "setNewHireStatus", "expire", "saveContentBlock", "completeContentBlock", "completeStage"),
        *("completeOnboardingTask", "returnBlock", "acceptBlock"),
    }


async def test_only_the_declared_moves_are_made(life: type[Life]) -> None:
    bounds = settings(
        max_examples=8,
        stateful_step_count=15,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    await asyncio.to_thread(run_state_machine_as_test, life, settings=bounds)
    assert sum(life.done.values()) > 40
