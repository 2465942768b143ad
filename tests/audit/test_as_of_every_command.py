"""Whatever a mutation does, the trail tells afterwards how everything was before it, and how it is since."""

from app import now
from tests.audit.states import as_erased, differing, everything_ever, now_of, then_of
from tests.commands.conftest import command, flow_status, ground, grounds
from tests.commands.ground import Command, Ground

__all__ = ["command", "flow_status", "ground", "grounds"]

PUT_PAST_THE_TRAIL = "Company.logoUrl"
"""The ground writes it straight into the table, so that no entry tells of it."""

ERASING = {"eraseUser", "eraseNewHire"}
"""After these the trail tells of the person's data that it was erased, of every instant."""


async def test_before_and_after_a_mutation(command: Command, ground: Ground) -> None:
    company, person = ground.company, ground.person
    known = await everything_ever(company)
    before, earlier = await now_of(person, known), now()
    given = ground.given(command)
    assert (await ground.run(command, given))["refusals"] == []
    later, since = now(), await everything_ever(company)
    after = await now_of(person, since)
    assert after != before
    if command.name in ERASING:
        before, after = (as_erased(state, given["id"]) for state in (before, after))
    for told, answered in (
        (await then_of(person, since, later), after),
        (await then_of(person, known, earlier), before),
    ):
        assert [each for each in differing(told, answered) if each[0] != PUT_PAST_THE_TRAIL] == []
