"""Why leave cannot be had, as the API says it: what the arithmetic finds becomes refusals with their facts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final

from resolvers import ids
from resolvers.hr.refusals import OutsideEmployment
from resolvers.leave.standing import LeaveProblem, LeaveProblemCode
from resolvers.refusals import Fact, InvalidInput, Refused
from resolvers.views import AnyId

FROM: Final = ("from_date",)
TO: Final = ("to_date",)
HALF: Final = ("half_day_date",)


class InsufficientLeave(Refused):
    """There are too few days, once all that waits to be decided is taken."""

    code = "INSUFFICIENT_LEAVE"
    facts: ClassVar[Mapping[str, Fact]] = {
        "balance": Fact(Decimal, "How many days there are on the first day."),
        "pending": Fact(Decimal, "How many of these wait to be decided already."),
        "asked": Fact(Decimal, "How many days are asked for."),
        "available": Fact(Decimal, "How many of these there are."),
    }


class LeaveOverlaps(Refused):
    """Other leave covers a part of the same time."""

    code = "LEAVE_OVERLAPS"
    facts: ClassVar[Mapping[str, Fact]] = {
        "other_id": Fact(AnyId, "The other request."),
        "first_day": Fact(date, "Its first day."),
        "last_day": Fact(date, "Its last day."),
    }


class NoticeTooShort(Refused):
    """It begins too soon after the day on which it is asked for."""

    code = "NOTICE_TOO_SHORT"
    facts: ClassVar[Mapping[str, Fact]] = {
        "notice_days": Fact(int, "How many days ahead it is asked for at least."),
        "earliest": Fact(date, "The first day on which it could begin."),
    }


class StillWaiting(Refused):
    """Leave of this type cannot be taken so soon after the hire."""

    code = "STILL_WAITING"
    facts: ClassVar[Mapping[str, Fact]] = {"earliest": Fact(date, "The first day on which it could begin.")}


class LeaveTooLong(Refused):
    """It is too many days in a row, with leave of the same type that it adjoins."""

    code = "LEAVE_TOO_LONG"
    facts: ClassVar[Mapping[str, Fact]] = {
        "asked": Fact(Decimal, "How many days in a row it would be."),
        "most": Fact(Decimal, "How many it can be."),
    }


class DocumentNeeded(Refused):
    """So many days need a document."""

    code = "DOCUMENT_NEEDED"
    facts: ClassVar[Mapping[str, Fact]] = {"after": Fact(Decimal, "More days than these need one.")}


class NoWorkingDay(Refused):
    """There is no working day in it."""

    code = "NO_WORKING_DAY"


class NotInPolicy(Refused):
    """The person has no policy with this type of leave on that day."""

    code = "NOT_IN_POLICY"


class NotEncashable(Refused):
    """Days of this type are not paid out."""

    code = "NOT_ENCASHABLE"


class OwnLeave(Refused):
    """Nobody decides their own leave, nor leave that they asked for; nor does who stands in for them."""

    code = "OWN_LEAVE"


class NotYours(Refused):
    """Only the person themselves, or who asked for it in their stead, takes this back."""

    code = "NOT_YOURS"


class LeaveHasBegun(Refused):
    """The leave has begun; from then on, HR takes it back."""

    code = "LEAVE_HAS_BEGUN"


Facts = Mapping[str, Any]
SAID: Final[Mapping[LeaveProblemCode, Callable[[Facts], Refused]]] = {
    LeaveProblemCode.ENDS_BEFORE_IT_BEGINS: lambda _: InvalidInput("The last day is not before the first.", path=TO),
    LeaveProblemCode.OUT_OF_REACH: lambda said: InvalidInput(
        f"It lies within {said['days']:,} days.", path=FROM if said["of"] == "first" else TO
    ),
    LeaveProblemCode.HALF_DAY_OUTSIDE: lambda _: InvalidInput("The half day is one of its days.", path=HALF),
    LeaveProblemCode.HALF_DAY_NOT_ALLOWED: lambda _: InvalidInput("It is taken in whole days.", path=HALF),
    LeaveProblemCode.OUTSIDE_EMPLOYMENT: lambda _: OutsideEmployment(
        "The person is not employed on all of its days.", path=FROM
    ),
    LeaveProblemCode.STILL_WAITING: lambda said: StillWaiting(
        f"It can be taken from {said['since']} on.", path=FROM, earliest=said["since"]
    ),
    LeaveProblemCode.TOO_SHORT_NOTICE: lambda said: NoticeTooShort(
        f"It can begin on {said['earliest']} at the earliest.",
        path=FROM,
        notice_days=said["days"],
        earliest=said["earliest"],
    ),
    LeaveProblemCode.NO_WORKING_DAY: lambda _: NoWorkingDay("There is no working day in it.", path=FROM),
    LeaveProblemCode.TOO_LONG: lambda said: LeaveTooLong(
        f"{said['days']} days in a row are more than {said['most']}.",
        path=TO,
        asked=said["days"],
        most=said["most"],
    ),
    LeaveProblemCode.DOCUMENT_NEEDED: lambda said: DocumentNeeded(
        f"More than {said['after']} days need a document.", path=("document_id",), after=said["after"]
    ),
    LeaveProblemCode.OVERLAPS: lambda said: LeaveOverlaps(
        f"There is other leave from {said['first']} to {said['last']}.",
        path=FROM,
        other_id=ids.encode("LeaveRequest", said["ref"]),
        first_day=said["first"],
        last_day=said["last"],
    ),
    LeaveProblemCode.INSUFFICIENT_BALANCE: lambda said: InsufficientLeave(
        f"Of {said['days']} days from {said['first']} on there are {said['available']}.",
        path=FROM,
        balance=said["balance"],
        pending=said["pending"],
        asked=said["days"],
        available=said["available"],
    ),
}
ASSESSING: Final = (
    *(InvalidInput, OutsideEmployment, StillWaiting, NoticeTooShort, NoWorkingDay, LeaveTooLong, DocumentNeeded),
    *(LeaveOverlaps, InsufficientLeave),
)
"""The refusals of a request that is held against the rules."""


def refusal_of(problems: Sequence[LeaveProblem], *, as_given: bool = False) -> Refused | None:
    """Return why leave cannot be had, with all that stands against it; None where nothing does.

    `as_given` says that the days are in the input, of which each refusal then has the path.
    """
    said = [SAID[each.code](each.facts) for each in problems]
    if not said:
        return None
    for each in said:
        each.path = each.path if as_given else ()
    said[0].beside = said[1:]
    return said[0]
