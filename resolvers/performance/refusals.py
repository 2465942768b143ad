"""Why objectives say no."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import ClassVar

from resolvers.refusals import Fact, Refused
from resolvers.views import AnyId


class CycleDetected(Refused):
    """The objective would be aligned to itself, directly or through others."""

    code = "CYCLE_DETECTED"
    facts: ClassVar[Mapping[str, Fact]] = {
        "okr_ids": Fact(
            list[AnyId], "The objectives of the circle, from the one that was to be aligned on; those that you may see."
        )
    }


class CycleNotOpen(Refused):
    """The cycle does not stand where this is done."""

    code = "CYCLE_NOT_OPEN"


class NoKeyResults(Refused):
    """The objective has no key result yet."""

    code = "NO_KEY_RESULTS"


class WeightsNotWhole(Refused):
    """The weights of the key results are not 100 together."""

    code = "WEIGHTS_NOT_WHOLE"
    facts: ClassVar[Mapping[str, Fact]] = {"weight": Fact(Decimal, "What they are together.")}


class NoMilestones(Refused):
    """A key result is measured by its milestones, and has none that weighs anything."""

    code = "NO_MILESTONES"


class OkrNotDraft(Refused):
    """Only a draft is changed so; of an active objective, targets change with a reason."""

    code = "OKR_NOT_DRAFT"


class OkrNotActive(Refused):
    """The objective is not being worked on."""

    code = "OKR_NOT_ACTIVE"


class OkrClosed(Refused):
    """The objective was completed or cancelled; what is known of it stays as it is."""

    code = "OKR_CLOSED"


class CheckInTooEarly(Refused):
    """The day is before that of the previous check-in of the key result."""

    code = "CHECK_IN_TOO_EARLY"
    facts: ClassVar[Mapping[str, Fact]] = {"earliest": Fact(date, "The first day of which something can be told.")}


class CheckInAhead(Refused):
    """The day has not begun where the company is."""

    code = "CHECK_IN_AHEAD"
    facts: ClassVar[Mapping[str, Fact]] = {"latest": Fact(date, "The day that it is there.")}


class NotYourOkr(Refused):
    """You report on a key result of it, and do not answer for the objective itself."""

    code = "NOT_YOUR_OKR"
