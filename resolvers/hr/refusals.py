"""Why core HR says no."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from resolvers.refusals import Fact, Refused


class HasReports(Refused):
    """Somebody reports to the person, or is to by a change that waits; give them another manager first."""

    code = "HAS_REPORTS"
    facts: ClassVar[Mapping[str, Fact]] = {"reports": Fact(int, "How many report to the person, or are to.")}


class NotCovered(Refused):
    """On the first day no contract holds, or nothing was agreed on what the person is paid."""

    code = "NOT_COVERED"


class TooEarly(Refused):
    """The day is before one on which something later was agreed already; history is never rewritten."""

    code = "TOO_EARLY"
    facts: ClassVar[Mapping[str, Fact]] = {"earliest": Fact(date, "The first day that it can be for.")}


class OutsideEmployment(Refused):
    """The day is none on which the person is employed."""

    code = "OUTSIDE_EMPLOYMENT"


class StillEmployed(Refused):
    """The person works for the company, or will; what is known of them is kept until the employment has ended."""

    code = "STILL_EMPLOYED"


class NotTheLatest(Refused):
    """Something later builds on it, or it was carried out already."""

    code = "NOT_THE_LATEST"
