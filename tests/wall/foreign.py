"""Gives every place of the schema that takes an id or a cursor what belongs to another company.

What is answered must be, to the letter, what is answered for an id that never existed; and it must not be what is
answered for an id of one's own, or the trial would show nothing.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from uuid_utils.compat import uuid7

from db.base import Appended
from schema.derive import ids
from tests.wall.filling import Filling
from tests.wall.found import cursor_of, field_at, finds, is_nothing, lasting, refusals
from tests.wall.graph import Document, Question, alike, document, is_connection, kind_of, selected
from tests.wall.parties import ENTITIES, Party
from tests.wall.slots import ANY, EITHER, Kind, Slot
from tests.wall.tally import Tally
from tests.wall.traces import Traces
from tests.world import Answer

Contract = Mapping[str, Any]
Writing = Callable[..., Document]
PLAINLY: Contract = {}
AT_A_VERSION: Contract = {"expectedVersion": 999}
ON_TRIAL: Contract = {"dryRun": True}
WITH_A_KEY: Contract = {"idempotencyKey": "<new>"}
AT_ONCE = 4
PAGE = "{ totalCount aggregate { count } nodes { id } pageInfo { hasNextPage hasPreviousPage } }"


@dataclass(frozen=True)
class Probe:
    """One question about one place: with the other company's value, with one that never existed, and with one's own.

    `named` is the type of which the value is, and `decides` tells whether the answer must be nothing but for one's own.
    """

    slot: Slot
    named: str
    foreign: Question
    unknown: Question
    own: Question | None
    decides: bool

    @property
    def shape(self) -> Hashable:
        """What probes have in common that can be made together; all of them with one's own, or none."""
        return self.foreign.shape, self.own is None

    @property
    def says(self) -> str:
        """What is asked, for whoever reads of a failure."""
        return f"{self.slot}: {self.foreign}"


