from uuid import UUID

import pytest

from benchmarks.peering.measuring import Ratio, certainty, difference
from benchmarks.peering.queries import canonical, huge, paged
from resolvers.ids import encode

ROW = UUID("01a1ff3d-3026-751a-88dc-41482070028d")


def test_what_servers_say_of_the_same_rows_is_equal() -> None:
    ours = {
        "hires": {"nodes": [{"id": encode("NewHire", ROW), "status": "PENDING", "pending": {"totalCount": 3}}]},
        "one": {"updatedAt": "2026-11-21T18:52:42.534123+01:00", "name": "PENDING"},
    }
    theirs = {
        "hires": [{"rowId": str(ROW), "status": "pending", "progress": {"pending": 3}}],
        "one": {"updatedAt": "2026-11-21T17:52:42.534Z", "name": "PENDING"},
    }
    assert canonical(ours) == canonical(theirs)


@pytest.mark.parametrize(
    ("one", "other", "place"),
    [
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, ".a[1].b"),
        ({"a": 1}, {"b": 1}, "the top"),
        ([1], [1, 2], "the top"),
    ],
)
def test_the_first_difference_is_named(one: object, other: object, place: str) -> None:
    assert difference(one, other).endswith(f"at {place}")


def test_the_interval_is_sure_from_six_rounds_on() -> None:
    assert certainty(7, 1) == pytest.approx(1 - 2 / 128)
    assert Ratio.of([3, 1, 2, 5, 4, 7, 6]) == Ratio(4, 1, 7, is_sure=True)
    assert Ratio.of(range(1, 10)) == Ratio(5, 2, 8, is_sure=True)
    assert Ratio.of([1, 2, 3, 4, 5]) == Ratio(3, 1, 5, is_sure=False)
    assert Ratio.of([2]) == Ratio(2, 2, 2, is_sure=False)


def test_pages_take_their_cursors_as_variables() -> None:
    document = paged("Pages", 2, ("String", "Things"), "things(first: 1, after: CURSOR)", "id")
    assert document == (
        "query Pages($c0: String, $c1: String) { p0: things(first: 1, after: $c0) { ...Page } "
        "p1: things(first: 1, after: $c1) { ...Page } } fragment Page on Things { id }"
    )


def test_a_huge_document_asks_for_at_least_as_many_objects() -> None:
    assert huge(100_000).count("...Whole") == 13
    assert huge(1).count("...Whole") == 1
