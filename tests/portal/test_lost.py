"""The connection is lost at the worst moments, and every answer arrives once."""

from tests.clients.outside import Served
from tests.portal.journeys import Programs, a_flow, invited, progress, watched
from tests.portal.stages import NAME, PHOTO, a_picture


async def test_a_lost_connection_loses_nothing_and_repeats_nothing(server: Served, programs: Programs) -> None:
    hire = await invited(server, await a_flow(server, {"name": "About you", "blocks": [NAME, PHOTO]}))

    saw = await watched("lost.mjs", programs, link=hire.link, token=hire.token, picture=a_picture())

    assert saw["survived"] == "Mira, not sent"
    assert saw["sameKey"]  # also after the page was loaded anew
    assert saw["kept"] == "{}"  # what was acknowledged is not kept
    assert "No connection" in saw["said"]
    assert saw["gone"] == 0
    assert saw["lost"] == [1, 1]
    blocks = [block for block, _ in saw["keys"]]
    assert len(blocks) == 3  # two answers, one of them sent twice
    assert len({tuple(each) for each in saw["keys"]}) == len(set(blocks)) == 2  # with the key of the first time
    assert saw["seen"] == {"strangers": [], "leaks": []}

    rows = await progress(server, hire.id)
    assert rows["What should we call you?"]["value"] == "Mira, by train"
    assert [row["attempts"] for row in rows.values()] == [1, 1]
    assert rows["A photo"]["files"] == [{"filename": "me.png", "status": "STORED"}]
