"""The page by keyboard and to a screen reader: names, headings, contrast and sizes, in every view and both schemes."""

from itertools import pairwise
from typing import Any

import pytest

from tests.clients.outside import Served
from tests.portal.journeys import Programs, a_flow, in_colours, invited, watched
from tests.portal.stages import ABOUT_YOU, PAPERS, a_picture


@pytest.fixture(scope="module", params=["#FFEE33", "#0B1F4B"], ids=["bright", "dark"])
async def saw(request: pytest.FixtureRequest, server: Served, programs: Programs) -> dict[str, Any]:
    """What a walk by keyboard met, in the colours of a company that chose them without a thought for contrast."""
    colours = {"primaryColor": request.param, "secondaryColor": "#999999", "accentColor": request.param}
    await in_colours(server, **colours)
    hire = await invited(server, await a_flow(server, ABOUT_YOU, PAPERS))
    return await watched("access.mjs", programs, page=hire.page, link=hire.link, token=hire.token, picture=a_picture())


def test_every_control_has_a_name(saw: dict[str, Any]) -> None:
    assert {view: found["without"] for view, found in saw["views"].items() if found["without"]} == {}
    assert saw["views"]["stage"]["wanting"] > 10


def test_headings_begin_at_the_first_level_and_leave_none_out(saw: dict[str, Any]) -> None:
    for view, found in saw["views"].items():
        levels = [each for each in found["levels"] if each != 2] if view == "stages" else found["levels"]
        assert found["levels"].count(1) == 1, view
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), view


def test_text_is_readable_in_any_colour_of_the_company(saw: dict[str, Any]) -> None:
    assert {view: found["faint"] for view, found in saw["views"].items() if found["faint"]} == {}
    assert {view: found["faintInTheDark"] for view, found in saw["views"].items() if found["faintInTheDark"]} == {}


def test_what_is_touched_is_large_enough(saw: dict[str, Any]) -> None:
    assert {view: found["small"] for view, found in saw["views"].items() if found["small"]} == {}


def test_nothing_is_wider_than_a_small_phone(saw: dict[str, Any]) -> None:
    assert {found["width"] for found in saw["views"].values()} == {320}


def test_ids_are_unique(saw: dict[str, Any]) -> None:
    assert {view: found["twice"] for view, found in saw["views"].items() if found["twice"]} == {}


def test_the_keyboard_alone_goes_everywhere_and_is_never_trapped(saw: dict[str, Any]) -> None:
    assert saw["landmarks"] == ["banner", "main", "navigation"]
    assert saw["inList"]
    assert saw["closed"] == "Stages"
    assert saw["passed"]
    assert saw["out"] in {"out", "skip"}


def test_whoever_wants_no_motion_gets_none(saw: dict[str, Any]) -> None:
    assert saw["moves"] == "0s"
