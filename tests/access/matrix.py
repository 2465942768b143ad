"""The matrix of who sees what, as it is committed: a line for each place at which it matters who asks."""

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Final

from resolvers.context import Asking
from schema.answering import Answering
from tests.access.asking import AWAY, HIDDEN, NO, YES, at_places, at_root
from tests.access.places import ROOT, Place, Whole, choices, fields, roots

COMMITTED: Final = Path(__file__).parent / "matrix.tsv"
PLACE: Final = "place"


async def matrix(answering: Answering, askers: Mapping[str, Asking]) -> list[str]:
    """Ask everything as everybody. Beside the roots, a place has a line where somebody who comes there is barred."""
    wholes, places = list(roots()), [*fields(), *choices()]
    known = dict[Hashable, dict[str, str]]()
    for asking in askers.values():
        if (same := _rights(asking)) not in known:
            known[same] = await _column(answering, asking, wholes, places)
    columns = [known[_rights(asking)] for asking in askers.values()]
    names = [*(each.name for each in wholes), *(each.name for each in places)]
    lines = [(name, [column[name] for column in columns]) for name in names]
    kept = [(name, met) for name, met in lines if name.startswith(ROOT) or {NO, HIDDEN} & set(met)]
    return [_line(PLACE, list(askers)), *(_line(*each) for each in kept)]


def _rights(asking: Asking) -> Hashable:
    """Name what somebody may; whoever may the same, and is of the same kind, is asked for once."""
    acts = asking.principal.impersonator is not None
    return asking.principal.kind, asking.principal.permissions, acts


async def _column(
    answering: Answering, asking: Asking, wholes: Sequence[Whole], places: Sequence[Place]
) -> dict[str, str]:
    """Ask everything as somebody; below a root that turns them away, nothing is asked."""
    found = {each.name: await at_root(answering, asking, each) for each in wholes}
    open_to = [each for each in places if found[each.root] == YES]
    return {
        **dict.fromkeys((each.name for each in places), AWAY),
        **found,
        **await at_places(answering, asking, open_to),
    }


def _line(name: str, cells: Sequence[str]) -> str:
    return "\t".join([name, *cells])
