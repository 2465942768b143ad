"""What was announced may go when its day has passed, and not before; nothing else may."""

from datetime import date

from tests.evolution.sdl import about, comparison

OLD_FIELD = '  old: String @deprecated(reason: "Use name instead. Removed after 2027-06-30.")\n'
OLDER_FIELD = '  older(limit: Int): Legacy @deprecated(reason: "Use name instead. Removed after 2027-06-30.")\n'
YOUNG_FIELD = '  young: String @deprecated(reason: "Use name instead. Removed after 2027-07-01.")\n'
LEGACY = "type Legacy { text: String, deeper: Legacy }\n"


def test_what_was_announced_goes_when_its_day_has_passed() -> None:
    found = comparison((OLD_FIELD, ""))
    assert not found.breaks
    one = about(found, "Flow.old")
    assert (one.excused, one.announced) == (True, "Use name instead. Removed after 2027-06-30.")


def test_and_not_on_that_day() -> None:
    assert comparison((OLD_FIELD, ""), today=date(2027, 6, 30)).breaks
    found = comparison((YOUNG_FIELD, ""))
    assert found.breaks
    one = about(found, "Flow.young")
    assert (one.excused, one.announced) == (False, "Use name instead. Removed after 2027-07-01.")


def test_an_argument_goes_with_its_field() -> None:
    assert not comparison(("older(limit: Int)", "older(limit: String!)")).breaks


def test_what_was_not_announced_is_never_excused() -> None:
    assert comparison(("  at: Stamp\n", "")).breaks
    assert comparison((OLD_FIELD, ""), ("  at: Stamp\n", "")).breaks


def test_a_type_goes_with_all_that_led_to_it() -> None:
    found = comparison((OLDER_FIELD, ""), (LEGACY, ""))
    assert about(found, "Legacy").excused
    assert not found.breaks


def test_a_type_stays_while_anything_else_leads_to_it() -> None:
    found = comparison((OLDER_FIELD, ""), (LEGACY, ""), ("type Team { title: String }\n", ""), ("  team: Team\n", ""))
    assert about(found, "Legacy").excused
    assert not about(found, "Team").excused
    assert found.breaks
