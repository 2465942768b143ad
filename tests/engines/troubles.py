"""Fields that go wrong, and the domain of these tests that has them.

What goes wrong does so for the rows whose `trouble` says it, whichever engine asks and in whichever batch, or for all
rows: what depends on the batch would differ between engines that are both right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from sqlalchemy import select

from resolvers.barred import BadInput
from resolvers.computed import computed
from resolvers.context import Looking
from resolvers.operation import Names
from resolvers.reading import reading
from resolvers.views import shown
from schema.derive.declare import Domain, entity
from tests.engines.gadgets import NONE, RAISES, Gadget, Shelf, Standing


@dataclass(frozen=True)
class GadgetVerdict:
    """What is thought of a gadget."""

    gadget: Annotated[Gadget, "The gadget itself."]
    shelf: Annotated[Shelf, "A shelf, which is missing for some."]
    gadget_id: Annotated[UUID, Names("Gadget"), "The gadget."]
    word: Annotated[str, "One word, which is missing for some."]
    hint: Annotated[str | None, "Another word."]
    words: Annotated[list[str], "Several words, of which one is missing for some."]
    inner: Annotated["list[Note]", "Notes, of which some have no text."]
    trouble: str | None = None

    @shown
    def strict(self, times: Annotated[int, "How often."] = 1) -> int:
        """A number that is always there, or an error."""
        return self._number(times)

    @shown
    def loose(
        self,
        times: Annotated[int | None, "How often."] = None,
        gadget_ids: Annotated[list[UUID] | None, Names("Gadget"), "Some."] = None,
    ) -> int | None:
        """A number that may be missing, or an error."""
        return self._number(times) if gadget_ids is None else len(gadget_ids)

    def _number(self, times: int | None) -> Any:
        if self.trouble == RAISES:
            message = "a verdict that cannot be worked out"
            raise RuntimeError(message)
        return None if self.trouble == NONE or times is None else times * 2


@dataclass(frozen=True)
class Note:
    """A note on a gadget."""

    text: Annotated[str, "What it says, which is missing for some."]
    place: Annotated[int, "Its place."]


async def verdicts_on(looking: Looking, gadgets: Sequence[Gadget]) -> Sequence[GadgetVerdict]:
    """Think something of each gadget, in one statement."""
    shelves = {each.id: each for each in await looking.all(select(Shelf))}
    return [_verdict(each, shelves[each.shelf_id]) for each in gadgets]


def _verdict(gadget: Gadget, shelf: Shelf) -> GadgetVerdict:
    missing: Any = None
    bad = gadget.trouble is not None
    words = [missing if bad else "good", gadget.code]
    notes = [Note(missing if bad and place else f"note {place}", place) for place in range(gadget.quantity % 3)]
    word = missing if gadget.trouble == NONE else "fine"
    return GadgetVerdict(gadget, missing if bad else shelf, gadget.id, word, gadget.notes, words, notes, gadget.trouble)


@computed(Gadget, needs="company.read")
async def verdict(looking: Looking, gadgets: Sequence[Gadget]) -> Sequence[GadgetVerdict]:
    """What is thought of it."""
    return await verdicts_on(looking, gadgets)


@computed(Gadget, needs="company.read")
async def verdicts(looking: Looking, gadgets: Sequence[Gadget]) -> Sequence[list[GadgetVerdict]]:
    """All that is thought of it."""
    each = await verdicts_on(looking, gadgets)
    return [[one] * (one.gadget.quantity % 3) for one in each]


@computed(Gadget, needs="company.edit")
async def private_verdict(looking: Looking, gadgets: Sequence[Gadget]) -> Sequence[GadgetVerdict | None]:
    """What is thought of it in private."""
    return await verdicts_on(looking, gadgets)


@computed(Gadget, needs="company.read")
async def fails(_looking: Looking, _gadgets: Sequence[Gadget]) -> Sequence[str | None]:
    """A value that can never be worked out."""
    message = "this always fails"
    raise RuntimeError(message)


@computed(Gadget, needs="company.read")
async def must_not_fail(_looking: Looking, _gadgets: Sequence[Gadget]) -> Sequence[str]:
    """A value that is always there, and can never be worked out."""
    message = "this always fails too"
    raise RuntimeError(message)


@computed(Gadget, needs="company.read")
async def refuses(_looking: Looking, _gadgets: Sequence[Gadget]) -> Sequence[int | None]:
    """A value that is refused to everybody."""
    raise BadInput("This is refused.", path=("refuses",))


@computed(Gadget, needs="company.read")
async def always(_looking: Looking, gadgets: Sequence[Gadget]) -> Sequence[str]:
    """A value that should always be there, and is missing for some."""
    missing: Any = None
    return [missing if each.trouble == NONE else each.code for each in gadgets]


@computed(Gadget, needs="company.read")
async def marks(_looking: Looking, gadgets: Sequence[Gadget]) -> Sequence[list[str]]:
    """Marks, of which one is missing for some."""
    missing: Any = None
    return [[each.code, missing if each.trouble else "last"] for each in gadgets]


@computed(Shelf, needs="company.read")
async def fullness(_looking: Looking, shelves: Sequence[Shelf]) -> Sequence[int | None]:
    """How full it is."""
    return [each.floor for each in shelves]


@reading("company.read")
async def gadget_verdicts(
    looking: Looking, gadget_ids: Annotated[list[UUID] | None, Names("Gadget"), "Of these only."] = None
) -> list[GadgetVerdict]:
    """What is thought of gadgets."""
    found = await looking.all(select(Gadget).order_by(Gadget.id))
    return [each for each in await verdicts_on(looking, found) if gadget_ids is None or each.gadget_id in gadget_ids]


@reading("company.read")
async def best_gadget(
    looking: Looking, shelf_id: Annotated[UUID, Names("Shelf"), "On which shelf."], standing: Standing | None = None
) -> Gadget | None:
    """The first gadget of a shelf."""
    found = await looking.all(select(Gadget).where(Gadget.shelf_id == shelf_id).order_by(Gadget.id))
    return next((each for each in found if standing is None or each.standing == standing), None)


@reading("company.edit")
async def sure_verdict(
    looking: Looking,
    trouble: Annotated[bool, "Whether there is trouble."] = False,  # noqa: FBT002
) -> GadgetVerdict:
    """A verdict that is always there, unless there is trouble."""
    found = await looking.all(select(Gadget).order_by(Gadget.id))
    missing: Any = None
    return missing if trouble else (await verdicts_on(looking, found[:1]))[0]


COMPUTED: Final = (verdict, verdicts, private_verdict, fails, must_not_fail, refuses, always, marks, fullness)
GADGETS: Final = Domain(
    module="company",
    entities=[entity(Shelf, read="company.read", plural="shelves"), entity(Gadget, read="company.read")],
    computed=COMPUTED,
    readings=[gadget_verdicts, best_gadget, sure_verdict],
)
