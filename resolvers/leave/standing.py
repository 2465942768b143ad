"""What a request for leave is held against, and what may stand against it: plain values, to be read or shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from db.choices import Choice
from resolvers.leave.ledger import NOTHING, Entry
from resolvers.leave.rules import Employment, LeaveRules
from resolvers.leave.working_days import Absence, WorkingCalendar
from resolvers.leave.years import CALENDAR_YEAR, LeaveYear

Fact = Decimal | int | date | str


class LeaveProblemCode(Choice):
    """Why leave cannot be had as it is asked for."""

    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins", "The last day is before the first."
    OUT_OF_REACH = "out_of_reach", "It lies too many days before or after the day of asking."
    HALF_DAY_OUTSIDE = "half_day_outside", "The half day is none of its days."
    HALF_DAY_NOT_ALLOWED = "half_day_not_allowed", "This type of leave is taken in whole days."
    OUTSIDE_EMPLOYMENT = "outside_employment", "The person is not employed on all of its days."
    STILL_WAITING = "still_waiting", "Nothing can be taken so soon after hiring."
    TOO_SHORT_NOTICE = "too_short_notice", "It begins too soon after the day of asking."
    NO_WORKING_DAY = "no_working_day", "There is no working day in it."
    TOO_LONG = "too_long", "It is too many days in a row, with leave of the same type that it adjoins."
    DOCUMENT_NEEDED = "document_needed", "So many days need a document."
    OVERLAPS = "overlaps", "Other leave covers a part of the same time."
    INSUFFICIENT_BALANCE = "insufficient_balance", "There are too few days, with what else is asked for."


@dataclass(frozen=True, slots=True)
class LeaveProblem:
    """One thing that stands against a request, and the facts of it."""

    code: LeaveProblemCode
    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact])


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a request: its first and last day, and how many days of leave it takes."""

    first: date
    last: date
    days: Decimal


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, when, and whether a document is given."""

    absence: Absence
    on: date
    has_document: bool = False


@dataclass(frozen=True, slots=True)
class OtherLeave:
    """Other leave of the same person, pending or approved; what is pending is not in the ledger yet."""

    ref: str
    absence: Absence
    same_type: bool
    pending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a request is held against: the rules of its type, the person, their ledger of that type, all other leave.

    `entries` may include accruals that are still to come; then these can be asked for.
    """

    rules: LeaveRules
    employment: Employment
    calendar: WorkingCalendar
    entries: Sequence[Entry] = ()
    others: Sequence[OtherLeave] = ()
    year: LeaveYear = CALENDAR_YEAR


@dataclass(frozen=True, slots=True)
class Assessment:
    """The parts of a request that take days, and all that stands against it."""

    parts: tuple[Part, ...] = ()
    problems: tuple[LeaveProblem, ...] = ()

    @property
    def days(self) -> Decimal:
        """How many days of leave it takes."""
        return days_of(self.parts)


def days_of(parts: Iterable[Part]) -> Decimal:
    """Return how many days of leave parts take together."""
    return sum((part.days for part in parts), NOTHING)
