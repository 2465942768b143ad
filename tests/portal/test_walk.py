"""A new hire goes through the whole onboarding in a real browser, as narrow as a phone."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.clients.outside import Served
from tests.portal.journeys import Invited, Programs, a_flow, in_colours, invited, progress, watched
from tests.portal.stages import ABOUT_YOU, PAPERS, TEAM, a_picture


@dataclass(frozen=True)
class Walked:
    """Who went, and what was seen on the way."""

    hire: Invited
    saw: dict[str, Any]


@pytest.fixture(scope="module")
async def walked(server: Served, programs: Programs) -> Walked:
    await in_colours(server, primaryColor="#1F6F54", accentColor="#1F6F54")
    hire = await invited(server, await a_flow(server, ABOUT_YOU, PAPERS, TEAM), position="Designer")
    saw = await watched("walk.mjs", programs, link=hire.link, token=hire.token, picture=a_picture())
    return Walked(hire, saw)


def test_the_token_is_in_no_address_no_title_and_no_request_but_its_header(walked: Walked) -> None:
    saw = walked.saw
    assert saw["seen"] == {"complaints": [], "strangers": [], "leaks": []}
    assert saw["address"] == saw["resumed"]["url"] == walked.hire.page
    assert saw["back"] == 2  # about:blank and the portal: the address with the token is no entry of the history
    assert saw["titles"] == ["Welcome, Mira! · Acme", "About you · Acme", "All done, Mira! · Acme"]
    assert walked.hire.token not in saw["stored"]


def test_the_page_wears_the_company_s_colour(walked: Walked) -> None:
    assert walked.saw["band"] == "rgb(31, 111, 84)"


def test_the_focus_goes_where_the_person_goes(walked: Walked) -> None:
    assert walked.saw["begun"] == "About you"
    assert walked.saw["missing"] == {"said": "4 answers need another look.", "focus": "What should we call you?"}
    assert walked.saw["went"] == {"focus": "Papers", "said": "“About you” is complete. Now: Papers."}
    assert walked.saw["widest"] == 360


def test_it_resumes_where_the_person_was(walked: Walked) -> None:
    assert walked.saw["resumed"]["name"] == walked.saw["again"] == "Mira O."


def test_what_is_wrong_stands_beside_its_field(walked: Walked) -> None:
    [name, size] = walked.saw["refused"]
    assert (name["label"], name["focus"]) == ("What should we call you?", True)
    assert "At least 2 characters; this has 1." in name["says"]
    assert (size["label"], size["focus"]) == ("Shoe size", False)
    assert "At most 52." in size["says"]
    assert walked.saw["inside"] == {
        "date": "true",
        "focus": "Valid until",
        "quiz": "0 of 1 are right; 100 % are needed. Try again.",
    }


def test_a_document_s_number_is_not_shown_whole_afterwards(walked: Walked) -> None:
    assert "C01X00T47" not in walked.saw["looked"]
    assert "ends in T47" in walked.saw["looked"]


async def test_what_was_entered_is_what_hr_reads(server: Served, walked: Walked) -> None:
    rows = await progress(server, walked.hire.id)
    assert {row["status"] for title, row in rows.items() if title != "Anything else?"} == {"COMPLETED"}
    assert rows["Anything else?"]["status"] == "PENDING"
    assert rows["What should we call you?"]["value"] == "Mira O."
    assert rows["Do you need a lock?"]["value"] == "Yes, please"
    assert rows["A photo"]["files"] == [{"filename": "me.png", "status": "STORED"}]
    assert rows["Bring along"]["value"] == {"checked": ["b"]}
    assert rows["Shoe size"]["attempts"] == 1  # what was refused was undone, and left no trace
