"""What a comparison with the released schema comes to.

Each change, whether it was announced, whom it breaks, and who was seen to use what it is about.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from db.catalog.usage import Used
from schema.evolution.changes import Change, Severity, changes_between
from schema.evolution.documents import Broken, Document, breaks
from schema.evolution.excusing import Excuses
from schema.evolution.released import Released, schema_of


@dataclass(frozen=True, slots=True)
class Judged:
    """A change, and what is known about it."""

    change: Change
    excused: bool
    announced: str | None
    broken: Sequence[Broken] = ()
    used: Sequence[Used] = ()

    @property
    def breaks(self) -> bool:
        """Whether it breaks what nobody was told of in time."""
        return self.change.severity is Severity.BREAKING and not self.excused


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs from the released schema.

    `otherwise` are documents that break by more than one change together, `before` those that the released schema did
    not answer either.
    """

    released: Released
    judged: Sequence[Judged]
    otherwise: Sequence[Broken] = ()
    before: Sequence[Broken] = ()
    counts: Mapping[Severity, int] = field(default_factory=dict[Severity, int])

    @property
    def breaks(self) -> bool:
        """Whether it may not be shipped as it is."""
        return bool(self.otherwise) or any(each.breaks for each in self.judged)

    def wanted(self) -> Sequence[str]:
        """The coordinates whose use matters: those of what breaks."""
        return [about(each.change) for each in self.judged if each.change.severity is Severity.BREAKING]


def compared(released: Released, text: str, today: date, documents: Iterable[Document] = ()) -> Comparison:
    """Compare a schema, as text, with the released one."""
    old, new = released.schema, schema_of(text)
    changes = changes_between(old, new)
    excuses = Excuses(old, new, today)
    breaking = [each for each in changes if each.severity is Severity.BREAKING]
    found = breaks(old, new, breaking, documents)
    judged = [_judged(each, excuses, found.by_change.get(each, ())) for each in changes]
    counts = {severity: sum(each.severity is severity for each in changes) for severity in Severity}
    return Comparison(released, judged, found.otherwise, found.before, counts)


def _judged(change: Change, excuses: Excuses, broken: Sequence[Broken]) -> Judged:
    told = excuses.announcement(change)
    return Judged(change, excuses.excused(change), told.text if told else None, broken)


def with_usage(comparison: Comparison, used: Iterable[Used]) -> Comparison:
    """Add to each breaking change who was seen to use what it is about."""
    by_coordinate: dict[str, list[Used]] = {}
    for each in used:
        by_coordinate.setdefault(each.coordinate, []).append(each)
    judged = [
        Judged(each.change, each.excused, each.announced, each.broken, _using(each.change, by_coordinate))
        for each in comparison.judged
    ]
    return Comparison(comparison.released, judged, comparison.otherwise, comparison.before, comparison.counts)


def about(change: Change) -> str:
    """Return the coordinate whose use a change concerns: of what is new and must be given, that of what it is in."""
    return change.owner if change.kind.startswith("REQUIRED_") else change.coordinate


def _using(change: Change, used: Mapping[str, Sequence[Used]]) -> Sequence[Used]:
    """Return who uses what a change is about; of a type, what is in it."""
    if change.severity is not Severity.BREAKING:
        return ()
    wanted = about(change)
    within = () if "." in wanted or wanted.startswith("@") else (f"{wanted}.",)
    return [each for name, uses in used.items() if name == wanted or name.startswith(within) for each in uses]
