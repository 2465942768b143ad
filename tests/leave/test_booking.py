"""What is taken from which bucket, what is refused, and what is given back."""

from datetime import date
from decimal import Decimal

from db.leave_choices import LedgerKind
from resolvers.leave.booking import Booking, cancel, give, take
from resolvers.leave.closing import settle
from resolvers.leave.ledger import Entry, balance, total
from tests.leave.builders import accrued, given, taken, the_rules

RULES = the_rules()
SPRING = date(2027, 3, 31)
LEDGER = [given("5", date(2027, 1, 1), "2027-carried", expires_on=SPRING), given("10", date(2027, 1, 1))]


def places(booking: Booking) -> dict[str, Decimal]:
    return {entry.bucket: entry.days for entry in booking.entries}


def test_what_expires_soonest_is_taken_first() -> None:
    sooner = give(LedgerKind.GRANT, Decimal(1), date(2027, 1, 1), ref="a", expires_on=date(2027, 2, 28))
    booking = take(RULES, [*LEDGER, sooner], Decimal(8), date(2027, 2, 1), ref="leave")
    assert places(booking) == {"grant-a": -1, "2027-carried": -5, "2027": -2}
    assert [entry.bucket for entry in booking.entries] == ["grant-a", "2027-carried", "2027"]
    assert {(entry.kind, entry.ref, entry.effective_date) for entry in booking.entries} == {
        (LedgerKind.TAKEN, "leave", date(2027, 2, 1))
    }


def test_the_day_of_expiry_may_still_use_the_bucket_and_the_next_may_not() -> None:
    assert places(take(RULES, LEDGER, Decimal(1), SPRING, ref="leave")) == {"2027-carried": -1}
    assert places(take(RULES, LEDGER, Decimal(1), date(2027, 4, 1), ref="leave")) == {"2027": -1}


def test_days_that_come_later_cannot_be_taken_before() -> None:
    booking = take(RULES, [given("2", date(2026, 3, 31))], Decimal(1), date(2026, 3, 30), ref="leave")
    assert booking == Booking((), Decimal(1))


def test_what_is_booked_for_later_is_left_for_it() -> None:
    entries = [given("4", date(2026, 1, 1))]
    entries += taken(RULES, entries, "3", date(2026, 8, 3), "summer")
    assert take(RULES, entries, Decimal(2), date(2026, 5, 4), ref="spring").short == 1
    assert take(RULES, entries, Decimal(1), date(2026, 5, 4), ref="spring").short == 0


def test_a_bucket_whose_days_are_booked_for_later_leaves_the_rest_to_others() -> None:
    entries = [*LEDGER, *taken(RULES, LEDGER, "4", date(2027, 3, 1), "march")]
    booking = take(RULES, entries, Decimal(4), date(2027, 2, 1), ref="february")
    assert (places(booking), booking.short) == ({"2027-carried": -1, "2027": -3}, 0)


def test_accruals_to_come_count_on_their_days() -> None:
    entries = accrued(RULES, [], date(2026, 6, 30))
    assert take(RULES, entries, Decimal(9), date(2026, 6, 30), ref="leave").short == 0
    assert take(RULES, entries, Decimal(9), date(2026, 6, 29), ref="leave").short == 2


def test_the_year_goes_below_zero_as_far_as_it_may() -> None:
    rules = the_rules(allow_negative_to=Decimal(-2))
    booking = take(rules, LEDGER, Decimal(17), date(2027, 2, 1), ref="leave")
    assert (places(booking), booking.short) == ({"2027-carried": -5, "2027": -12}, 0)
    assert take(rules, LEDGER, Decimal("17.5"), date(2027, 2, 1), ref="leave").short == Decimal("0.5")


def test_without_a_limit_anything_is_taken() -> None:
    rules = the_rules(allow_negative_to=None)
    assert places(take(rules, [], Decimal(100), date(2027, 2, 1), ref="leave")) == {"2027": -100}


def test_next_year_can_use_what_will_be_carried() -> None:
    entries = [given("9", date(2026, 1, 1))]
    assert places(take(RULES, entries, Decimal(5), date(2027, 1, 4), ref="leave")) == {"2027-carried": -5}
    assert take(RULES, entries, Decimal(6), date(2027, 1, 4), ref="leave").short == 1


def test_this_year_leaves_what_next_year_has_booked_of_the_days_to_be_carried() -> None:
    entries = [given("9", date(2026, 1, 1))]
    entries += taken(RULES, entries, "5", date(2027, 1, 4), "january")
    assert take(RULES, entries, Decimal(4), date(2026, 12, 7), ref="december").short == 0
    assert take(RULES, entries, Decimal(7), date(2026, 12, 7), ref="december").short == 3
    entries += taken(RULES, entries, "4", date(2026, 12, 7), "december")
    entries += settle(RULES, entries, SPRING)
    assert balance(entries, date(2027, 4, 1)) == 0
    assert total(entry for entry in entries if entry.kind is LedgerKind.EXPIRY) == 0


def test_days_are_paid_out_in_the_same_order() -> None:
    booking = take(RULES, LEDGER, Decimal(6), date(2027, 2, 1), ref="payout", kind=LedgerKind.ENCASH)
    assert places(booking) == {"2027-carried": -5, "2027": -1}
    assert {entry.kind for entry in booking.entries} == {LedgerKind.ENCASH}


def test_cancelling_gives_back_to_the_buckets_it_came_from() -> None:
    leave = taken(RULES, LEDGER, "8", date(2027, 2, 1))
    back = cancel([*LEDGER, *leave, *taken(RULES, LEDGER, "1", date(2027, 2, 1), "other")], "leave")
    assert back == [
        Entry(LedgerKind.CANCELLED, Decimal(3), date(2027, 2, 1), "2027", None, "leave"),
        Entry(LedgerKind.CANCELLED, Decimal(5), date(2027, 2, 1), "2027-carried", SPRING, "leave"),
    ]


def test_cancelling_twice_gives_back_once() -> None:
    entries = [*LEDGER, *taken(RULES, LEDGER, "8", date(2027, 2, 1))]
    entries += cancel(entries, "leave")
    assert cancel(entries, "leave") == []
    assert cancel(entries, "unknown") == []
