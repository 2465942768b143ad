"""What several content types ask of an answer or of a setting: its length, pattern, range, day, time, options, file.

Every check is pure and takes time in proportion to what it looks at.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, Final

from db.models.files import File, FileStatus
from gateways.patterns import Pattern, compiled
from resolvers.onboarding.problems import Problem

DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def pattern_of(config: Mapping[str, Any]) -> Pattern | None:
    """Return the compiled pattern of a text block, if it has one; raises BadPattern where it cannot be used."""
    return compiled(config["pattern"]) if config.get("pattern") else None


def length(value: str, config: Mapping[str, Any]) -> list[Problem]:
    """Check how long a text is, in characters."""
    least, most = config.get("min_length"), config.get("max_length")
    if least is not None and len(value) < least:
        return [Problem("TOO_SHORT", f"At least {least} characters; this has {len(value)}.")]
    if most is not None and len(value) > most:
        return [Problem("TOO_LONG", f"At most {most} characters; this has {len(value)}.")]
    return []


def pattern(value: str, config: Mapping[str, Any]) -> list[Problem]:
    """Check that a whole text matches the pattern of its block."""
    expected = pattern_of(config)
    if expected is None or expected.takes(value):
        return []
    return [Problem("PATTERN", config.get("pattern_hint") or "This does not have the expected form.")]


def bounds(value: Any, config: Mapping[str, Any]) -> list[Problem]:
    """Check that a value lies within the range of its block."""
    if "min" in config and value < config["min"]:
        return [Problem("RANGE", f"At least {config['min']}.")]
    if "max" in config and value > config["max"]:
        return [Problem("RANGE", f"At most {config['max']}.")]
    return []


def stepped(value: float, config: Mapping[str, Any]) -> list[Problem]:
    """Check that a number is a whole count of steps from the least, as decimals: 0.3 is three steps of 0.1."""
    if "step" not in config:
        return []
    off = (_exactly(value) - _exactly(config.get("min", 0))) % _exactly(config["step"])
    return [Problem("RANGE", f"In steps of {config['step']}.")] if off else []


def _exactly(number: float) -> Fraction:
    return Fraction(repr(number))


def day(value: str) -> list[Problem]:
    """Check that a text is a calendar date."""
    try:
        known = DAY.fullmatch(value) and date.fromisoformat(value)
    except ValueError:
        known = None
    return [] if known else [Problem("DATE", "A date, such as 2026-06-30.")]


def clock(value: str) -> list[Problem]:
    """Check that a text is a time of day."""
    return [] if CLOCK.fullmatch(value) else [Problem("TIME", "A time of day, such as 09:30.")]


def option(value: str, known: Sequence[str]) -> list[Problem]:
    """Check that a choice is on a list."""
    return [] if value in known else [Problem("NOT_AN_OPTION", "This is none of the options.")]


def once(chosen: Sequence[str]) -> list[Problem]:
    """Check that nothing is named twice."""
    return [Problem("TWICE", "Named twice.", (place,)) for place, each in enumerate(chosen) if each in chosen[:place]]


def options(chosen: Sequence[str], known: Sequence[str]) -> list[Problem]:
    """Check that each of several choices is on a list, and named once."""
    return once(chosen) or [
        Problem("NOT_AN_OPTION", "This is none of the options.", (place,))
        for place, each in enumerate(chosen)
        if each not in known
    ]


def file(known: File | None, config: Mapping[str, Any]) -> list[Problem]:
    """Check the type and the size of a file, as they were found when it was uploaded."""
    if known is None or known.status != FileStatus.STORED:
        return [Problem("FILE", "There is no such file here; upload it first.")]
    if "accept" in config and known.mime not in config["accept"]:
        return [Problem("FILE_TYPE", f"One of {', '.join(config['accept'])}; this is {known.mime}.")]
    if "max_bytes" in config and known.size > config["max_bytes"]:
        return [Problem("FILE_SIZE", f"At most {config['max_bytes']:,} bytes; this has {known.size:,}.")]
    return []
