"""The matrix of who sees what, as it is committed: a line for each place at which it matters who asks.

Its columns are people and programs of one company, and at last the owner of another, who names what belongs to the
first by its id: objects, the parts of lists, what mutations change. Its cells say what they meet: `yes`; `hidden`, null
for want of a permission; `no`, turned away; `none`, as if there were no such object; `.`, they never come there.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from resolvers.context import Asking
from schema.answering import Answering
from tests.access.asking import AWAY, HIDDEN, NO, YES, at_places, at_root, by_ids_at_places, by_ids_at_root
from tests.access.places import ROOT, Place, Whole, choices, fields, roots
from tests.wall.parties import Party

COMMITTED: Final = Path(__file__).parent / "matrix.tsv"
PLACE: Final = "place"
ELSEWHERE: Final = "OWNER of another company"
Column = Mapping[str, str]


@dataclass(frozen=True)
class Matrix:
    """Every place of a company, and what everybody meets there, by the names of the places."""

    wholes: Sequence[Whole]
    places: Sequence[Place]
    columns: Mapping[str, Column]

    @property
    def lines(self) -> list[str]:
        """The matrix as it is committed. Beside the roots, a place has a line where somebody who comes is barred."""
        names = [*(each.name for each in self.wholes), *(each.name for each in self.places)]
        names += [inner.name for each in self.wholes for inner in each.within]
        lines = [(name, [column[name] for column in self.columns.values()]) for name in names]
        kept = [(name, met) for name, met in lines if name.startswith(ROOT) or {NO, HIDDEN} & set(met)]
        return [_line(PLACE, list(self.columns)), *(_line(*each) for each in kept)]


async def matrix(answering: Answering, party: Party, askers: Mapping[str, Asking], stranger: Asking) -> Matrix:
    """Ask everything of a company as everybody, and as the owner of another."""
    wholes, places = list(roots(party)), [*fields(party), *choices()]
    known = dict[Hashable, Column]()
    for asking in askers.values():
        if (same := _rights(asking)) not in known:
            known[same] = await _column(answering, asking, wholes, places)
    columns = {name: known[_rights(asking)] for name, asking in askers.items()}
    columns[ELSEWHERE] = await column_by_ids(answering, stranger, wholes, places)
    return Matrix(wholes, places, columns)


def _rights(asking: Asking) -> Hashable:
    """Name what somebody may; whoever may the same, and is of the same kind, is asked for once."""
    acts = asking.principal.impersonator is not None
    return asking.principal.kind, asking.principal.permissions, acts


async def _column(answering: Answering, asking: Asking, wholes: Sequence[Whole], places: Sequence[Place]) -> Column:
    """Ask everything as somebody; below a root that turns them away, nothing is asked."""
    found = dict[str, str]()
    for each in wholes:
        found |= await at_root(answering, asking, each)
    open_to = [each for each in places if found[each.root] == YES]
    return {
        **dict.fromkeys((each.name for each in places), AWAY),
        **found,
        **await at_places(answering, asking, open_to),
    }


async def column_by_ids(
    answering: Answering, asking: Asking, wholes: Sequence[Whole], places: Sequence[Place]
) -> Column:
    """Ask for what belongs to a company by its ids, and for all else as it is; below a list of nothing, nothing."""
    found = dict[str, str]()
    for each in wholes:
        found |= dict.fromkeys((inner.name for inner in each.within), AWAY)
        if each.elsewhere:
            found[each.name] = await by_ids_at_root(answering, asking, each)
        else:
            found[each.name] = (await at_root(answering, asking, each))[each.name]
    named = [each for each in places if each.elsewhere]
    others = [each for each in places if not each.elsewhere and found[each.root] == YES]
    return {
        **dict.fromkeys((each.name for each in places), AWAY),
        **found,
        **await by_ids_at_places(answering, asking, named),
        **await at_places(answering, asking, others),
    }


def _line(name: str, cells: Sequence[str]) -> str:
    return "\t".join([name, *cells])
