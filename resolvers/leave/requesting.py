"""Holds a request for leave against the rules of its type, the ledger and what else is asked for.

It says into which parts the request splits, by leave year and where days expire, and all that stands against it. What a
refusal looks like is the caller's affair.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from resolvers.leave.booking import Booking, take
from resolvers.leave.closing import settle
from resolvers.leave.ledger import NOTHING, Entry, balance
from resolvers.leave.rules import Employment, LeaveRules
from resolvers.leave.standing import (
    Asked,
    Assessment,
    Fact,
    LeaveProblem,
    LeaveProblemCode,
    OtherLeave,
    Part,
    Standing,
    days_of,
)
from resolvers.leave.working_days import Absence, WorkingCalendar
from resolvers.leave.years import DAY, LeaveYear, end_of_month

REACH: Final = timedelta(days=5 * 366)
"""How far from the day of asking leave may lie, in both directions."""

LONGEST_BREAK: Final = timedelta(days=31)
"""How far two absences may lie apart and still be one, when no working day is between them."""


def assess(asked: Asked, standing: Standing) -> Assessment:
    """Split a request into its parts and find all that stands against it."""
    if wrong := malformed(asked):
        return Assessment(problems=tuple(wrong))
    parts = parts_of(asked.absence, standing)
    problems = [
        *_against_the_rules(asked, standing),
        *_against_the_length(asked, standing, days_of(parts)),
        *_overlapping(asked, standing.others),
        *_beyond_the_balance(parts, standing),
    ]
    return Assessment(tuple(parts), tuple(problems))


def parts_of(absence: Absence, standing: Standing) -> list[Part]:
    """Return the parts of an absence that take days, split where a leave year ends and where days expire."""
    rules, pieces = standing.rules, absence.split(boundaries(absence, standing))
    counted = [(each, standing.calendar.days(each, counts_holidays=rules.counts_holidays)) for each in pieces]
    return [Part(each.first, each.last, days) for each, days in counted if days]


def boundaries(absence: Absence, standing: Standing) -> set[date]:
    """Return the days behind which an absence is split."""
    rules, year = standing.rules, standing.year
    found = {*year.ends(absence.first, absence.last)}
    found |= {entry.expires_on for entry in standing.entries if entry.expires_on}
    if rules.carry_expiry_months is not None and rules.carried_at_most != 0:
        since = end_of_month(absence.first, -rules.carry_expiry_months)
        found |= {end_of_month(day, rules.carry_expiry_months) for day in year.ends(since, absence.last)}
    return found


def book(
    rules: LeaveRules, entries: Sequence[Entry], parts: Iterable[Part], ref: str, year: LeaveYear
) -> list[Booking]:
    """Take the parts of a request out of the ledger, one after the other."""
    known, made = list(entries), list[Booking]()
    for part in parts:
        made.append(take(rules, known, part.days, part.first, ref=ref, year=year))
        known += made[-1].entries
    return made


def malformed(asked: Asked) -> Sequence[LeaveProblem]:
    """Return what makes no sense of a request, whatever the rules: then nothing else is looked at."""
    return list(_malformed(asked))


def _malformed(asked: Asked) -> Iterator[LeaveProblem]:
    first, last, half = asked.absence.first, asked.absence.last, asked.absence.half_day
    if last < first:
        yield LeaveProblem(LeaveProblemCode.ENDS_BEFORE_IT_BEGINS)
    elif half and not first <= half.day <= last:
        yield LeaveProblem(LeaveProblemCode.HALF_DAY_OUTSIDE)
    if far := [name for name, day in (("first", first), ("last", last)) if abs(day - asked.on) > REACH]:
        yield LeaveProblem(LeaveProblemCode.OUT_OF_REACH, {"days": REACH.days, "of": far[0]})


def _against_the_rules(asked: Asked, standing: Standing) -> Iterator[LeaveProblem]:
    absence, rules, employment = asked.absence, standing.rules, standing.employment
    if absence.half_day and not rules.half_day:
        yield LeaveProblem(LeaveProblemCode.HALF_DAY_NOT_ALLOWED)
    if employment.within(absence.first, absence.last) != (absence.first, absence.last):
        yield LeaveProblem(LeaveProblemCode.OUTSIDE_EMPLOYMENT, _of(employment))
    elif absence.first < (since := employment.may_take_from(rules)):
        yield LeaveProblem(LeaveProblemCode.STILL_WAITING, {"since": since})
    if (absence.first - asked.on).days < rules.min_notice_days:
        earliest = asked.on + timedelta(days=rules.min_notice_days)
        yield LeaveProblem(LeaveProblemCode.TOO_SHORT_NOTICE, {"days": rules.min_notice_days, "earliest": earliest})


def _of(employment: Employment) -> dict[str, Fact]:
    first: dict[str, Fact] = {"first": employment.hired_on}
    return first | ({"last": employment.ended_on} if employment.ended_on else {})


def _against_the_length(asked: Asked, standing: Standing, days: Decimal) -> Iterator[LeaveProblem]:
    rules = standing.rules
    if not days:
        yield LeaveProblem(LeaveProblemCode.NO_WORKING_DAY)
    needs = rules.requires_document_after_days
    if needs is not None and days > needs and not asked.has_document:
        yield LeaveProblem(LeaveProblemCode.DOCUMENT_NEEDED, {"days": days, "after": needs})
    if rules.max_consecutive is not None:
        in_a_row = _in_a_row(asked.absence, standing)
        if in_a_row > rules.max_consecutive:
            yield LeaveProblem(LeaveProblemCode.TOO_LONG, {"days": in_a_row, "most": rules.max_consecutive})


def _in_a_row(absence: Absence, standing: Standing) -> Decimal:
    """Count the days of an absence and of all of the same type that adjoin it, one behind the other."""
    row, apart = [absence], [other.absence for other in standing.others if other.same_type]
    while near := [each for each in apart if any(_adjoin(each, one, standing.calendar) for one in row)]:
        row += near
        apart = [each for each in apart if each not in near]
    return sum((days_of(parts_of(each, standing)) for each in row), NOTHING)


def _adjoin(one: Absence, other: Absence, calendar: WorkingCalendar) -> bool:
    """Tell whether no working day lies between two absences."""
    earlier, later = sorted((one, other), key=lambda each: each.first)
    if later.first - earlier.last > LONGEST_BREAK:
        return False
    return later.first <= earlier.last or not calendar.days(Absence(earlier.last + DAY, later.first - DAY))


def _overlapping(asked: Asked, others: Iterable[OtherLeave]) -> Iterator[LeaveProblem]:
    for other in others:
        if asked.absence.overlaps(other.absence):
            facts: dict[str, Fact] = {"ref": other.ref, "first": other.absence.first, "last": other.absence.last}
            yield LeaveProblem(LeaveProblemCode.OVERLAPS, facts)


def _beyond_the_balance(parts: Sequence[Part], standing: Standing) -> Iterator[LeaveProblem]:
    """Find the parts for which there are too few days once all that is pending is taken."""
    rules, year, known, pending = standing.rules, standing.year, list(standing.entries), NOTHING
    for other in standing.others:
        if other.same_type and other.pending:
            waiting = parts_of(other.absence, standing)
            pending += days_of(waiting)
            known += [entry for each in book(rules, known, waiting, other.ref, year) for entry in each.entries]
    for part, booking in zip(parts, book(rules, known, parts, "", year), strict=True):
        if booking.short > 0:
            facts: dict[str, Fact] = {
                "first": part.first,
                "last": part.last,
                "days": part.days,
                "available": max(part.days - booking.short, NOTHING),
                "balance": balance_on(standing, part.first),
                "pending": pending,
            }
            yield LeaveProblem(LeaveProblemCode.INSUFFICIENT_BALANCE, facts)


def balance_on(standing: Standing, day: date) -> Decimal:
    """Return the balance on a day, with every bucket closed that ends before it."""
    entries, through = standing.entries, day - DAY
    return balance([*entries, *settle(standing.rules, entries, through, year=standing.year)], day)
