"""A comparison with the released schema, and recorded usage, as values of JSON for programs and as lines for people."""

from collections.abc import Sequence
from typing import Any

from db.catalog.usage import Used
from schema.evolution.changes import Severity
from schema.evolution.comparing import Comparison, Judged
from schema.evolution.documents import Broken


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as values of JSON."""
    released = comparison.released
    return {
        "released": {"version": released.version, "date": released.day.isoformat()},
        **{severity.value: comparison.counts.get(severity, 0) for severity in Severity},
        "ok": not comparison.breaks,
        "changes": [_change(each) for each in comparison.judged],
        "brokenOtherwise": [_broken(each) for each in comparison.otherwise],
        "invalidBefore": [_broken(each) for each in comparison.before],
    }


def _change(judged: Judged) -> dict[str, Any]:
    change = judged.change
    return {
        "coordinate": change.coordinate,
        "severity": change.severity.value,
        "kind": change.kind,
        "description": change.description,
        "announced": judged.announced,
        "excused": judged.excused,
        "breaks": [_broken(each) for each in judged.broken],
        "usage": [used_as_json(each) for each in judged.used],
    }


def _broken(broken: Broken) -> dict[str, Any]:
    document = broken.document
    return {
        "client": document.client,
        "version": document.version,
        "document": document.id,
        "lastUsed": document.last_used.isoformat() if document.last_used else None,
        "problems": list(broken.problems),
    }


def used_as_json(used: Used) -> dict[str, Any]:
    """Return a use as values of JSON."""
    return {
        "coordinate": used.coordinate,
        "client": used.client,
        "times": used.times,
        "firstDay": used.first.isoformat(),
        "lastDay": used.last.isoformat(),
    }


def as_lines(comparison: Comparison) -> Sequence[str]:
    """Return a comparison as a table for people."""
    released, counts = comparison.released, comparison.counts
    said = ", ".join(f"{counts.get(each, 0)} {each.value}" for each in Severity)
    lines = [f"Compared with {released.version}, released {released.day.isoformat()}: {said}."]
    width = max((len(each.change.coordinate) for each in comparison.judged), default=0)
    for each in comparison.judged:
        lines += _lines_of(each, width)
    for title, broken in (
        ("These documents break by changes together:", comparison.otherwise),
        ("These are not valid under the released schema either:", comparison.before),
    ):
        lines += ["", title, *(f"  {_line_of(each)}" for each in broken)] if broken else []
    return lines


def _lines_of(judged: Judged, width: int) -> Sequence[str]:
    change = judged.change
    lines = [f"{change.severity.name:9}  {change.coordinate:{width}}  {change.description}"]
    if judged.change.severity is Severity.BREAKING and judged.announced:
        lines.append(f"{'':11}{'excused' if judged.excused else 'too early'}: {judged.announced}")
    lines += [f"{'':11}breaks {_line_of(each)}" for each in judged.broken]
    lines += [f"{'':11}used   {used_line(each)}" for each in judged.used]
    return lines


def _line_of(broken: Broken) -> str:
    document = broken.document
    last = f", last asked {document.last_used.isoformat()}" if document.last_used else ""
    problem = f": {broken.problems[0]}" if broken.problems else ""
    return f"{document.client} {document.version} {document.id}{last}{problem}"


def used_line(used: Used) -> str:
    """Return a use as a line for people."""
    return f"{used.coordinate} by {used.client}, about {used.times} times, last on {used.last.isoformat()}"
