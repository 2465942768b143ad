"""The closed lists of leave: how days accrue, how they are rounded, and what an entry of the ledger is."""

from db.choices import Choice


class AccrualMethod(Choice):
    """How the days of a type of leave come about."""

    NONE = "none", "Not by the clock: only what is granted by hand."
    ANNUAL_GRANT = "annual_grant", "All days of a leave year at once."
    MONTHLY = "monthly", "A twelfth of the year's days for each month."
    PER_PAY_PERIOD = "per_pay_period", "An equal share of the year's days for each pay period."


class AccrueOn(Choice):
    """On which day of its period the days are there."""

    FIRST_DAY = "first_day", "On the first day."
    LAST_DAY = "last_day", "On the last day."
    ANNIVERSARY = "anniversary", "On the day of the month, or of the year, on which the person was hired."


class LeaveRounding(Choice):
    """To which multiple accrued days are rounded: to the nearest, halves up."""

    QUARTER = "quarter", "To quarters of a day."
    HALF = "half", "To halves of a day."
    WHOLE = "whole", "To whole days."
    NONE = "none", "To four decimals."


class LedgerKind(Choice):
    """What an entry of the leave ledger is."""

    ACCRUAL = "accrual", "Earned by time."
    GRANT = "grant", "Given: the days of a year, or extra days."
    TAKEN = "taken", "Taken as leave."
    CANCELLED = "cancelled", "Given back, because leave was cancelled."
    CARRY_IN = "carry_in", "Moved into the next leave year; one entry takes the days out, one puts them in."
    EXPIRY = "expiry", "Lapsed at the end of its day: balances from the next day on are without it."
    ADJUSTMENT = "adjustment", "Set right: by hand, or because the last day of work became known or changed."
    ENCASH = "encash", "Paid out."


class DayPart(Choice):
    """A half of a day."""

    AM = "am", "The first half."
    PM = "pm", "The second half."
