"""Reads all that is known of somebody's leave as plain values: the rules, what they have when, and their ledgers.

However many employees are asked for, it is the same number of statements. What is not posted yet is worked out as it
will be, so that no answer depends on when the job last ran.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import select
from uuid_utils.compat import uuid7

from db.models.hr import Employee, LeaveLedgerEntry, LeavePolicyAssignment, LeavePolicyType, LeaveType
from resolvers.context import Looking, any_of
from resolvers.leave.accrual import Accrual, due_accruals, posted_periods
from resolvers.leave.closing import settle
from resolvers.leave.correcting import corrections, periods_to_correct, reopenings
from resolvers.leave.ledger import Entry, buckets, total
from resolvers.leave.rules import Employment, LeaveRules
from resolvers.leave.years import CALENDAR_YEAR, DAY
from resolvers.time_off.employments import former_employments

STORED: Final = Decimal("0.0001")
"""As days are stored: what is not posted yet looks no different."""

Grants = Mapping[UUID, Sequence["Grant"]]
Ledgers = Mapping[tuple[UUID, int], Mapping[UUID, Sequence[Entry]]]
RULES: Final = tuple(each.name for each in fields(LeaveRules))


@dataclass(frozen=True, slots=True)
class Grant:
    """That somebody has a type of leave from one day to another, or for good."""

    leave_type_id: UUID
    first: date
    last: date | None

    def covers(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Record:
    """The leave of one employee, of one employment: of the `number`th, which lasts from when to when."""

    employee: Employee
    number: int
    employment: Employment
    types: Mapping[UUID, LeaveType]
    grants: Sequence[Grant]
    ledgers: Mapping[UUID, Sequence[Entry]]
    """The entries that are posted, by type."""

    def until(self, day: date) -> date:
        """Return a day, or the last day of the employment where that was before: nothing comes or goes after it."""
        return min(day, self.employment.ended_on or day)

    @property
    def held(self) -> Sequence[LeaveType]:
        """The types that the person has or had, or has a ledger of, by name."""
        ids = {*self.ledgers, *(grant.leave_type_id for grant in self.grants)}
        return sorted((self.types[each] for each in ids), key=lambda each: (each.name, each.id))

    def has(self, leave_type: LeaveType, day: date) -> bool:
        """Tell whether a policy of the person has a type of leave on a day."""
        return any(each.leave_type_id == leave_type.id and each.covers(day) for each in self.grants)

    def entries(self, leave_type: LeaveType) -> list[Entry]:
        """Return the ledger of a type as it is posted."""
        return list(self.ledgers.get(leave_type.id, ()))

    def due(self, leave_type: LeaveType, through: date, *, anew: bool = False) -> list[Accrual]:
        """Return the accruals of a type through a day that are not posted; `anew`, all of them.

        Whatever day of its period an accrual is effective on: it comes if a policy has the type on that day.
        """
        posted = set[str]() if anew else posted_periods(self.entries(leave_type))
        found: list[Accrual] = []
        for grant in self.grants:
            if grant.leave_type_id == leave_type.id:
                between = (grant.first, min(grant.last or through, through))
                found += due_accruals(rules_of(leave_type), self.employment, between, posted=posted)
                posted |= {each.period for each in found}
        return found

    def corrections(self, leave_type: LeaveType, through: date) -> list[Entry]:
        """Return what sets right that was posted of a type before the last day of work was known, or changed."""
        entries, last = self.entries(leave_type), self.employment.ended_on
        reopened = reopenings(entries, last) if last else []
        periods = periods_to_correct(entries, self.employment)
        accruals = self.due(leave_type, through, anew=True) if periods else []
        return [*reopened, *corrections(entries, accruals, periods)]

    def expected(self, leave_type: LeaveType, through: date) -> list[Entry]:
        """Return the ledger of a type with what accrues through a day, set right."""
        accrued = (each.entry() for each in self.due(leave_type, through))
        return [*self.entries(leave_type), *accrued, *self.corrections(leave_type, through)]

    def closed(self, leave_type: LeaveType, day: date) -> list[Entry]:
        """Return the ledger of a type as it is on a day: with what accrues, and all closed that ended before.

        Nothing accrues or is closed after the last day of the employment.
        """
        day = self.until(day)
        entries = self.expected(leave_type, day)
        return [*entries, *closing(leave_type, entries, day)]

    def missing(self, leave_type: LeaveType, day: date) -> list[Entry]:
        """Return what is to be posted of a type through a day."""
        return self.closed(leave_type, day)[len(self.entries(leave_type)) :]


def rules_of(leave_type: LeaveType) -> LeaveRules:
    """Return the rules of a type of leave."""
    rules = LeaveRules(**{name: getattr(leave_type, name) for name in RULES})
    return rules if leave_type.limited else replace(rules, allow_negative_to=None)


def row_of(
    employee: Employee,
    leave_type: LeaveType,
    entry: Entry,
    *,
    employment: int | None = None,
    request_id: UUID | None = None,
    note: str | None = None,
) -> LeaveLedgerEntry:
    """Return an entry of the ledger as a new row; of the present employment, unless said."""
    return LeaveLedgerEntry(
        id=uuid7(),
        employee_id=employee.id,
        user_id=employee.user_id,
        employment=employment or employee.employment,
        leave_type_id=leave_type.id,
        kind=entry.kind,
        days=entry.days.quantize(STORED),
        effective_date=entry.effective_date,
        expires_on=entry.expires_on,
        bucket=entry.bucket,
        source=entry.ref,
        cut_short_on=entry.cut_short_on,
        request_id=request_id,
        note=note,
    )


def closing(leave_type: LeaveType, entries: Sequence[Entry], day: date) -> list[Entry]:
    """Return what closes the buckets that ended before a day.

    What was closed stays as it was, whatever the rules say by now, unless days came back into it or went since.
    """
    return settle(rules_of(leave_type), _unsettled(entries, day), day - DAY)


def _unsettled(entries: Sequence[Entry], day: date) -> Sequence[Entry]:
    """Leave out the buckets that ended before a day and were closed, up to the first that was not."""
    known = list(buckets(entries, CALENDAR_YEAR).values())
    ended = [each for each in known if each.last_day < day]
    done = next((place for place, each in enumerate(ended) if total(each.entries)), len(ended))
    return [entry for each in known[done:] for entry in each.entries]


async def records_of(looking: Looking, employees: Sequence[Employee]) -> Sequence[Record]:
    """Read the leave of some employees, of their present employments: three statements, however many."""
    return await _read(looking, [(each, each.employment, present(each)) for each in employees])


async def every_record_of(looking: Looking, employee: Employee) -> Sequence[Record]:
    """Read the leave of each employment of an employee, the present one last."""
    every = {employee.employment: present(employee)}
    if employee.employment > 1:
        every |= await former_employments(looking, employee)
    return await _read(looking, [(employee, number, every[number]) for number in sorted(every)])


async def record_of(looking: Looking, employee: Employee, number: int) -> Record | None:
    """Read the leave of one employment of an employee; None when there is no such employment."""
    return next((each for each in await every_record_of(looking, employee) if each.number == number), None)


def present(employee: Employee) -> Employment:
    """Return from when to when somebody is employed now."""
    return Employment(employee.hire_date, employee.termination_date)


async def _read(looking: Looking, employments: Sequence[tuple[Employee, int, Employment]]) -> Sequence[Record]:
    ids = sorted({employee.id for employee, _, _ in employments})
    types = {each.id: each for each in await looking.all(select(LeaveType))}
    grants, ledgers = await _grants(looking, ids), await _ledgers(looking, ids)
    return [
        Record(employee, number, lasts, types, grants.get(employee.id, ()), ledgers.get((employee.id, number), {}))
        for employee, number, lasts in employments
    ]


async def _grants(looking: Looking, ids: Sequence[UUID]) -> Grants:
    assigned = (
        select(
            LeavePolicyAssignment.employee_id,
            LeavePolicyType.leave_type_id,
            LeavePolicyAssignment.effective_from,
            LeavePolicyAssignment.effective_to,
        )
        .join(LeavePolicyType, LeavePolicyType.policy_id == LeavePolicyAssignment.policy_id)
        .where(LeavePolicyAssignment.employee_id == any_of(ids))
        .order_by(LeavePolicyAssignment.effective_from, LeavePolicyType.id)
    )
    grants: dict[UUID, list[Grant]] = {}
    for employee_id, leave_type_id, first, last in await looking.rows(assigned):
        grants.setdefault(employee_id, []).append(Grant(leave_type_id, first, last))
    return grants


async def _ledgers(looking: Looking, ids: Sequence[UUID]) -> Ledgers:
    posted = (
        select(
            LeaveLedgerEntry.employee_id,
            LeaveLedgerEntry.employment,
            LeaveLedgerEntry.leave_type_id,
            LeaveLedgerEntry.kind,
            LeaveLedgerEntry.days,
            LeaveLedgerEntry.effective_date,
            LeaveLedgerEntry.bucket,
            LeaveLedgerEntry.expires_on,
            LeaveLedgerEntry.source,
            LeaveLedgerEntry.cut_short_on,
        )
        .where(LeaveLedgerEntry.employee_id == any_of(ids))
        .order_by(LeaveLedgerEntry.effective_date, LeaveLedgerEntry.id)
    )
    ledgers: dict[tuple[UUID, int], dict[UUID, list[Entry]]] = {}
    for employee_id, number, leave_type_id, *entry in await looking.rows(posted):
        ledgers.setdefault((employee_id, number), {}).setdefault(leave_type_id, []).append(Entry(*entry))
    return ledgers
