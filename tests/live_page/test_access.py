"""The page by keyboard, on a phone and to a screen reader: names, headings, contrast and sizes, light and dark."""

from itertools import pairwise
from typing import Any

import pytest

from db.models.onboarding import Flow
from tests.live_page.looking import HOSTILE, Place
from tests.onboarding.hires.builders import a_block, a_flow, a_stage, acting
from tests.webhooks.dispatching import a_team, an_endpoint, deliveries
from tests.world import CompanyWorld, World


async def sent(company: CompanyWorld) -> None:
    """Let there be deliveries of every kind, to an endpoint with a long address."""
    await an_endpoint(company, f"https://hooks.example.com/{'w' * 90}", "team.created")
    for number in range(10):
        await a_team(company, f"Team {number}")
    rows = await deliveries(company, *["pending"] * 10)
    for row, status in zip(rows, ("succeeded", "dead", "skipped"), strict=False):
        await company.rows(
            "update pool.webhook_deliveries set status = :status where id = :id returning 1", id=row.id, status=status
        )
    await company.rows("update pool.webhook_endpoints set failing_since = now() returning 1")


@pytest.fixture(scope="module")
async def saw(world: World, place: Place) -> dict[str, Any]:
    """What a walk by keyboard met, in a company with two flows, one of which has a long name in one word."""
    company = await world.company()
    flow = await a_flow(company, a_stage(a_block(), name="Wwwwwwwwww" * 12), a_stage(a_block(), name=HOSTILE))
    other = await a_flow(company, a_stage(a_block(), name="Garden"))
    async with acting(company) as context:
        (await context.one(Flow, other.row)).name = "Gardeners"
    _, begun = await flow.begun(firstName=HOSTILE, lastName="Wwwwwwwwww" * 6)
    del begun
    await sent(company)
    owner = await company.person("OWNER")
    return await place.looked("access.mjs", owner, flow=flow.id, hostile=HOSTILE)


def test_everything_that_wants_a_name_has_one(saw: dict[str, Any]) -> None:
    assert {view: found["without"] for view, found in saw["views"].items() if found["without"]} == {}
    assert saw["views"]["panels"]["wanting"] > 5


def test_there_are_landmarks(saw: dict[str, Any]) -> None:
    assert saw["views"]["panels"]["landmarks"] == ["banner", "main", "region", "region", "region", "region"]


def test_headings_begin_at_the_first_level_and_leave_none_out(saw: dict[str, Any]) -> None:
    for view, found in saw["views"].items():
        assert found["levels"].count(1) == 1, view
        assert all(later <= earlier + 1 for earlier, later in pairwise(found["levels"])), view


def test_text_and_bars_have_contrast_in_light_and_dark(saw: dict[str, Any]) -> None:
    for name in ("faint", "faintInTheDark", "weak", "weakInTheDark"):
        assert {view: found[name] for view, found in saw["views"].items() if found[name]} == {}, name


def test_what_is_touched_is_large_enough(saw: dict[str, Any]) -> None:
    assert {view: found["small"] for view, found in saw["views"].items() if found["small"]} == {}


def test_nothing_is_wider_than_a_phone(saw: dict[str, Any]) -> None:
    assert {(found["width"], found["narrow"]) for found in saw["views"].values()} == {(390, 320)}


def test_ids_are_unique(saw: dict[str, Any]) -> None:
    assert {view: found["twice"] for view, found in saw["views"].items() if found["twice"]} == {}


def test_the_keyboard_alone_goes_everywhere_and_is_never_trapped(saw: dict[str, Any]) -> None:
    assert (saw["first"], saw["landed"]) == ("Company", "H1")
    assert saw["unfolded"] == [10, "Show the last 8 only"]
    assert saw["facts"].startswith("{")
    assert saw["end"] in {"out", "Skip to the content"}
    assert saw["skipped"] == "main"
    assert saw["seen"]["strangers"] == saw["seen"]["complaints"] == []


def test_whoever_wants_no_motion_gets_none(saw: dict[str, Any]) -> None:
    assert saw["moves"] == "0s"
