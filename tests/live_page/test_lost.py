"""The connection is lost and comes back: nothing is missing or comes twice, and each close code has its answer."""

import json
from pathlib import Path

from schema.signed_in import LIVE
from tests.clients.outside import node
from tests.live_page.looking import Place
from tests.onboarding.hires.builders import Published
from tests.world import CompanyWorld


async def test_a_lost_connection_loses_nothing(place: Place, company: CompanyWorld, flow: Published) -> None:
    owner = await company.person("OWNER")
    _, portal = await flow.invited()

    saw = await place.looked("lost.mjs", owner, flow=flow.id, hire=portal.token)

    assert saw["saidLost"] == "The connection is lost; it is being tried again."
    assert saw["missedMeanwhile"]
    assert (saw["unique"], saw["grew"]) == (True, True)
    assert saw["saidBack"] == "Connected again."
    assert (
        saw["wentOn"] == [True] * 5
    )  # flows and cycles, board, endpoints of webhooks and events, each from its own cursor
    assert any(row.startswith("Papers") and row.endswith("1") for row in saw["board"])
    assert (saw["newToken"], saw["sameToken"]) == (True, True)
    assert saw["gap"].startswith("12 events are missing here")
    assert saw["saidGap"] == "12 events are missing here. They are not kept any more."
    assert saw["strangeCursor"].startswith("Events are missing here")
    assert saw["stopped"] == "Ended by the server: TENANT_MISMATCH: This session is another company's."
    assert (saw["gaveUp"], saw["focusKept"]) == (True, True)
    assert saw["seen"]["strangers"] == saw["steadySeen"]["strangers"] == []
    assert saw["seen"]["complaints"] == saw["steadySeen"]["complaints"] == []


async def test_a_session_is_renewed_before_it_ends(place: Place, company: CompanyWorld, flow: Published) -> None:
    owner = await company.person("OWNER")

    saw = await place.looked("renewed.mjs", owner, flow=flow.id)

    assert saw["refreshed"] == 1
    assert saw["tokens"] == 2
    assert set(saw["states"]) == {"live"}  # another connection, of which nobody needs to hear
    assert saw["wentOn"] == [True] * 5
    assert saw["arrived"]
    assert saw["complaints"] == []


async def test_events_that_come_late_are_followed_without_names(
    place: Place, company: CompanyWorld, flow: Published
) -> None:
    owner = await company.person("OWNER")
    _, portal = await flow.invited()

    saw = await place.looked("late.mjs", owner, flow=flow.id, hire=portal.token)

    assert (saw["names"], saw["wentOn"]) == ([True, False], [False, True])
    assert saw["completed"] == 1
    assert saw["named"]
    assert saw["events"] > 5
    assert saw["complaints"] == []


async def test_who_comes_back_to_a_page_goes_on_with_what_the_tab_has_by_now() -> None:
    ran = await node([Path(__file__).with_name("kept.mjs"), LIVE.folder.as_uri()])
    assert ran.exit_code == 0, ran.errors
    saw = json.loads(ran.output)
    assert saw["kept"] == [None, "first", None]
    assert saw["wentOn"] == ["Bearer first", "Bearer second"]
    assert saw["over"] == ["Your session has ended; sign in again."]


async def test_each_close_code_has_its_answer_and_silence_is_found_out() -> None:
    ran = await node([Path(__file__).with_name("codes.mjs"), LIVE.folder.as_uri()])
    assert ran.exit_code == 0, ran.errors
    saw = json.loads(ran.output)
    again = {"state": "waiting", "anew": False}
    for code in ("1000", "1006", "1011", "1012", "1013", "4408"):
        assert saw["codes"][code] == again, code
    for code in ("1009", "4400", "4401", "4406", "4409", "4429"):
        assert saw["codes"][code]["state"] == "stopped", code
    assert saw["codes"]["4403"] == {"state": "waiting", "anew": True}
    assert saw["codes"]["4403 FORBIDDEN"] == again
    assert saw["asked"] == [False, True, True]  # after 20 s without a word it asks, and waits 10 s for the answer
    assert saw["states"] == ["connecting", "live", "live", "live", "waiting"]
    assert saw["answered"] == "live"
    assert saw["over"] == ["connecting", "over"]
    assert saw["late"] == 7000  # the server said when to come again
