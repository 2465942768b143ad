"""Whatever a mutation does, the trail tells afterwards how everything was before it, and how it is since.

Of each object that the mutation wrote, and of one in so many of the others, which are others for each mutation.
"""

from app import now
from tests.audit.states import ENTITIES, as_erased, differing, encode_row, everything_ever, now_of, then_of
from tests.commands.conftest import command, flow_status, ground, grounds
from tests.commands.ground import COMMANDS, Command, Ground

__all__ = ["command", "flow_status", "ground", "grounds"]

PUT_PAST_THE_TRAIL = "Company.logoUrl"
"""The ground writes it straight into the table, so that no entry tells of it."""

ONE_IN = 8
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
    written = {encode_row(row[1:]) for row in await ground.audited(command.operation.name) if row[1] in ENTITIES}
    looked_at = {*written, *since[COMMANDS.index(command) % ONE_IN :: ONE_IN]}
    if command.name in ERASING:
        before, after = (as_erased(state, given["id"]) for state in (before, after))
    for state, at in ((after, later), (before, earlier)):
        answered = {each: values for each, values in state.items() if each in looked_at}
        told = await then_of(person, list(answered), at)
        assert [each for each in differing(told, answered) if each[0] != PUT_PAST_THE_TRAIL] == []