class Foreign:
    """One company that tries what belongs to another."""

    def __init__(self, mine: Party, theirs: Party, traces: Traces, write: Writing = document) -> None:
        self.mine, self.theirs, self._write = mine, theirs, write
        self._traces, self._filling, self.tally = traces, Filling(mine), Tally()

    async def try_all(self, slots: Sequence[Slot], contracts: Sequence[Contract] = (PLAINLY,)) -> Tally:
        """Try every place; nothing may have changed afterwards, in either company."""
        before = await self._states()
        probes = [probe for slot in slots if slot.operation == "query" for probe in self.probes(slot)]
        for together in alike(probes, AT_ONCE):
            await self._ask(together)
        for slot in slots:
            if slot.kind is Kind.CURSOR:
                await self._try_cursor(slot)
            elif slot.operation == "mutation":
                for contract in contracts:
                    await self._try_mutation(slot, contract)
        self.tally.same(await self._states(), before, "what is stored, before and after")
        return self.tally

    async def _states(self) -> list[dict[str, Any]]:
        """What is stored; that a key was given is the one thing that a refused command leaves behind."""
        states = [await self.mine.state(), await self.theirs.state()]
        states[0].pop("idempotency_keys")
        return states

    def probes(self, slot: Slot) -> Iterator[Probe]:
        """The questions about one place of a query that takes ids: by each type that they may name."""
        known = [name for name, rows in self.theirs.samples.items() if rows or name in ENTITIES]
        names = slot.named.split(EITHER) if slot.named != ANY else known
        for name in names if slot.kind is Kind.ID else ():
            self._filling.own(name, slot.steps[-1]) if name in ENTITIES else None
            foreign, unknown = self.foreign(name), never(name)
            if slot.listed:
                own = self.mine.own_group(name)
                yield self._probe(slot, name, [*own, foreign], [*own, unknown], alone=False)
            yield self._probe(slot, name, *(([foreign], [unknown]) if slot.listed else (foreign, unknown)), alone=True)

    def _probe(self, slot: Slot, name: str, foreign: Any, unknown: Any, *, alone: bool) -> Probe:
        own: Any = self.mine.own_group(name) if slot.listed else self.mine.own(name)
        decides = alone and finds(slot)
        shows = self._written(slot, own, name) if decides and name in ENTITIES and shown_by(slot, name) else None
        return Probe(slot, name, self._written(slot, foreign, name), self._written(slot, unknown, name), shows, decides)

    def foreign(self, name: str) -> str:
        """The public id of an object of the other company."""
        return self.theirs.own(name)

    def _written(self, slot: Slot, value: Any, named: str) -> Question:
        field = field_at(slot)
        kind = kind_of(field)
        chosen = PAGE if is_connection(kind) else selected(kind, -1, named)
        return Question(slot.route, self._filling.arguments(slot, field, value), chosen)

    async def _ask(self, probes: Sequence[Probe]) -> None:
        foreign = await self._answer(self._write(*(probe.foreign for probe in probes)))
        unknown = await self._answer(self._write(*(probe.unknown for probe in probes)))
        self.tally.same(foreign.errors, [], f"errors of {probes[0].says}")
        for index, probe in enumerate(probes):
            found = [(each.body.get("data") or {}).get(f"a{index}") for each in (foreign, unknown)]
            self.tally.same(lasting(found[0]), lasting(found[1]), probe.says)
            if probe.decides:
                self.tally.check(is_nothing(probe.slot, found[0]), f"{probe.says} found {found[0]}")
        if all(probe.own for probe in probes):
            await self._ask_for_own(probes)

    async def _ask_for_own(self, probes: Sequence[Probe]) -> None:
        own = await self._answer(self._write(*(probe.own for probe in probes if probe.own)))
        for index, probe in enumerate(probes):
            found = (own.body.get("data") or {}).get(f"a{index}")
            finds_it = not is_nothing(probe.slot, found) or await self._finds_another(probe)
            self.tally.check(finds_it, f"{probe.slot} does not find its own: {probe.own}")

    async def _finds_another(self, probe: Probe) -> bool:
        """Whether a place finds another object of one's own: not every way up or down leads back to the first."""
        own = self.mine.all_own(probe.named)
        for value in [own] if probe.slot.listed else own[1:]:
            answer = await self._answer(self._write(self._written(probe.slot, value, probe.named)))
            if not is_nothing(probe.slot, (answer.body.get("data") or {}).get("a0")):
                return True
        return False

    async def _try_cursor(self, slot: Slot) -> None:
        own, foreign = [await cursor_of(party, slot) for party in (self.mine, self.theirs)]
        answers = [
            await self._answer(self._write(self._written(slot, cursor, slot.named))) for cursor in (foreign, own[::-1])
        ]
        self.tally.same(set(answers[0].codes), {"BAD_USER_INPUT"}, f"{slot} with another's cursor")
        self.tally.same(answers[0].response.text, answers[1].response.text, f"{slot} with another's and no cursor")
        mine = await self._answer(self._write(self._written(slot, own, slot.named)))
        self.tally.same(mine.errors, [], f"{slot} with one's own cursor")

    async def _try_mutation(self, slot: Slot, contract: Contract) -> None:
        answers = [await self._mutate(slot, value, contract) for value in self._mutation_values(slot)]
        own = await self._mutate(slot, self._filling.own(slot.named, slot.steps[-1]), ON_TRIAL)
        allowed = {"NOT_FOUND", "INVALID_ORDER"} if slot.listed else {"NOT_FOUND"}
        for foreign, unknown in zip(answers[::2], answers[1::2], strict=True):
            self.tally.same(foreign.response.text, unknown.response.text, f"{slot} {contract}")
            self.tally.check(len(refusals(foreign)) == 1, f"{slot} {contract} is not refused: {foreign.body}")
            self.tally.check(refusals(foreign) <= allowed, f"{slot} {contract} is refused as {refusals(foreign)}")
        self.tally.check(not refusals(own) & allowed, f"{slot} refuses its own: {own.body}")

    def _mutation_values(self, slot: Slot) -> list[Any]:
        """Another's value and one that never existed; where a list is taken, also each after one's own."""
        pair: list[Any] = [self.foreign(slot.named), never(slot.named)]
        if not slot.listed:
            return pair
        own = self.mine.own_group(slot.named)
        return [[each] for each in pair] + [[*own[1:], each] for each in pair] + [[*own, each] for each in pair]

    async def _mutate(self, slot: Slot, value: Any, contract: Contract) -> Answer:
        field = field_at(slot)
        filled = self._filling.arguments(slot, field, value)
        known = kind_of(field.args["input"]).fields if "input" in field.args else {}
        if slot.steps[-1].name != "id":
            known = {name: each for name, each in known.items() if name != "expectedVersion"}
        beside = {name: uuid4().hex if each == "<new>" else each for name, each in contract.items() if name in known}
        given = {**filled, "input": {**filled["input"], **beside}} if beside else filled
        return await self._answer(self._write(Question(slot.route, given, selected(kind_of(field), -1), "mutation")))

    async def _answer(self, asked: Document) -> Answer:
        """Ask, and look for the other company in the answer: not even the id that was given may come back."""
        answer = await self.mine.person.ask(*asked)
        shown = self._traces.found_in(answer.response.text + str(answer.response.headers))
        self.tally.check(not shown, f"{shown} shown to {asked}")
        self.tally.check("incidentId" not in answer.response.text, f"a fault, at {asked}: {answer.response.text}")
        return answer


async def foreign_ids(
    mine: Party,
    theirs: Party,
    slots: Sequence[Slot],
    contracts: Sequence[Contract] = (PLAINLY, AT_A_VERSION),
    write: Writing = document,
) -> Tally:
    """Try every place that takes an id or a cursor with what belongs to another company."""
    return await Foreign(mine, theirs, await theirs.traces(), write).try_all(slots, contracts)


def one_of_each(slots: Sequence[Slot]) -> list[Slot]:
    """Of each place the first way that leads to it, for each field and each type that is named."""
    return list({(slot.route, slot.coordinate, slot.named): slot for slot in reversed(slots)}.values())


def shown_by(slot: Slot, name: str) -> bool:
    """Whether a place leads to one's own: an entry of a log was never otherwise, as nothing happens to it."""
    return slot.route != ("entityAsOf",) or not issubclass(ENTITIES[name], Appended)


def never(name: str) -> str:
    """A well-formed id of a type that never existed."""
    return ids.encode(name, uuid7())
